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
