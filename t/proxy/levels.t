# The settings of the connections to control URLs: those of the http level
# hold for a server, and its own precede them.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;
use Grip::Sink;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_RCVBUF SOMAXCONN);

$ENV{TEST_NGINX_SINK_PORT} = Grip::Sink::start();

# nobody accepts: the queue of connections is full

my $busy = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
my @waiting = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                          PeerPort => $busy->sockport,
                                          Blocking => 0) } 1 .. 4;

$ENV{TEST_NGINX_BUSY_PORT} = $busy->sockport;

# nobody reads: segments and buffers are small, so that a long POST is stuck

my $deaf = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp',
                                 Type => SOCK_STREAM);

setsockopt $deaf, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096;
setsockopt $deaf, IPPROTO_TCP, 2, pack 'i', 536;  # TCP_MAXSEG
listen $deaf, SOMAXCONN;

$ENV{TEST_NGINX_DEAF_PORT} = $deaf->sockport;

# one server that has only the settings of the http level, one that has the
# setting itself, and one that has another one itself

our $servers = <<'SERVERS';
    log_format publish "$server_name $grip_publish_status $grip_publish_time";
    access_log logs/requests.log publish;
    grip_verify off;

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name inherits;

        location /ws {
            grip_websocket;
            grip_on text { publish room $grip_message format=ws-message; }
        }
    }

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name own;
        include ../html/own.conf;

        location /ws {
            grip_websocket;
            grip_on text { publish room $grip_message format=ws-message; }
        }
    }

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name mixed;
        include ../html/mixed.conf;

        location /ws {
            grip_websocket;
            grip_on text { publish room $grip_message format=ws-message; }
        }
    }
SERVERS

# a control URL that logs where its clients are

our $from = <<'FROM';
    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name 127.0.0.1;
        access_log logs/requests.log from;
        return 200;
    }
FROM

no_long_string();
run_tests();

__DATA__

=== TEST 1: grip_connect_timeout
--- http_config eval
"grip_url http://127.0.0.1:$ENV{TEST_NGINX_BUSY_PORT}/;
 grip_connect_timeout 50ms;" . $::servers
--- user_files
>>> own.conf
grip_connect_timeout 1s;
>>> mixed.conf
grip_queue_size 4m;
--- config
--- ws
Host: inherits
TEXT x

Host: own
TEXT x

Host: mixed
TEXT x
--- answer
CLOSE \x03\xf3publish failed

CLOSE \x03\xf3publish failed

CLOSE \x03\xf3publish failed
--- log
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
--- access
inherits 504 0...
own 504 1...
mixed 504 0...


=== TEST 2: grip_send_timeout
--- http_config eval
"grip_url http://127.0.0.1:$ENV{TEST_NGINX_DEAF_PORT}/;
 grip_send_timeout 50ms;" . $::servers
--- user_files
>>> own.conf
grip_send_timeout 1s;
>>> mixed.conf
grip_queue_size 4m;
--- config
--- ws
Host: inherits
TEXT <x x 400000>

Host: own
TEXT <x x 400000>

Host: mixed
TEXT <x x 400000>
--- answer
CLOSE \x03\xf3publish failed

CLOSE \x03\xf3publish failed

CLOSE \x03\xf3publish failed
--- log
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
--- access
inherits 504 0...
own 504 1...
mixed 504 0...


=== TEST 3: grip_read_timeout
--- http_config eval
"grip_url http://127.0.0.1:$ENV{TEST_NGINX_SINK_PORT}/hang/;
 grip_read_timeout 50ms;" . $::servers
--- user_files
>>> own.conf
grip_read_timeout 1s;
>>> mixed.conf
grip_queue_size 4m;
--- config
--- ws
Host: inherits
TEXT x

Host: own
TEXT x

Host: mixed
TEXT x
--- answer
CLOSE \x03\xf3publish failed

CLOSE \x03\xf3publish failed

CLOSE \x03\xf3publish failed
--- log
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
error: upstream timed out (110: Connection timed out)
error: grip: publish to ... failed: 504...
--- access
inherits 504 0...
own 504 1...
mixed 504 0...


=== TEST 4: grip_queue_size
--- http_config eval
"grip_url http://127.0.0.1:$ENV{TEST_NGINX_SINK_PORT}/ok/;
 grip_queue_size 1k;" . $::servers
--- user_files
>>> own.conf
grip_queue_size 1m;
>>> mixed.conf
grip_read_timeout 3s;
--- config
--- ws
Host: inherits
TEXT <x x 3000>

Host: own
TEXT <x x 3000>

Host: mixed
TEXT <x x 3000>
--- answer
CLOSE \x03\xf3publish failed

200

CLOSE \x03\xf3publish failed
--- log
error: grip: ..."grip_queue_size"...
error: grip: ..."grip_queue_size"...
--- access
inherits ...
own 200 ...
mixed ...


=== TEST 5: grip_bind
--- http_config eval
"grip_url http://127.0.0.1:$ENV{TEST_NGINX_SERVER_PORT}/;
 grip_bind 127.0.0.2;
 log_format from \"from \$remote_addr\";"
 . $::servers =~ s/access_log .*?;/access_log off;/r . $::from
--- user_files
>>> own.conf
grip_bind 127.0.0.3;
>>> mixed.conf
grip_queue_size 4m;
--- config
--- ws
Host: inherits
TEXT x

Host: own
TEXT x

Host: mixed
TEXT x
--- answer
200

200

200
--- access
from 127.0.0.2
from 127.0.0.3
from 127.0.0.2


=== TEST 6: grip_bind off
--- http_config eval
"grip_url http://127.0.0.1:$ENV{TEST_NGINX_SERVER_PORT}/;
 grip_bind 127.0.0.2;
 log_format from \"from \$remote_addr\";"
 . $::servers =~ s/access_log .*?;/access_log off;/r . $::from
--- user_files
>>> own.conf
grip_bind off;
>>> mixed.conf
grip_queue_size 4m;
--- config
--- ws
Host: own
TEXT x
--- answer
200
--- access
from 127.0.0.1
