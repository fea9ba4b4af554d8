# grip_prefix, before every channel name.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: levels, and none
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_prefix http-;

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name other;

        location /ws {
            grip_websocket;
            grip_on text { subscribe room; }
        }
    }
--- config
    grip_prefix server-;
    grip_on text { subscribe room;  unsubscribe "hall $grip_message"; }

    location /ws {
        grip_websocket;

        location /ws/own {
            grip_websocket;
            grip_prefix "own ";
        }
    }

    location /none {
        grip_websocket;
        grip_prefix "";
    }
--- ws
Host: other
TEXT x

TEXT x

/ws/own
TEXT x

/none
TEXT x
--- answer
TEXT c:{"type":"subscribe","channel":"http-room"}

TEXT c:{"type":"subscribe","channel":"server-room"}
TEXT c:{"type":"unsubscribe","channel":"server-hall x"}

TEXT c:{"type":"subscribe","channel":"own room"}
TEXT c:{"type":"unsubscribe","channel":"own hall x"}

TEXT c:{"type":"subscribe","channel":"room"}
TEXT c:{"type":"unsubscribe","channel":"hall x"}


=== TEST 2: nothing but channels has it
--- config
    grip_prefix pre-;

    location /ws {
        grip_websocket;
        grip_on text { subscribe room filter=skip-self;  set_meta a b;
                       filter_meta user bob;  send hi;  keepalive alive; }
    }
--- ws
TEXT x
--- answer
Set-Meta-a: b
TEXT c:{"type":"subscribe","channel":"pre-room","filters":["skip-self"]}
TEXT c:{"type":"set-meta","name":"user","value":"bob"}
TEXT m:hi
TEXT c:{"type":"keep-alive","message-type":"text","content":"alive"}
