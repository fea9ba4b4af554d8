# The lines of the error log about the events of one request: one a kind, with
# the number, and three lines in all.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

$ENV{TEST_NGINX_DOWN} = '127.0.0.1:' . Grip::Sink::unused_port();

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: thousands of events, one line for what they have in common
--- config
    location /ws {
        grip_websocket;
        grip_on text   { subscribe $grip_message; }
        grip_on binary { publish $grip_message x; }
    }
--- ws eval
"TEXT a,b\n" x 3000 . "\n" . "BINARY a,b\n" x 3000
--- answer
200

200
--- log
info: grip: "subscribe" skipped: invalid channel (the first of 3000)
info: grip: publish skipped: invalid channel (the first of 3000)


=== TEST 2: thousands of messages that cannot be sent
--- config
    location /ws {
        grip_websocket;
        grip_max_send_size 10;
        grip_on text   { send "$grip_message is too much"; }
        grip_on binary { call /fn; }
    }

    location /fn { internal; return 200 "this is too much"; }
--- ws eval
"TEXT a\n" x 3000 . "\n" . "BINARY a\n" x 3000
--- answer
CLOSE \x03\xf1message too big to send

CLOSE \x03\xf1message too big to send
--- log
error: grip: "send" refused: 15 bytes exceed "grip_max_send_size", 10 bytes
error: grip: "send" refused: 18 bytes exceed "grip_max_send_size", 10 bytes


=== TEST 3: calls that failed
--- config
    location /ws {
        grip_websocket;
        grip_on text   { call /fn on_error=ignore; }
        grip_on binary { call /json as=json on_error=ignore; }
        grip_on ping   { call /ws on_error=ignore; }
    }

    location /fn   { internal; return 503; }
    location /json { internal; return 200 '[{"sing":"x"}]'; }
--- ws eval
"TEXT\n" x 100 . "\n" . "BINARY\n" x 100 . "\n" . "PING\n" x 100
--- answer eval
"200\n\n200\n\n" . "PONG\n" x 100
--- log
error: grip: function "/fn" failed: status 503 (the first of 100)
error: grip: function answered action "sing": it is unknown (the first of 100)
error: grip: "grip_websocket" in a subrequest (the first of 100)
error: grip: function "/ws" failed: status 500 (the first of 100)


=== TEST 4: publishing that is refused
--- http_config
--- config
    location /ws {
        grip_websocket;
        grip_verify    off;
        grip_on text   { publish room x on_error=ignore; }
        grip_on binary { call /publish on_error=ignore; }
    }

    location /publish { internal; grip_publish room; }
--- start_log
warn: there is no "grip_url" for "grip_publish" in ...
--- ws eval
"TEXT\n" x 100 . "\n" . "BINARY\n" x 100
--- answer
200

200
--- log
error: grip: publish refused: there is no "grip_url" (the first of 100)
error: grip: publish refused: there is no "grip_url" (the first of 100)
error: grip: function "/publish" failed: status 500 (the first of 100)


=== TEST 5: three kinds at most, and the gravest of them
--- config eval
(my $config = <<'CONFIG') =~ s/<a x (\d+)>/'a' x $1/ge;
    location /ws {
        grip_websocket;

        grip_on text = channel   { subscribe "$arg_channel"; }
        grip_on text = publish   { publish "$arg_channel" x; }
        grip_on text = ping      { ping "$grip_message <a x 125>"; }
        grip_on text = many      { subscribe a; }
        grip_on text = function  { call /fn on_error=ignore; }
    }

    location /fn { internal; return 503; }
CONFIG
$config
--- ws eval
my $many = "TEXT many\n" x 30;

<<"EVENTS"
/ws
TEXT channel
TEXT publish
TEXT ping
TEXT publish

/ws
TEXT channel
TEXT ping
TEXT publish
TEXT channel
${many}TEXT ping

/ws
TEXT channel
TEXT channel
TEXT ping
${many}TEXT ping
TEXT function
TEXT function
TEXT publish
EVENTS
--- answer eval
my $many = qq(TEXT c:{"type":"subscribe","channel":"a"}\n) x 30;

"200\n\n$many\n$many"
--- log
info: grip: "subscribe" skipped: invalid channel
info: grip: publish skipped: invalid channel (the first of 2)
info: grip: "ping" skipped: payload longer than 125 bytes
warn: grip: more than 20 subscriptions in an answer: the proxy ignores those beyond its limit for a connection
info: grip: "ping" skipped: payload longer than 125 bytes (the first of 2)
info: grip: publish skipped: invalid channel, and 2 of other kinds
error: grip: function "/fn" failed: status 503 (the first of 2)
info: grip: "ping" skipped: payload longer than 125 bytes (the first of 2)
warn: grip: more than 20 subscriptions in an answer: the proxy ignores those beyond its limit for a connection, and 3 of other kinds


=== TEST 6: a failure is told after all that was ignored
--- config
    location /ws {
        grip_websocket;

        grip_on text   { subscribe $grip_message; }
        grip_on binary { send_binary x;  call /fn on_error=ignore; }
        grip_on ping   { call /json as=json; }
    }

    location /fn   { internal; return 503; }
    location /json { internal; return 200 '{}'; }
--- ws
TEXT a,b
TEXT \x22
BINARY
BINARY
PING
TEXT later
--- answer
BINARY m:x
BINARY m:x
CLOSE \x03\xf3function failed
--- log
info: grip: "subscribe" skipped: invalid channel (the first of 2)
error: grip: function "/fn" failed: status 503 (the first of 2)
error: grip: function answered JSON that is not an array of actions


=== TEST 7: events of Lambda functions
--- config eval
(my $config = <<'CONFIG') =~ s/<a x (\d+)>/'a' x $1/ge;
    location /ws { grip_lambda /invoke; }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"PING 7e\\r\\n<a x 126>\\r\\nPING 7f\\r\\n<a x 127>\\r\\nTEXT 1\\r\\nx\\r\\n"}';
    }
CONFIG
$config
--- ws
TEXT x
--- answer
TEXT x
--- log
error: grip: event of Lambda function "/invoke" is skipped: 126 bytes exceed the limit of WebSocket pings and pongs, 125 bytes (the first of 2)


=== TEST 8: nginx tells of the first that fails in a request, too
--- log_level: info
--- http_config
    grip_url http://$TEST_NGINX_DOWN/?iss=pushpin&key=changeme;
--- config
    location /ws {
        grip_websocket;
        grip_on text   { call /down on_error=ignore; }
        grip_on binary { publish room x on_error=ignore;  call /empty; }
    }

    location /down  { internal; proxy_pass http://$TEST_NGINX_DOWN; }
    location /empty { internal;
                      proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/no; }
    location /no    { return 204; }
--- ws eval
"TEXT\n" x 100 . "\n" . "TEXT\n" x 100 . "\n" . "BINARY\n" x 100
--- answer
200

200

200
--- log
error: connect() failed (111: Connection refused)
error: grip: function "/down" failed: status 502 (the first of 100)
error: connect() failed (111: Connection refused)
error: grip: function "/down" failed: status 502 (the first of 100)
error: connect() failed (111: Connection refused)
error: grip: publish to ... failed: 502, 1 items of 1 requests (the first of 100)
