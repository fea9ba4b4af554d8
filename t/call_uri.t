# Clients' texts in the URIs of functions, and what the log says of them.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Grip::Function;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

$ENV{TEST_NGINX_DOWN} = '127.0.0.1:' . Grip::Sink::unused_port();

# a function that tells what it was asked for, as a message and for Lambda

$ENV{TEST_NGINX_FUNCTION} = '127.0.0.1:' . Grip::Function::start(sub {
    my ($request) = @_;

    return qq({"statusCode":200,"body":"$request->{uri}"})
        if $request->{uri} =~ m{^/lambda};

    return $request->{uri};
});

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: a client writes no lines into the log
--- config
    location /ws {
        grip_websocket;
        grip_on open { call /fn$arg_f; }
        grip_on text { call /fn$grip_message; }
    }

    location /lambda {
        grip_lambda /fn$arg_f;
    }

    location /events {
        grip_lambda /fn$arg_f;
    }

    location /fn   { proxy_pass http://$TEST_NGINX_DOWN; }
    location /file { root /nonexistent; }
--- ws
/ws?f=/..%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged
OPEN

/ws?f=/../x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged
OPEN

/ws?f=/x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged
OPEN

/ws?f=/x%00%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged
OPEN

/ws?f=/x%7f
OPEN

/ws?f=/x?q=1%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged
OPEN

TEXT /../ \nforged

TEXT \nforged

TEXT ?\nforged

GET /lambda?f=/../x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged

GET /lambda?f=/x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged

/events?f=/x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged
OPEN

/events?f=/x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged
TEXT hello
--- answer
502

502

502

502

502

502

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

502

502

502

CLOSE \x03\xf3function failed
--- log
error: grip: function "/fn/..%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged" failed: invalid URI
error: grip: function "/fn/../x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged" failed: invalid URI
error: grip: function "/fn/x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged" failed: invalid URI
error: grip: function "/fn/x%00%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged" failed: invalid URI
error: grip: function "/fn/x%7f" failed: invalid URI
error: connect() failed (111: Connection refused)
error: grip: function "/fn/../%20%0Aforged" failed: invalid URI
error: grip: function "/fn%0Aforged" failed: invalid URI
error: connect() failed (111: Connection refused)
error: grip: function "/fn?%0Aforged" failed: status 502
error: grip: Lambda function "/fn/../x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged" failed: invalid URI
error: grip: Lambda function "/fn/x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged" failed: invalid URI
error: grip: Lambda function "/fn/x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged" failed: invalid URI
error: grip: Lambda function "/fn/x%0a2026/01/01%2000:00:00%20[emerg]%201%231:%20forged" failed: invalid URI
