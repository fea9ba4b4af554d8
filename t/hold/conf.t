# Errors and warnings of "nginx -t" for holds.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: all that is allowed
--- http
grip_hold stream;
grip_channel room;
grip_keepalive tick;
grip_link /next;
grip_hold_status 200;
grip_filter_meta user $arg_user;
grip_expose_headers X-One;
--- server
grip_hold sse;
grip_channel room filter=a filter=b;
grip_keepalive tick timeout=1s mode=idle;
grip_link /next timeout=1s;
grip_hold_status 999 "What a status";
grip_filter_meta user "";
grip_expose_headers X-One X-Two;
--- location
grip_hold response timeout=5s;
grip_channel $arg_room prev_id=$arg_id;
grip_keepalive $arg_x mode=interval;
grip_link $arg_y;
grip_hold_body "" "type=text/plain; charset=utf-8";



=== TEST 2: a hold that is none
--- location
grip_hold forever;
--- says
emerg: invalid value "forever" in location.conf:1



=== TEST 3: a hold twice
--- location
grip_hold stream;
grip_hold off;
--- says
emerg: "grip_hold" directive is duplicate in location.conf:2



=== TEST 4: a parameter that is none
--- location
grip_hold response time=5s;
--- says
emerg: invalid parameter "time=5s" in location.conf:1



=== TEST 5: a time that is none
--- location
grip_hold response timeout=soon;
--- says
emerg: invalid parameter "timeout=soon", the minimum is 5 seconds in location.conf:1



=== TEST 6: a time that the proxy would raise
--- location
grip_hold response timeout=4s;
--- says
emerg: invalid parameter "timeout=4s", the minimum is 5 seconds in location.conf:1



=== TEST 7: a stream has no time
--- location
grip_hold stream timeout=5s;
--- says
emerg: "grip_hold" directive has a timeout with "response" only in location.conf:1



=== TEST 8: a body without a hold
--- location
grip_channel room;
grip_hold_body "";
--- says
emerg: "grip_hold_body" needs "grip_hold" in location.conf:2



=== TEST 9: a body without a channel
--- location
grip_hold stream;
grip_hold_body "";
--- says
emerg: "grip_hold_body" needs "grip_channel" in location.conf:2



=== TEST 10: a body twice
--- location
grip_hold stream;
grip_channel room;
grip_hold_body "a";
grip_hold_body "b";
--- says
emerg: "grip_hold_body" directive is duplicate in location.conf:4



=== TEST 11: a body beside another content handler
--- location
grip_hold stream;
grip_channel room;
grip_websocket;
grip_hold_body "a";
--- says
emerg: "grip_hold_body" directive conflicts with another content handler of the location in location.conf:4



=== TEST 12: a body before another content handler
--- location
grip_hold stream;
grip_channel room;
grip_hold_body "a";
proxy_pass http://127.0.0.1:1;
--- says
emerg: "grip_hold_body" conflicts with another content handler of the location in location.conf:3



=== TEST 13: a type that is none
--- location
grip_hold_body "a" type=;
--- says
emerg: invalid parameter "type=" in location.conf:1



=== TEST 14: a parameter of a body that is none
--- location
grip_hold_body "a" format=text/plain;
--- says
emerg: invalid parameter "format=text/plain" in location.conf:1



=== TEST 15: a type that cannot be a header
--- location
grip_hold_body "a" "type=text/plain
X: y";
--- says
emerg: invalid parameter "type=text/plain



=== TEST 16: a channel that is none
--- location
grip_channel "a,b";
--- says
emerg: invalid channel "a,b" in location.conf:1



=== TEST 17: an empty channel
--- location
grip_channel "";
--- says
emerg: invalid channel "" in location.conf:1



=== TEST 18: parameters of a channel that are none
--- location
grip_channel a last=1;
--- says
emerg: invalid parameter "last=1" in location.conf:1



=== TEST 19: an empty id
--- location
grip_channel a prev_id=;
--- says
emerg: invalid parameter "prev_id=" in location.conf:1



=== TEST 20: an id that is none
--- location
grip_channel a "prev_id=1;2";
--- says
emerg: invalid parameter "prev_id=1;2" in location.conf:1



