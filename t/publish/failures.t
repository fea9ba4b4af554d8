# Failures between nginx and a control URL, and who gets to know.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_RCVBUF SOCK_STREAM SOMAXCONN);
use Test::Nginx::Socket 'no_plan';

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();
$ENV{TEST_NGINX_DEAD} = '127.0.0.1:' . Grip::Sink::unused_port();

# a server that accepts nothing, and whose queue of connections is full

my $busy = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
my @waiting = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                          PeerPort => $busy->sockport,
                                          Blocking => 0) } 1 .. 4;

$ENV{TEST_NGINX_BUSY} = '127.0.0.1:' . $busy->sockport;

# one that reads nothing: segments and buffers are small, so that a long POST
# is stuck

my $deaf = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp',
                                 Type => SOCK_STREAM);

setsockopt $deaf, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096;
setsockopt $deaf, IPPROTO_TCP, 2, pack 'i', 536;  # TCP_MAXSEG
listen $deaf, SOMAXCONN;

$ENV{TEST_NGINX_DEAF} = '127.0.0.1:' . $deaf->sockport;

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value(config => $block->config . <<'END');
        location = /publish {
            grip_publish             room;
            grip_publish_format      ws-message;
            add_header               X-Status $grip_publish_status always;
            client_body_buffer_size  2m;
            client_max_body_size     2m;
        }

        location /sink/ {
            proxy_pass http://$TEST_NGINX_SINK/;
        }
END
});

repeat_each(1);
check_accum_error_log();
no_long_string();
run_tests();

__DATA__

=== TEST 1: nobody listens
--- config
    grip_url  http://$TEST_NGINX_DEAD/?iss=me&key=very-secret;
