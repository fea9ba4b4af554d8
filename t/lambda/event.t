# The events that a Lambda function gets, in both payload formats.
#
# The function answers with its event as the body, which takes a header on its
# way from the request of the call to the answer.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

add_block_preprocessor(sub {
    my ($block) = @_;

    if (defined $block->ws) {
        my $sig = grip_sig();
        $block->set_value(ws => $block->ws =~ s/\{\{sig\}\}/$sig/gr);
    }

    return if !defined $block->config || $block->config =~ m{ = /invoke };

    $block->set_value(config => $block->config . <<'END');

    location = /invoke {
        internal;
        proxy_pass        http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
        proxy_set_header  X-Event $request_body;
    }

    location = /echo {
        return 200 '{"statusCode":200,"body":"$grip_escaped_http_x_event"}';
    }
END
});

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: a request in the format of REST APIs
--- config
    location /fn {
        grip_lambda /invoke;
    }
--- ws
GET /fn/a%20b?x=1&x=2%26&y
Host: api.example.com:8080
User-Agent: curl/8
X-Two: one
Cookie: a=1; b=2
--- answer
Content-Type: application/json
~ ^\{"version":"1.0","resource":"/fn/a%20b","path":"/fn/a%20b","httpMethod":"GET",
~ "headers":\{"Cookie":"a=1; b=2","Host":"api.example.com:8080","User-Agent":"curl/8","X-Two":"one"\},"multiValueHeaders":
~ "X-Two":\["one"\]\},"queryStringParameters":\{"x":"2&","y":""\},"multiValueQueryStringParameters":\{"x":\["1","2&"\],"y":\[""\]\},
~ "pathParameters":null,"stageVariables":null,"requestContext":\{
~ "accountId":"anonymous","apiId":"api","domainName":"api.example.com","domainPrefix":"api","requestId":"[0-9a-f]{32}","stage":"\$default",
~ "sourceIp":"127.0.0.1","user":null,"userAgent":"curl/8"
~ "path":"/fn/a%20b","protocol":"HTTP/1.1","requestTime":"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000","requestTimeEpoch":\d{13},
~ "body":null,"isBase64Encoded":false\}$



=== TEST 2: a request in the format of HTTP APIs and Function URLs
--- config
    location /fn {
        grip_lambda /invoke version=2.0;
    }
--- ws
GET /fn/a%20b?x=1&x=2%26&y
Host: api.example.com:8080
User-Agent: curl/8
X-Two: one
Cookie: a=1; b=2
--- answer
Content-Type: application/json
~ ^\{"version":"2.0","routeKey":"\$default","rawPath":"/fn/a%20b","rawQueryString":"x=1&x=2%26&y","cookies":\["a=1","b=2"\],
~ "headers":\{"host":"api.example.com:8080","user-agent":"curl/8","x-two":"one"\},"queryStringParameters":\{"x":"1,2&","y":""\},
~ "http":\{"method":"GET","path":"/fn/a%20b","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"curl/8"\},"routeKey":"\$default","time":
~ "timeEpoch":\d{13}\},"isBase64Encoded":false\}$



=== TEST 3: any method, and a body as it came
--- config
    location /fn {
        grip_lambda /invoke;
    }
--- ws
PUT /fn
Content-Type: application/json
Content-Length: 12
= {"a":"\xc3\xa4\\n"}

DELETE /fn

POST /fn
Content-Type: text/plain
Transfer-Encoding: chunked
= 5\r\nhello\r\n0\r\n\r\n
--- answer
~ "httpMethod":"PUT".*"body":"\{\\"a\\":\\"\xc3\xa4\\\\n\\"\}","isBase64Encoded":false\}$

~ "httpMethod":"DELETE".*"body":null,"isBase64Encoded":false\}$

~ "httpMethod":"POST".*"body":"hello","isBase64Encoded":false\}$



=== TEST 4: bodies that are no text, and those of types that never are
--- config
    location /fn {
        grip_lambda               /invoke;
        grip_lambda_binary_types  image/* application/x-test;
    }

    location /any {
        grip_lambda               /invoke version=2.0;
        grip_lambda_binary_types  */*;
    }
--- ws
/fn
Content-Type: text/plain
= \xff\x00\n

/fn
Content-Type: text/plain
= abc

/fn
Content-Type: IMAGE/svg+xml
= abc

/fn
Content-Type: application/X-Test; charset=utf-8
= abc

/fn
Content-Type: Application/x-test\t;a=b
= abc

/fn
Content-Type: image/png\t;a=b
= abc

/fn
Content-Type: application/x-testing
= abc

/fn
Content-Type: image
= abc

/fn
Content-Type: application/websocket-events
OPEN

/any
Content-Type: text/plain
= abc

GET /any
--- answer
~ "body":"/wAK","isBase64Encoded":true\}$

~ "body":"abc","isBase64Encoded":false\}$

~ "body":"YWJj","isBase64Encoded":true\}$

~ "body":"YWJj","isBase64Encoded":true\}$

~ "body":"YWJj","isBase64Encoded":true\}$

