# Errors and warnings of "nginx -t" for the actions of a rule.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

# the section "actions" stands in a rule on "text"

run {
    my ($block) = @_;

    if (defined $block->actions) {
        $block->set_value(location => "grip_websocket;\ngrip_on text {\n"
                                      . $block->actions . "}\n");
    }

    Grip::Conf::check($block);
};

__DATA__

=== TEST 1: every action, in every form
--- server
grip_url http://127.0.0.1:5561/?iss=a&key=b;
--- location
grip_websocket;
grip_on open { reject 400; }
grip_on text {
    send a;  send "";  send $grip_message;
    send_binary a;
    ping;  ping a;  pong;  pong $grip_message;
    subscribe a;  subscribe "b $arg_x" filter=skip-self filter=f;
    unsubscribe b;
    detach;
    keepalive a;  keepalive "" type=ping timeout=20s mode=idle;
    keepalive a type=text timeout=1m mode=interval;
    keepalive a type=binary;  keepalive a type=pong;
    set_meta a b;  set_meta a_b "";  set_meta a "$arg_x";
    filter_meta user "b";  filter_meta "any name" $arg_x;
    publish c b;
    publish c b format=ws-message format=sse format=http-response type=text
            id=$arg_i prev_id=1 meta=a:b "meta=c:$arg_x" no_seq
            on_error=close;
    publish c b format=http-stream type=binary on_error=ignore;
    close;  close 1000;  close 4999 reason;  close $arg_c $arg_r;
    disconnect;
}


=== TEST 2: an action that there is not
--- actions
sends hello;
--- says
emerg: unknown action "sends" in location.conf:3


=== TEST 3: a directive is no action
--- actions
grip_prefix a;
--- says
emerg: unknown action "grip_prefix" in location.conf:3


=== TEST 4: an action is no directive
--- server
subscribe a;
--- says
emerg: unknown directive "subscribe" in server.conf:1


=== TEST 5: an action with a block
--- actions
send { }
--- says
emerg: unexpected "{" in location.conf:3


=== TEST 6: send without a text
--- actions
send;
--- says
emerg: invalid number of arguments in "send" in location.conf:3


=== TEST 7: send with two
--- actions
send a b;
--- says
emerg: invalid number of arguments in "send" in location.conf:3


=== TEST 8: send of what is not UTF-8
--- actions eval
"send \xc3\x28;\n"
--- says
emerg: "send" has invalid UTF-8 in location.conf:3


=== TEST 9: send of a variable that nobody knows
--- actions
send $nobody;
--- says
emerg: unknown "nobody" variable


=== TEST 10: send_binary of any bytes
--- actions eval
"send_binary \xc3\x28;\n"


=== TEST 11: send_binary without a content
--- actions
send_binary;
--- says
emerg: invalid number of arguments in "send_binary" in location.conf:3


=== TEST 12: a ping of 125 bytes
--- actions eval
"ping " . 'p' x 125 . ";\n"


=== TEST 13: a ping of 126 bytes
--- actions eval
"ping " . 'p' x 126 . ";\n"
--- says
emerg: "ping" has a payload longer than 125 bytes in location.conf:3


=== TEST 14: a pong of 126 bytes
--- actions eval
"pong " . 'p' x 126 . ";\n"
--- says
emerg: "pong" has a payload longer than 125 bytes in location.conf:3


=== TEST 15: two pings in one
--- actions
ping a b;
--- says
emerg: invalid number of arguments in "ping" in location.conf:3


=== TEST 16: two pongs in one
--- actions
pong a b;
--- says
emerg: invalid number of arguments in "pong" in location.conf:3


=== TEST 17: close codes that may not be sent
--- actions
close 1004;
--- says
emerg: invalid close code "1004", it must be 1000-1003, 1007-1014 or 3000-4999 in location.conf:3


=== TEST 18: close code 0
--- actions
close 0;
--- says
emerg: invalid close code "0", it must be 1000-1003, 1007-1014 or 3000-4999 in location.conf:3


