# Errors and warnings of "nginx -t" for rules.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: all that a rule may have
--- http
map $uri $flag { default 1; }
--- server
grip_on open { }
--- location
grip_websocket;
grip_on any $arg_x = y if=$flag { send "z"; }
grip_on text = x { }
grip_on text = "" { }
grip_on binary ~ "^(?<name>a|b)$" if=$arg_a$arg_b { }
grip_on message ~* x { }
grip_on message { }
grip_on open { }
grip_on gone { }
grip_on ping { }
grip_on pong { }
grip_on poll { }

location /ws/deeper {
    grip_websocket;
}
--- says
warn: "grip_on" has no effect: no "grip_websocket" uses it in server.conf:1


=== TEST 2: an unknown event
--- location
grip_websocket;

grip_on never { }
--- says
emerg: unknown event "never" in "grip_on" in location.conf:3


=== TEST 3: two events
--- location
grip_websocket;
grip_on open close { }
--- says
emerg: invalid parameter "close" in location.conf:2


=== TEST 4: no event
--- location
grip_on { }
--- says
emerg: invalid number of arguments in "grip_on" directive in location.conf:1


=== TEST 5: no block
--- location
grip_on text;
--- says
emerg: directive "grip_on" has no opening "{" in location.conf:1


=== TEST 6: not at the http level
--- http
grip_on text { }
--- says
emerg: "grip_on" directive is not allowed here in http.conf:1


=== TEST 7: not in "if"
--- location
grip_websocket;

if ($arg_x) {
    grip_on text { }
}
--- says
emerg: "grip_on" directive is not allowed here in location.conf:4


=== TEST 8: a subject without an operator
--- location
grip_websocket;
grip_on text $arg_x { }
--- says
emerg: no "=", "~" or "~*" after "$arg_x" in location.conf:2


=== TEST 9: a subject with something else
--- location
grip_websocket;
grip_on text $arg_x != y { }
--- says
emerg: no "=", "~" or "~*" after "$arg_x" in location.conf:2


=== TEST 10: a subject that is no variable
--- location
grip_websocket;
grip_on text $arg-x = y { }
--- says
emerg: invalid variable name "$arg-x" in location.conf:2


=== TEST 11: a subject that is a capture by number
--- location
grip_websocket;
grip_on text $1 = y { }
--- says
emerg: invalid variable name "$1" in location.conf:2


=== TEST 12: a subject that nobody knows
--- location
grip_websocket;
grip_on text $nobody = y { }
--- says
emerg: unknown "nobody" variable


=== TEST 13: an operator without a pattern
--- location
grip_websocket;
grip_on text ~* { }
--- says
emerg: no pattern after "~*" in location.conf:2


=== TEST 14: a subject and an operator without a pattern
--- location
grip_websocket;
grip_on text $arg_x = { }
--- says
emerg: no pattern after "=" in location.conf:2


=== TEST 15: an expression that is none
--- location
grip_websocket;
grip_on text ~ "(a" { }
--- says
emerg: pcre...failed: missing closing parenthesis in "(a"... in location.conf:2


=== TEST 16: a pattern without an operator
--- location
grip_websocket;
grip_on text hello { }
--- says
emerg: invalid parameter "hello" in location.conf:2


=== TEST 17: two patterns
--- location
grip_websocket;
grip_on text ~ a b { }
--- says
emerg: invalid parameter "b" in location.conf:2


=== TEST 18: an empty condition
--- location
grip_websocket;
grip_on text if= { }
--- says
emerg: invalid parameter "if=" in location.conf:2


=== TEST 19: a condition before the pattern
--- location
grip_websocket;
grip_on text if=$arg_x = y { }
--- says
emerg: invalid parameter "=" in location.conf:2


=== TEST 20: a condition that nobody knows
--- location
grip_websocket;
grip_on text if=$nobody { }
--- says
emerg: unknown "nobody" variable


