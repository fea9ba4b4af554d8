# Errors and warnings of "nginx -t" for the other directives for WebSockets.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: all of them
--- http
grip_url http://127.0.0.1:5561/?iss=a&key=b;
grip_prefix "a b";
grip_subprotocol chat chat.v1;
grip_poll_interval 20;
grip_max_events 20000;
grip_max_message_size 1m;
grip_max_send_size 64k;
grip_json_set $type type;
grip_json_set $first list 0 name;
--- server
grip_prefix "";
grip_subprotocol mqtt;
grip_subprotocol stomp;
grip_poll_interval off;
grip_max_events off;
grip_max_message_size off;
grip_max_send_size off;
--- location
grip_prefix c;
grip_subprotocol x;
grip_poll_interval 1d;
grip_max_events 1;
grip_max_message_size 1;
grip_max_send_size 1;
grip_websocket;


=== TEST 2: grip_websocket with an argument
--- location
grip_websocket on;
--- says
emerg: invalid number of arguments in "grip_websocket" directive in location.conf:1


=== TEST 3: grip_websocket twice
--- location
grip_websocket;
grip_websocket;
--- says
emerg: "grip_websocket" directive is duplicate in location.conf:2


=== TEST 4: grip_websocket in a server
--- server
grip_websocket;
--- says
emerg: "grip_websocket" directive is not allowed here in server.conf:1


=== TEST 5: grip_websocket in "if"
--- location
if ($arg_x) {
    grip_websocket;
}
--- says
emerg: "grip_websocket" directive is not allowed here in location.conf:2


=== TEST 6: another content handler before it
--- location
proxy_pass http://127.0.0.1:1;
grip_websocket;
--- says
emerg: "grip_websocket" directive conflicts with another content handler of the location in location.conf:2


=== TEST 7: another content handler after it
--- location
grip_websocket;
proxy_pass http://127.0.0.1:1;
--- says
emerg: "grip_websocket" conflicts with another content handler of the location in location.conf:1


=== TEST 8: a handler of our own
--- location
grip_publish room;
grip_websocket;
--- says
emerg: "grip_websocket" directive conflicts with another content handler of the location in location.conf:2


=== TEST 9: buffers of a location
--- location
client_body_buffer_size 255k;
client_max_body_size 511k;
grip_websocket;
--- says
warn: "client_body_buffer_size" is less than 256k for "grip_websocket" in location.conf:3: larger batches of events will go through a temporary file
warn: "client_max_body_size" is less than 512k for "grip_websocket" in location.conf:3: clients will be cut off, as batches of events may be that large


=== TEST 10: buffers of a server
--- server
client_max_body_size 10k;
client_body_buffer_size 10k;
--- location
grip_websocket;
--- says
warn: "client_body_buffer_size" is less than 256k for "grip_websocket" in location.conf:1: larger batches of events will go through a temporary file
warn: "client_max_body_size" is less than 512k for "grip_websocket" in location.conf:1: clients will be cut off, as batches of events may be that large


=== TEST 11: buffers that are large enough, and a size without a limit
--- location
client_body_buffer_size 256k;
client_max_body_size 0;
grip_websocket;

location /ws/2 {
    client_max_body_size 512k;
    grip_websocket;
}


=== TEST 12: buffers do not matter elsewhere
--- location
client_body_buffer_size 1k;
client_max_body_size 1k;
return 204;


=== TEST 13: buffers are warned of once, whatever "if" there is
--- location
client_body_buffer_size 1k;
grip_websocket;

if ($arg_x) {
    set $x 1;
}
--- says
warn: "client_body_buffer_size" is less than 256k for "grip_websocket" in location.conf:2: larger batches of events will go through a temporary file


=== TEST 14: grip_prefix that no channel may have
--- server
grip_prefix "a,b";
--- says
emerg: invalid prefix "a,b" in server.conf:1


=== TEST 15: grip_prefix twice
--- location
grip_prefix a;
grip_prefix "";
--- says
emerg: "grip_prefix" directive is duplicate in location.conf:2


=== TEST 16: grip_prefix without one
--- location
grip_prefix;
--- says
emerg: invalid number of arguments in "grip_prefix" directive in location.conf:1


=== TEST 17: GRIP_PREFIX that no channel may have
--- env
GRIP_PREFIX=a;b
--- location
grip_websocket;
--- says
emerg: invalid prefix in the environment variable "GRIP_PREFIX"


