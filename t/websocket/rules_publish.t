# The "publish" action: what the control URL gets, in which order, and what
# becomes of the connection when it does not.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;
use Grip::Sink;

$ENV{TEST_NGINX_SINK_PORT} = Grip::Sink::start();

our $http = <<'HTTP';
    log_format publish "$status $grip_publish_items $grip_publish_status";
    access_log logs/requests.log publish;

    map $grip_meta_nick $nick { "" anonymous; default $grip_meta_nick; }

    # what the sink got for the path of the control URL

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name sink;
        access_log off;

        location / {
            proxy_pass http://127.0.0.1:$TEST_NGINX_SINK_PORT/_body/;
        }
    }

HTTP

sub url {
    my ($path) = @_;

    return "grip_url http://127.0.0.1:$ENV{TEST_NGINX_SINK_PORT}/$path/"
           . '?iss=pushpin&key=changeme;';
}

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: a text becomes a WebSocket message, a server-sent event and a response
--- http_config eval: main::url('ok-1') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text { publish room "<$grip_message>"; }
    }
--- ws
TEXT a "b" \xc3\xa9\r\n

GET /ok-1/publish/
Host: sink
--- answer
200

={"items":[{"channel":"room","formats":{"ws-message":{"content":"<a \\"b\\" \xc3\xa9\\r\\n>"},"http-stream":{"content":"data: <a \\"b\\" \xc3\xa9\\ndata: >\\n\\n"},"http-response":{"body":"<a \\"b\\" \xc3\xa9\\r\\n>"}}}]}
--- access
200 1 200


=== TEST 2: a binary one becomes a binary message, a piece of a stream and a response
--- http_config eval: main::url('ok-2') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on message { publish room $grip_message; }
    }
--- ws
BINARY \x00\xff

GET /ok-2/publish/
Host: sink

TEXT ab

GET /ok-2/publish/
Host: sink
--- answer
200

={"items":[{"channel":"room","formats":{"ws-message":{"content-bin":"AP8="},"http-stream":{"content-bin":"AP8="},"http-response":{"body-bin":"AP8="}}}]}

200

={"items":[{"channel":"room","formats":{"ws-message":{"content":"ab"},"http-stream":{"content":"data: ab\\n\\n"},"http-response":{"body":"ab"}}}]}


=== TEST 3: type= has the last word
--- http_config eval: main::url('ok-3') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on message { publish a $grip_message format=ws-message type=binary;
                          publish b $grip_message format=ws-message type=text; }
    }
--- ws
BINARY hi
TEXT ho

GET /ok-3/publish/
Host: sink
--- answer
200

={"items":[{"channel":"a","formats":{"ws-message":{"content-bin":"aGk="}}},{"channel":"b","formats":{"ws-message":{"content":"hi"}}},{"channel":"a","formats":{"ws-message":{"content-bin":"aG8="}}},{"channel":"b","formats":{"ws-message":{"content":"ho"}}}]}
--- access
200 4 200


=== TEST 4: formats
--- http_config eval: main::url('ok-4') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text { publish a "x
y" format=ws-message format=sse format=http-response;
                       publish b z format=http-stream; }
    }
--- ws
TEXT x

GET /ok-4/publish/
Host: sink
--- answer
200

~ "channel":"a","formats":\{"ws-message":\{"content":"x\\ny"\},"http-stream":\{"content":"data: x\\ndata: y\\n\\n"\},"http-response":\{[^}]*"body":"x\\ny[^}]*\}.*"channel":"b","formats":\{"http-stream":\{"content":"z


=== TEST 5: id, prev_id, no_seq and meta
--- http_config eval: main::url('ok-5') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^(.*)/(.*)$" { publish a x format=ws-message id=$1 prev_id=$2 no_seq
                                               meta=sender:$grip_meta_user
                                               "meta=skip users:$1, b"; }
        grip_on text                 { publish a x format=ws-message id=$arg_none
                                               prev_id= meta=e:; }
    }
