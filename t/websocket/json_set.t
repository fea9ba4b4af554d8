# grip_json_set: JSON in messages, which anybody may have written.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

our $http = <<'HTTP';
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $j_type   type;
    grip_json_set $j_nick   user nick;
    grip_json_set $j_second list 1;
    grip_json_set $j_deep   list 2 x 0;
    grip_json_set $j_empty  "";
    grip_json_set $j_zero   0;

    map $j_type $kind { default other; "" none; chat chat; }
HTTP

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: members, elements, and what is not there
--- http_config eval: $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text {
            send "$j_type|$j_nick|$j_second|$j_deep|$j_empty|$j_zero|$kind";
        }
    }
--- ws
TEXT {"type":"chat","user":{"nick":"bob"},"list":["a","b",{"x":["y"]}]}
TEXT {}
TEXT {"type":{"a":1},"user":"nick","list":{"1":"one","2":{"x":{"0":"zero"}}}}
TEXT {"":"e","0":"z","Type":"no","user":{"Nick":"no"},"list":[]}
TEXT ["first"]
TEXT []
TEXT {"list":[1]}
TEXT {"list":"string"}
--- answer
TEXT m:chat|bob|b|y|||chat
TEXT m:||||||none
TEXT m:{"a":1}||one|zero|||other
TEXT m:||||e|z|none
TEXT m:|||||first|none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none


=== TEST 2: values of each type
--- ws
TEXT {"type":"a \\"b\\" \\u00e9\\ud83d\\ude00\\n\\/"}
TEXT {"type":""}
TEXT {"type":null}
TEXT {"type":true}
TEXT {"type":false}
TEXT {"type":0}
TEXT {"type":-12}
TEXT {"type":9223372036854775807}
TEXT {"type":-9223372036854775808}
TEXT {"type":1.5}
TEXT {"type":0.1}
TEXT {"type":-0.0}
TEXT {"type":1e3}
TEXT {"type": { "b" : [ 1 , true ], "a": null } }
TEXT {"type":[]}
TEXT {"type":"nul\\u0000byte"}
TEXT {"type":"<\\ud83d>"}
TEXT {"type":["\\uDE00\\ud83d","\\ud83d\\ude00"]}
TEXT {"type":18446744073709551616}
TEXT {"type":1e999}
TEXT {"type":4.50}
TEXT {"type":[ 1, 2.50, "3.0", -1e999, -12345678901234567890 ]}
TEXT \xef\xbb\xbf{"type":"chat"}
TEXT {"type":"chat","\\u0000Foo\\u0000bar":1}
--- answer
TEXT m:a "b" \xc3\xa9\xf0\x9f\x98\x80\n/||||||other
TEXT m:||||||none
TEXT m:||||||none
TEXT m:true||||||other
TEXT m:false||||||other
TEXT m:0||||||other
TEXT m:-12||||||other
TEXT m:9223372036854775807||||||other
TEXT m:-9223372036854775808||||||other
TEXT m:1.5||||||other
TEXT m:0.1||||||other
TEXT m:-0.0||||||other
TEXT m:1e3||||||other
TEXT m:{"b":[1,true],"a":null}||||||other
TEXT m:[]||||||other
TEXT m:nul\x00byte||||||other
TEXT m:<\xef\xbf\xbd>||||||other
TEXT m:["\xef\xbf\xbd\xef\xbf\xbd","\xf0\x9f\x98\x80"]||||||other
TEXT m:18446744073709551616||||||other
TEXT m:1e999||||||other
TEXT m:4.50||||||other
TEXT m:[1,2.50,"3.0",-1e999,-12345678901234567890]||||||other
TEXT m:chat||||||chat
TEXT m:chat||||||chat


