# The sizes that messages may have, in and out.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: grip_max_message_size
--- config
    location /ws {
        grip_websocket;
        grip_max_message_size 10;
        grip_on message { send $grip_message; }
    }
--- ws
TEXT 0123456789
BINARY 0123456789
PING 0123456789abc
TEXT 0123456789a
TEXT later

BINARY 0123456789a

TEXT \xff<a x 10>
--- answer
TEXT m:0123456789
TEXT m:0123456789
PONG 0123456789abc
CLOSE \x03\xf1message too big

CLOSE \x03\xf1message too big

CLOSE \x03\xf1message too big
--- log
info: grip: message of 11 bytes exceeds "grip_max_message_size"
info: grip: message of 11 bytes exceeds "grip_max_message_size"
info: grip: message of 11 bytes exceeds "grip_max_message_size"


=== TEST 2: no limit by default
--- config
    location /ws {
        grip_websocket;
        grip_on text { send ok; }
    }
--- ws
TEXT <a x 199999>
--- answer
TEXT m:ok


=== TEST 3: grip_max_message_size at its levels
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_max_message_size 2;

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name other;

        location /ws {
            grip_websocket;
        }
    }
--- config
    grip_max_message_size 4;

    location /ws {
        grip_websocket;
    }

    location /own {
        grip_websocket;
        grip_max_message_size 1k;
    }

    location /off {
        grip_websocket;
        grip_max_message_size off;
    }
--- ws
Host: other
TEXT abc

TEXT abcd

TEXT abcde

/own
TEXT <a x 1024>

/own
TEXT <a x 1025>

/off
TEXT <a x 1025>
--- answer
CLOSE \x03\xf1message too big

200

CLOSE \x03\xf1message too big

200

CLOSE \x03\xf1message too big

200
--- log
info: grip: message of 3 bytes exceeds "grip_max_message_size"
info: grip: message of 5 bytes exceeds "grip_max_message_size"
info: grip: message of 1025 bytes exceeds "grip_max_message_size"


=== TEST 4: 32,768 bytes out, with the prefix, for a proxy that stalls on more
--- config
    location /ws {
        grip_websocket;
        grip_on text   { send $grip_message; }
        grip_on binary { send_binary $grip_message; }
    }
--- ws
TEXT <a x 32766>
BINARY <a x 32766>

TEXT <a x 32767>
TEXT next

BINARY <a x 32767>

Sec-WebSocket-Extensions:
TEXT <a x 32768>

Sec-WebSocket-Extensions:
TEXT <a x 32769>
--- answer
TEXT m:<a x 32766>
BINARY m:<a x 32766>

CLOSE \x03\xf1message too big to send

CLOSE \x03\xf1message too big to send

TEXT <a x 32768>

CLOSE \x03\xf1message too big to send
--- log
error: grip: "send" refused: 32769 bytes exceed "grip_max_send_size", 32768 bytes
error: grip: "send_binary" refused: 32769 bytes exceed "grip_max_send_size", 32768 bytes
error: grip: "send" refused: 32769 bytes exceed "grip_max_send_size", 32768 bytes


=== TEST 5: no limit for a proxy that announces link:gone
--- ws
Grip-Feature: status, session, link:next, link:gone, filter:skip-self
TEXT <a x 100000>

Grip-Feature: status, session, link:next, filter:skip-self
TEXT <a x 100000>

Grip-Feature: link:gone2
TEXT <a x 100000>

Grip-Feature: status, session
grip-feature: link:next, link:gone
TEXT <a x 100000>
--- answer
TEXT m:<a x 100000>

CLOSE \x03\xf1message too big to send

CLOSE \x03\xf1message too big to send

TEXT m:<a x 100000>
--- log
error: grip: "send" refused: 100002 bytes exceed "grip_max_send_size", 32768 bytes
error: grip: "send" refused: 100002 bytes exceed "grip_max_send_size", 32768 bytes


=== TEST 6: grip_max_send_size at its levels
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_max_send_size 10;

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name other;

        location /ws {
            grip_websocket;
            grip_on text { send $grip_message; }
        }
    }
