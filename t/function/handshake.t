# The answers of a function to the handshake: its subprotocol and its headers.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

$ENV{TEST_NGINX_SOCKET} = 'unix:' . server_root() . '/function.sock';

our $http = <<"HTTP";
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    server {
        listen $ENV{TEST_NGINX_SOCKET};

        location / {
            add_header Set-Cookie "sid=1; HttpOnly";
            add_header X-Room \$arg_room;
            add_header Sec-WebSocket-Protocol \$arg_protocol;
            add_header Set-Meta-User ann;
            add_header Cache-Control private;

            add_header ETag '"its own"';
            add_header Content-Language en;
            add_header Keep-Alive-Interval 30;
            add_header Sec-WebSocket-Extensions permessage-deflate;
            add_header sec-webSocket-accept x;
            add_header Grip-Hold stream;
            add_header Expires "Thu, 01 Jan 1970 00:00:00 GMT";
            add_header Upgrade h2c;
            return 200 hello;
        }

        location /refused {
            add_header Set-Cookie "sid=none" always;
            return 403 no;
        }
    }
HTTP

our $config = <<"CONFIG";
    location /ws {
        grip_websocket;
        grip_subprotocol ours chat;
        grip_on any { call /fn/?\$args; }
    }

    location /none {
        grip_websocket;
        grip_on any { call /fn/?\$args; }
    }

    location /refused {
        grip_websocket;
        grip_on any { call /fn/refused; }
    }

    location /fn/ {
        internal;
        proxy_pass http://$ENV{TEST_NGINX_SOCKET}:/;
    }
CONFIG

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: headers of a function are those of the handshake, but what is nginx's or the proxy's
--- http_config eval: $::http
--- config eval: $::config
--- ws
/ws?room=a
OPEN

/ws?room=a
TEXT later
--- answer
Set-Cookie: sid=1; HttpOnly
X-Room: a
Cache-Control: private
Set-Meta-User: ann
Sec-WebSocket-Extensions: grip
! Sec-WebSocket-Protocol
! Sec-WebSocket-Accept
! ETag
! Content-Language
! Keep-Alive-Interval
! Grip-Hold
! Expires
! Upgrade
OPEN
TEXT m:hello

! Set-Cookie
! X-Room
! Cache-Control
Set-Meta-User: ann
TEXT m:hello


=== TEST 2: a subprotocol of a function, if it was offered
--- ws
/ws?protocol=v2
Sec-WebSocket-Protocol: v1, v2, ours
OPEN

/ws?protocol=v3
Sec-WebSocket-Protocol: v1, v2, ours
OPEN

/ws
Sec-WebSocket-Protocol: v1, v2, ours
OPEN

/none?protocol=v1
Sec-WebSocket-Protocol: v1
sec-websocket-protocol: v2
OPEN

/none?protocol=v1
OPEN

/none?protocol=v1,v2
Sec-WebSocket-Protocol: v1,v2
OPEN
--- answer
Sec-WebSocket-Protocol: v2
OPEN
TEXT m:hello

! Sec-WebSocket-Protocol
OPEN
TEXT m:hello

Sec-WebSocket-Protocol: ours
OPEN
TEXT m:hello

Sec-WebSocket-Protocol: v1
OPEN
TEXT m:hello

! Sec-WebSocket-Protocol
OPEN
TEXT m:hello

! Sec-WebSocket-Protocol
OPEN
TEXT m:hello
--- log
info: grip: function chose a subprotocol that the client did not offer
info: grip: function chose a subprotocol that the client did not offer
info: grip: function chose a subprotocol that the client did not offer


=== TEST 3: a rejection has its own headers, and no subprotocol
--- ws
/refused
Sec-WebSocket-Protocol: chat
OPEN
--- answer
403
Set-Cookie: sid=none
! Sec-WebSocket-Protocol


=== TEST 4: by JSON
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    server {
        listen $TEST_NGINX_SOCKET;

        location /j/all {
            return 200 '[{"accept":{"subprotocol":"v2","headers":{"Set-Cookie":"a=1","X-Empty":"","X-Lines":["one"],"X-None":[]}}},{"send":"hi"}]';
        }
        location /j/headers { return 200 '[{"accept":{"headers":{"X-A":"1"}}},{"accept":{"headers":{"X-B":"2"}}}]'; }
        location /j/none    { return 200 '[{"accept":{"subprotocol":""}}]'; }
        location /j/empty   { return 200 '[{"accept":{}}]'; }
        location /j/own     { return 200 '[{"accept":{"headers":{"Connection":"x","content-type":"x","X Y":"x","X-Z":"a\\r\\nb","X-Fine":"yes"}}}]'; }
        location /j/reject  { return 200 '[{"accept":{"headers":{"X-A":"1"}}},{"reject":403}]'; }
        location /j/true    { return 200 '[{"accept":true}]'; }
        location /j/number  { return 200 '[{"accept":{"headers":{"X-A":1}}}]'; }
        location /j/lines   { return 200 '[{"accept":{"headers":{"X-A":["1",2]}}}]'; }
        location /j/array   { return 200 '[{"accept":{"headers":[]}}]'; }
        location /j/member  { return 200 '[{"accept":{"header":{}}}]'; }
    }
--- config
    location /j/ {
        grip_websocket;
        grip_subprotocol ours;
        grip_on any { call /fn$uri as=json; }
    }

    location /fn/ {
        internal;
        proxy_pass http://$TEST_NGINX_SOCKET:/;
    }
--- ws
/j/all
Sec-WebSocket-Protocol: ours, v2
OPEN

/j/headers
Sec-WebSocket-Protocol: ours, v2
OPEN

/j/none
Sec-WebSocket-Protocol: ours, v2
OPEN

/j/empty
Sec-WebSocket-Protocol: ours
OPEN
--- answer
Sec-WebSocket-Protocol: v2
Set-Cookie: a=1
X-Lines: one
! X-None
OPEN
TEXT m:hi

Sec-WebSocket-Protocol: ours
X-A: 1
X-B: 2
OPEN

! Sec-WebSocket-Protocol
OPEN

Sec-WebSocket-Protocol: ours
OPEN


=== TEST 5: an invalid header is skipped, an invalid answer fails
--- ws
/j/own
OPEN

/j/reject
OPEN

/j/true
OPEN

/j/number
OPEN

/j/lines
OPEN

/j/array
OPEN

/j/member
OPEN

/j/all
TEXT x
--- answer
X-Fine: yes
! X-Z
Content-Type: application/websocket-events
OPEN

403
! X-A

502

502

502

502

502

CLOSE \x03\xf3function failed
--- log
info: grip: "accept" skipped a header that is invalid or that functions may not set (the first of 4)
error: grip: function answered action "accept": it is not an object
error: grip: function answered action "accept": "headers" has a wrong type or value
error: grip: function answered action "accept": "headers" has a wrong type or value
error: grip: function answered action "accept": "headers" has a wrong type or value
error: grip: function answered action "accept": "header" is unknown
error: grip: function answered action "accept": it is for "open" only