=== TEST 19: close code 5000
--- actions
close 5000;
--- says
emerg: invalid close code "5000", it must be 1000-1003, 1007-1014 or 3000-4999 in location.conf:3


=== TEST 20: a reason for a code
--- actions
close goodbye;
--- says
emerg: invalid close code "goodbye", it must be 1000-1003, 1007-1014 or 3000-4999 in location.conf:3


=== TEST 21: a reason that is too long
--- actions eval
"close 1000 " . 'r' x 124 . ";\n"
--- says
emerg: "close" has a reason longer than 123 bytes in location.conf:3


=== TEST 22: a reason that is not UTF-8
--- actions eval
"close 1000 \xff;\n"
--- says
emerg: "close" has invalid UTF-8 in location.conf:3


=== TEST 23: close with more than a code and a reason
--- actions
close 1000 good bye;
--- says
emerg: invalid number of arguments in "close" in location.conf:3


=== TEST 24: disconnect with a code
--- actions
disconnect 1000;
--- says
emerg: invalid number of arguments in "disconnect" in location.conf:3


=== TEST 25: reject where there is nothing to reject
--- actions
reject 403;
--- says
emerg: "reject" is allowed in a rule on "open" only in location.conf:3


=== TEST 26: reject in a rule on more than "open"
--- location
grip_websocket;
grip_on any { reject 403; }
--- says
emerg: "reject" is allowed in a rule on "open" only in location.conf:2


=== TEST 27: reject by a status that would be a handshake
--- location
grip_websocket;
grip_on open { reject 200; }
--- says
emerg: invalid status "200", it must be 400-599 in location.conf:2


=== TEST 28: reject by a redirect
--- location
grip_websocket;
grip_on open { reject 302; }
--- says
emerg: invalid status "302", it must be 400-599 in location.conf:2


=== TEST 29: reject by what is no status
--- location
grip_websocket;
grip_on open { reject 600; }
--- says
emerg: invalid status "600", it must be 400-599 in location.conf:2


=== TEST 30: reject without a status
--- location
grip_websocket;
grip_on open { reject; }
--- says
emerg: invalid number of arguments in "reject" in location.conf:2


=== TEST 31: subscribe without a channel
--- actions
subscribe;
--- says
emerg: invalid number of arguments in "subscribe" in location.conf:3


=== TEST 32: subscribe to a channel that cannot be
--- actions
subscribe "a,b";
--- says
emerg: invalid channel "a,b" in location.conf:3


=== TEST 33: subscribe to nothing
--- actions
subscribe "";
--- says
emerg: invalid channel "" in location.conf:3


=== TEST 34: subscribe with another parameter
--- actions
subscribe a prev_id=1;
--- says
emerg: invalid parameter "prev_id=1" in location.conf:3


=== TEST 35: subscribe with an empty filter
--- actions
subscribe a filter=;
--- says
emerg: invalid parameter "filter=" in location.conf:3


=== TEST 36: unsubscribe from a channel that cannot be
--- actions
unsubscribe 'a;b';
--- says
emerg: invalid channel "a;b" in location.conf:3


=== TEST 37: unsubscribe with a filter
--- actions
unsubscribe a filter=b;
--- says
emerg: invalid number of arguments in "unsubscribe" in location.conf:3


=== TEST 38: detach with an argument
--- actions
detach now;
--- says
emerg: invalid number of arguments in "detach" in location.conf:3


=== TEST 39: keepalive without a content
--- actions
keepalive;
--- says
emerg: invalid number of arguments in "keepalive" in location.conf:3


=== TEST 40: keepalive of another type
--- actions
keepalive a type=close;
--- says
emerg: invalid parameter "type=close" in location.conf:3


=== TEST 41: keepalive in no time
--- actions
keepalive a timeout=0;
--- says
emerg: invalid parameter "timeout=0" in location.conf:3


