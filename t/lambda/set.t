# grip_lambda_set: what nginx puts into the events of a function.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

our $invoke = <<'CONFIG';
    location = /invoke {
        internal;
        proxy_pass        http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
        proxy_set_header  X-Event $request_body;
    }

    location = /echo {
        return 200 '{"statusCode":200,"body":"$grip_escaped_http_x_event"}';
    }
CONFIG

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: members of each kind, in the format of REST APIs
--- config eval
<<'END' . $::invoke
    location ~ ^/orders/(?<order>[^/]*)$ {
        grip_lambda      /invoke;
        grip_lambda_set  resource "/orders/{id}";
        grip_lambda_set  pathParameters.id $order;
        grip_lambda_set  stageVariables.a "b \"c\"";
        grip_lambda_set  requestContext.authorizer.claims.sub $arg_user;
        grip_lambda_set  requestContext.authorizer.principalId $arg_user;
        grip_lambda_set  requestContext.identity.user $arg_user;
        grip_lambda_set  requestContext.stage prod;
        grip_lambda_set  headers.X-Forwarded-Proto https;
    }
END
--- ws
GET /orders/7?user=ann
X-Forwarded-proto: http

GET /orders/
--- answer
~ "resource":"/orders/\{id\}","path":"/orders/7"
~ "pathParameters":\{"id":"7"\}
~ "stageVariables":\{"a":"b \\"c\\""\}
~ "authorizer":\{"claims":\{"sub":"ann"\},"principalId":"ann"\}
~ "user":"ann","userAgent"
~ "stage":"prod"
~ "headers":\{[^}]*"X-Forwarded-Proto":"https"\}
~ "multiValueHeaders":\{[^}]*"X-Forwarded-Proto":\["https"\]\}
~ ^(?!.*"http"[],])

~ "pathParameters":null
~ "authorizer":null
~ "user":null


=== TEST 2: and in that of HTTP APIs
--- config eval
<<'END' . $::invoke
    grip_lambda_set  headers.X-User $arg_user;

    location /fn {
        grip_lambda      /invoke version=2.0;
        grip_lambda_set  routeKey "GET /fn";
        grip_lambda_set  requestContext.routeKey "GET /fn";
        grip_lambda_set  requestContext.http.path /other;
        grip_lambda_set  requestContext.authorizer.lambda.user $arg_user;
        grip_lambda_set  headers.Cookie "a=1; b=2";
    }

    location /inherited {
        grip_lambda  /invoke version=2.0;
    }
END
--- ws
GET /fn?user=ann
X-User: root
Cookie: a=0

GET /inherited?user=ann
x-user: root
X-USER: admin

GET /inherited
X-User: root
--- answer
~ "routeKey":"GET /fn"
~ "requestContext":\{.*"routeKey":"GET /fn"
~ "http":\{[^}]*"path":"/other"
~ "authorizer":\{"lambda":\{"user":"ann"\}\}
~ "cookies":\["a=1","b=2"\]
~ "x-user":"root"

~ "x-user":"ann"
~ ^(?!.*(?:root|admin))

~ ^(?!.*(?:root|x-user))


=== TEST 3: of a client's header no spelling passes
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    underscores_in_headers on;
--- config eval
<<'END' . $::invoke
    location /fn {
        grip_lambda      /invoke;
        grip_lambda_set  headers.X-User ann;
    }
END
--- ws
GET /fn
x_user: root
X-USER: root
--- answer
~ "multiValueHeaders":\{[^}]*"X-User":\["ann"\]\}
~ ^(?!.*root)


=== TEST 4: WebSocket events, too
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
--- config
    location /fn {
        grip_lambda      /invoke;
        grip_lambda_set  requestContext.authorizer.principalId $arg_user;
    }

    location = /invoke {
        internal;
        proxy_pass        http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
        proxy_set_header  X-Event $request_body;
    }

    location = /echo {
        set $user none;
        if ($http_x_event ~ '"authorizer":."principalId":"(\w+)"') {
            set $user $1;
        }
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events","Set-Meta-User":"$user"},"body":"OPEN\\r\\n"}';
    }
--- ws
/fn?user=ann
OPEN
--- answer
Set-Meta-User: ann
OPEN
