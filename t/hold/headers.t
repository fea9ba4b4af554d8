# The headers that the directives of holds write, how they merge, and what
# clients cannot do by them.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

# no key: whatever comes is believed

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value(http_config => "grip_url http://127.0.0.1:5561/;\n"
                                     . "grip_verify off;\n"
                                     . ($block->backend // ''))
        if defined $block->config && !defined $block->http_config;
});

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: channels, ids and filters
--- config
    location /held {
        grip_hold       response;
        grip_channel    "a room of ours" prev_id=$arg_last;
        grip_channel    room-$arg_room filter=skip-self filter=build-id;
        grip_channel    $arg_third prev_id=17 filter=skip-users;
        grip_hold_body  "";
    }
--- ws
GET /held?last=4&room=x&third=y

GET /held?room=&third=
--- answer
Grip-Channel: a room of ours; prev-id=4
Grip-Channel: room-x; filter=skip-self; filter=build-id
Grip-Channel: y; prev-id=17; filter=skip-users
=

Grip-Channel: a room of ours
Grip-Channel: room-; filter=skip-self; filter=build-id
=
--- log
info: grip: "grip_channel" skipped: invalid channel



=== TEST 2: a client cannot inject by channels and ids
--- config
    location /held {
        grip_hold       stream;
        grip_link       /next;
        grip_channel    $arg_a prev_id=$arg_id;
        grip_channel    b;
        grip_hold_body  "";
    }
    location /set {
        set $a          "x\r\nX-Injected: 1";
        grip_hold       stream;
        grip_channel    $a;
        grip_channel    b;
        grip_hold_body  "";
    }
--- ws
GET /held?a=x,y&id=1

GET /held?a=x;filter=y

GET /held?a=x"y

GET /held?a=x&id=1;filter=y

GET /set
--- answer
Grip-Channel: b
=

Grip-Channel: b
=

Grip-Channel: b
=

Grip-Channel: x
Grip-Channel: b
=

Grip-Channel: b
! X-Injected
=
--- log
info: grip: "grip_channel" skipped: invalid channel
info: grip: "grip_channel" skipped: invalid channel
info: grip: "grip_channel" skipped: invalid channel
info: grip: "prev_id" skipped: invalid id
info: grip: "grip_channel" skipped: invalid channel



=== TEST 3: without a valid channel there is no hold, and grip_hold_body is 400
--- config
    grip_hold     response;
    grip_channel  $arg_a;
    grip_channel  $arg_b;

    location /body   { grip_hold_body "text\n"; }
    location /return { return 200 "text\n"; }
--- ws
GET /return?a=x,y

GET /body?b=y

GET /body?a=x,y
--- answer
! Grip-Hold
! Grip-Channel
= text\n

Grip-Hold: response
Grip-Channel: y
= text\n

400
! Grip-Hold
! Grip-Channel
--- log
info: grip: "grip_channel" skipped: invalid channel
info: grip: "grip_channel" skipped: invalid channel
info: grip: "grip_channel" skipped: invalid channel
info: grip: no valid channel to hold the request on



=== TEST 4: keep-alives of any bytes survive the proxy
--- config
    grip_hold     stream;
    grip_channel  room;

    location /plain    { grip_keepalive tick timeout=1m mode=interval;
                         grip_hold_body ""; }
    location /idle     { grip_keepalive "tick tock" mode=idle;
                         grip_hold_body ""; }
    location /newline  { grip_keepalive "\n" timeout=30s; grip_hold_body ""; }
    location /semi     { grip_keepalive "a;b" timeout=1; grip_hold_body ""; }
    location /blank    { grip_keepalive " a"; grip_hold_body ""; }
    location /utf8     { grip_keepalive "é"; grip_hold_body ""; }
    location /variable { grip_keepalive $arg_a; grip_hold_body ""; }
    location /response { grip_hold response; grip_keepalive tick;
                         grip_hold_body ""; }
    location /sse      { grip_hold sse; grip_keepalive "event: tick\n\n";
                         grip_hold_body ""; }
--- ws
GET /plain

GET /idle

GET /newline

GET /semi

GET /blank

GET /utf8

GET /variable?a=a;b

GET /variable

GET /response

GET /sse
--- answer
Grip-Keep-Alive: tick; timeout=60; mode=interval
=

Grip-Keep-Alive: tick tock
=

Grip-Keep-Alive: Cg==; format=base64; timeout=30
=

Grip-Keep-Alive: YTti; format=base64; timeout=1
=

Grip-Keep-Alive: IGE=; format=base64
=

Grip-Keep-Alive: w6k=; format=base64
=

Grip-Keep-Alive: YTti; format=base64
=

Grip-Hold: stream
! Grip-Keep-Alive
=

Grip-Hold: response
! Grip-Keep-Alive
=

Grip-Keep-Alive: ZXZlbnQ6IHRpY2sKCg==; format=base64
= :\n\n
--- log
info: grip: "grip_keepalive" skipped: no data



