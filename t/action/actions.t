# The actions in the answer, byte by byte.  Messages, metas and publishing have
# files of their own.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: send and send_binary
--- config
    location /ws {
        grip_websocket;
        grip_on text = literal { send "a \"b\"
c";  send "";  send_binary "";  send_binary "d"; }
        grip_on text           { send "<$grip_message>$grip_event";
                                 send_binary $grip_message;
                                 send $grip_message; }
        grip_on binary         { send_binary $grip_message; }
    }
--- ws
TEXT literal
TEXT \xc3\xa9\x00\r\n
TEXT
BINARY \xff\xfe\x00\r\n
TEXT c:{"type":"detach"}
--- answer
TEXT m:a "b"\nc
TEXT m:
BINARY m:
BINARY m:d
TEXT m:<\xc3\xa9\x00\r\n>text
BINARY m:\xc3\xa9\x00\r\n
TEXT m:\xc3\xa9\x00\r\n
TEXT m:<>text
BINARY m:
TEXT m:
BINARY m:\xff\xfe\x00\r\n
TEXT m:<c:{"type":"detach"}>text
BINARY m:c:{"type":"detach"}
TEXT m:c:{"type":"detach"}


=== TEST 2: without GRIP there is no prefix
--- ws
Sec-WebSocket-Extensions:
TEXT a
TEXT
BINARY b

Sec-WebSocket-Extensions: x-a; b="c, grip, \\", grip, d", grip2; e
BINARY b

Sec-WebSocket-Extensions: x-a
sec-websocket-extensions: x-b,\tgrip ; c=d
BINARY b
--- answer
TEXT <a>text
BINARY a
TEXT a
TEXT <>text
BINARY
TEXT
BINARY b

BINARY b

BINARY m:b


=== TEST 3: send of what is not UTF-8 is skipped
--- config
    location /ws {
        grip_websocket;
        grip_on binary { send $grip_message;  send after; }
    }
--- ws
BINARY \xff
--- answer
TEXT m:after
--- log
info: grip: "send" skipped: invalid UTF-8


=== TEST 4: ping and pong
--- config
    location /ws {
        grip_websocket;
        grip_on text   { ping;  ping a;  ping $grip_message;
                         pong;  pong b;  pong "$grip_message!"; }
        grip_on binary { ping $grip_message;  pong $grip_message; }
    }
--- ws
TEXT \x00x

BINARY <p x 125>

BINARY <p x 126>
--- answer
PING
PING a
PING \x00x
PONG
PONG b
PONG \x00x!

PING <p x 125>
PONG <p x 125>

200
--- log
info: grip: "ping" skipped: payload longer than 125 bytes (the first of 2)


=== TEST 5: a rule may answer a PING by itself, or add to it
--- config
    location /own {
        grip_websocket;
        grip_on ping = own { pong mine; }
        grip_on ping = end { close; }
        grip_on ping       { send "ping $grip_message"; }
        grip_on pong       { send "pong $grip_message"; }
    }
--- ws
/own
PING own
PING other
PONG x
PING end
PING never
--- answer
PONG mine
TEXT m:ping other
PONG other
TEXT m:pong x
CLOSE \x03\xe8


=== TEST 6: close
--- config
    location /ws {
        grip_websocket;
        grip_on text = plain               { close; }
        grip_on text = code                { close 4321; }
        grip_on text = reason              { close 3000 "good \xc3 bye"; }
        grip_on text ~ "^(\w+)( (.*))?$"   { close $1 $3; }
        grip_on binary                     { close 1000 $grip_message; }
    }
--- ws
TEXT plain

TEXT code

TEXT reason

TEXT 1011 \xc3\xa9

TEXT 4999
--- answer
CLOSE \x03\xe8

CLOSE \x10\xe1

CLOSE \x0b\xb8good \\xc3 bye

CLOSE \x03\xf3\xc3\xa9

CLOSE \x13\x87


=== TEST 7: close closes, whatever it is to say
--- ws
TEXT 1005
TEXT never

TEXT 999

TEXT abc

TEXT 99999999999999999999

TEXT 4000 <r x 124>

TEXT 4000 <r x 121>\xc3\xa9

TEXT 4000 <r x 122>\xc3\xa9

TEXT 1004 <\xe2\x82\xac x 42>

BINARY \xffbye\xe2\x82
PING never

BINARY <r x 122>\xff
--- answer
CLOSE \x03\xe8

CLOSE \x03\xe8

CLOSE \x03\xe8

CLOSE \x03\xe8

CLOSE \x0f\xa0<r x 123>

CLOSE \x0f\xa0<r x 121>\xc3\xa9

CLOSE \x0f\xa0<r x 122>

CLOSE \x03\xe8<\xe2\x82\xac x 41>

CLOSE \x03\xe8\xef\xbf\xbdbye\xef\xbf\xbd

CLOSE \x03\xe8<r x 122>
--- log
info: grip: "close" with a code that must not be sent, 1000 is sent instead
info: grip: "close" with a code that must not be sent, 1000 is sent instead
info: grip: "close" with a code that must not be sent, 1000 is sent instead
info: grip: "close" with a code that must not be sent, 1000 is sent instead
info: grip: "close" with a code that must not be sent, 1000 is sent instead


=== TEST 8: a code without a value is the normal one
--- config
    location /ws {
        grip_websocket;
        grip_on text { close $arg_code $arg_reason; }
    }
--- ws
TEXT x

/ws?reason=bye
TEXT x
--- answer
CLOSE \x03\xe8

CLOSE \x03\xe8bye


=== TEST 9: close on OPEN lets the client see the code
--- config
    location /ws {
        grip_websocket;
        grip_on open { send hello;  close 4001 "not you";  send never; }
    }
--- ws
OPEN
--- answer
Sec-WebSocket-Extensions: grip
OPEN
TEXT m:hello
CLOSE \x0f\xa1not you


=== TEST 10: on OPEN, too: no client lets itself in by its own text
--- config
    location /ws {
        grip_websocket;
        grip_on open { close $arg_code $http_x_reason;  subscribe room; }
    }
--- ws
/ws?code=4001
X-Reason: <r x 500>
OPEN

/ws?code=65535
X-Reason: \xff
OPEN
--- answer
OPEN
CLOSE \x0f\xa1<r x 123>

OPEN
CLOSE \x03\xe8\xef\xbf\xbd
--- log
info: grip: "close" with a code that must not be sent, 1000 is sent instead


=== TEST 11: close instead of the echo
--- config
    location /ws {
        grip_websocket;
        grip_on close { close 4002 "mine: $grip_close_code $grip_close_reason"; }
    }
--- ws
CLOSE \x0f\xa0yours

CLOSE
--- answer
CLOSE \x0f\xa2mine: 4000 yours

CLOSE \x0f\xa2mine:  


=== TEST 12: disconnect
--- config
    location /ws {
        grip_websocket;
        grip_on any { send last;  disconnect;  send never;  close; }
    }
--- ws
TEXT a
TEXT b

CLOSE

OPEN
--- answer
TEXT m:last
DISCONNECT

TEXT m:last
DISCONNECT

OPEN
TEXT m:last
DISCONNECT


=== TEST 13: reject
--- config
    location /ws {
        grip_websocket;
        grip_on open $arg_how = plain { reject 403; }
        grip_on open $arg_how = body  { reject 429 "slow down, $arg_who"; }
        grip_on open $arg_how = empty { reject 401 ""; }
        grip_on open $arg_how = late  { send hello;  subscribe room;
                                        reject 503 late;  send never; }
    }
--- ws
/ws?how=plain
OPEN

/ws?how=body&who=bob
OPEN

/ws?how=empty
OPEN

/ws?how=late
OPEN
--- answer
403
Content-Type: text/html
! Sec-WebSocket-Extensions
~ 403 Forbidden

429
Content-Type: text/plain
! Sec-WebSocket-Extensions
=slow down, bob

401
Content-Type: text/plain
=

503
Content-Type: text/plain
=late


=== TEST 14: reject by a status that means something else to nginx
--- config
    location /ws {
        grip_websocket;
        grip_on open $arg_status = 408 { reject 408; }
        grip_on open $arg_status = 444 { reject 444; }
        grip_on open $arg_status = 494 { reject 494; }
        grip_on open $arg_status = 497 { reject 497; }
        grip_on open $arg_status = 499 { reject 499; }
    }
--- ws eval
CORE::join "\n\n", map { "/ws?status=$_\nOPEN" } 408, 444, 494, 497, 499
--- answer
408

444

494

497

499


=== TEST 15: reject and error_page
--- config
    location /ws {
        grip_websocket;
        error_page 403 /denied.txt;
        grip_on open $arg_body = 1 { reject 403 own; }
        grip_on open               { reject 403; }
    }

    location = /denied.txt {
        internal;
        return 403 "denied: $grip_event $grip_verify";
    }
--- ws
OPEN

/ws?body=1
OPEN
--- answer
403
=denied: open SUCCESS

403
=own


=== TEST 16: subscribe and unsubscribe
--- config
    location /ws {
        grip_websocket;
        grip_on open { subscribe room;  subscribe "hall 2" filter=skip-self; }
        grip_on text ~ "^join (.+)$"  { subscribe $1 filter=a filter=b; }
        grip_on text ~ "^leave (.+)$" { unsubscribe $1; }
    }
--- ws
OPEN

TEXT join a b
TEXT join \xc3\xa9
TEXT leave a\\b
--- answer
OPEN
TEXT c:{"type":"subscribe","channel":"room"}
TEXT c:{"type":"subscribe","channel":"hall 2","filters":["skip-self"]}

TEXT c:{"type":"subscribe","channel":"a b","filters":["a","b"]}
TEXT c:{"type":"subscribe","channel":"\xc3\xa9","filters":["a","b"]}
TEXT c:{"type":"unsubscribe","channel":"a\\\\b"}


=== TEST 17: a channel that a client cannot have
--- config
    location /ws {
        grip_websocket;
        grip_on message { subscribe $grip_message;  unsubscribe $grip_message; }
    }
--- ws
TEXT a,b
TEXT a;b
TEXT a"b
TEXT
TEXT a\r\nb
TEXT a\x7f
BINARY \xff
TEXT fine
--- answer
TEXT c:{"type":"subscribe","channel":"fine"}
TEXT c:{"type":"unsubscribe","channel":"fine"}
--- log
info: grip: "subscribe" skipped: invalid channel (the first of 14)


=== TEST 18: twenty subscribes are fine
--- config eval
'location /ws { grip_websocket; grip_on open {'
. CORE::join('', map { "subscribe c$_; " } 1 .. 20) . '}
grip_on text { subscribe $grip_message; } }'
--- ws
OPEN
--- answer eval
"OPEN\n" . CORE::join '', map {
    qq(TEXT c:{"type":"subscribe","channel":"c$_"}\n)
} 1 .. 20


