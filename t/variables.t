# The variables: of events, of the proxy, and of the log.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;
use Grip::Sink;

$ENV{TEST_NGINX_SINK_PORT} = Grip::Sink::start();

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: of events
--- config
    location /ws {
        grip_websocket;
        grip_on any  { set_meta log "$grip_event|$grip_message|$grip_close_code|$grip_close_reason|$grip_connection_id"; }
        grip_on ping { set_meta log "$grip_event|$grip_message|$grip_close_code|$grip_close_reason|$grip_connection_id"; }
        grip_on pong { set_meta log "$grip_event|$grip_message|$grip_close_code|$grip_close_reason|$grip_connection_id"; }
        grip_on poll { set_meta log "$grip_event|$grip_message|$grip_close_code|$grip_close_reason|$grip_connection_id"; }
    }
--- ws
Connection-Id: 1
OPEN

Connection-Id: 2
TEXT hello

Connection-Id: a b
BINARY bin

Connection-Id: 4
PING pi

Connection-Id: 5
PONG po

Connection-Id: 6
CLOSE \x0f\xa1bye \xc3\xa9

Connection-Id: 7
CLOSE \x0f\xa1

Connection-Id: 8
CLOSE x

Connection-Id: 9
DISCONNECT

Connection-Id: 10
/ws
--- answer
Set-Meta-log: open||||1
OPEN

Set-Meta-log: text|hello|||2
200

Set-Meta-log: binary|bin|||a b
200

Set-Meta-log: ping|pi|||4
PONG pi

Set-Meta-log: pong|po|||5
200

Set-Meta-log: close||4001|bye \xc3\xa9|6
CLOSE \x0f\xa1bye \xc3\xa9

Set-Meta-log: close||4001||7
CLOSE \x0f\xa1

Set-Meta-log: close||||8
CLOSE

Set-Meta-log: disconnect||||9
200

Set-Meta-log: poll||||10
200


=== TEST 2: a CLOSE leaves nothing to the events before it, nor they to it
--- config
    location /ws {
        grip_websocket;
        grip_on any { send "$grip_event|$grip_message|$grip_close_code|$grip_close_reason"; }
    }
--- ws
TEXT a
BINARY
CLOSE \x0f\xa1bye
--- answer
TEXT m:text|a||
TEXT m:binary|||
TEXT m:close||4001|bye
CLOSE \x0f\xa1bye


=== TEST 3: in ordinary locations there are no events
--- config
    location /plain {
        grip_verify off;
        return 200 "$grip_event|$grip_message|$grip_close_code|$grip_close_reason|$grip_events_in|$grip_events_out|$grip_publish_items|$grip_publish_status|$grip_publish_time|";
    }
--- ws
/plain
TEXT a
--- answer
=|||||||||


=== TEST 4: but what the proxy says of a verified request
--- config
    location /plain {
        return 200 "$grip_connection_id|$grip_features|$grip_last_id|$grip_meta_nick|$grip_verify|$grip_iss";
    }
--- ws
GET /plain

GET /plain
Connection-Id: 1
Grip-Feature: status, session
Grip-Last: news; last-id=5
Meta-Nick: bob
Last-Event-ID: 4

/plain
Connection-Id: 1
Grip-Feature: status, session
Grip-Last: news; last-id=5
Meta-Nick: bob
--- answer
=||||NONE|

=||4||NONE|

=1|status, session|5|bob|SUCCESS|pushpin


=== TEST 5: the last id
--- config
    location /plain {
        return 200 "$grip_last_id";
    }
--- ws
/plain
Grip-Last: news; last-id=5
Last-Event-ID: 4

/plain
Grip-Last: news; last-id=a b, other; last-id=6

/plain
Grip-Last: news; x=y; Last-ID=7; z

/plain
Grip-Last: my-last-id=1; last-id=8

/plain
Grip-Last: news
Last-Event-ID: 4

/plain
Last-Event-ID: ch:1,other:2

/plain
Grip-Last: news; last-id=
--- answer
=5

=a b

=7

=8

=4

=ch:1,other:2

=


=== TEST 6: in the log
--- http_config
    grip_url http://127.0.0.1:$TEST_NGINX_SINK_PORT/ok-log/?iss=pushpin&key=changeme;

    log_format grip "$grip_events_in|$grip_events_out|$grip_publish_items|$grip_publish_status|$grip_verify|$grip_iss|$grip_connection_id|$grip_event";
    log_format time "$grip_publish_time";
--- config
    access_log logs/requests.log grip;

    location /ws {
        grip_websocket;
        grip_on text = publish { publish a b;  publish c d;  send x; }
        grip_on text           { send x; }
    }

    location /plain {
        return 200 plain;
    }

    location /time {
        access_log logs/requests.log time;
        grip_websocket;
        grip_on text { publish a b; }
    }
--- ws
OPEN

TEXT a
PING
TEXT b

TEXT publish
CLOSE
TEXT never

Grip-Sig:
TEXT a

GET /plain

/time
TEXT a

DISCONNECT
--- answer
OPEN

