# Errors and warnings of "nginx -t" for Lambda functions.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: all that is allowed
--- http
grip_lambda_binary_types image/*;
--- server
grip_lambda_binary_types */* application/octet-stream;
--- location
grip_lambda_binary_types application/vnd.test+xml;
grip_lambda_binary_types text/*;
grip_lambda $arg_function version=2.0;



=== TEST 2: a URI that is none
--- location
grip_lambda invoke;
--- says
emerg: invalid URI "invoke", it must start with "/" in location.conf:1



=== TEST 3: a version that is none
--- location
grip_lambda /invoke version=3.0;
--- says
emerg: invalid parameter "version=3.0" in location.conf:1



=== TEST 4: a parameter that is none
--- location
grip_lambda /invoke 2.0;
--- says
emerg: invalid parameter "2.0" in location.conf:1



=== TEST 5: two functions
--- location
grip_lambda /one;
grip_lambda /two;
--- says
emerg: "grip_lambda" directive is duplicate in location.conf:2



=== TEST 6: another handler of ours
--- location
grip_websocket;
grip_lambda /invoke;
--- says
emerg: "grip_lambda" directive conflicts with another content handler of the location in location.conf:2



=== TEST 7: another handler of nginx's, later
--- location
grip_lambda /invoke;
proxy_pass http://127.0.0.1:1;
--- says
emerg: "grip_lambda" conflicts with another content handler of the location in location.conf:1



=== TEST 8: no URI
--- location
grip_lambda;
--- says
emerg: invalid number of arguments in "grip_lambda" directive in location.conf:1



=== TEST 9: not in a server
--- server
grip_lambda /invoke;
--- says
emerg: "grip_lambda" directive is not allowed here in server.conf:1



=== TEST 10: types that are none
--- location
grip_lambda_binary_types image/png image;
--- says
emerg: invalid type "image" in location.conf:1



=== TEST 11: a type with parameters
--- location
grip_lambda_binary_types "text/plain; charset=utf-8";
--- says
emerg: invalid type "text/plain; charset=utf-8" in location.conf:1



=== TEST 12: an asterisk for the first half alone
--- location
grip_lambda_binary_types */png;
--- says
emerg: invalid type "*/png" in location.conf:1



=== TEST 13: a type with a variable
--- location
grip_lambda_binary_types image/$x;
--- says
emerg: invalid type "image/$x" in location.conf:1



=== TEST 14: paths of an event that are none
--- location
grip_lambda_set body x;
--- says
emerg: invalid path "body" in location.conf:1



=== TEST 15: paths of an event that are none: an object
--- location
grip_lambda_set requestContext.authorizer x;
--- says
emerg: invalid path "requestContext.authorizer" in location.conf:1



=== TEST 16: paths of an event that are none: no name
--- location
grip_lambda_set requestContext.authorizer. x;
--- says
emerg: invalid path "requestContext.authorizer." in location.conf:1



=== TEST 17: paths of an event that are none: a variable
--- location
grip_lambda_set pathParameters.$arg_x x;
--- says
emerg: invalid path "pathParameters.$arg_x" in location.conf:1



=== TEST 18: paths of an event that are none: no header
--- location
grip_lambda_set "headers.X Y" x;
--- says
emerg: invalid path "headers.X Y" in location.conf:1



=== TEST 19: paths of an event that conflict
--- location
grip_lambda_set requestContext.authorizer.a.b x;
grip_lambda_set requestContext.authorizer.A x;
grip_lambda_set requestContext.authorizer.a x;
--- says
emerg: "requestContext.authorizer.a" conflicts with "requestContext.authorizer.a.b" in location.conf:3



=== TEST 20: headers of an event that conflict
--- location
grip_lambda_set headers.X-Y x;
grip_lambda_set headers.X-Y.Z x;
grip_lambda_set headers.x-y x;
--- says
emerg: "headers.x-y" conflicts with "headers.X-Y" in location.conf:3
