# Errors and warnings of "nginx -t" for the directives for single connections.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: grip_connection at each level
--- http
grip_connection on;
--- server
grip_connection off;
--- location
grip_connection on;
grip_websocket;


=== TEST 2: grip_connection that is neither on nor off
--- location
grip_connection yes;
--- says
emerg: invalid value "yes" in "grip_connection" directive, it must be "on" or "off" in location.conf:1


=== TEST 3: grip_connection twice
--- server
grip_connection on;
grip_connection on;
--- says
emerg: "grip_connection" directive is duplicate in server.conf:2


=== TEST 4: grip_connections
--- http
grip_url http://127.0.0.1:5561/;
--- server
location /a { grip_connections; }
location /b { grip_connections max_size=1k; }
location ~ ^/c { grip_connections max_size=900000; }


=== TEST 5: grip_connections with a size that is none
--- location
grip_connections max_size=0;
--- says
emerg: invalid parameter "max_size=0" in location.conf:1


=== TEST 6: grip_connections with another parameter
--- location
grip_connections size=1;
--- says
emerg: invalid parameter "size=1" in location.conf:1


=== TEST 7: grip_connections twice
--- location
grip_connections;
grip_connections;
--- says
emerg: "grip_connections" directive is duplicate in location.conf:2


=== TEST 8: grip_connections beside another content handler
--- location
grip_connections;
grip_control;
--- says
emerg: "grip_control" directive conflicts with another content handler of the location in location.conf:2


=== TEST 9: grip_connections in a server
--- server
grip_connections;
--- says
emerg: "grip_connections" directive is not allowed here in server.conf:1


=== TEST 10: nowhere to publish to
--- location
grip_connections;
--- says
warn: there is no "grip_url" for "grip_connections" in location.conf:1


=== TEST 11: grip_api_gateway at each level
--- http
grip_api_gateway domain=$host stage=a api=b;
--- server
grip_api_gateway stage=$uri;
--- location
grip_api_gateway api=c domain=d:1;


=== TEST 12: grip_api_gateway with an empty domain
--- location
grip_api_gateway domain=;
--- says
emerg: invalid parameter "domain=" in location.conf:1


=== TEST 13: grip_api_gateway with another parameter
--- location
grip_api_gateway name=a;
--- says
emerg: invalid parameter "name=a" in location.conf:1


=== TEST 14: grip_api_gateway twice
--- location
grip_api_gateway api=a;
grip_api_gateway api=b;
--- says
emerg: "grip_api_gateway" directive is duplicate in location.conf:2


=== TEST 15: grip_api_gateway with a parameter twice
--- location
grip_api_gateway api=a api=b;
--- says
emerg: duplicate parameter "api=b" in location.conf:1


=== TEST 16: route= and reply without the contract that knows them
--- location
grip_websocket;
grip_on text { call /fn as=json route=a; }
--- says
emerg: "call" has "route=" or "reply" without "as=api-gateway" in location.conf:2


=== TEST 17: reply alone
--- location
grip_websocket;
grip_on text { call /fn reply; }
--- says
emerg: "call" has "route=" or "reply" without "as=api-gateway" in location.conf:2


=== TEST 18: an empty route
--- location
grip_websocket;
grip_on text { call /fn as=api-gateway route=; }
--- says
emerg: invalid parameter "route=" in location.conf:2


=== TEST 19: two routes
--- location
grip_websocket;
grip_on text { call /fn as=api-gateway route=a route=b; }
--- says
emerg: duplicate parameter "route=b" in location.conf:2


=== TEST 20: reply twice
--- location
grip_websocket;
grip_on text { call /fn as=api-gateway reply reply; }
--- says
emerg: duplicate parameter "reply" in location.conf:2


=== TEST 21: events that API Gateway does not know
--- location
grip_websocket;
grip_on ping { call /fn as=api-gateway; }
--- says
emerg: "call" has "as=api-gateway", which knows no pings, pongs and polls in location.conf:2


=== TEST 22: an answer that is thrown away, and sent
--- location
grip_websocket;
grip_on text { call /fn as=api-gateway reply detached; }
--- says
emerg: "call" has "reply" and "detached" in location.conf:2