--- ws
Meta-User: "bob"
TEXT 5/4
TEXT x

GET /ok-5/publish/
Host: sink
--- answer
200

={"items":[{"channel":"a","id":"5","prev-id":"4","no-seq":true,"meta":{"sender":"\\"bob\\"","skip users":"5, b"},"formats":{"ws-message":{"content":"x"}}},{"channel":"a","meta":{"e":""},"formats":{"ws-message":{"content":"x"}}}]}


=== TEST 6: the prefix of the location, and channels from variables
--- http_config eval: main::url('ok-6') . $::http
--- config
    grip_prefix pre-;

    location /ws {
        grip_websocket;
        grip_on text { publish "room $arg_room" x format=ws-message; }
    }
--- ws
/ws?room=5
TEXT x

GET /ok-6/publish/
Host: sink
--- answer
200

={"items":[{"channel":"pre-room 5","formats":{"ws-message":{"content":"x"}}}]}


=== TEST 7: all of a batch leaves in one POST and in order
--- http_config eval: main::url('ok-7') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^/nick (?<name>.+)$" { set_meta nick $name;
                                               send "nickname set to [$name]"; }
        grip_on text                         { publish room "$nick: $grip_message" format=ws-message; }
    }
--- ws
TEXT hello
TEXT /nick bob
TEXT I am bob
TEXT bye
CLOSE \x03\xe8
TEXT never

GET /ok-7/publish/
Host: sink
--- answer
Set-Meta-nick: bob
TEXT m:nickname set to [bob]
CLOSE \x03\xe8

={"items":[{"channel":"room","formats":{"ws-message":{"content":"anonymous: hello"}}},{"channel":"room","formats":{"ws-message":{"content":"bob: I am bob"}}},{"channel":"room","formats":{"ws-message":{"content":"bob: bye"}}}]}
--- access
200 3 200


=== TEST 8: publications stay when the connection ends
--- http_config eval: main::url('ok-8') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text = end { publish room end format=ws-message;  close;  publish room after format=ws-message; }
        grip_on open       { publish room "$grip_connection_id came" format=ws-message;
                             reject 403; }
        grip_on gone       { publish room gone format=ws-message; }
        grip_on text       { publish room $grip_message format=ws-message; }
    }
--- ws
TEXT a
TEXT end
TEXT b

GET /ok-8/publish/
Host: sink

OPEN

GET /ok-8/publish/
Host: sink

DISCONNECT

GET /ok-8/publish/
Host: sink
--- answer
CLOSE \x03\xe8

~ ^\{"items":\[[^\]]*"a"[^\]]*"end"[^\]]*\]\}$

403

={"items":[{"channel":"room","formats":{"ws-message":{"content":"0f2d7c1e-1111-4222-8333-444455556666 came"}}}]}

200

={"items":[{"channel":"room","formats":{"ws-message":{"content":"gone"}}}]}


=== TEST 9: a refused publish closes with 1011, after what was sent before
--- http_config eval: main::url('status-500') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text { send before;  publish room $grip_message;
                       set_meta a b;  send after; }
    }
--- ws
TEXT x
PING y
--- answer
Set-Meta-a: b
TEXT m:before
TEXT m:after
PONG y
CLOSE \x03\xf3publish failed
--- log
error: grip: publish to http://127.0.0.1:... failed: 500...
--- access
200 1 500


=== TEST 10: on OPEN it is a status
--- config
    location /ws {
        grip_websocket;
        error_page 502 503 504 /sorry;
        grip_on open { send welcome;  publish room x; }
    }

    location = /sorry {
        internal;
        return 200 "sorry: $grip_publish_status";
    }

    location /plain {
        grip_websocket;
        grip_on open { publish room x; }
    }
--- http_config eval: main::url('status-500') . $::http
--- ws
OPEN

/plain
OPEN
--- answer
502
! Sec-WebSocket-Extensions
=sorry: 500

