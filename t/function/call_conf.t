# Errors and warnings of "nginx -t" for calls.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run {
    my ($block) = @_;

    if (defined $block->actions) {
        $block->set_value(location => "grip_websocket;\ngrip_on "
                                      . ($block->on // "text\n") . "{\n"
                                      . $block->actions . "}\n");
    }

    Grip::Conf::check($block);
};

__DATA__

=== TEST 1: all that is allowed
--- http
grip_call_buffer_size 10m;
--- server
grip_url http://127.0.0.1:5561/?iss=a&key=b;
grip_call_batch on;
location /fn { internal; return 200; }
--- location
grip_websocket;
grip_call_buffer_size 1k;
grip_call_batch off;
grip_on open   { send a;  call /fn as=json on_error=reject; }
grip_on text   { call /fn?a=b as=plain on_error=close; }
grip_on binary { call $arg_x on_error=ignore; }
grip_on any    { call "/fn/$grip_event"; }
--- says


=== TEST 2: a call of nothing
--- actions
    call;
--- says
emerg: invalid number of arguments in "call" in location.conf:...


=== TEST 3: a URI that is none
--- actions
    call fn;
--- says
emerg: invalid URI "fn", it must start with "/" in location.conf:...


=== TEST 4: an empty URI
--- actions
    call "";
--- says
emerg: invalid URI "", it must start with "/" in location.conf:...


=== TEST 5: another contract
--- actions
    call /fn as=xml;
--- says
emerg: invalid parameter "as=xml" in location.conf:...


=== TEST 6: another on_error
--- actions
    call /fn on_error=retry;
--- says
emerg: invalid parameter "on_error=retry" in location.conf:...


=== TEST 7: another parameter
--- actions
    call /fn retries=1;
--- says
emerg: invalid parameter "retries=1" in location.conf:...


=== TEST 8: reject where there is nothing to reject
--- actions
    call /fn on_error=reject;
--- says
emerg: "call" has "on_error=reject", which is allowed in a rule on "open" only in location.conf:...


=== TEST 9: reject in a rule on more than "open"
--- on
any
--- actions
    call /fn on_error=reject;
--- says
emerg: "call" has "on_error=reject", which is allowed in a rule on "open" only in location.conf:...


=== TEST 10: an action behind a call
--- actions
    call /fn;
    send a;
--- says
emerg: "call" must be the last action of a rule in location.conf:...


=== TEST 11: two calls
--- actions
    call /fn;
    call /fn;
--- says
emerg: "call" must be the last action of a rule in location.conf:...


=== TEST 12: grip_call_buffer_size that is no size
--- server
grip_call_buffer_size much;
--- says
emerg: "grip_call_buffer_size" directive invalid value in server.conf:1


=== TEST 13: grip_call_buffer_size twice
--- server
grip_call_buffer_size 1k;
grip_call_buffer_size 2k;
--- says
emerg: "grip_call_buffer_size" directive is duplicate in server.conf:2


=== TEST 14: grip_call_batch of another value
--- server
grip_call_batch json;
--- says
emerg: invalid value "json" in "grip_call_batch" directive, it must be "on" or "off" in server.conf:1


=== TEST 15: grip_call_batch twice
--- location
grip_call_batch on;
grip_call_batch on;
--- says
emerg: "grip_call_batch" directive is duplicate in location.conf:2


=== TEST 16: a contract twice
--- actions
    call /fn as=json as=plain;
--- says
emerg: duplicate parameter "as=plain" in location.conf:...


=== TEST 17: two on_errors
--- actions
    call /fn on_error=ignore on_error=close;
--- says
emerg: duplicate parameter "on_error=close" in location.conf:...


=== TEST 18: detached where a client waits
--- on
open
--- actions
    call /fn detached;
--- says
emerg: "call" has "detached", which is not allowed in a rule on "open" in location.conf:...


=== TEST 19: detached in a rule on more than "open"
--- on
any
--- actions
    call /fn detached;
--- says
emerg: "call" has "detached", which is not allowed in a rule on "open" in location.conf:...


=== TEST 20: detached, and on_error
--- actions
    call /fn detached on_error=ignore;
--- says
emerg: "call" has both "detached" and "on_error=" in location.conf:...


=== TEST 21: a timeout of a call that is waited for
--- actions
    call /fn timeout=1s;
--- says
emerg: "call" has "timeout=", which is allowed with "detached" only in location.conf:...


=== TEST 22: a timeout that is none
--- actions
    call /fn detached timeout=0;
--- says
emerg: invalid parameter "timeout=0" in location.conf:...


=== TEST 23: detached twice
--- actions
    call /fn detached as=json detached;
--- says
emerg: duplicate parameter "detached" in location.conf:...


=== TEST 24: grip_call_detached_max that is no number
--- http
grip_call_detached_max many;
--- says
emerg: "grip_call_detached_max" directive invalid value in http.conf:1


=== TEST 25: grip_call_detached_max twice
--- http
grip_call_detached_max 1;
grip_call_detached_max 2;
--- says
emerg: "grip_call_detached_max" directive is duplicate in http.conf:2


=== TEST 26: all that a detached call may have
--- http
grip_call_detached_max 1;
--- server
grip_url http://127.0.0.1:5561/?iss=a&key=b;
location /fn { internal; return 200; }
--- location
grip_websocket;
grip_on message { call /fn as=json detached timeout=1500ms; }
grip_on gone    { call $arg_x timeout=1m detached as=plain; }
--- says