=== TEST 19: more than twenty subscribes are told once
--- ws eval
CORE::join '', map { "TEXT $_\n" } 1 .. 23
--- answer eval
CORE::join '', map {
    qq(TEXT c:{"type":"subscribe","channel":"$_"}\n)
} 1 .. 23
--- log
warn: grip: more than 20 subscriptions in an answer: the proxy ignores those beyond its limit for a connection


=== TEST 20: detach
--- config
    location /ws {
        grip_websocket;
        grip_on text { detach;  send after; }
    }
--- ws
TEXT x
--- answer
TEXT c:{"type":"detach"}
TEXT m:after


=== TEST 21: keepalive
--- config
    location /ws {
        grip_websocket;
        grip_on open   { keepalive "";
                         keepalive "a \"b\"" timeout=30s mode=interval;
                         keepalive p type=ping timeout=2m mode=idle;
                         keepalive q type=pong;
                         keepalive r type=binary timeout=1; }
        grip_on message { keepalive $grip_message type=text;
                          keepalive $grip_message type=ping;
                          keepalive $grip_message type=binary; }
    }
--- ws
OPEN

TEXT \xc3\xa9\x01
--- answer
OPEN
TEXT c:{"type":"keep-alive","message-type":"text","content":""}
TEXT c:{"type":"keep-alive","message-type":"text","content":"a \\"b\\"","timeout":30,"mode":"interval"}
TEXT c:{"type":"keep-alive","message-type":"ping","content":"p","timeout":120}
TEXT c:{"type":"keep-alive","message-type":"pong","content":"q"}
TEXT c:{"type":"keep-alive","message-type":"binary","content-bin":"cg==","timeout":1}

