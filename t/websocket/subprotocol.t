# grip_subprotocol: the first one of ours that the client offered.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: the first one of ours, in our order
--- config
    location /ws {
        grip_websocket;
        grip_subprotocol chat2 chat1;
        grip_subprotocol mqtt;
    }
--- ws
Sec-WebSocket-Protocol: chat1
OPEN

Sec-WebSocket-Protocol: chat1, chat2
OPEN

Sec-WebSocket-Protocol: chat1,chat2,mqtt
OPEN

Sec-WebSocket-Protocol: mqtt
OPEN

SEC-WebSocket-Protocol: chat3
Sec-WebSocket-Protocol: mqtt
sec-websocket-protocol: xchat2, chat1
OPEN
--- answer
Sec-WebSocket-Protocol: chat1
OPEN

Sec-WebSocket-Protocol: chat2
OPEN

Sec-WebSocket-Protocol: chat2
OPEN

Sec-WebSocket-Protocol: mqtt
OPEN

Sec-WebSocket-Protocol: chat1
OPEN


=== TEST 2: none where none of ours was offered
--- ws
OPEN

Sec-WebSocket-Protocol: chat3, chat
OPEN

Sec-WebSocket-Protocol: CHAT1, chat12, xchat1
OPEN

Sec-WebSocket-Protocol: ,,
OPEN
--- answer
! Sec-WebSocket-Protocol
OPEN

! Sec-WebSocket-Protocol
OPEN

! Sec-WebSocket-Protocol
OPEN

! Sec-WebSocket-Protocol
OPEN


=== TEST 3: with the answer to OPEN only
--- ws
Sec-WebSocket-Protocol: chat1
TEXT x

Sec-WebSocket-Protocol: chat1
CLOSE
--- answer
! Sec-WebSocket-Protocol
200

! Sec-WebSocket-Protocol
CLOSE


=== TEST 4: not with a rejection
--- config
    location /ws {
        grip_websocket;
        grip_subprotocol chat1;
        grip_on open { reject 403; }
    }
--- ws
Sec-WebSocket-Protocol: chat1
OPEN
--- answer
403
! Sec-WebSocket-Protocol


=== TEST 5: levels
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_subprotocol http;

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name other;

        location /ws {
            grip_websocket;
        }
    }
--- config
    grip_subprotocol server;

    location /ws {
        grip_websocket;

        location /ws/own {
            grip_websocket;
            grip_subprotocol location;
        }
    }
--- ws
Host: other
Sec-WebSocket-Protocol: http, server, location
OPEN

/ws
Sec-WebSocket-Protocol: http, server, location
OPEN

/ws/own
Sec-WebSocket-Protocol: http, server, location
OPEN

/ws/own
Sec-WebSocket-Protocol: http, server
OPEN
--- answer
Sec-WebSocket-Protocol: http
OPEN

Sec-WebSocket-Protocol: server
OPEN

Sec-WebSocket-Protocol: location
OPEN

! Sec-WebSocket-Protocol
OPEN