=== TEST 21: two ids
--- location
grip_channel a prev_id=1 prev_id=2;
--- says
emerg: duplicate parameter "prev_id=2" in location.conf:1



=== TEST 22: a filter that is none
--- location
grip_channel a "filter=b c";
--- says
emerg: invalid parameter "filter=b c" in location.conf:1



=== TEST 23: an id in a stream needs a link
--- location
grip_hold stream;
grip_channel a prev_id=1;
--- says
emerg: "prev_id" of a "grip_channel" needs "grip_link" with "grip_hold stream" or "sse" in location.conf:2



=== TEST 24: an id in a stream, wherever the two meet
--- server
grip_channel a prev_id=$arg_id;
--- location
grip_hold sse;
--- says
emerg: "prev_id" of a "grip_channel" needs "grip_link" with "grip_hold stream" or "sse" in server.conf:1



=== TEST 25: an id in a stream with a link
--- location
grip_hold stream;
grip_channel a prev_id=1;
grip_link /next;



=== TEST 26: a keep-alive of nothing
--- location
grip_keepalive "";
--- says
emerg: "grip_keepalive" directive has no data in location.conf:1



=== TEST 27: keep-alives twice
--- location
grip_keepalive a;
grip_keepalive b;
--- says
emerg: "grip_keepalive" directive is duplicate in location.conf:2



=== TEST 28: a keep-alive at once
--- location
grip_keepalive a timeout=0;
--- says
emerg: invalid parameter "timeout=0", the minimum is 1 second in location.conf:1



=== TEST 29: a mode that is none
--- location
grip_keepalive a mode=always;
--- says
emerg: invalid parameter "mode=always" in location.conf:1



=== TEST 30: a parameter of keep-alives that is none
--- location
grip_keepalive a type=text;
--- says
emerg: invalid parameter "type=text" in location.conf:1



=== TEST 31: links twice
--- location
grip_link /a;
grip_link /b;
--- says
emerg: "grip_link" directive is duplicate in location.conf:2



=== TEST 32: a parameter of a link that is none
--- location
grip_link /a rel=prev;
--- says
emerg: invalid parameter "rel=prev" in location.conf:1



=== TEST 33: a time of a link that is none
--- location
grip_link /a timeout=-1;
--- says
emerg: invalid parameter "timeout=-1", the minimum is 1 second in location.conf:1



=== TEST 34: statuses that are none
--- location
grip_hold_status 199;
--- says
emerg: invalid status "199" in location.conf:1



=== TEST 35: a status of letters
--- location
grip_hold_status gone;
--- says
emerg: invalid status "gone" in location.conf:1



=== TEST 36: a status of four digits
--- location
grip_hold_status 1000;
--- says
emerg: invalid status "1000" in location.conf:1



=== TEST 37: a reason that is none
--- location
grip_hold_status 410 "";
--- says
emerg: invalid reason "" in location.conf:1



=== TEST 38: a status twice
--- location
grip_hold_status 410;
grip_hold_status 411;
--- says
emerg: "grip_hold_status" directive is duplicate in location.conf:2



=== TEST 39: a name of a meta that is none
--- location
grip_filter_meta "a b" c;
--- says
emerg: invalid meta name "a b" in location.conf:1



=== TEST 40: a meta that cannot be a header
--- location
grip_filter_meta a "b
c";
--- says
emerg: "grip_filter_meta" directive has control characters in the value in location.conf:2



=== TEST 41: a meta that is not UTF-8
--- location eval
"grip_filter_meta a \xff;\n"
--- says
emerg: "grip_filter_meta" directive has invalid UTF-8 in location.conf:1



=== TEST 42: a name of a header that is none
--- location
grip_expose_headers X-One "X Two";
--- says
emerg: invalid header name "X Two" in location.conf:1



=== TEST 43: a variable that nobody knows
--- location
grip_channel $nobody_knows;
--- says
emerg: unknown "nobody_knows" variable



=== TEST 44: no holds in "if"
--- location
if ($arg_a) { grip_hold stream; }
--- says
emerg: "grip_hold" directive is not allowed here in location.conf:1


