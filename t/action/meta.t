# set_meta and $grip_meta_*: state that the proxy keeps.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

add_block_preprocessor(sub {
    my ($block) = @_;
    my $sig = grip_sig();

    $block->set_value(ws => $block->ws =~ s/\{\{sig\}\}/$sig/gr);
});

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: set, replace and delete
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^set (?<value>.*)" { set_meta nick $value; }
        grip_on text = delete              { set_meta nick ""; }
    }
--- ws
TEXT set bob

TEXT set 

TEXT delete

TEXT set bob
TEXT set eve

TEXT set b; c="d", \xc3\xa9\tf
--- answer
Set-Meta-nick: bob
200

Set-Meta-nick:
200

Set-Meta-nick:
200

Set-Meta-nick: eve
200

Set-Meta-nick: b; c="d", \xc3\xa9\tf
200


=== TEST 2: metas that come back
--- config
    location /ws {
        grip_websocket;
        grip_on any { send "[$grip_meta_nick][$grip_meta_nickname]"; }
    }
--- ws
TEXT a

Meta-Nick: bob
TEXT a

META-NICK: bob
TEXT a

Meta-nick: a b; c
Meta-Nickname: other
TEXT a

Meta-Nic: no
Meta-Nicks: no
Nick: no
X-Meta-Nick: no
TEXT a
--- answer
TEXT m:[][]

TEXT m:[bob][]

TEXT m:[bob][]

TEXT m:[a b; c][other]

TEXT m:[][]


=== TEST 3: an underscore travels as a dash
--- config
    location /ws {
        grip_websocket;
        grip_on open { set_meta user_id 1;  set_meta a-b_c 2; }
        grip_on text { send "$grip_meta_user_id $grip_meta_a_b_c"; }
    }
--- ws
OPEN

Meta-User-Id: 1
Meta-A-B-C: 2
TEXT x
--- answer
Set-Meta-user-id: 1
Set-Meta-a-b-c: 2
OPEN

TEXT m:1 2


=== TEST 4: the next event of the batch sees it
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^set (?<value>.*)$" { set_meta user_id $value; }
        grip_on text = delete               { set_meta user-id ""; }
        grip_on text                        { send "[$grip_meta_user_id]"; }
    }
--- ws
Meta-User-Id: 1
TEXT get
TEXT set 2
TEXT get
TEXT delete
TEXT get
TEXT set 3
TEXT get
--- answer
Set-Meta-user-id: 3
TEXT m:[1]
TEXT m:[2]
TEXT m:[]
TEXT m:[3]


=== TEST 5: and the next action
--- config
    location /ws {
        grip_websocket;
        grip_on text { send $grip_meta_n;  set_meta n 1;
                       send $grip_meta_n;  set_meta n 2;
                       send "[$grip_meta_n]"; }
    }
--- ws
TEXT x
--- answer
Set-Meta-n: 2
TEXT m:
TEXT m:1
TEXT m:[2]


=== TEST 6: of several spellings the last one wins
--- config
    location /ws {
        grip_websocket;
        grip_on text { set_meta nick a;  set_meta Nick b;  set_meta other c;
                       set_meta NICK d; }
    }
--- ws
TEXT x
--- answer
Set-Meta-NICK: d
Set-Meta-other: c
200


=== TEST 7: a value that no header can hold deletes the meta
--- config
    location /ws {
        grip_websocket;
        grip_on text = ""  { send $grip_meta_nick; }
        grip_on text       { set_meta nick $grip_message;
                             send "[$grip_meta_nick]"; }
        grip_on binary     { set_meta nick $grip_message; }
    }
--- ws
TEXT bob
TEXT bob\r\nGrip-Hold: stream
TEXT eve

Meta-Nick: admin
BINARY \x00

BINARY \x7f

BINARY \x1f

BINARY \xff

Meta-Nick: eve
TEXT admin\x20

BINARY \x20admin

BINARY admin\x09

BINARY \xa0ad\x20min

TEXT <a x 8179>
TEXT <a x 8180>

TEXT <a x 8179>

Meta-Nick: <a x 8179>
TEXT
--- answer
Set-Meta-nick: eve
! Grip-Hold
TEXT m:[bob]
TEXT m:[]
TEXT m:[eve]

Set-Meta-nick:
200

Set-Meta-nick:
200

Set-Meta-nick:
200

Set-Meta-nick: \xff
200

Set-Meta-nick:
TEXT m:[]

Set-Meta-nick:
200

Set-Meta-nick:
200

Set-Meta-nick: \xa0ad min
200

Set-Meta-nick:
TEXT m:[<a x 8179>]
TEXT m:[]

Set-Meta-nick: <a x 8179>
TEXT m:[<a x 8179>]

TEXT m:<a x 8179>
--- log
info: grip: "set_meta" deletes the meta: control characters in the value
info: grip: "set_meta" deletes the meta: control characters in the value
info: grip: "set_meta" deletes the meta: control characters in the value
info: grip: "set_meta" deletes the meta: control characters in the value
info: grip: "set_meta" deletes the meta: a blank at an end of the value
info: grip: "set_meta" deletes the meta: a blank at an end of the value
info: grip: "set_meta" deletes the meta: a blank at an end of the value
info: grip: "set_meta" deletes the meta: longer than "large_client_header_buffers"


=== TEST 8: with each answer of status 200, and with no other
--- config
    location /ws {
        grip_websocket;
        grip_on open $arg_ok = ""   { set_meta n 1;  reject 403; }
        grip_on open                { set_meta n 1; }
        grip_on gone                { set_meta n 1; }
        grip_on poll                { set_meta n 1; }
        grip_on text                { set_meta n 1;  close; }
    }
--- ws
OPEN

/ws?ok=1
OPEN

