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


=== TEST 2: a client's text is one argument, or one segment of a path
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    grip_json_set $room room;

    map $grip_message $of_map { "b&c" "map&1"; default "$room"; }
--- config
    location /ws {
        set $set "a&b";

        grip_websocket;
        grip_on open   { call /fn/$grip_uri_arg_none?a=$grip_uri_set&b=$grip_uri_grip_meta_nick&c=$grip_uri_grip_uri_set; }
        grip_on text ~ "^\{"          { call /fn/$grip_uri_room/end?room=$grip_uri_of_map; }
        grip_on text ~ "^(?<who>.): " { call /fn/$grip_uri_who?$grip_uri_grip_message; }
        grip_on text                  { call /fn?room=$grip_uri_grip_message&role=guest&map=$grip_uri_of_map; }
        grip_on binary                { call /fn/$grip_uri_grip_message/end?role=guest; }
    }

    location ~ ^/captured/(?<captured>.*)$ {
        grip_lambda /lambda/$grip_uri_captured?room=$grip_uri_captured&role=guest;
    }

    location /fn     { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
    location /lambda { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
--- ws
Meta-Nick: "bob"/../?
OPEN
TEXT tea&role=admin
TEXT b&c
TEXT a#b
TEXT 1+1
TEXT a%26b
TEXT AZaz09-._~
TEXT \x00\x01 !"$'()*,/:;<=>?@[\\]^`{|}\x7f
TEXT \xc3\xa9
TEXT {"room":"a/b"}
TEXT {"room":"tea"}
TEXT {"room":"\\u00e9"}
TEXT /: #
TEXT

BINARY a/b
BINARY a?b&c#d%2e%2F
BINARY ..a
BINARY \xc3\xa9\xff

GET /captured/a%2Fb%26c%2523
--- answer
OPEN
TEXT m:/fn/?a=a%26b&b=%22bob%22%2F..%2F%3F&c=a%2526b
TEXT m:/fn?room=tea%26role%3Dadmin&role=guest&map=
TEXT m:/fn?room=b%26c&role=guest&map=map%261
TEXT m:/fn?room=a%23b&role=guest&map=
TEXT m:/fn?room=1%2B1&role=guest&map=
TEXT m:/fn?room=a%2526b&role=guest&map=
TEXT m:/fn?room=AZaz09-._~&role=guest&map=
TEXT m:/fn?room=%00%01%20%21%22%24%27%28%29%2A%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D%7F&role=guest&map=
TEXT m:/fn?room=%C3%A9&role=guest&map=
TEXT m:/fn/a%2Fb/end?room=a%2Fb
TEXT m:/fn/tea/end?room=tea
TEXT m:/fn/%C3%A9/end?room=%C3%A9
TEXT m:/fn/%2F?%2F%3A%20%23
TEXT m:/fn?room=&role=guest&map=

TEXT m:/fn/a%2Fb/end?role=guest
TEXT m:/fn/a%3Fb%26c%23d%252e%252F/end?role=guest
TEXT m:/fn/..a/end?role=guest
TEXT m:/fn/%C3%A9%FF/end?role=guest

= /lambda/a%2Fb%26c%2523?room=a%2Fb%26c%2523&role=guest


=== TEST 3: a text that no segment can hold is not called
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn/$grip_uri_grip_message on_error=ignore; }
    }

    location ~ ^/captured/(?<captured>.*)$ {
        grip_lambda /lambda/$grip_uri_captured/end;
    }

    location /fn     { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
    location /lambda { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
--- ws
TEXT .
TEXT a

TEXT ..

TEXT ../x

TEXT a/./b

TEXT a/..

TEXT a\x00

TEXT ...

GET /captured/.%2523

GET /captured/x%01

GET /captured/..%252F
--- answer
TEXT m:/fn/a

=

=

=

=

=

TEXT m:/fn/...

= /lambda/.%2523/end

502

= /lambda/..%252F/end
--- log
error: grip: function "/fn/." failed: invalid URI
error: grip: function "/fn/.." failed: invalid URI
error: grip: function "/fn/..%2Fx" failed: invalid URI
error: grip: function "/fn/a%2F.%2Fb" failed: invalid URI
error: grip: function "/fn/a%2F.." failed: invalid URI
error: grip: function "/fn/a%00" failed: invalid URI
error: grip: Lambda function "/lambda/x%01/end" failed: invalid URI


=== TEST 4: a URI that the author has not encoded is still one
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn?room=$grip_message; }
        grip_on binary { call /fn/$grip_message; }
    }

    location /fn         { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
    location /fn/slash/  { internal; proxy_pass http://$TEST_NGINX_FUNCTION/as-ever/; }
    location /fn/rewrite { internal; rewrite ^/fn/rewrite(.*) /rewritten$1 break;
                           proxy_pass http://$TEST_NGINX_FUNCTION; }
    location /fn/vars    { internal; proxy_pass http://$TEST_NGINX_FUNCTION$request_uri|$uri|$args; }
--- ws
TEXT a#b c\t"'<>\xc3\xa9
TEXT 100%
TEXT 100%2
TEXT a%26b

BINARY a#b?c#d
BINARY 100%
BINARY slash/a%2Fb
BINARY rewrite/a%2Fb?c=%2F
BINARY vars/a%41?%41
--- answer
TEXT m:/fn?room=a%23b%20c%09%22'%3C%3E%C3%A9
TEXT m:/fn?room=100%25
TEXT m:/fn?room=100%252
TEXT m:/fn?room=a%26b

TEXT m:/fn/a%23b?c%23d
TEXT m:/fn/100%25
TEXT m:/as-ever/a/b
TEXT m:/rewritten/a/b?c=%2F
TEXT m:/fn/vars/a%41?%41|/fn/vars/aA|%41