502
~ 502 Bad Gateway
--- log
error: grip: publish to http://127.0.0.1:... failed: 500...
error: grip: publish to http://127.0.0.1:... failed: 500...


=== TEST 11: a CLOSE of the client is answered all the same
--- http_config eval: main::url('status-500') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on any { publish room x; }
    }
--- ws
CLOSE \x0f\xa1bye

DISCONNECT
--- answer
CLOSE \x0f\xa1bye

200
--- log
error: grip: publish to http://127.0.0.1:... failed: 500...
error: grip: publish to http://127.0.0.1:... failed: 500...


=== TEST 12: on_error=ignore
--- http_config eval: main::url('status-500') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on open { publish room x on_error=ignore; }
        grip_on text { publish room x on_error=ignore;  send after; }
        grip_on ping { publish room x on_error=ignore;
                       publish room y on_error=close; }
    }
--- ws
OPEN

TEXT x

PING
--- answer
OPEN

TEXT m:after

PONG
CLOSE \x03\xf3publish failed
--- log
error: grip: publish to http://127.0.0.1:... failed: 500...
error: grip: publish to http://127.0.0.1:... failed: 500...
error: grip: publish to http://127.0.0.1:... failed: 500...
--- access
200 1 500
200 1 500
200 2 500


=== TEST 13: an item that a client made impossible is skipped
--- http_config eval: main::url('ok-13') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^ch:"  { publish $grip_message x format=ws-message;  send next; }
        grip_on text           { publish room x format=ws-message meta=a:$grip_message; }
        grip_on binary         { publish room $grip_message format=ws-message type=text; }
        grip_on open           { publish $arg_channel x format=ws-message; }
    }
--- ws
TEXT ch:a,b
TEXT ok
TEXT ch:fine
BINARY \xff

GET /ok-13/publish/
Host: sink

OPEN
--- answer
TEXT m:next
TEXT m:next

={"items":[{"channel":"room","meta":{"a":"ok"},"formats":{"ws-message":{"content":"x"}}},{"channel":"ch:fine","formats":{"ws-message":{"content":"x"}}}]}

OPEN
--- log
info: grip: ...invalid channel
info: grip: ...content is not UTF-8
info: grip: ...invalid channel
--- access
200 2 200
200 0 ...


=== TEST 14: without a grip_url there is nowhere to publish to
--- http_config
    grip_verify off;
--- config
    location /ws {
        grip_websocket;
        grip_on text { publish room x; }
    }
--- ws
TEXT x
--- answer
CLOSE \x03\xf3publish failed
--- log
error: grip: ...


=== TEST 15: a message that cannot be sent does not stop publications
--- http_config eval: main::url('ok-15') . $::http
--- config
    location /ws {
        grip_websocket;
        grip_max_send_size 10;
        grip_on text { send $grip_message;  publish room $grip_message format=ws-message; }
    }
--- ws
TEXT 123456789
TEXT later

GET /ok-15/publish/
Host: sink
--- answer
CLOSE \x03\xf1message too big to send

={"items":[{"channel":"room","formats":{"ws-message":{"content":"123456789"}}}]}
--- log
error: grip: "send" refused: 11 bytes exceed "grip_max_send_size", 10 bytes


=== TEST 16: a failed answer is no part of that of its error page
--- http_config eval: main::url('refuse-500') . $::http
--- config
    location /ws {
        grip_websocket;
        error_page 502 = @other;

        grip_on open {
            set_meta nick ann;
            send lost;
            subscribe lost;
            publish room BAD;
        }
    }

    location @other {
        grip_websocket;
        grip_on open {
            set_meta room tea;
            send "<$grip_meta_nick>";
            publish room good;
        }
    }
--- ws
OPEN
--- answer
Set-Meta-room: tea
! Set-Meta-Nick
OPEN
TEXT m:<>
--- log
error: grip: publish to http://127.0.0.1:... failed: 500...
--- access
200 1 200