=== TEST 42: keepalive in less than a second
--- actions
keepalive a timeout=500ms;
--- says
emerg: invalid parameter "timeout=500ms" in location.conf:3


=== TEST 43: keepalive in another mode
--- actions
keepalive a mode=often;
--- says
emerg: invalid parameter "mode=often" in location.conf:3


=== TEST 44: keepalive with another parameter
--- actions
keepalive a format=raw;
--- says
emerg: invalid parameter "format=raw" in location.conf:3


=== TEST 45: set_meta without a value
--- actions
set_meta a;
--- says
emerg: invalid number of arguments in "set_meta" in location.conf:3


=== TEST 46: set_meta of a name that is none
--- actions
set_meta "a b" c;
--- says
emerg: invalid meta name "a b" in location.conf:3


=== TEST 47: set_meta of a name that is a variable
--- actions
set_meta $arg_x c;
--- says
emerg: invalid meta name "$arg_x" in location.conf:3


=== TEST 48: set_meta without a name
--- actions
set_meta "" c;
--- says
emerg: invalid meta name "" in location.conf:3


=== TEST 49: set_meta of what a header cannot hold
--- actions
set_meta a "b\nc";
--- says
emerg: "set_meta" has control characters in the value in location.conf:3


=== TEST 50: filter_meta without a name
--- actions
filter_meta "" c;
--- says
emerg: invalid meta name "" in location.conf:3


=== TEST 51: filter_meta of a name that is not UTF-8
--- actions eval
"filter_meta \xff c;\n"
--- says eval
"emerg: invalid meta name \"\xff\" in location.conf:3\n"


=== TEST 52: filter_meta without a value
--- actions
filter_meta a;
--- says
emerg: invalid number of arguments in "filter_meta" in location.conf:3


=== TEST 53: publish without a content
--- actions
publish a;
--- says
emerg: invalid number of arguments in "publish" in location.conf:3


=== TEST 54: publish to a channel that cannot be
--- actions
publish 'a"b' c;
--- says
emerg: invalid channel "a"b" in location.conf:3


=== TEST 55: publish in a format that there is not
--- actions
publish a b format=ws;
--- says
emerg: invalid parameter "format=ws" in location.conf:3


=== TEST 56: publish in two formats that share a slot
--- actions
publish a b format=sse format=http-stream;
--- says
emerg: invalid parameter "format=http-stream" in location.conf:3


=== TEST 57: publish of another type
--- actions
publish a b type=ping;
--- says
emerg: invalid parameter "type=ping" in location.conf:3


=== TEST 58: publish with another on_error
--- actions
publish a b on_error=reject;
--- says
emerg: invalid parameter "on_error=reject" in location.conf:3


=== TEST 59: publish with a meta without a value
--- actions
publish a b meta=c;
--- says
emerg: invalid parameter "meta=c" in location.conf:3


=== TEST 60: publish with a meta without a name
--- actions
publish a b meta=:c;
--- says
emerg: invalid parameter "meta=:c" in location.conf:3


=== TEST 61: publish with a third text
--- actions
publish a b c;
--- says
emerg: invalid parameter "c" in location.conf:3


=== TEST 62: publish with an id that nobody knows
--- actions
publish a b id=$nobody;
--- says
emerg: unknown "nobody" variable


=== TEST 63: publish of binary content as server-sent events
--- actions
publish a b format=sse type=binary;
--- says
emerg: "publish" of binary content cannot be in "sse" format in location.conf:3


=== TEST 64: publish of a binary message as server-sent events
--- location
grip_websocket;
grip_on binary { publish a $grip_message format=sse; }
--- says
emerg: "publish" of binary content cannot be in "sse" format in location.conf:2


=== TEST 65: publish of a binary message as the text that it holds
--- location
grip_websocket;
grip_on binary { publish a $grip_message format=sse type=text; }


