# Errors and warnings of "nginx -t" for metrics.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: the only zone needs no name, whatever comes first
--- http
server {
    listen 127.0.0.1:1;
    location = /metrics { grip_metrics; }
    location = /named   { grip_metrics one; }
}
grip_metrics_zone one:1m;


=== TEST 2: one of several by its name
--- http
grip_metrics_zone one:1m;
grip_metrics_zone two:1m;
--- location
grip_metrics two;


=== TEST 3: no zone
--- location
grip_metrics;
--- says
emerg: "grip_metrics" needs "grip_metrics_zone" in location.conf:1


=== TEST 4: several, and no name
--- http
grip_metrics_zone one:1m;
grip_metrics_zone two:1m;
--- location
grip_metrics;
--- says
emerg: "grip_metrics" needs the name of a zone, as there are several, in location.conf:1


=== TEST 5: a name that is none
--- http
grip_metrics_zone one:1m;
--- location
grip_metrics two;
--- says
emerg: unknown zone "two" in location.conf:1


=== TEST 6: a zone of another use
--- http
limit_req_zone $host zone=one:1m rate=1r/s;
--- location
grip_metrics one;
--- says
emerg: the shared memory zone "one" is already declared for a different use in location.conf:1


=== TEST 7: a zone twice
--- http
grip_metrics_zone one:1m;
grip_metrics_zone one:1m;
--- says
emerg: duplicate zone "one" in http.conf:2


=== TEST 8: a zone without a size
--- http
grip_metrics_zone one;
--- says
emerg: invalid zone "one", it must be NAME:SIZE in http.conf:1


=== TEST 9: a zone that is too small for any
--- http
grip_metrics_zone one:8k;
--- says
emerg: zone "one" is too small, its size must be at least 32k in http.conf:1


=== TEST 10: a zone that is too small for what there is
--- http eval
CORE::join '', "grip_metrics_zone one:64k;\n", 'server { listen 127.0.0.1:1;',
         (map { " location /ws$_ { grip_websocket; }" } 1 .. 20), ' }';
--- says
emerg: zone "one" has no room for ... series, which take ...k


=== TEST 11: more than 2000 series
--- http eval
CORE::join '', "\ngrip_metrics_zone one:10m;\n", 'server { listen 127.0.0.1:1;',
         (map { " location /ws$_ { grip_websocket; }" } 1 .. 500), ' }';
--- says
emerg: zone "one" has more than 2000 series of metrics: there are too many locations and rules, in http.conf:2


=== TEST 12: locations of other modules are no series
--- http eval
CORE::join '', "\ngrip_metrics_zone one:64k;\n", 'server { listen 127.0.0.1:1;',
         (map { " location /$_ { return 204; }" } 1 .. 3000), ' }';


=== TEST 13: grip_metrics twice
--- http
grip_metrics_zone one:1m;
--- location
grip_metrics;
grip_metrics;
--- says
emerg: "grip_metrics" directive is duplicate in location.conf:2


=== TEST 14: another content handler
--- http
grip_metrics_zone one:1m;
--- location
grip_websocket;
grip_metrics;
--- says
emerg: "grip_metrics" directive conflicts with another content handler of the location in location.conf:2


=== TEST 15: grip_metrics in a server
--- http
grip_metrics_zone one:1m;
--- server
grip_metrics;
--- says
emerg: "grip_metrics" directive is not allowed here in server.conf:1


=== TEST 16: grip_metrics_zone in a server
--- server
grip_metrics_zone one:1m;
--- says
emerg: "grip_metrics_zone" directive is not allowed here in server.conf:1


=== TEST 17: arguments
--- http
grip_metrics_zone one:1m two:1m;
--- says
emerg: invalid number of arguments in "grip_metrics_zone" directive in http.conf:1


=== TEST 18: more than one name
--- http
grip_metrics_zone one:1m;
--- location
grip_metrics one two;
--- says
emerg: invalid number of arguments in "grip_metrics" directive in location.conf:1
