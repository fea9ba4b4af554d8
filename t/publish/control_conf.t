# Errors and warnings of "nginx -t" for grip_control.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: all that is allowed
--- http
grip_url http://127.0.0.1:5561/;
grip_control_key secret;
--- server
grip_control_key secret iss=a;
grip_control_key base64:c2VjcmV0 iss=b;
--- location
grip_control;
grip_control_key file:some.key iss=c;
--- files
>>> some.key
a secret of some length



=== TEST 2: nowhere to publish to
--- location
grip_control;
--- says
warn: there is no "grip_url" for "grip_control" in location.conf:1



=== TEST 3: twice
--- location
grip_control;
grip_control;
--- says
emerg: "grip_control" directive is duplicate in location.conf:2



=== TEST 4: beside another content handler
--- location
grip_websocket;
grip_control;
--- says
emerg: "grip_control" directive conflicts with another content handler of the location in location.conf:2



=== TEST 5: before another content handler
--- location
grip_control;
proxy_pass http://127.0.0.1:1;
--- says
emerg: "grip_control" conflicts with another content handler of the location in location.conf:1



=== TEST 6: not in a server
--- server
grip_control;
--- says
emerg: "grip_control" directive is not allowed here in server.conf:1



=== TEST 7: no arguments
--- location
grip_control on;
--- says
emerg: invalid number of arguments in "grip_control" directive in location.conf:1



=== TEST 8: a key that is none
--- location
grip_control_key base64:*secret*;
--- secret
*secret*
--- says
emerg: invalid key in "grip_control_key": ... in location.conf:1



=== TEST 9: a file that is not there
--- location
grip_control_key file:nothing.key;
--- says
emerg: invalid key in "grip_control_key": no such file in location.conf:1



=== TEST 10: a parameter that is none
--- location
grip_control_key secret issuer=a;
--- says
emerg: invalid parameter "issuer=a" in location.conf:1



=== TEST 11: an empty issuer
--- location
grip_control_key secret iss=;
--- says
emerg: invalid parameter "iss=" in location.conf:1
