# Errors and warnings of "nginx -t" for grip_diagnose.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: grip_diagnose twice
--- location
grip_diagnose;
grip_diagnose;
--- says
emerg: "grip_diagnose" directive is duplicate in location.conf:2


=== TEST 2: another content handler
--- location
grip_websocket;
grip_diagnose;
--- says
emerg: "grip_diagnose" directive conflicts with another content handler of the location in location.conf:2


=== TEST 3: grip_diagnose in a server
--- server
grip_diagnose;
--- says
emerg: "grip_diagnose" directive is not allowed here in server.conf:1


=== TEST 4: an argument
--- location
grip_diagnose all;
--- says
emerg: invalid number of arguments in "grip_diagnose" directive in location.conf:1
