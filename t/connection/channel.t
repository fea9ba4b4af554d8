# grip_connection: a channel of its own for each connection.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: the channel comes before all else, and with the OPEN alone
--- config
    grip_connection on;

    location /ws {
        grip_websocket;
        grip_on open { send "$grip_connection_channel";  subscribe room; }
        grip_on text { send "$grip_connection_channel"; }
    }
--- ws
Connection-Id: 5f-e
OPEN
TEXT x

Connection-Id: 5f-e
TEXT x
--- answer
OPEN
TEXT c:{"type":"subscribe","channel":"connection-5f-e"}
TEXT m:connection-5f-e
TEXT c:{"type":"subscribe","channel":"room"}
TEXT m:connection-5f-e

TEXT m:connection-5f-e



=== TEST 2: levels, and none
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_connection on;
--- config
    location /ws   { grip_websocket; }
    location /none {
        grip_websocket;
        grip_connection off;
        grip_on open { send "[$grip_connection_channel]"; }
    }
    location /if {
        grip_websocket;
        if ($arg_a) { set $b 1; }
    }
    location /plain { return 200 "[$grip_connection_channel]"; }
--- ws
Connection-Id: a
OPEN

/none
OPEN

Connection-Id: a
/if?a=1
OPEN

GET /plain
--- answer
OPEN
TEXT c:{"type":"subscribe","channel":"connection-a"}

OPEN
TEXT m:[]

OPEN
TEXT c:{"type":"subscribe","channel":"connection-a"}

Content-Type: text/plain
= []



=== TEST 3: the prefix stands before it, and is no part of the variable
--- config
    grip_prefix app-;
    grip_connection on;

    location /ws {
        grip_websocket;
        grip_on open { subscribe $grip_connection_channel; }
    }
--- ws
Connection-Id: a
OPEN
--- answer
OPEN
TEXT c:{"type":"subscribe","channel":"app-connection-a"}
TEXT c:{"type":"subscribe","channel":"app-connection-a"}



=== TEST 4: a function that answers the OPEN, and one that rejects it
--- config
    grip_connection on;

    location /ws {
        grip_websocket;
        grip_on open { call /fn/$arg_status; }
    }

    location = /fn/200 { internal;  return 200 $http_x; }
    location = /fn/403 { internal;  return 403; }
--- ws
/ws?status=200
X: hello
Connection-Id: a
OPEN

/ws?status=403
Connection-Id: a
OPEN
--- answer
OPEN
TEXT c:{"type":"subscribe","channel":"connection-a"}
TEXT m:hello

403



=== TEST 5: a Lambda function, if it speaks GRIP
--- config
    grip_connection on;

    location /ws { grip_lambda /invoke$arg_fn; }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"content-type":"application/websocket-events","sec-websocket-extensions":"grip; message-prefix=\\"\\""},"body":"OPEN\\r\\nTEXT 5\\r\\nhello\\r\\n"}';
    }

    location = /invoke-mute {
        internal;
        return 200 '{"statusCode":200,"headers":{"content-type":"application/websocket-events"},"body":"OPEN\\r\\nTEXT 5\\r\\nhello\\r\\n"}';
    }
--- ws
Connection-Id: a
OPEN

/ws?fn=-mute
Connection-Id: a
OPEN
--- answer
OPEN
TEXT c:{"type":"subscribe","channel":"connection-a"}
TEXT hello

OPEN
TEXT hello
--- log
info: grip: "grip_connection" skipped: the proxy does not offer GRIP



=== TEST 6: an id that no channel can hold, a proxy without GRIP, and what is not verified
--- config
    grip_connection on;

    location /ws {
        grip_websocket;
        grip_on open { send "[$grip_connection_channel]"; }
    }

    location /optional {
        grip_websocket;
        grip_verify optional;
        grip_on open { send "[$grip_connection_channel]"; }
    }
--- ws
Connection-Id: a;b
OPEN

Sec-WebSocket-Extensions:
Connection-Id: a
OPEN

/optional
Grip-Sig:
Connection-Id: a
OPEN
--- answer
OPEN
TEXT m:[connection-a;b]

OPEN
TEXT [connection-a]

OPEN
TEXT m:[]
--- log
info: grip: "grip_connection" skipped: invalid channel
info: grip: "grip_connection" skipped: the proxy does not offer GRIP



=== TEST 7: it counts as one of twenty
--- config
    grip_connection on;

    location /ws {
        grip_websocket;
        grip_on open {
            subscribe 1;   subscribe 2;   subscribe 3;   subscribe 4;
            subscribe 5;   subscribe 6;   subscribe 7;   subscribe 8;
            subscribe 9;   subscribe 10;  subscribe 11;  subscribe 12;
            subscribe 13;  subscribe 14;  subscribe 15;  subscribe 16;
            subscribe 17;  subscribe 18;  subscribe 19;  subscribe 20;
        }
    }
--- ws
Connection-Id: a
OPEN
--- answer
~ ^OPEN\r\nTEXT 2f\r\nc:\{"type":"subscribe","channel":"connection-a"\}\r\n
--- log
warn: grip: more than 20 subscriptions in an answer: ...