TEXT c:{"type":"keep-alive","message-type":"text","content":"\xc3\xa9\\u0001"}
TEXT c:{"type":"keep-alive","message-type":"ping","content":"\xc3\xa9\\u0001"}
TEXT c:{"type":"keep-alive","message-type":"binary","content-bin":"w6kB"}


=== TEST 22: keepalive with what cannot be sent
--- ws
BINARY \xff

TEXT <a x 126>
--- answer
TEXT c:{"type":"keep-alive","message-type":"ping","content-bin":"/w=="}
TEXT c:{"type":"keep-alive","message-type":"binary","content-bin":"/w=="}

TEXT c:{"type":"keep-alive","message-type":"text","content":"<a x 126>"}
TEXT c:{"type":"keep-alive","message-type":"binary","content-bin":"<YWFh x 42>"}
--- log
info: grip: "keepalive" skipped: invalid UTF-8
info: grip: "keepalive" skipped: payload longer than 125 bytes


=== TEST 23: filter_meta
--- config
    location /ws {
        grip_websocket;
        grip_on open    { filter_meta user "alice \"a\"";  filter_meta user "";
                          filter_meta "any Name" x; }
        grip_on message { filter_meta user $grip_message; }
    }
--- ws
OPEN

TEXT bob\r\n
BINARY \xff
--- answer
! Set-Meta-user
OPEN
TEXT c:{"type":"set-meta","name":"user","value":"alice \\"a\\""}
TEXT c:{"type":"set-meta","name":"user"}
TEXT c:{"type":"set-meta","name":"any Name","value":"x"}

