# What "nginx -t" says of the directives for single connections.

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