--- config
    grip_max_send_size 12;
    grip_on text { send $grip_message; }

    location /ws {
        grip_websocket;
    }

    location /own {
        grip_websocket;
        grip_max_send_size 1k;
    }

    location /off {
        grip_websocket;
        grip_max_send_size off;
    }
--- ws
Host: other
TEXT 12345678
TEXT 123456789

TEXT 1234567890
TEXT 12345678901

/own
Grip-Feature: link:gone
TEXT <a x 1022>
TEXT <a x 1023>

/off
TEXT <a x 100000>
--- answer
TEXT m:12345678
CLOSE \x03\xf1message too big to send

TEXT m:1234567890
CLOSE \x03\xf1message too big to send

TEXT m:<a x 1022>
CLOSE \x03\xf1message too big to send

TEXT m:<a x 100000>
--- log
error: grip: "send" refused: 11 bytes exceed "grip_max_send_size", 10 bytes
error: grip: "send" refused: 13 bytes exceed "grip_max_send_size", 12 bytes
error: grip: "send" refused: 1025 bytes exceed "grip_max_send_size", 1024 bytes


=== TEST 7: many messages out
--- config
    location /ws {
        grip_websocket;
        grip_on text { send $grip_message; send $grip_message; }
    }
--- ws
TEXT <a x 30000>
TEXT b
TEXT <c x 5000>
TEXT <d x 4096>
TEXT <e x 4097>
TEXT f
--- answer
TEXT m:<a x 30000>
TEXT m:<a x 30000>
TEXT m:b
TEXT m:b
TEXT m:<c x 5000>
TEXT m:<c x 5000>
TEXT m:<d x 4096>
TEXT m:<d x 4096>
TEXT m:<e x 4097>
TEXT m:<e x 4097>
TEXT m:f
TEXT m:f


=== TEST 8: no more than a million bytes in an answer
--- config
    location /ws {
        grip_websocket;
        client_body_buffer_size 2m;
        grip_max_send_size off;
        grip_on text = sub  { subscribe room; }
        grip_on text        { send $grip_message; }
    }
--- ws
TEXT <a x 199990>
TEXT <a x 199990>
TEXT <a x 199990>
TEXT <a x 199990>
TEXT <a x 199990>
TEXT <b x 100>
TEXT sub
--- answer
TEXT m:<a x 199990>
TEXT m:<a x 199990>
TEXT m:<a x 199990>
TEXT m:<a x 199990>
CLOSE \x03\xf1message too big to send
--- log
error: grip: "send" refused: ... bytes exceed the proxy's limit for an answer, 1000000 bytes


=== TEST 9: where an answer is full there is still room for a CLOSE
--- ws eval
CORE::join "\n", map {
    CORE::join('', map { "TEXT <a x 99980>\n" } 1 .. 9)
    . "TEXT <a x 99842>\n$_\nTEXT later\n"
} 'CLOSE \x03\xe8<r x 123>', 'TEXT sub', 'TEXT', 'PING p'
--- answer eval
CORE::join "\n", map {
    CORE::join('', map { "TEXT m:<a x 99980>\n" } 1 .. 9)
    . "TEXT m:<a x 99842>\n$_\n"
} 'CLOSE \x03\xe8<r x 123>', ('CLOSE \x03\xf1message too big to send') x 3
--- log
error: grip: "subscribe" refused: 10000... bytes exceed the proxy's limit for an answer, 1000000 bytes
error: grip: "send" refused: 10000... bytes exceed the proxy's limit for an answer, 1000000 bytes
error: grip: "pong" refused: 10000... bytes exceed the proxy's limit for an answer, 1000000 bytes


=== TEST 10: a message that cannot be sent ends its connection
--- config
    location /ws {
        grip_websocket;
        grip_max_send_size 10;

        grip_on open   { send "0123456789";  send "too late";  reject 403; }
        grip_on text   { send $grip_message;  set_meta a b; }
        grip_on binary { call /json as=json; }
        grip_on ping   { call /plain; }
        grip_on gone   { send "0123456789"; }
    }

    location /json {
        internal;
        return 200 '[{"set_meta":{"a":"b"}},{"send":"0123456789"},{"send":"x"}]';
    }

    location /plain {
        internal;
        return 200 "0123456789";
    }
--- ws
OPEN