--- request
POST /publish
hello
--- error_code: 502
--- response_headers
X-Status: 502
--- error_log eval
qr{\[error\] .* grip: publish to http://\Q$ENV{TEST_NGINX_DEAD}\E failed: 502, 1 items of 1 requests while publishing to grip control, client: }
--- no_error_log
very-secret
Bearer



=== TEST 2: no answer in time
--- config
    grip_url           http://$TEST_NGINX_SINK/hang/2/;
    grip_read_timeout  100ms;
--- request
POST /publish
hello
--- error_code: 504
--- response_headers
X-Status: 504
--- error_log
while reading response header from upstream
failed: 504, 1 items of 1 requests



=== TEST 3: the connection is closed, or there is no sense in the answer
--- config
    grip_url  http://$TEST_NGINX_SINK/reset/3/;
    grip_url  http://$TEST_NGINX_SINK/deaf/3/;
    grip_url  http://$TEST_NGINX_SINK/half/3/;
    grip_url  http://$TEST_NGINX_SINK/nonsense/3/;
    grip_url  http://$TEST_NGINX_SINK/badheader/3/;
--- request
POST /publish
hello
--- error_code: 502
--- response_headers
X-Status: 502, 502, 502, 502, 502
--- error_log
grip: the control URL sent no HTTP response
grip: the control URL sent an invalid header



=== TEST 4: an error status, and its first line in the log
--- config
    grip_url  http://$TEST_NGINX_SINK/status-503/4/;
    grip_url  http://$TEST_NGINX_SINK/status-302/4/;
--- request
POST /publish
hello
--- error_code: 502
--- response_headers
X-Status: 503, 302
--- error_log
failed: 503, 1 items of 1 requests: refused: 503 while
failed: 302, 1 items of 1 requests: refused: 302 while
--- no_error_log
second line



=== TEST 5: one of several is enough
--- config
    grip_url  http://$TEST_NGINX_DEAD/;
    grip_url  http://$TEST_NGINX_SINK/ok/5/;
--- request
POST /publish
hello
--- response_body
Published
--- response_headers
X-Status: 502, 200
--- error_log
failed: 502, 1 items of 1 requests



=== TEST 6: unless all are asked for
--- config
    grip_url              http://$TEST_NGINX_DEAD/;
    grip_url              http://$TEST_NGINX_SINK/ok/6/;
    grip_publish_require  all;
--- request
POST /publish
hello
--- error_code: 502
--- response_headers
X-Status: 502, 200



=== TEST 7: the first failure of an item is what its client is told
--- config
    grip_url           http://$TEST_NGINX_SINK/hang/7/;
    grip_url           http://$TEST_NGINX_DEAD/;
    grip_read_timeout  100ms;
--- request
POST /publish
hello
--- error_code: 502
--- response_headers
X-Status: 504, 502



=== TEST 8: another server of the upstream is tried when nothing was sent
--- http_config
    upstream control {
        server  $TEST_NGINX_DEAD;
        server  $TEST_NGINX_SINK backup;
    }
--- config
    grip_url  http://control/ok/8/;
--- request eval
["POST /publish\nhello", "GET /sink/_log/ok/8/publish/"]
--- response_body eval
["Published\n", "1 1 hello\n"]
--- error_log
connect() failed
--- no_error_log
grip: publish to



=== TEST 9: but not when it may have been
--- http_config
    upstream control {
        server  $TEST_NGINX_SINK max_fails=0;
        server  127.0.0.1:$TEST_NGINX_SERVER_PORT backup;
    }
--- config
    grip_url  http://control/reset/9/;
    location /reset/9/ {
        return 200;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_log/reset/9/publish/"]
--- error_code eval
[502, 200]
--- response_body_like eval
["502 Bad Gateway", "^1 1 hello\n\$"]



=== TEST 10: unless each item has an id and the one before it
--- http_config
    upstream control {
        server  $TEST_NGINX_SINK max_fails=0;
        server  127.0.0.1:$TEST_NGINX_SERVER_PORT backup;
    }
--- config
    grip_url         http://control/reset/10/;
    grip_publish_id  2;
    grip_publish_prev_id  1;
    location /reset/10/ {
        return 200;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_log/reset/10/publish/"]
--- response_body_like eval
["Published", "^1 1 hello\n\$"]



=== TEST 11: items that the proxy would not take are not sent
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/11/;
--- request eval
["POST /publish\n" . "x" x 999_931, "POST /publish\n" . "x" x 999_930]
--- error_code eval
[413, 200]
--- error_log
grip: publish refused: an item of 999989 bytes exceeds the 999988 bytes that the proxy takes



=== TEST 12: nor read, if it cannot be taken anyway
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/12/;
--- request eval
"POST /publish\n" . "x" x 1_000_001
--- error_code: 413
--- error_log
grip: publish refused: 1000001 bytes exceed the 1000000 bytes that the proxy takes



=== TEST 13: no more waits than grip_queue_size says
--- config
    grip_url         http://$TEST_NGINX_SINK/ok/13/;
    grip_queue_size  8k;
--- request eval
["POST /publish\n" . "x" x 9000, "POST /publish\n" . "x" x 1000]
--- error_code eval
[503, 200]
--- error_log eval
qr/\[error\] .* grip: publish to \S+ refused: 0 bytes wait there already, and "grip_queue_size" is 8192/



=== TEST 14: the answer of a rule that failed to publish
--- config
    grip_url  http://$TEST_NGINX_DEAD/;
    location = /chat {
        grip_websocket;
        grip_verify  off;
        grip_on text = ignore { publish room $grip_message on_error=ignore; }
        grip_on text          { publish room $grip_message; }
    }
--- request eval
["POST /chat\n" . ws_events([TEXT => 'hello']),
 "POST /chat\n" . ws_events([TEXT => 'ignore'])]
--- more_headers eval
ws_headers('Grip-Sig' => undef)
--- response_body_like eval
["^CLOSE [0-9a-f]+\r\n\x03\xf3", "^\$"]



=== TEST 15: no connection in time
--- config
    grip_url              http://$TEST_NGINX_BUSY/;
    grip_connect_timeout  100ms;
--- request
POST /publish
hello
--- error_code: 504
--- error_log
while connecting to upstream
failed: 504, 1 items of 1 requests



=== TEST 16: a request that is not read in time
--- config
    grip_url           http://$TEST_NGINX_DEAF/;
    grip_send_timeout  100ms;
--- request eval
"POST /publish\n" . "x" x 900_000
--- error_code: 504
--- response_headers
X-Status: 504
--- error_log
while sending request to upstream
failed: 504, 1 items of 1 requests
