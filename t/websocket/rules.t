# Which rule an event gets, and what the rule sees.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: the first rule that matches wins, in order of appearance
--- config
    location /ws {
        grip_websocket;
        grip_on text = b  { send second; }
        grip_on text ~ a  { send first; }
        grip_on text ~ b  { send third; }
        grip_on text      { send else; }
    }
--- ws
TEXT b
TEXT ab
TEXT bc
TEXT c
BINARY b
--- answer
TEXT m:second
TEXT m:first
TEXT m:third
TEXT m:else


=== TEST 2: each event by its name
--- config
    location /ws {
        grip_websocket;
        grip_on open       { send "open $grip_event"; }
        grip_on text       { send "text $grip_event"; }
        grip_on binary     { send "binary $grip_event"; }
        grip_on close      { send "close $grip_event"; }
        grip_on disconnect { set_meta last "disconnect $grip_event"; }
        grip_on ping       { send "ping $grip_event"; }
        grip_on pong       { send "pong $grip_event"; }
        grip_on poll       { send "poll $grip_event"; }
    }
--- ws
OPEN

TEXT a
BINARY b
PING c
PONG d
CLOSE

/ws

DISCONNECT
--- answer
OPEN
TEXT m:open open

TEXT m:text text
TEXT m:binary binary
TEXT m:ping ping
PONG c
TEXT m:pong pong
TEXT m:close close
CLOSE

TEXT m:poll poll

Set-Meta-last: disconnect disconnect
200


=== TEST 3: groups
--- config
    location /message {
        grip_websocket;
        grip_on message { send $grip_event; }
    }

    location /gone {
        grip_websocket;
        grip_on gone { send $grip_event;  set_meta gone $grip_event; }
    }

    location /any {
        grip_websocket;
        grip_on any { send $grip_event;  set_meta any $grip_event; }
    }
--- ws
/message
OPEN

/message
TEXT a
BINARY b
PING
PONG
CLOSE

/message

/gone
TEXT a
CLOSE

/gone
DISCONNECT

/any
OPEN

/any
TEXT a
BINARY b
PING
PONG
CLOSE

/any
DISCONNECT

/any
--- answer
OPEN

TEXT m:text
TEXT m:binary
PONG
CLOSE

200

Set-Meta-gone: close
TEXT m:close
CLOSE

Set-Meta-gone: disconnect
200

Set-Meta-any: open
OPEN
TEXT m:open

Set-Meta-any: close
TEXT m:text
TEXT m:binary
PONG
TEXT m:close
CLOSE

Set-Meta-any: disconnect
200

! Set-Meta-any
200


=== TEST 4: operators
--- config
    location /ws {
        grip_websocket;
        grip_on text = "a b"        { send equal; }
        grip_on text = ""           { send empty; }
        grip_on text = $grip_event  { send literal; }
        grip_on text ~ ^Hello       { send sensitive; }
        grip_on text ~* ^hello      { send insensitive; }
        grip_on text ~ "x{2}\.$"    { send dot; }
        grip_on text ~ "^\x{c3}"    { send bytes; }
    }
--- ws
TEXT a b
TEXT a  b
TEXT
TEXT text
TEXT $grip_event
TEXT Hello
TEXT HELLO
TEXT axx.
TEXT axxb
TEXT \xc3\xa9
TEXT a\x00b
--- answer
TEXT m:equal
TEXT m:empty
TEXT m:literal
TEXT m:sensitive
TEXT m:insensitive
TEXT m:dot
TEXT m:bytes


=== TEST 5: bytes that end no text
--- config
    location /ws {
        grip_websocket;
        grip_on text = "a"               { send "no"; }
        grip_on binary ~ "^a\x00b$"      { send nul; }
        grip_on binary ~ "(?s)^a.\r\n.z" { send dot; }
    }
--- ws
TEXT a\x00
BINARY a\x00b
BINARY a\xff\r\n\x00z
--- answer
TEXT m:nul
TEXT m:dot


=== TEST 6: subjects
--- config
    location /ws {
        grip_websocket;
        grip_on open $arg_room = lobby           { send lobby; }
        grip_on open $arg_room ~ ^(\d+)$         { send "room $1"; }
        grip_on open $arg_room = ""              { send "no room"; }
        grip_on text $grip_meta_role = admin     { send "admin: $grip_message"; }
        grip_on text $grip_meta_role ~* ^MOD     { send "moderator"; }
        grip_on text                             { send "user"; }
    }
