# grip_url and the settings of its connections: what is refused at start,
# what is warned of, and who shares what.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();

($ENV{TEST_NGINX_SINK_PORT}) = $ENV{TEST_NGINX_SINK} =~ /:(\d+)/;

# --- environment: NAME=VALUE lines, for one block

add_block_preprocessor(sub {
    my ($block) = @_;

    delete @ENV{qw(GRIP_URL GRIP_VERIFY_KEY)};

    for (split /\n/, $block->environment // '') {
        my ($name, $value) = split /=/, $_, 2;

        $value =~ s/\$(TEST_NGINX_\w+)/$ENV{$1}/g;
        $ENV{$name} = $value;
    }

    return if $block->must_die;

    $block->set_value(config => ($block->config // '') . <<'END');
        location = /publish {
            grip_publish         room;
            grip_publish_format  ws-message;
        }

        location /sink/ {
            proxy_pass http://$TEST_NGINX_SINK/;
        }
END
});

check_accum_error_log();
repeat_each(1);
no_long_string();
no_shuffle();
run_tests();

__DATA__

=== TEST 1: not a URL
--- config
    grip_url  localhost:5561/?key=very-secret;
--- must_die
--- error_log eval
qr/\[emerg\] .* invalid URL in "grip_url": .* in \S+nginx.conf:\d+/
--- no_error_log
very-secret



=== TEST 2: a port that is none
--- config
    grip_url  http://localhost:99999/?iss=me&key=very-secret;
--- must_die
--- error_log
invalid URL in "grip_url": invalid port in
--- no_error_log
very-secret



=== TEST 3: a key that is none
--- config
    grip_url  http://localhost/?iss=me&key=base64:very-secret!;
--- must_die
--- error_log
invalid URL in "grip_url":
--- no_error_log
very-secret



=== TEST 4: a host that is not known
--- config
    grip_url  http://no-such-host.invalid:5561/?iss=me&key=very-secret;
    location = /publish { grip_publish room; }
--- must_die
--- error_log eval
qr/\[emerg\] .* host not found in upstream "no-such-host.invalid" in \S+nginx.conf:\d+/
--- no_error_log
very-secret



=== TEST 5: which is looked up when it is needed if there is a resolver
--- config
    resolver           127.0.0.1:$TEST_NGINX_SINK_PORT ipv6=off;
    resolver_timeout   100ms;
    grip_url           http://no-such-host.invalid:5561/;
--- request
POST /publish
hello
--- error_code: 502
--- error_log
no-such-host.invalid could not be resolved
failed: 502, 1 items of 1 requests



=== TEST 6: addresses that need no resolver do not ask it
--- config
    resolver           127.0.0.1:$TEST_NGINX_SINK_PORT ipv6=off;
    resolver_timeout   100ms;
    grip_url           http://localhost:$TEST_NGINX_SINK_PORT/ok/6/;
    grip_url           http://127.0.0.1:$TEST_NGINX_SINK_PORT/ok/6/;
    grip_url           http://control/ok/6/;
    grip_publish_require  all;
--- http_config
    upstream control { server $TEST_NGINX_SINK; }
--- request
POST /publish
hello
--- response_body
Published
--- no_error_log
could not be resolved



=== TEST 7: an upstream with a port
--- http_config
    upstream control { server $TEST_NGINX_SINK; }
--- config
    grip_url  http://control:5561/;
    location = /publish { grip_publish room; }
--- must_die
--- error_log eval
qr{\[emerg\] .* "grip_url" http://control:5561 names the upstream "control" and may not have a port in \S+nginx.conf:\d+}



=== TEST 8: several servers are no fan-out
--- http_config
    upstream control { server $TEST_NGINX_SINK; server $TEST_NGINX_SINK; }
--- config
    grip_url  http://control/ok/8/;
--- request eval
["POST /publish\nhello", "GET /sink/_log/ok/8/publish/"]
--- response_body eval
["Published\n", "1 1 hello\n"]
--- error_log eval
qr/\[warn\] .* each item goes to one of the 2 servers of "control": servers of one upstream are alternatives, not a fan-out, .* in \S+nginx.conf:\d+/



=== TEST 9: backups are what they say
--- http_config
    upstream control { server $TEST_NGINX_SINK; server $TEST_NGINX_SINK backup; }
--- config
    grip_url  http://control/ok/9/;
--- request
POST /publish
hello
--- no_error_log
fan-out



=== TEST 10: a key that everybody knows
--- config
    grip_url  http://192.0.2.1:5561/?iss=pushpin&key=changeme;
--- request
GET /publish
--- error_code: 405
--- error_log eval
qr{\[warn\] .* the key of http://192.0.2.1:5561 is the default of Pushpin: everybody knows it in \S+nginx.conf:\d+}
--- no_error_log
changeme



=== TEST 11: is good enough on this machine
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/11/?iss=pushpin&key=changeme;
--- request
GET /publish
--- error_code: 405
--- no_error_log
anybody knows



=== TEST 12: lines are inherited as a whole
--- http_config
    grip_url  http://$TEST_NGINX_SINK/ok/12/a/;
    grip_url  http://$TEST_NGINX_SINK/ok/12/b/;

    server {
        listen  unix:$TEST_NGINX_SERVROOT/logs/own.sock;
        grip_url  http://$TEST_NGINX_SINK/ok/12/c/;
        location / { grip_publish room; grip_publish_format ws-message; }
    }
--- config
    location /own {
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/logs/own.sock;
    }
--- request eval
["POST /publish\ninherited", "POST /own\nown",
 "GET /sink/_log/ok/12/a/publish/", "GET /sink/_log/ok/12/b/publish/",
 "GET /sink/_log/ok/12/c/publish/"]
--- response_body eval
["Published\n", "Published\n", "1 1 inherited\n", "1 1 inherited\n",
 "1 1 own\n"]



=== TEST 13: a server's own settings are its own
--- http_config
    grip_url           http://$TEST_NGINX_SINK/slow-300/13/;
    grip_read_timeout  100ms;

    server {
        listen  unix:$TEST_NGINX_SERVROOT/logs/own.sock;
        grip_read_timeout  1s;
        location / { grip_publish room; grip_publish_format ws-message; }
    }
--- config
    location /own {
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/logs/own.sock;
    }
--- request eval
["POST /publish\ninherited", "POST /own\nown"]
--- error_code eval
[504, 200]



=== TEST 14: servers that differ in nothing share the queue
--- http_config
    grip_url  http://$TEST_NGINX_SINK/slow-200/14/;

    server {
        listen  unix:$TEST_NGINX_SERVROOT/logs/own.sock;
        location / { grip_publish room; grip_publish_format ws-message; }
    }
--- config
    location /both {
        mirror      /publish;
        mirror      /other;
        mirror      /other;
        proxy_pass  http://$TEST_NGINX_SINK/slow-600/;
    }
    location = /other {
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/logs/own.sock:/;
    }
--- request eval
["POST /both\nx", "GET /sink/_log/slow-200/14/publish/"]
--- response_body_like eval
["Published", "^1 1 x\n2 2 x x\n\$"]



=== TEST 15: the environment, when nothing else is said
--- environment
GRIP_URL=http://$TEST_NGINX_SINK/ok/15/?key=token
--- request eval
["POST /publish\nhello", "GET /sink/_log/ok/15/publish/",
 "GET /sink/_head/ok/15/publish/"]
--- response_body_like eval
["Published\n", "^1 1 hello\n\$", "Authorization: Bearer token\r\n"]
--- no_error_log
[warn]



=== TEST 16: and only then
--- environment
GRIP_URL=http://$TEST_NGINX_SINK/ok/16/
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/16/own/;
--- request eval
["POST /publish\nhello", "GET /sink/_log/ok/16/publish/",
 "GET /sink/_log/ok/16/own/publish/"]
--- response_body eval
["Published\n", "", "1 1 hello\n"]



=== TEST 17: an environment that makes no sense
--- environment
GRIP_URL=ftp://localhost/?key=very-secret
--- config
    location = /publish { grip_publish room; }
--- must_die
--- error_log
invalid URL in the environment variable "GRIP_URL":
--- no_error_log
very-secret



=== TEST 18: a key for verification from the environment precedes the URL's
--- environment
GRIP_VERIFY_KEY=of-the-proxy
--- config
    grip_url     http://$TEST_NGINX_SINK/ok/18/?iss=me&key=mine;
    grip_verify  on;
    location = /hello { try_files /x =404; }
--- request eval
["GET /hello", "GET /hello"]
--- more_headers eval
["Grip-Sig: " . grip_sig(key => "of-the-proxy"),
 "Grip-Sig: " . grip_sig(key => "mine", iss => "me")]
--- error_code eval
[404, 403]



=== TEST 19: but not what the URL says of it
--- environment
GRIP_VERIFY_KEY=of-the-proxy
--- config
    grip_url     http://$TEST_NGINX_SINK/ok/19/?iss=me&key=mine&verify-key=its;
    grip_verify  on;
    location = /hello { try_files /x =404; }
--- request eval
["GET /hello", "GET /hello"]
--- more_headers eval
["Grip-Sig: " . grip_sig(key => "its"),
 "Grip-Sig: " . grip_sig(key => "of-the-proxy")]
--- error_code eval
[404, 403]



=== TEST 20: the local address of connections
--- config
    grip_bind  127.0.0.2;
    grip_url   http://127.0.0.1:$TEST_NGINX_SERVER_PORT/;
    location = /publish/ {
        access_log  off;
        add_header  X-From $remote_addr;
        if ($remote_addr != 127.0.0.2) { return 403; }
        proxy_pass  http://$TEST_NGINX_SINK/ok/20/publish/;
    }
--- request
POST /publish
hello
--- response_body
Published



=== TEST 21: which is the same for all requests
--- config
    grip_bind  $remote_addr;
    grip_url   http://$TEST_NGINX_SINK/ok/21/;
    location = /publish { grip_publish room; }
--- must_die
--- error_log
"grip_bind" may not contain variables



=== TEST 22: no argument, two arguments
--- config
    grip_url  http://localhost/ http://localhost/;
--- must_die
--- error_log
invalid number of arguments in "grip_url" directive



=== TEST 23: not in a location
--- config
    location / { grip_url http://localhost/; }
--- must_die
--- error_log
"grip_url" directive is not allowed here



=== TEST 24: settings twice
--- config
    grip_read_timeout 1s;
    grip_read_timeout 2s;
--- must_die
--- error_log
"grip_read_timeout" directive is duplicate