=== TEST 3: a text that is no JSON has no members
--- ws
TEXT
TEXT type
TEXT {"type":"chat"
TEXT {"type":"chat"}x
TEXT {"type":"chat",}
TEXT {'type':'chat'}
TEXT {"type":chat}
TEXT {"type":"a\x01b"}
TEXT {"type":"\\ud80"}
TEXT {"type":01}
TEXT {"type":1.}
TEXT {"type":2-1.5}
TEXT {"type":--1.5}
TEXT {"type":NaN}
TEXT \xef\xbb\xbf\xef\xbb\xbf{"type":"chat"}
TEXT "chat"
TEXT ]
--- answer
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none


=== TEST 4: a key that is there twice means either, so nothing is believed
--- ws
TEXT {"type":"chat","type":"chat"}
TEXT {"type":"chat","other":{"a":1,"a":1}}
TEXT {"type":"chat","t\\u0079pe":"admin"}
TEXT {"type":"chat","a":{"\\ud800":1,"\\ud801":1}}
--- answer
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none
TEXT m:||||||none


=== TEST 5: 64 levels are parsed, no more
--- ws
TEXT {"type":<[ x 63><] x 63>}
TEXT {"type":<[ x 64><] x 64>}
TEXT {"type":<{"a": x 63>1<} x 63>}
TEXT {"type":<{"a": x 64>1<} x 64>}
TEXT {"type":"<[ x 1000>"}
TEXT <[ x 100000>
TEXT {"type":<{"a": x 10000>
--- answer
TEXT m:<[ x 63><] x 63>||||||other
TEXT m:||||||none
TEXT m:<{"a": x 63>1<} x 63>||||||other
TEXT m:||||||none
TEXT m:<[ x 1000>||||||other
TEXT m:||||||none
TEXT m:||||||none


=== TEST 6: a million bytes are parsed, no more
--- http_config eval: $::http
--- config
    location /ws {
        client_body_buffer_size 4m;
        grip_websocket;
        grip_on text { send "$j_type"; }
    }
--- ws
TEXT {"type":"chat","x":"<a x 999978>"}
TEXT {"type":"chat","x":"<a x 999979>"}
--- answer
TEXT m:chat
TEXT m:


=== TEST 7: indices
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $i_0    a 0;
    grip_json_set $i_00   a 00;
    grip_json_set $i_2    a 2;
    grip_json_set $i_neg  a -1;
    grip_json_set $i_word a x;
    grip_json_set $i_huge a 18446744073709551616;
    grip_json_set $i_sign a +0;
    grip_json_set $i_none a "";
--- config
    location /ws {
        grip_websocket;
        grip_on text {
            send "$i_0|$i_00|$i_2|$i_neg|$i_word|$i_huge|$i_sign|$i_none";
        }
    }
--- ws
TEXT {"a":["x","y"]}
TEXT {"a":{"-1":"minus","+0":"plus"}}
--- answer
TEXT m:x|x||||||
TEXT m:|||minus|||plus|


=== TEST 8: in subjects, conditions, maps and actions, afresh for each event
--- http_config eval: $::http
--- config
    location /ws {
        grip_websocket;
        grip_on text $j_type = nick  { set_meta nick $j_nick; }
        grip_on text $j_type ~ "^j(oin)$" { subscribe $j_second;  send $1; }
        grip_on text if=$j_nick      { send "$kind from $j_nick"; }
        grip_on text                 { send "$kind"; }
        grip_on open                 { send "[$j_type]"; }
    }
--- ws
TEXT {"type":"nick","user":{"nick":"bob"}}
TEXT {"type":"join","list":["","room"]}
TEXT {"type":"join","list":["","a,b"]}
TEXT {"type":"chat","user":{"nick":"eve"}}
TEXT {"type":"chat"}
TEXT no JSON
TEXT {"type":"nick","user":{"nick":"a\\r\\nb"}}

OPEN
--- answer
Set-Meta-nick:
TEXT c:{"type":"subscribe","channel":"room"}
TEXT m:oin
TEXT m:oin
TEXT m:chat from eve
TEXT m:chat
TEXT m:none

OPEN
TEXT m:[]
--- log
info: grip: "subscribe" skipped: invalid channel
info: grip: "set_meta" deletes the meta: control characters in the value


=== TEST 9: binary messages, too, and no other events
--- http_config eval: $::http
--- config
    location /ws {
        grip_websocket;
        grip_on binary { send "[$j_type]"; }
        grip_on close  { send "[$j_type]"; }
        grip_on poll   { send "[$j_type]"; }
    }

    location /plain {
        return 200 "[$j_type]";
    }
--- ws
BINARY {"type":"chat"}
CLOSE \x03\xe8{"type":"chat"}

/ws

GET /plain
--- answer
TEXT m:[chat]
TEXT m:[]
CLOSE \x03\xe8{"type":"chat"}

TEXT m:[]

=[]


=== TEST 10: $grip_escaped_NAME builds JSON that cannot be broken out of
--- http_config eval: $::http
--- config
    location /ws {
        set $set 'a"b\c';

        grip_websocket;
        grip_on message {
            send '{"m":"$grip_escaped_grip_message","s":"$grip_escaped_set"}';
            send '$grip_escaped_j_type|$grip_escaped_grip_meta_nick|$grip_escaped_arg_none';
        }
    }
--- ws
Meta-Nick: "bob"
TEXT a "b" \\ \r\n\t\x00\x1f\x7f \xc3\xa9 \xe2\x80\xa8 </script>
TEXT {"type":"\\"\\u0000"}
BINARY \xff
TEXT
--- answer
TEXT m:{"m":"a \\"b\\" \\\\ \\r\\n\\t\\u0000\\u001f\x7f \xc3\xa9 \\u2028 </script>","s":"a\\"b\\\\c"}
TEXT m:|\\"bob\\"|
TEXT m:{"m":"{\\"type\\":\\"\\\\\\"\\\\u0000\\"}","s":"a\\"b\\\\c"}
TEXT m:\\"\\u0000|\\"bob\\"|
TEXT m:{"m":"","s":"a\\"b\\\\c"}
TEXT m:|\\"bob\\"|
TEXT m:{"m":"","s":"a\\"b\\\\c"}
TEXT m:|\\"bob\\"|


=== TEST 11: an OCPP frame is routed by its third element
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $frame   0;
    grip_json_set $id      1;
    grip_json_set $action  2;
    grip_json_set $vendor  3 vendorName;
--- config
    location /ws {
        grip_websocket;

        grip_on text $action = BootNotification { send '[3,"$grip_escaped_id",{"vendor":"$grip_escaped_vendor"}]'; }
        grip_on text $action ~ ^Meter           { send "meter $id"; }
        grip_on text $frame = 2                 { send '[4,"$grip_escaped_id","NotImplemented","",{}]'; }
        grip_on text $frame ~ ^[34]$            { send "answer $id $action"; }
        grip_on text                            { send "no frame"; }
    }
--- ws
TEXT [2,"19\\"","BootNotification",{"vendorName":"a\\\\b"}]
TEXT [2, "20", "MeterValues", {}]
TEXT [2,"21","bootnotification",{}]
TEXT [3,"22",{"status":"Accepted"}]
TEXT [4,"23","GenericError","",{}]
TEXT {"0":2,"2":"BootNotification"}
TEXT ["2"]
TEXT [5,"24","Other"]
TEXT [2
--- answer
TEXT m:[3,"19\\"",{"vendor":"a\\\\b"}]
TEXT m:meter 20
TEXT m:[4,"21","NotImplemented","",{}]
TEXT m:answer 22 {"status":"Accepted"}
TEXT m:answer 23 GenericError
TEXT m:[3,"",{"vendor":""}]
TEXT m:[4,"","NotImplemented","",{}]
TEXT m:no frame
TEXT m:no frame


=== TEST 12: JSON in JSON, behind a prefix, and made up
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $payload  payload;
    grip_json_set $inner    from=$payload inner;
    grip_json_set $type     from=$inner type;
    grip_json_set $room     from=$inner room;
    grip_json_set $made     'from={"x":[$payload]}' x 0 inner;
    grip_json_set $event    from=$packet 0;

    map $grip_message $packet { "~^42(?<rest>\[.*)$" $rest; }
--- config
    location /ws {
        grip_websocket;

        grip_on text $event = join             { send "$event of $packet"; }
        grip_on text $type = chat              { send "$room: $inner|$made"; }
        grip_on text $type                 = b { send "b"; }
        grip_on text ~ "^x(?<inner_text>.*)$"  { send "no"; }
        grip_on text                           { send "[$type|$room|$inner]"; }
    }
--- ws
TEXT {"payload":"{\\"inner\\":\\"{\\\\\\"type\\\\\\":\\\\\\"chat\\\\\\",\\\\\\"room\\\\\\":7}\\"}"}
TEXT {"payload":{"inner":{"type":"b"}}}
TEXT {"payload":"{\\"inner\\":1}"}
TEXT {"payload":"{"}
TEXT {"payload":""}
TEXT {}
TEXT 42["join",{}]
TEXT 42{"0":"join"}
--- answer
TEXT m:7: {"type":"chat","room":7}|{"type":"chat","room":7}
TEXT m:b
TEXT m:[||1]
TEXT m:[||]
TEXT m:[||]
TEXT m:[||]
TEXT m:join of ["join",{}]
TEXT m:[||]


=== TEST 13: a parameter is one in second place and with a variable only
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $literal from=here;
    grip_json_set $second  a from=$uri;
    grip_json_set $both    from=$grip_message from=here;
--- config
    location /ws {
        grip_websocket;
        grip_on text { send "$literal|$second|$both"; }
    }
--- ws
TEXT {"from=here":"1","a":{"from=$uri":"2"}}
--- answer
TEXT m:1|2|1


=== TEST 14: texts of plain requests, and no text
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $n from=$arg_x n;
    grip_json_set $a from=$http_x_json n;
    grip_json_set $c from=$1 0;
--- config
    location /plain {
        return 200 "$n|$a|";
    }

    location ~ ^/captured/(.*)$ {
        return 200 "$c";
    }

    location /ws {
        grip_websocket;
        grip_on any { send "$n|$a"; }
    }
--- ws
GET /plain?x={"n":1}
X-Json: {"n":"two"}

GET /plain?x={"n":1

GET /plain

GET /captured/["x"]

/ws?x={"n":5}
TEXT a
PING
BINARY \x00
--- answer
=1|two|

=||

=||

=x

TEXT m:5|
PONG
TEXT m:5|


=== TEST 15: many texts, and long ones
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $n     n;
    grip_json_set $again 'from={"a":"$n"}' a;
    grip_json_set $other 'from={"a":"$grip_escaped_grip_message"}' a;
    grip_json_set $small 'from=["$n",1]' 0;
--- config
    location /ws {
        grip_websocket;
        client_max_body_size 3m;
        client_body_buffer_size 3m;
        grip_on text $small = none { }
        grip_on text $again = 1    { send "1"; }
        grip_on text $other = none { }
        grip_on text $again = 2    { send "2"; }
        grip_on text               { send "$n, $again, $small"; }
    }
--- ws eval
join('', map { "TEXT {\"n\":$_}\n" } 1 .. 40)
. "TEXT {\"n\":3,\"l\":\"<x x 999000>\"}\nTEXT {\"n\":2,\"l\":\"<x x 999000>\"}\n"
--- answer eval
join '', map { $_ < 3 ? "TEXT m:$_\n" : "TEXT m:$_, $_, $_\n" } 1 .. 40, 3, 2


=== TEST 16: a variable of its own text
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $a from=$b x;
    grip_json_set $b from=$a x;
--- config
    location /ws {
        grip_websocket;
        grip_on text { send $a; }
    }
--- ws
TEXT x
--- answer
CLOSE \x03\xf3internal error
--- log
error: cycle while evaluating variable "a"