--- ws
/ws?room=lobby
OPEN

/ws?room=42
OPEN

OPEN

/ws?room=x
OPEN

Meta-Role: admin
TEXT a

Meta-Role: moderator
TEXT a

TEXT a
--- answer
OPEN
TEXT m:lobby

OPEN
TEXT m:room 42

OPEN
TEXT m:no room

OPEN

TEXT m:admin: a

TEXT m:moderator

TEXT m:user


=== TEST 7: if=
--- config
    location /ws {
        grip_websocket;
        grip_on text if=$arg_a                  { send a; }
        grip_on text ~ x if=$arg_b              { send b; }
        grip_on text $arg_c = 1 if=$arg_d$arg_e { send "de"; }
        grip_on text                            { send else; }
    }
--- ws
/ws?a=1
TEXT x

/ws?a=no
TEXT x

/ws?a=0
TEXT x

/ws?a=00
TEXT x

/ws?b=1
TEXT x
TEXT y

/ws?c=1&d=0
TEXT x

/ws?c=1&e=5
TEXT x

/ws?c=2&e=5
TEXT x
--- answer
TEXT m:a

TEXT m:a

TEXT m:else

TEXT m:a

TEXT m:b
TEXT m:else

TEXT m:else

TEXT m:de

TEXT m:else


=== TEST 8: captures by name and by number
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^/nick (?<name>[^\r\n]+)$" { send "nick $name $1"; }
        grip_on text ~ "^(\w+)=(\w*)(;)?"          { send "$2=$1[$3]"; }
        grip_on text ~ "^(?<a>.)(?<b>.)?$"         { send "a=$a b=$b"; }
    }
--- ws
TEXT /nick bob
TEXT key=value;
TEXT key=
TEXT xy
TEXT x
--- answer
TEXT m:nick bob bob
TEXT m:value=key[;]
TEXT m:=key[]
TEXT m:a=x b=y
TEXT m:a=x b=


=== TEST 9: captures end with their event
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^nick (?<name>.+)$" { send "$name $1"; }
        grip_on text                        { send "[$name][$1]"; }
    }
--- ws
TEXT hello
TEXT nick bob
TEXT hello
TEXT nick eve
TEXT nick
--- answer
TEXT m:[][]
TEXT m:bob bob
TEXT m:[][]
TEXT m:eve eve
TEXT m:[][]


=== TEST 10: a rule that does not match leaves no captures either
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^(?<word>\w+)" if=$arg_no { send never; }
        grip_on text ~ "b"                        { send "[$word]"; }
    }
--- ws
TEXT ab
TEXT b
--- answer
TEXT m:[ab]
TEXT m:[b]


=== TEST 11: maps are evaluated for each event
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    map $grip_message $greeting {
        default         "what?";
        hi              "hello";
        ~^i.am.(?<n>.+) "hello $n";
    }

    map $grip_meta_nick $nick {
        ""      anonymous;
        default $grip_meta_nick;
    }

    map $grip_event $known {
        volatile;
        text    1;
        default "";
    }
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "^/nick (?<name>.+)$" { set_meta nick $name; }
        grip_on message if=$known            { send "$nick: $greeting"; }
    }
--- ws
TEXT hi
TEXT i am bob
TEXT /nick bob
TEXT hi
BINARY hi
TEXT x

Meta-Nick: eve
TEXT hi
--- answer
Set-Meta-nick: bob
TEXT m:anonymous: hello
TEXT m:anonymous: hello bob
TEXT m:bob: hello
TEXT m:bob: what?

TEXT m:eve: hello


=== TEST 12: captures of earlier phases stay
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    geo $place { default here; }

    map $uri $from_uri { ~/(?<last>[^/]+)$ $last; }