TEXT c:{"type":"set-meta","name":"user","value":"bob\\r\\n"}
CLOSE \x03\xf0invalid filter meta
--- log
info: grip: "filter_meta" closes the connection: invalid UTF-8


=== TEST 24: nothing of the rule follows a filter_meta that cannot be
--- config
    location /ws {
        grip_websocket;
        grip_on open        { send before;  filter_meta user $http_x_user;
                              subscribe room filter=skip-self;  set_meta in 1; }
        grip_on text        { send never; }
        grip_on binary      { filter_meta user $grip_message;  set_meta in 1; }
        grip_on disconnect  { filter_meta user $http_x_user;  set_meta out 1; }
    }
--- ws
X-User: \xff
OPEN

PING p
BINARY \xff
TEXT x

X-User: \xff
DISCONNECT
--- answer
! Set-Meta-in
OPEN
TEXT m:before
CLOSE \x03\xf0invalid filter meta

! Set-Meta-in
PONG p
CLOSE \x03\xf0invalid filter meta

Set-Meta-out: 1
200
--- log
info: grip: "filter_meta" closes the connection: invalid UTF-8
info: grip: "filter_meta" closes the connection: invalid UTF-8
info: grip: "filter_meta" skipped: invalid UTF-8


=== TEST 25: a control message may have 16,384 bytes
--- config
    location /ws {
        grip_websocket;
        grip_on text          { filter_meta user $grip_message; }
        grip_on binary        { subscribe $grip_message;  send next;
                                unsubscribe $grip_message; }
    }
--- ws
TEXT <a x 16338>
TEXT <a x 16339>
TEXT never

TEXT <\x01 x 2724>

BINARY <a x 16347>
BINARY <b x 16348>
TEXT never
--- answer
TEXT c:{"type":"set-meta","name":"user","value":"<a x 16338>"}
CLOSE \x03\xf0invalid filter meta

CLOSE \x03\xf0invalid filter meta

TEXT c:{"type":"subscribe","channel":"<a x 16347>"}
TEXT m:next
TEXT c:{"type":"unsubscribe","channel":"<a x 16347>"}
TEXT c:{"type":"subscribe","channel":"<b x 16348>"}
TEXT m:next
CLOSE \x03\xf1message too big to send
--- log
info: grip: "filter_meta" closes the connection: beyond the proxy's limit for a control message
info: grip: "filter_meta" closes the connection: beyond the proxy's limit for a control message
error: grip: "unsubscribe" refused: 16385 bytes exceed the proxy's limit for a control message, 16384 bytes


=== TEST 26: without GRIP there are no control messages
--- config
    location /ws {
        grip_websocket;
        grip_on text { subscribe a;  unsubscribe a;  detach;  keepalive a;
                       filter_meta a b;  set_meta a b;  send c; }
    }
--- ws
Sec-WebSocket-Extensions:
TEXT x
--- answer
Set-Meta-a: b
TEXT c
--- log
info: grip: "subscribe" skipped: the proxy does not offer GRIP (the first of 5)


=== TEST 27: actions keep their order
--- config
    location /ws {
        grip_websocket;
        grip_on text { send 1;  subscribe 2;  ping 3;  send_binary 4;
                       detach;  pong 5;  keepalive 6;  close 1000 7; }
    }
--- ws
PING 0
TEXT x
--- answer
PONG 0
TEXT m:1
TEXT c:{"type":"subscribe","channel":"2"}
PING 3
BINARY m:4
TEXT c:{"type":"detach"}
PONG 5
TEXT c:{"type":"keep-alive","message-type":"text","content":"6"}
CLOSE \x03\xe87