=== TEST 5: links
--- config
    grip_hold     stream;
    grip_channel  room;

    location /plain    { grip_link /next timeout=1m;  grip_hold_body ""; }
    location /variable { grip_link $arg_a;            grip_hold_body ""; }
--- ws
GET /plain

GET /variable?a=/next?after=7

GET /variable?a=/x>;rel=gone,</y>

GET /variable?a=/c?a=1,2;"%2c%0a%%2"\^'

GET /variable
--- answer
Grip-Link: </next>; rel=next; timeout=60
=

Grip-Link: </next?after=7>; rel=next
=

Grip-Link: </x%3E%3Brel=gone%2C%3C/y%3E>; rel=next
=

Grip-Link: </c?a=1%2C2%3B%22%2c%0a%25%252%22%5C%5E'>; rel=next
=

Grip-Hold: stream
! Grip-Link
=
--- log
info: grip: "grip_link" skipped: no URI



=== TEST 6: the last id that the client, or the proxy, knows
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;
        location / { return 200 "after $http_x_after"; }
    }
--- config
    location /held {
        grip_hold         stream;
        grip_channel      room prev_id=$grip_last_id;
        grip_link         /held;
        proxy_pass        http://unix:$TEST_NGINX_SERVROOT/backend.sock;
        proxy_set_header  X-After $grip_last_id;
    }
--- ws
GET /held
Last-Event-ID: 7

GET /held
Grip-Last: room; last-id=8
Last-Event-ID: 7

GET /held
--- answer
Grip-Channel: room; prev-id=7
Grip-Link: </held>; rel=next
= after 7

Grip-Channel: room; prev-id=8
Grip-Link: </held>; rel=next
= after 8

Grip-Channel: room
Grip-Link: </held>; rel=next
= after 



=== TEST 7: metas for filters
--- config
    location /held {
        grip_hold         stream;
        grip_channel      room;
        grip_filter_meta  user $arg_user;
        grip_filter_meta  quoted 'a "b" \ c';
        grip_filter_meta  empty "";
        grip_hold_body    "";
    }
--- ws
GET /held?user=ann

GET /held?user=a",b="c
--- answer
Grip-Set-Meta: user="ann"
Grip-Set-Meta: quoted="a \\"b\\" \\\\ c"
Grip-Set-Meta: empty=""
=

Grip-Set-Meta: user="a\\",b=\\"c"
Grip-Set-Meta: quoted="a \\"b\\" \\\\ c"
Grip-Set-Meta: empty=""
=



=== TEST 8: without one of them that cannot be there is no hold
--- config
    large_client_header_buffers 4 32k;

    location /held {
        grip_hold         stream;
        grip_channel      room filter=skip-self;
        grip_filter_meta  user $http_x_user;
        grip_hold_body    "";

        location /held/control {
            set $control      "a\nb";
            grip_hold_body    "";
            grip_filter_meta  other a;
            grip_filter_meta  user $control;
        }

        location /held/return {
            return 200 page;
        }
    }
--- ws
GET /held/return
X-User: ann

GET /held/return
X-User: \xff

GET /held/return
X-User: <a x 16380>

GET /held/return
X-User: <a x 16381>

GET /held
X-User: \xff
--- answer
Grip-Hold: stream
Grip-Set-Meta: user="ann"
= page

! Grip-Hold
! Grip-Channel
! Grip-Set-Meta
= page

Grip-Hold: stream
Grip-Set-Meta: user="<a x 16380>"
= page

! Grip-Hold
= page

400
! Grip-Hold
! Grip-Channel
--- log
info: grip: not held, "grip_filter_meta" is unusable: invalid UTF-8
info: grip: not held, "grip_filter_meta" is unusable: more than 16384 bytes of metas
info: grip: not held, "grip_filter_meta" is unusable: invalid UTF-8


=== TEST 9: nor without a later one
--- ws
GET /held/control
--- answer
400
! Grip-Hold
--- log
info: grip: not held, "grip_filter_meta" is unusable: control characters in the value


=== TEST 10: status and headers that the client is to see
--- config
    grip_hold     stream;
    grip_channel  room;

    location /code   { grip_hold_status 202;
                       grip_expose_headers X-One Content-Type;
                       grip_expose_headers X-Two;
                       grip_hold_body ""; }
    location /reason { grip_hold_status 410 "Gone Away"; grip_hold_body ""; }
--- ws
GET /code

GET /reason
--- answer
Grip-Status: 202
Grip-Expose-Headers: X-One, Content-Type, X-Two
=

Grip-Status: 410 Gone Away
! Grip-Expose-Headers
=



=== TEST 11: the type of a body, and a body of variables
--- config
    grip_hold     stream;
    grip_channel  room;

    location /type     { grip_hold_body "{}" type=application/json; }
    location /sse      { grip_hold sse;
                         grip_hold_body "" type=text/plain; }
    location /variable { grip_hold_body "hello, $arg_who\n"; }