CLOSE

/ws

TEXT x

DISCONNECT
--- answer
403
! Set-Meta-n

Set-Meta-n: 1
OPEN

Set-Meta-n: 1
CLOSE

Set-Meta-n: 1
200

Set-Meta-n: 1
CLOSE \x03\xe8

Set-Meta-n: 1
200


=== TEST 9: unverified metas are not believed
--- config
    location /optional {
        grip_verify optional;
        grip_websocket;
        grip_on text { send "[$grip_meta_nick]"; }
    }

    location /off {
        grip_verify off;
        grip_websocket;
        grip_on text { send "[$grip_meta_nick]"; }
    }

    location /plain {
        return 200 "[$grip_meta_nick]";
    }
--- ws
/optional
Meta-Nick: bob
TEXT x

/optional
Grip-Sig:
Meta-Nick: bob
TEXT x

/off
Grip-Sig:
Meta-Nick: bob
TEXT x

GET /plain
Meta-Nick: bob

/plain
Meta-Nick: bob
--- answer
TEXT m:[bob]

TEXT m:[]

TEXT m:[bob]

=[]

=[bob]


=== TEST 10: nor what a client says of itself, whatever is signed
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    map $grip_meta_nick $who { "" nobody; default $grip_meta_nick; }
--- config
    location /plain {
        return 200 "$grip_meta_nick|$grip_connection_id|$grip_verify";
    }

    location /off {
        grip_verify off;
        return 200 "$grip_meta_nick|$grip_connection_id|";
    }

    location /held {
        grip_hold         stream;
        grip_channel      of-$who;
        grip_channel      id-$grip_connection_id;
        grip_filter_meta  nick $grip_meta_nick;
        grip_hold_body    "hello $who";
    }
--- ws
/plain
Content-Type: text/plain
Meta-Nick: root
Connection-Id: 1

/plain
Content-Type:
Meta-Nick: root
Connection-Id: 1

/plain
Content-Type: Application/WebSocket-Events
Meta-Nick: root
Connection-Id: 1

/./plain
Meta-Nick: root
Connection-Id: 1

PUT /plain
Grip-Sig: {{sig}}
Content-Type: application/websocket-events
Content-Length: 0
Meta-Nick: root
Connection-Id: 1

/off
Content-Type: text/plain
Meta-Nick: root
Connection-Id: 1

GET /held
Grip-Sig: {{sig}}
Meta-Nick: root
Connection-Id: 1

/plain
Meta-Nick: bob
Connection-Id: 1
--- answer
=||SUCCESS

=||SUCCESS

=||SUCCESS

=||SUCCESS

=||SUCCESS

=||

Grip-Channel: of-nobody
Grip-Channel: id-
Grip-Set-Meta: nick=""
= hello nobody

=bob|1|SUCCESS


=== TEST 11: many names
--- config eval
'location /ws { grip_websocket; grip_on text {'
. CORE::join('', map { "set_meta n$_ $_; set_meta N$_ $_$_;" } 1 .. 50)
. 'send $grip_meta_n50; } }'
--- ws
TEXT x
--- answer eval
CORE::join('', map { "Set-Meta-N$_: $_$_\n" } 1 .. 50) . "TEXT m:5050\n"


=== TEST 12: the value of a meta that an event has seen stays until the event ends
--- config
    location /ws {
        grip_websocket;

        grip_on text $grip_meta_n ~ "^(?<was>.*)$" {
            set_meta n $grip_message;
            send     "$was $grip_meta_n";
            set_meta n "$was+$grip_message";
            send     "$was $grip_meta_n";
            set_meta n $was;
            set_meta n $grip_message;
        }
    }
--- ws
Meta-N: 0
TEXT 1
TEXT 2
TEXT 3
TEXT 4
--- answer
Set-Meta-n: 4
TEXT m:0 1
TEXT m:0 0+1
TEXT m:1 2
TEXT m:1 1+2
TEXT m:2 3
TEXT m:2 2+3
TEXT m:3 4
TEXT m:3 3+4


=== TEST 13: so does what was sent of it
--- config
    location /ws {
        grip_websocket;
        grip_on text { set_meta n $grip_message;  send $grip_meta_n;
                       set_meta n short; }
    }
--- ws
TEXT <a x 5000>
TEXT <b x 5000>
TEXT <c x 5000>
TEXT <d x 5000>
--- answer
Set-Meta-n: short
TEXT m:<a x 5000>
TEXT m:<b x 5000>
TEXT m:<c x 5000>
TEXT m:<d x 5000>


=== TEST 14: values of all lengths, again and again
--- config
    location /ws {
        grip_websocket;
        grip_on text { set_meta n $grip_message;  send "[$grip_meta_n]"; }
    }
--- ws
TEXT a
TEXT <b x 63>
TEXT <c x 64>
TEXT <d x 65>
TEXT e
TEXT
TEXT <f x 300>
TEXT g
TEXT <h x 129>
--- answer
Set-Meta-n: <h x 129>
TEXT m:[a]
TEXT m:[<b x 63>]
TEXT m:[<c x 64>]
TEXT m:[<d x 65>]
TEXT m:[e]
TEXT m:[]
TEXT m:[<f x 300>]
TEXT m:[g]
TEXT m:[<h x 129>]


=== TEST 15: names that are the same to a variable are one meta
--- config
    underscores_in_headers on;

    location /ws {
        grip_websocket;
        grip_on text = set { set_meta user_id 3; }
        grip_on text       { send $grip_meta_user_id; }
    }
--- ws
Meta-User-Id: 1
Meta-User_Id: 2
TEXT a
TEXT set
TEXT a
--- answer
Set-Meta-user-id: 3
TEXT m:1
TEXT m:3
