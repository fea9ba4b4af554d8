# How many detached calls a worker runs at a time.

use lib 't/lib';
use Grip;
use Grip::Function;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

$ENV{TEST_NGINX_FUNCTION} = '127.0.0.1:' . Grip::Function::start(sub {
    my ($request) = @_;

    select undef, undef, undef, 0.3;
    return 'late';
});

repeat_each(1);
run_tests();

__DATA__

=== TEST 1: a worker has no more than that
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_call_detached_max 2;
    log_format grip "$request|$status";
--- config
    location /ws {
        grip_websocket;
        grip_on text = end { send end; }
        grip_on text { call /fn/$grip_message detached; }
    }

    location /fn/ {
        internal;
        access_log logs/requests.log grip;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
TEXT a
TEXT a
TEXT b\nforged
TEXT end
--- answer
TEXT m:end
--- log
warn: grip: waiting for detached function "/fn/b forged": too many of this worker are running...
error: grip: function "/fn/b%0Aforged" failed: invalid URI
--- access
POST /fn/a HTTP/1.1|200
POST /fn/a HTTP/1.1|200