=== TEST 21: a condition that is no variable
--- location
grip_websocket;
grip_on text if=${arg_x { }
--- says
emerg: the closing bracket in "arg_x" variable is missing in location.conf:2


=== TEST 22: a rule that an earlier one leaves nothing to
--- location
grip_websocket;
grip_on any { }
grip_on text ~ a { }
--- says
warn: this rule can never match: the one in location.conf:2 always does before in location.conf:3


=== TEST 23: a rule that several earlier ones leave nothing to
--- location
grip_websocket;
grip_on text { }
grip_on ping { }
grip_on binary { }
grip_on message = x { }
--- says
warn: this rule can never match: the one in location.conf:4 always does before in location.conf:5


=== TEST 24: the same rule once more
--- location
grip_websocket;
grip_on text $arg_x ~* "a b" if=$arg_y { }
grip_on text $arg_x ~ "a b" if=$arg_y { }
grip_on text $arg_z ~* "a b" if=$arg_y { }
grip_on text $arg_x ~* "a bc" if=$arg_y { }
grip_on text $arg_x ~* "a b" if=$arg_z { }
grip_on binary $arg_x ~* "a b" if=$arg_y { }
grip_on text $arg_x ~* "a b" if=$arg_y { }
--- says
warn: this rule can never match: the one in location.conf:2 always does before in location.conf:8


=== TEST 25: a rule with a condition leaves the rest, one without leaves nothing
--- location
grip_websocket;
grip_on text if=$arg_x { }
grip_on text { }
grip_on binary ~ a { }
grip_on binary ~ a if=$arg_x { }
--- says
warn: this rule can never match: the one in location.conf:4 always does before in location.conf:5


=== TEST 26: a text for an event that has none
--- location
grip_websocket;
grip_on open = hello { }
grip_on gone = bye { }
grip_on poll = x { }
grip_on open = "" { }
grip_on any = hello { }
--- says
warn: this rule can never match: its event has no message in location.conf:2
warn: this rule can never match: its event has no message in location.conf:3
warn: this rule can never match: its event has no message in location.conf:4


=== TEST 27: rules that no location uses
--- server
grip_on text { }
grip_on binary { }
--- location
grip_on text { }
--- says
warn: "grip_on" has no effect: no "grip_websocket" uses it in server.conf:1
warn: "grip_on" has no effect: no "grip_websocket" uses it in location.conf:1


=== TEST 28: rules that a location below uses
--- server
grip_on text { }
--- location
location /ws/deeper {
    grip_websocket;
}


=== TEST 29: the end of the file in a rule
--- location
grip_websocket;
grip_on text {
    send a;
--- says
emerg: unexpected end of file, expecting "}" in location.conf:4


=== TEST 30: a file that is included in a rule has the error
--- location
grip_websocket;
grip_on text {
    include actions.conf;
}
--- files
>>> actions.conf
send a;
sned b;
--- says
emerg: unknown action "sned" in actions.conf:2


=== TEST 31: a file that is not there
--- location
grip_websocket;
grip_on text { include actions.conf; }
--- says
emerg: open() "actions.conf" failed (2: No such file or directory) in location.conf:2


=== TEST 32: two files in one include
--- location
grip_websocket;
grip_on text { include a.conf b.conf; }
--- says
emerg: invalid number of arguments in "include" in location.conf:2


=== TEST 33: a rule subscribes to what it publishes to
--- location
grip_websocket;
grip_on open { subscribe room;  publish room hello; }
grip_on text { publish "hall" hello;  subscribe room;  subscribe hall; }
grip_on binary { subscribe "$arg_a";  publish "$arg_a" hello; }
--- says
warn: the rule subscribes and publishes to "room": the connection that subscribes will not get this message, use "send" for it, in location.conf:2
warn: the rule subscribes and publishes to "hall": the connection that subscribes will not get this message, use "send" for it, in location.conf:3


=== TEST 34: $grip_escaped_NAME of a variable that nobody knows
--- location
grip_websocket;
grip_on text { send $grip_escaped_nobody; }
--- says
emerg: unknown "nobody" variable


=== TEST 35: $grip_escaped_NAME of variables that there are, or may be
--- location
grip_websocket;
grip_on text ~ (?<found>a) { send $grip_escaped_found$grip_escaped_arg_a$grip_escaped_grip_message; }
--- says