=== TEST 45: no variables in a type
--- location
grip_hold stream;
grip_channel a;
grip_hold_body b type=$arg_t;
--- says
emerg: invalid parameter "type=$arg_t" in location.conf:3


=== TEST 46: no variables in a filter
--- location
grip_hold stream;
grip_channel a filter=$arg_f;
--- says
emerg: invalid parameter "filter=$arg_f" in location.conf:2


=== TEST 47: no variables in a reason
--- location
grip_hold_status 200 $arg_r;
--- says
emerg: invalid reason "$arg_r" in location.conf:1


=== TEST 48: no variables in the name of a meta
--- location
grip_filter_meta $arg_n a;
--- says
emerg: invalid meta name "$arg_n" in location.conf:1


=== TEST 49: a link to nowhere
--- location
grip_link "";
--- says
emerg: "grip_link" directive has no URI in location.conf:1


=== TEST 49: a variable in the query of a link
--- location
grip_link /e?room=$arg_room timeout=5s;
--- says
warn: streams whose "grip_link" differs in the query alone may get the response to one of them: put the variable into the path in location.conf:1


=== TEST 50: in whatever way
--- server
location /a { grip_link /e?$args; }
location /b { grip_link /e$is_args$args; }
location /c { grip_link "/e?a=${arg_room}"; }
location /d { grip_link $request_uri; }
location /e { grip_link "/e${Query_String}"; }
--- says
warn: streams whose "grip_link" differs in the query alone may get the response to one of them: put the variable into the path in server.conf:1
warn: streams whose "grip_link" differs in the query alone may get the response to one of them: put the variable into the path in server.conf:2
warn: streams whose "grip_link" differs in the query alone may get the response to one of them: put the variable into the path in server.conf:3
warn: streams whose "grip_link" differs in the query alone may get the response to one of them: put the variable into the path in server.conf:4
warn: streams whose "grip_link" differs in the query alone may get the response to one of them: put the variable into the path in server.conf:5


=== TEST 51: variables in the path, and a query that is always the same
--- server
location /a { grip_link /e/$arg_room/$grip_uri_arg_is?again=yes; }
location /b { grip_link $uri; }
location /c { grip_link $uri?again=yes; }



=== TEST 53: a link of each kind, in any order
--- http
grip_link /gone rel=gone;
grip_link /next rel=next timeout=5s;
--- location
grip_link /next timeout=5s rel=next;
grip_link /gone/$arg_x?$args rel=gone;
--- says



=== TEST 54: links of the end twice
--- location
grip_link /a rel=gone;
grip_link /b;
grip_link /c rel=gone;
--- says
emerg: "grip_link" directive is duplicate in location.conf:3



=== TEST 55: a link of the end has no time
--- location
grip_link /a rel=gone timeout=5s;
--- says
emerg: "grip_link" directive has a timeout with "rel=next" only in location.conf:1



=== TEST 56: a parameter of a link twice
--- location
grip_link /a rel=gone rel=gone;
--- says
emerg: duplicate parameter "rel=gone" in location.conf:1



=== TEST 57: a link of the end is no link for what was missed
--- location
grip_hold    stream;
grip_channel a prev_id=1;
grip_link    /a rel=gone;
--- says
emerg: "prev_id" of a "grip_channel" needs "grip_link" with "grip_hold stream" or "sse" in location.conf:2



=== TEST 58: a filter for a channel may be several, even the same
--- location
grip_hold stream;
grip_channel a filter=b filter=c filter=b;



=== TEST 59: two times of keep-alives
--- location
grip_keepalive tick timeout=6s timeout=5s;
--- says
emerg: duplicate parameter "timeout=5s" in location.conf:1



=== TEST 60: two modes of keep-alives
--- location
grip_keepalive tick mode=idle mode=interval;
--- says
emerg: duplicate parameter "mode=interval" in location.conf:1



=== TEST 61: names of headers that are variables
--- location
grip_expose_headers X-One $foo;
--- says
emerg: invalid header name "$foo" in location.conf:1