TEXT m:x
PONG
TEXT m:x

TEXT m:x
CLOSE

403

=plain

200

200
--- log
info: grip: request refused: no "Grip-Sig" header
--- access
1|1|-|-|SUCCESS|pushpin|0f2d7c1e-1111-4222-8333-444455556666|open
3|3|-|-|SUCCESS|pushpin|0f2d7c1e-1111-4222-8333-444455556666|text
2|2|2|200|SUCCESS|pushpin|0f2d7c1e-1111-4222-8333-444455556666|close
-|-|-|-|NONE|-|-|-
-|-|-|-|NONE|-|-|-
0.0...
1|0|-|-|SUCCESS|pushpin|0f2d7c1e-1111-4222-8333-444455556666|disconnect


=== TEST 7: after an error page
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    log_format grip "$uri $grip_event $grip_events_in $grip_verify";
--- config
    access_log logs/requests.log grip;
    error_page 403 /denied;

    location /ws {
        grip_websocket;
        grip_on open { reject 403; }
    }

    location = /denied {
        return 403 "$grip_event $grip_meta_nick $grip_verify $grip_iss";
    }
--- ws
Meta-Nick: bob
OPEN
--- answer
403
=open bob SUCCESS pushpin
--- access
/denied open 1 SUCCESS


=== TEST 8: in a subrequest they are those of the client's request
--- config
    location /ws {
        auth_request /auth;
        auth_request_set $said $upstream_http_x_said;

        grip_websocket;
        grip_on text { send "$said"; }
    }

    location = /auth {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
        proxy_set_header X-Said "$grip_meta_nick $grip_verify $grip_connection_id";
        proxy_set_header Content-Length "";
        proxy_pass_request_body off;
    }

    location = /echo {
        add_header X-Said $http_x_said;
        return 200;
    }
--- ws
Meta-Nick: bob
Connection-Id: 5
TEXT x
--- answer
TEXT m:bob SUCCESS 5


=== TEST 9: unverified requests show nothing, but with "off" all
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $j a;
--- config
    location /optional {
        grip_verify optional;
        grip_websocket;
        grip_on text { send "$grip_connection_id|$grip_features|$grip_last_id|$grip_meta_nick|$grip_verify|$grip_iss"; }
    }

    location /off {
        grip_verify off;
        grip_websocket;
        grip_on text { send "$grip_connection_id|$grip_features|$grip_last_id|$grip_meta_nick|$grip_verify|$grip_iss"; }
    }
--- ws
/optional
Grip-Sig:
Connection-Id: 1
Grip-Feature: status
Grip-Last: news; last-id=5
Meta-Nick: bob
TEXT x

/off
Grip-Sig:
Connection-Id: 1
Grip-Feature: status
Grip-Last: news; last-id=5
Meta-Nick: bob
TEXT x

/off
Connection-Id: 1
Meta-Nick: bob
TEXT x

/off
Connection-Id: 1
Grip-Sig: forged
Meta-Nick: bob
TEXT x
--- answer
TEXT m:||||NONE|

TEXT m:1|status|5|bob|NONE|

TEXT m:1|||bob|SUCCESS|pushpin

TEXT m:1|||bob|FAILED:malformed token|


=== TEST 10: the last id of one channel
--- config
    location /plain {
        return 200 "$grip_last_id|$grip_last_id_news|$grip_last_id_room_5";
    }
--- ws
/plain
Grip-Last: news; last-id=5, room-5; last-id=6

/plain
Grip-Last: room:5 ; x=y ; Last-ID = a b ;z
grip-last: News; last-id=9

/plain
Grip-Last: news; x=last-id=1, new; last-id=2, newss; last-id=3
Last-Event-ID: 4

/plain
Grip-Last: ,;,=; last-id, news; last-id=; last-id=8

/plain
Last-Event-ID: news:1
--- answer
=5|5|6

=a b|9|a b

=2||

=||

=news:1||


=== TEST 11: without its prefix
--- http_config
    grip_prefix app-;
--- config
    location /plain {
        return 200 "$grip_last_id_news|$grip_last_id_app_news|$grip_last_id_app_";
    }
--- ws
/plain
Grip-Last: app-news; last-id=5

/plain
Grip-Last: app; last-id=1, app-app-news; last-id=2, news; last-id=3
--- answer
=5||

=3|2|


=== TEST 12: unverified requests show no last id of a channel, but with "off"
--- config
    location /optional {
        grip_verify optional;
        return 200 "$grip_last_id_news";
    }

    location /off {
        grip_verify off;
        return 200 "$grip_last_id_news";
    }
--- ws
/optional
Grip-Sig:
Grip-Last: news; last-id=5

/off
Grip-Sig:
Grip-Last: news; last-id=5
--- answer
=

=5


=== TEST 13: the features are those of all lines
--- config
    location /plain { return 200 "$grip_features"; }
--- ws
/plain
Grip-Feature: status, session

/plain
GRIP-Feature: status
Grip-Feature: session,link:next
grip-feature: link:gone
--- answer
= status, session

= status, session,link:next, link:gone