TEXT 12345678
TEXT 123456789
TEXT later

BINARY
TEXT later

PING
TEXT later

CLOSE \x03\xe8bye

DISCONNECT
--- answer
OPEN
CLOSE \x03\xf1message too big to send

Set-Meta-a: b
TEXT m:12345678
CLOSE \x03\xf1message too big to send

Set-Meta-a: b
CLOSE \x03\xf1message too big to send

CLOSE \x03\xf1message too big to send

CLOSE \x03\xf1message too big to send

200
--- log
error: grip: "send" refused: 12 bytes exceed "grip_max_send_size", 10 bytes
error: grip: "send" refused: 11 bytes exceed "grip_max_send_size", 10 bytes
error: grip: "send" refused: 12 bytes exceed "grip_max_send_size", 10 bytes
error: grip: "send" refused: 12 bytes exceed "grip_max_send_size", 10 bytes
error: grip: "send" refused: 12 bytes exceed "grip_max_send_size", 10 bytes
error: grip: "send" refused: 12 bytes exceed "grip_max_send_size", 10 bytes



=== TEST 11: grip_max_events
--- config
    grip_max_events 3;

    location /ws {
        grip_websocket;
        grip_on message { send "$grip_message"; }
        grip_on ping    { send ping; }
        grip_on gone    { send bye; }
    }

    location /one {
        grip_websocket;
        grip_max_events 1;
        grip_on text { send "$grip_message"; }
    }

    location /off {
        grip_websocket;
        grip_max_events off;
        grip_on text { send "$grip_message"; }
    }

    location /batch {
        grip_websocket;
        grip_call_batch on;
        grip_on text { call /events as=json; }
    }

    location = /events {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/count;
        proxy_set_header X-Body $request_body;
    }

    location = /count {
        if ($http_x_body ~ '"events":(\[.*?\])') {
            set $events $1;
        }

        return 200 '[{"send":"$grip_escaped_events"}]';
    }
--- ws
OPEN
TEXT a
TEXT b

TEXT a
TEXT b
TEXT c

TEXT a
TEXT b
TEXT c
TEXT d
TEXT e

BINARY a
PING b
PONG c
PING d

TEXT a
TEXT b
TEXT c
CLOSE \x0f\xa0bye

TEXT a
TEXT b
TEXT c
TEXT d
CLOSE \x0f\xa0bye

/one
TEXT a

/one
TEXT a
TEXT b

/off
TEXT a
TEXT b
TEXT c
TEXT d

/batch
TEXT a
TEXT b
TEXT c

/batch
TEXT a
TEXT b
TEXT c
TEXT d
--- answer
OPEN
TEXT m:a
TEXT m:b

TEXT m:a
TEXT m:b
TEXT m:c

TEXT m:a
TEXT m:b
TEXT m:c
CLOSE \x03\xf5too many events

TEXT m:a
TEXT m:ping
PONG b
CLOSE \x03\xf5too many events

TEXT m:a
TEXT m:b
TEXT m:c
TEXT m:bye
CLOSE \x0f\xa0bye

TEXT m:a
TEXT m:b
TEXT m:c
CLOSE \x03\xf5too many events

TEXT m:a

TEXT m:a
CLOSE \x03\xf5too many events

TEXT m:a
TEXT m:b
TEXT m:c
TEXT m:d

TEXT m:[{"event":"text","content":"a"},{"event":"text","content":"b"},{"event":"text","content":"c"}]

TEXT m:[{"event":"text","content":"a"},{"event":"text","content":"b"},{"event":"text","content":"c"}]
CLOSE \x03\xf5too many events
--- log
info: grip: request has more events than "grip_max_events"
info: grip: request has more events than "grip_max_events"
info: grip: request has more events than "grip_max_events"
info: grip: request has more events than "grip_max_events"
info: grip: request has more events than "grip_max_events"


=== TEST 12: ten thousand by default
--- config
    location /ws {
        grip_websocket;
        grip_on text { send a; }
    }
--- ws eval
CORE::join "\n", ('TEXT a') x 10001
--- answer eval
CORE::join "\n", ('TEXT m:a') x 10000, 'CLOSE \x03\xf5too many events'
--- log
info: grip: request has more events than "grip_max_events"