~ "body":"YWJj","isBase64Encoded":true\}$

~ "body":"abc","isBase64Encoded":false\}$

~ "body":"abc","isBase64Encoded":false\}$

~ "body":"T1BFTg0K","isBase64Encoded":true\}$

~ "isBase64Encoded":true,"body":"YWJj"\}$

~ "isBase64Encoded":false\}$
--- log
error: grip: Lambda function "/invoke" answered events with status 200, but not with events



=== TEST 5: a request that was rewritten is what it was rewritten to
--- config
    location /old {
        rewrite ^/old/(.*)$ "/fn/new $1?added=1" last;
    }

    location /fn {
        grip_lambda /invoke version=2.0;
    }
--- ws
GET /old/x%25y?kept=1
--- answer
~ "rawPath":"/fn/new%20x%25y","rawQueryString":"added=1&kept=1"



=== TEST 6: headers of the connection are nobody's but nginx's
--- config
    location /fn {
        grip_lambda /invoke;
    }
--- ws
GET /fn
Connection: close
TE: trailers
Keep-Alive: timeout=5
Upgrade: h2c
Proxy-Connection: close
X-Kept: yes
Host: localhost
--- answer
~ "headers":\{"Host":"localhost","X-Kept":"yes"\},



=== TEST 7: headers of the proxy are told where they are to be believed
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location /off {
        grip_verify  off;
        grip_lambda  /invoke;
    }
--- ws
GET /fn
Grip-Sig: {{sig}}
Grip-Feature: status
Meta-User: bob
Connection-Id: 1

GET /fn
Grip-Feature: status
Grip-Last: room
Meta-User: bob
Connection-Id: 1
Metal: yes

GET /off
Grip-Sig: any
Grip-Feature: status
Meta-User: bob
Connection-Id: 1
--- answer
~ "headers":\{"Grip-Feature":"status","Host":"localhost"\},"multiValueHeaders":\{"Grip-Feature":\["status"\],"Host":\["localhost"\]\},

~ "headers":\{"Metal":"yes","Host":"localhost"\},"multiValueHeaders":\{"Metal":\["yes"\],"Host":\["localhost"\]\},

~ "headers":\{"Grip-Feature":"status","Host":"localhost"\},



=== TEST 8: the same in the other format
--- config
    location /fn {
        grip_lambda /invoke version=2.0;
    }
--- ws
GET /fn
Grip-Sig: {{sig}}
Meta-User: bob
Connection-Id: 1

GET /fn
Meta-User: bob
Connection-Id: 1

/fn
Meta-User: bob
Content-Type: text/plain
Connection-Id: 1

/fn
Meta-User: bob
Connection-Id: 1
TEXT x
--- answer
~ "headers":\{"host":"localhost"\},

~ "headers":\{"host":"localhost"\},

~ ^(?!.*(?i:meta-user|connection-id)).*"content-type":"text/plain"

~ CLOSE
--- log
error: grip: Lambda function "/invoke" answered events with status 200, but not with events



=== TEST 9: a body in a file
--- config
    client_body_buffer_size 1k;
    large_client_header_buffers 4 32k;

    location /fn {
        grip_lambda /invoke;
    }
--- ws
/fn
Content-Type: text/plain
= <0123456789 x 1500>
--- answer
~ "body":"(0123456789){1500}","isBase64Encoded":false\}$
--- log
warn: a client request body is buffered to a temporary file ...



=== TEST 10: the request of the call has nothing of the client's
--- config
    location /fn {
        grip_lambda /seen/invoke?a=$arg_a;
    }

    location = /seen/invoke {
        internal;
        proxy_pass        http://127.0.0.1:$TEST_NGINX_SERVER_PORT/headers;
        proxy_set_header  X-Seen "$uri $args $http_content_type $content_length $http_host,$http_x_amz_invocation_type,$http_cookie,$http_authorization,$http_user_agent,";
    }

    location = /headers {
        return 200 '{"statusCode":200,"body":"$request_method $grip_escaped_http_x_seen"}';
    }
--- ws
PUT /fn?a=b
X-Amz-Invocation-Type: Event
Cookie: a=b
Authorization: Basic YTpi
User-Agent: curl
Content-Type: text/plain
Content-Length: 1
= x
--- answer
~ ^POST /seen/invoke a=b application/json \d{3,} ,,,,,$



=== TEST 11: the id of the request is that of the log
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    map "$request_id=$sent_http_x_event_id" $same {
        "~^([0-9a-f]{32})=\1$"  yes;
    }
--- config
    location /fn {
        grip_lambda  /invoke;
        add_header   X-Same $same;
    }

    location = /invoke {
        internal;
        proxy_pass        http://127.0.0.1:$TEST_NGINX_SERVER_PORT/id;
        proxy_set_header  X-Event $request_body;
    }

    location = /id {
        if ($http_x_event ~ '"requestId":"(?<id>[0-9a-f]{32})"') {
            return 200 '{"statusCode":200,"headers":{"X-Event-Id":"$id"}}';
        }

        return 500;
    }
--- ws
GET /fn
--- answer
X-Same: yes
= 