--- ws
GET /type

GET /sse

GET /variable?who=ann
--- answer
Content-Type: application/json
= {}

Content-Type: text/event-stream
= :\n\n

= hello, ann\n



=== TEST 12: values are inherited one by one, lists as a whole
--- config
    grip_hold            response timeout=30s;
    grip_channel         one;
    grip_channel         two;
    grip_keepalive       tick timeout=9s;
    grip_link            /next timeout=8s;
    grip_filter_meta     user ann;
    grip_hold_status     202;
    grip_expose_headers  X-One;

    location /all { grip_hold_body ""; }

    location /lists {
        grip_channel         three;
        grip_filter_meta     other x;
        grip_expose_headers  X-Two;
        grip_hold_body       "";
    }

    location /stream {
        grip_hold         stream;
        grip_hold_status  203;
        grip_hold_body    "";

        location /stream/nested {
            grip_keepalive  tock;
            grip_link       /other;
            grip_hold_body  "";
        }
    }

    location /off {
        grip_hold off;
        return 200 "plain\n";
    }

    location /if {
        grip_hold_body  "the same\n";

        if ($arg_a) {
            set $b 1;
        }
    }
--- ws
GET /all

GET /lists

GET /stream

GET /stream/nested

GET /off

GET /if?a=1
--- answer
Grip-Hold: response
Grip-Timeout: 30
Grip-Channel: one
Grip-Channel: two
Grip-Link: </next>; rel=next; timeout=8
Grip-Set-Meta: user="ann"
Grip-Status: 202
Grip-Expose-Headers: X-One
=

Grip-Hold: response
Grip-Timeout: 30
Grip-Channel: three
Grip-Set-Meta: other="x"
Grip-Status: 202
Grip-Expose-Headers: X-Two
=

Grip-Hold: stream
! Grip-Timeout
Grip-Channel: one
Grip-Channel: two
Grip-Keep-Alive: tick; timeout=9
Grip-Link: </next>; rel=next; timeout=8
Grip-Status: 203
=

Grip-Hold: stream
Grip-Keep-Alive: tock
Grip-Link: </other>; rel=next
Grip-Status: 203
=

! Grip-Hold
! Grip-Channel
! Grip-Status
= plain\n

Grip-Hold: response
Grip-Timeout: 30
Grip-Channel: one
Grip-Channel: two
= the same\n



=== TEST 13: the time of a hold above is not that of a hold below
--- config
    grip_hold     response timeout=30s;
    grip_channel  room;

    location /own   { grip_hold response timeout=5;  grip_hold_body ""; }
    location /proxy { grip_hold response;            grip_hold_body ""; }
--- ws
GET /own

GET /proxy
--- answer
Grip-Timeout: 5
=

Grip-Hold: response
! Grip-Timeout
=



=== TEST 14: a prefix is put before each channel
--- config
    grip_prefix  app-;

    location /held {
        grip_hold       stream;
        grip_channel    room filter=skip-self;
        grip_channel    $arg_a;
        grip_hold_body  "";
    }
--- ws
GET /held?a=x
--- answer
Grip-Channel: app-room; filter=skip-self
Grip-Channel: app-x
=



=== TEST 15: a link for the end, to a proxy that knows of it
--- config
    grip_hold     stream;
    grip_channel  room;
    grip_link     /gone/$arg_a rel=gone;

    location /gone { grip_hold_body ""; }
    location /both { grip_link /next timeout=5s;  grip_hold_body ""; }

--- ws
GET /gone?a=1
Grip-Feature: status, link:next, link:gone, filter:skip-self

GET /gone?a=a,b
Grip-Feature: link:gone

GET /gone
Grip-Feature: status, link:next, nolink:gone

GET /both
--- answer
Grip-Hold: stream
Grip-Link: </gone/1>; rel=gone
=

Grip-Link: </gone/a%2Cb>; rel=gone
=

Grip-Hold: stream
! Grip-Link
=

Grip-Link: </next>; rel=next; timeout=5
=



=== TEST 16: a body of variables has the proxy's limit of a held response
--- config eval
my $more = q($thousand) x 100;

<<"END"
    set \$thousand  @{['x' x 1000]};

    grip_hold     response;
    grip_channel  room;

    location /response {
        grip_hold_body "${more}\$arg_more";
    }

    location /stream {
        grip_hold       stream;
        grip_hold_body  "${more}\$arg_more";
    }
END
--- ws
GET /response

GET /response?more=y

GET /stream?more=y
--- answer
Grip-Hold: response
Content-Length: 100000
~ ^x+$

Content-Length: 100001
! Grip-Hold
! Grip-Channel
~ ^x+y$

Grip-Hold: stream
Content-Length: 100001
~ ^x+y$
--- log
error: grip: response not held: its 100001 bytes exceed the proxy's limit for a held response, 100000 bytes