=== TEST 18: GRIP_PREFIX that nothing uses
--- env
GRIP_PREFIX=a;b


=== TEST 19: grip_subprotocol that no client may offer
--- server
grip_subprotocol chat "a b";
--- says
emerg: invalid subprotocol "a b" in server.conf:1


=== TEST 20: grip_subprotocol without one
--- location
grip_subprotocol;
--- says
emerg: invalid number of arguments in "grip_subprotocol" directive in location.conf:1


=== TEST 21: grip_poll_interval below what the proxy knows
--- location
grip_poll_interval 19s;
--- says
emerg: "grip_poll_interval" directive must be 20 seconds or more in location.conf:1


=== TEST 22: grip_poll_interval of milliseconds
--- location
grip_poll_interval 30000ms;
--- says
emerg: "grip_poll_interval" directive invalid value in location.conf:1


=== TEST 23: grip_poll_interval that is no time
--- location
grip_poll_interval often;
--- says
emerg: "grip_poll_interval" directive invalid value in location.conf:1


=== TEST 24: grip_poll_interval twice
--- location
grip_poll_interval off;
grip_poll_interval 30;
--- says
emerg: "grip_poll_interval" directive is duplicate in location.conf:2


=== TEST 25: grip_max_message_size that is no size
--- location
grip_max_message_size many;
--- says
emerg: "grip_max_message_size" directive invalid value in location.conf:1


=== TEST 26: grip_max_message_size that nothing fits
--- location
grip_max_message_size 0;
--- says
emerg: "grip_max_message_size" directive invalid value in location.conf:1


=== TEST 27: grip_max_message_size twice
--- location
grip_max_message_size off;
grip_max_message_size 1k;
--- says
emerg: "grip_max_message_size" directive is duplicate in location.conf:2


=== TEST 28: grip_max_send_size that is no size
--- location
grip_max_send_size -1;
--- says
emerg: "grip_max_send_size" directive invalid value in location.conf:1


=== TEST 29: grip_max_send_size twice
--- location
grip_max_send_size off;
grip_max_send_size off;
--- says
emerg: "grip_max_send_size" directive is duplicate in location.conf:2


=== TEST 30: grip_json_set of what is no variable
--- http
grip_json_set type type;
--- says
emerg: invalid variable name "type" in http.conf:1


=== TEST 31: grip_json_set without a key
--- http
grip_json_set $type;
--- says
emerg: invalid number of arguments in "grip_json_set" directive in http.conf:1


=== TEST 32: grip_json_set twice
--- http
grip_json_set $type type;
grip_json_set $type kind;
--- says
emerg: the duplicate "type" variable in http.conf:2


=== TEST 33: grip_json_set of a variable that nginx has
--- http
grip_json_set $uri uri;
--- says
emerg: the duplicate "uri" variable in http.conf:1


=== TEST 34: grip_json_set of a variable of a map
--- http
map $uri $type { default 1; }
grip_json_set $type type;
--- says
emerg: the variable "$type" is defined already in http.conf:2


=== TEST 35: grip_json_set below the http level
--- server
grip_json_set $type type;
--- says
emerg: "grip_json_set" directive is not allowed here in server.conf:1


=== TEST 36: no variables in grip_prefix
--- server
grip_prefix $host-;
--- says
emerg: invalid prefix "$host-" in server.conf:1


=== TEST 37: no variables in grip_subprotocol
--- server
grip_subprotocol $arg_p;
--- says
emerg: invalid subprotocol "$arg_p" in server.conf:1


=== TEST 38: grip_max_events that is no number
--- location
grip_max_events many;
--- says
emerg: "grip_max_events" directive invalid value in location.conf:1


=== TEST 39: grip_max_events that no event fits
--- location
grip_max_events 0;
--- says
emerg: "grip_max_events" directive invalid value in location.conf:1


=== TEST 40: grip_max_events twice
--- location
grip_max_events off;
grip_max_events 1;
--- says
emerg: "grip_max_events" directive is duplicate in location.conf:2


=== TEST 41: grip_json_set of a text without a key
--- http
grip_json_set $type from=$uri;
--- says
emerg: "grip_json_set" directive has no key in http.conf:1


=== TEST 42: grip_json_set of a text from a variable that is none
--- http
grip_json_set $type from=$nothing type;
--- says
emerg: unknown "nothing" variable
