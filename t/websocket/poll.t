# grip_poll_interval and the poll event.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: polls are asked for with the answer to OPEN, in seconds
--- config
    location /ws {
        grip_websocket;
        grip_poll_interval 2m;
        grip_on poll { send "poll of $grip_meta_nick"; }
    }
--- ws
OPEN

TEXT x

Meta-Nick: bob
/ws

CLOSE
--- answer
Keep-Alive-Interval: 120
OPEN

! Keep-Alive-Interval
200

! Keep-Alive-Interval
TEXT m:poll of bob

! Keep-Alive-Interval
CLOSE


=== TEST 2: not with a rejection
--- config
    location /ws {
        grip_websocket;
        grip_poll_interval 20s;
        grip_on open { reject 503; }
    }
--- ws
OPEN
--- answer
503
! Keep-Alive-Interval


=== TEST 3: a poll is no message, and no other event
--- config
    location /ws {
        grip_websocket;
        grip_on message { send message; }
        grip_on any     { send any; }
        grip_on ping    { send ping; }
    }
--- ws
/ws
--- answer
200


=== TEST 4: a poll may end the connection
--- config
    location /ws {
        grip_websocket;
        grip_on poll { close 4000 "too late"; }
    }
--- ws
/ws
--- answer
CLOSE \x0f\xa0too late


=== TEST 5: levels, and off
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_poll_interval 30;

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name other;

        location /ws {
            grip_websocket;
        }
    }
--- config
    grip_poll_interval 40;

    location /ws {
        grip_websocket;
    }

    location /own {
        grip_websocket;
        grip_poll_interval 50;
    }

    location /off {
        grip_websocket;
        grip_poll_interval off;
    }
--- ws
Host: other
OPEN

OPEN

/own
OPEN

/off
OPEN
--- answer
Keep-Alive-Interval: 30
OPEN

Keep-Alive-Interval: 40
OPEN

Keep-Alive-Interval: 50
OPEN

! Keep-Alive-Interval
OPEN