--- config
    set $global "server";

    location ~ ^/room/(?<room>\w+)$ {
        set $local "$room-$global";

        grip_websocket;
        grip_on text ~ "^to (?<room>\w+)$" { send "$room $local"; }
        grip_on text                       { send "$room $local $place
$from_uri $uri"; }
    }
--- ws
/room/lobby
TEXT x
TEXT to bar
TEXT y
--- answer
TEXT m:lobby lobby-server here\nlobby /room/lobby
TEXT m:bar lobby-server
TEXT m:lobby lobby-server here\nlobby /room/lobby


=== TEST 13: captures of the location by number stay, too
--- config
    location ~ ^/room/(\w+)/(\w+)$ {
        grip_websocket;
        grip_on text ~ "^to (\w+)$" { send "$1 [$2]"; }
        grip_on text                { send "$1 $2"; }
    }
--- ws
/room/lobby/left
TEXT x
TEXT to bar
TEXT y
--- answer
TEXT m:lobby left
TEXT m:bar []
TEXT m:lobby left


=== TEST 14: the log sees what the request began with
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    log_format scope "[$room][$greeting]";

    map $grip_message $greeting { hi "hello"; }
--- config
    location ~ ^/room/(?<room>\w+)$ {
        access_log logs/requests.log scope;
        grip_websocket;
        grip_on text ~ "^to (?<room>\w+)$" { send "$room"; }
        grip_on text                       { send "$room $greeting"; }
    }
--- ws
/room/lobby
TEXT hi
TEXT to bar
--- answer
TEXT m:lobby hello
TEXT m:bar
--- access
[lobby][]


=== TEST 15: rules of a level hold only if there are none below
--- config
    grip_on text = a { send "server a"; }
    grip_on text     { send "server"; }

    location /inherits {
        grip_websocket;

        location /inherits/deeper {
            grip_websocket;
        }

        location /inherits/own {
            grip_websocket;
            grip_on text = b { send "deeper b"; }
        }
    }

    location /own {
        grip_websocket;
        grip_on text = b { send "own b"; }

        location /own/deeper {
            grip_websocket;
        }
    }
--- ws
/inherits
TEXT a
TEXT b

/inherits/deeper
TEXT a

/inherits/own
TEXT a
TEXT b

/own
TEXT a
TEXT b

/own/deeper
TEXT a
TEXT b
--- answer
TEXT m:server a
TEXT m:server

TEXT m:server a

TEXT m:deeper b

TEXT m:own b

TEXT m:own b


=== TEST 16: include within a rule and around rules
--- user_files
>>> actions.conf
send included;
send $grip_message;
>>> rules/1.conf
grip_on text = 1 { send one; }
>>> rules/2.conf
grip_on text = 2 {
    include ../html/actions.conf;
    send two;
}
--- config
    location /ws {
        grip_websocket;
        include ../html/rules/*.conf;
        grip_on text { send before;  include ../html/actions.conf;
                       send after; }
    }
--- ws
TEXT 1
TEXT 2
TEXT 3
--- answer
TEXT m:one
TEXT m:included
TEXT m:2
TEXT m:two
TEXT m:before
TEXT m:included
TEXT m:3
TEXT m:after


=== TEST 17: "if" of the rewrite module keeps the rules
--- config
    location /ws {
        set $x "";

        if ($arg_x) {
            set $x "if";
        }

        if ($arg_status) {
            return 429;
        }

        grip_websocket;
        grip_on text { send "[$x]"; }
    }
--- ws
/ws
TEXT a

/ws?x=1
TEXT a

/ws?x=1&status=1
TEXT a

/ws?status=1
TEXT a
--- answer
TEXT m:[]

TEXT m:[if]

429

429


=== TEST 18: a rule without actions takes the event
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ ^# { }
        grip_on ping      { }
        grip_on text      { send $grip_message; }
    }
--- ws
TEXT #
TEXT a
PING b
--- answer
TEXT m:a
PONG b


=== TEST 19: no event runs after the end of the connection
--- config
    location /close {
        grip_websocket;
        grip_on text = close      { close;  send no;  subscribe room; }
        grip_on text = disconnect { send a;  disconnect;  send no; }
        grip_on any               { send $grip_message;
                                      set_meta n $grip_message; }
    }
--- ws
/close
TEXT a
TEXT close
TEXT b
CLOSE

/close
TEXT disconnect
PING
TEXT b
--- answer
Set-Meta-n: a
TEXT m:a
CLOSE \x03\xe8

! Set-Meta-n
TEXT m:a
DISCONNECT


=== TEST 20: rules of named locations and of "try_files"
--- config
    location /ws {
        try_files /none @rules;
    }

    location @rules {
        grip_websocket;
        grip_on text { send "$uri"; }
    }
--- ws
TEXT a
--- answer
TEXT m:/ws


=== TEST 21: a thousand events
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ "(?<n>\d+)" { send $n; }
    }
--- ws eval
CORE::join '', map { "TEXT n $_\n" } 1 .. 1000
--- answer eval
CORE::join '', map { "TEXT m:$_\n" } 1 .. 1000