=== TEST 66: keepalive of a payload that is too long
--- actions eval
'keepalive ' . 'x' x 126 . ' type=ping;' . "\n"
--- says
emerg: "keepalive" has a payload longer than 125 bytes in location.conf:3


=== TEST 67: keepalive of a text that is not UTF-8
--- actions eval
"keepalive \xff;\n"
--- says
emerg: "keepalive" has invalid UTF-8 in location.conf:3


=== TEST 68: keepalive of binary content
--- actions eval
"keepalive \xff type=binary;\n"
--- says



=== TEST 69: publish of a text that is not UTF-8
--- server
grip_url http://127.0.0.1:5561/?iss=a&key=b;
--- actions eval
"publish a \xff;\n"
--- says
emerg: "publish" has invalid UTF-8 in location.conf:3


=== TEST 70: publish of binary content
--- server
grip_url http://127.0.0.1:5561/?iss=a&key=b;
--- actions eval
"publish a \xff type=binary;\n"
--- says



=== TEST 71: filter_meta of a value that is not UTF-8
--- actions eval
"filter_meta a \xff;\n"
--- says
emerg: "filter_meta" has invalid UTF-8 in location.conf:3


=== TEST 72: filter_meta of a value that a header cannot hold
--- actions
filter_meta a "b
c";
--- says



=== TEST 73: subscribe with a variable as a filter
--- actions
subscribe a filter=$arg_f;
--- says
emerg: invalid parameter "filter=$arg_f" in location.conf:3


=== TEST 74: filter_meta with a variable as a name
--- actions
filter_meta $arg_a b;
--- says
emerg: invalid meta name "$arg_a" in location.conf:3


=== TEST 75: publish with a variable as the name of a meta
--- server
grip_url http://127.0.0.1:5561/?iss=a&key=b;
--- actions
publish a b meta=$arg_a:b;
--- says
emerg: invalid parameter "meta=$arg_a:b" in location.conf:3


=== TEST 76: $grip_escaped_NAME of a variable that nobody knows
--- actions
send $grip_escaped_nobody;
--- says
emerg: unknown "nobody" variable


=== TEST 77: $grip_uri_NAME of a variable that nobody knows
--- actions
call /fn?a=$grip_uri_nobody;
--- says
emerg: unknown "nobody" variable


=== TEST 78: nor one of one
--- actions
call /fn?a=$grip_uri_grip_escaped_grip_uri_nobody;
--- says
emerg: unknown "nobody" variable


=== TEST 79: publish with two ids
--- actions
publish a b id=1 prev_id=0 id=2;
--- says
emerg: duplicate parameter "id=2" in location.conf:3


=== TEST 80: publish with two types
--- actions
publish a b type=text type=binary;
--- says
emerg: duplicate parameter "type=binary" in location.conf:3


=== TEST 81: no_seq twice
--- actions
publish a b no_seq no_seq;
--- says
emerg: duplicate parameter "no_seq" in location.conf:3


=== TEST 82: publish with two on_errors
--- actions
publish a b on_error=close on_error=close;
--- says
emerg: duplicate parameter "on_error=close" in location.conf:3


=== TEST 83: publish in formats and with metas, which are lists
--- actions
publish type=a type=a format=ws-message meta=a:1 format=sse meta=b:1 type=text;


=== TEST 84: a keep-alive of two modes
--- actions
keepalive a mode=idle timeout=5s mode=interval;
--- says
emerg: duplicate parameter "mode=interval" in location.conf:3


=== TEST 85: a keep-alive of two types
--- actions
keepalive type=ping type=ping type=pong;
--- says
emerg: duplicate parameter "type=pong" in location.conf:3


=== TEST 86: a keep-alive of two times
--- actions
keepalive a timeout=5s timeout=6s;
--- says
emerg: duplicate parameter "timeout=6s" in location.conf:3


=== TEST 87: set_meta of what would not come back as it is
--- actions
set_meta a "b ";
--- says
emerg: "set_meta" has a blank at an end of the value in location.conf:3
