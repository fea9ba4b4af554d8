# The contract of WebSocket APIs of API Gateway.  The body of a function's
# answer is the event that it got, where it is said.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: keys of routes, and which of them no message can have
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_json_set $action action;
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn as=api-gateway route=$action reply; }
        grip_on binary { call /fn as=api-gateway reply "route=a b"; }
    }

    location = /fn {
        internal;
        if ($request_body ~ '"routeKey":"([^"]*)","eventType":"([^"]*)"') {
            return 200 '{"statusCode":500,"body":"$1 $2"}';
        }
    }
--- ws
TEXT {"action":"join"}
TEXT {"action":"$connect"}
TEXT {"action":7}
TEXT {}
TEXT no JSON
BINARY \x00
--- answer
TEXT m:join MESSAGE
TEXT m:$default MESSAGE
TEXT m:7 MESSAGE
TEXT m:$default MESSAGE
TEXT m:$default MESSAGE
TEXT m:a b MESSAGE



=== TEST 2: the part of an answer that is sent
--- config
    location /ws {
        grip_websocket;
        grip_on text = silent { call /fn/body as=api-gateway; }
        grip_on text ~ ^(?<fn>.*)$ { call /fn/$fn as=api-gateway reply; }
    }

    location = /fn/body   { internal; return 200 '{"body":"\\u00e9 text"}'; }
    location = /fn/none   { internal; return 200 '{"statusCode":200}'; }
    location = /fn/null   { internal; return 200 'null'; }
    location = /fn/empty  { internal; return 200 '{"body":""}'; }
    location = /fn/string { internal; return 200 '"bare"'; }
    location = /fn/text   { internal; return 200 '{"body":"w6k=","isBase64Encoded":true}'; }
    location = /fn/bytes  { internal; return 200 '{"body":"AP8=","isBase64Encoded":true}'; }
--- ws
TEXT silent
TEXT body
TEXT none
TEXT null
TEXT empty
TEXT string
TEXT text
TEXT bytes
--- answer
TEXT m:\xc3\xa9 text
TEXT m:bare
TEXT m:\xc3\xa9
BINARY m:\x00\xff



=== TEST 3: a failure is told to the client, unless another way is asked for
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ ^(?<fn>.*)$   { call /fn/$fn as=api-gateway reply; }
    }

    location /ignore {
        grip_websocket;
        grip_on text ~ ^(?<fn>.*)$   { call /fn/$fn as=api-gateway on_error=ignore; }
    }

    location /close {
        grip_websocket;
        grip_on text ~ ^(?<fn>.*)$   { call /fn/$fn as=api-gateway on_error=close; }
    }

    location = /fn/502   { internal; return 502; }
    location = /fn/error { internal; return 200 '{"errorType":"E","errorMessage":"a\\nb"}'; }
    location = /fn/odd   { internal; return 200 'x'; }
--- ws
Connection-Id: c
TEXT 502

Connection-Id: c
TEXT error

Connection-Id: c
TEXT odd

/ignore
TEXT 502

/close
TEXT error
--- answer
~ ^TEXT \w+\r\nm:\{"message": "Internal server error", "connectionId":"c", "requestId":"[A-Za-z0-9+/]{15}="\}\r\n$

~ ^TEXT \w+\r\nm:\{"message": "Internal server error", "connectionId":"c", "requestId":"[A-Za-z0-9+/]{15}="\}\r\n$

~ ^TEXT \w+\r\nm:\{"message": "Internal server error", "connectionId":"c", "requestId":"[A-Za-z0-9+/]{15}="\}\r\n$

= 

CLOSE \x03\xf3function failed
--- log
error: grip: function "/fn/502" failed: status 502
error: grip: function "/fn/error" failed: E: a b
error: grip: answer of function "/fn/odd" is not a response: it is not JSON
error: grip: function "/fn/502" failed: status 502
error: grip: function "/fn/error" failed: E: a b



=== TEST 4: values known at the beginning travel along
--- config
    grip_lambda_set requestContext.authorizer.principalId $args;

    location /ws {
        grip_websocket;
        grip_on text { call /fn as=api-gateway reply; }
    }

    location = /fn {
        internal;
        if ($request_body ~ '"authorizer":{"sub":"a..b"},.*"connectedAt":1700000000123,') {
            return 200 '{"body":"all of it"}';
        }
        if ($request_body ~ 'authorizer|connectedAt') {
            return 200 '{"body":"some of it"}';
        }
        return 200 '{"body":"nothing"}';
    }
--- ws
/ws?user=a&b
OPEN

TEXT x

Meta-Aws-Connected-At: 1700000000123
Meta-Aws-Authorizer: sub=a%22b
TEXT x

Meta-Aws-Connected-At: 1,"x":1
TEXT x
--- answer
~ ^OPEN\r\n$
Set-Meta-aws-authorizer: principalId=user%3Da%26b

TEXT m:nothing

TEXT m:all of it

TEXT m:nothing



=== TEST 5: names by which handlers find the management API
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn as=api-gateway reply; }
    }

    location /v1/chat {
        grip_websocket;
        grip_api_gateway domain=ws.example.com:8443 stage=$arg_stage api=$grip_event;
        grip_on text { call /fn as=api-gateway reply; }
    }

    location = /fn {
        internal;
        if ($request_body ~ '"stage":"([^"]*)","domainName":"([^"]*)".*"apiId":"([^"]*)"') {
            return 200 '{"body":"$2 $1 $3"}';
        }
    }
--- ws
TEXT x

/v1/chat?stage=two
TEXT x
--- answer
TEXT m:localhost ws grip

TEXT m:ws.example.com:8443 two text



=== TEST 6: an answer that nobody waits for may be anything, and no redirect opens
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn/odd as=api-gateway; }
        grip_on binary { send done; }
    }

    location /away {
        grip_websocket;
        grip_on open { call /fn/away as=api-gateway; }
    }

    location = /fn/odd  { internal; return 200 'x'; }
    location = /fn/away { internal; return 200 '{"statusCode":302}'; }
--- ws
TEXT a
BINARY b

/away
OPEN
--- answer
TEXT m:done

502
--- log
error: grip: function "/fn/away" answered "open" with status 302



=== TEST 7: texts that are not UTF-8 are Latin-1 to the function
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    log_format text escape=none $request_body;
--- config
    grip_lambda_set stageVariables.v v$e;

    location ~ ^/ws(?<e>.*) {
        grip_websocket;
        grip_api_gateway domain=d$e stage=s$e api=a$e;
        grip_on text { call /fn as=api-gateway; }
    }

    location /w {
        grip_websocket;
        grip_on text  { call /fn as=api-gateway; }
        grip_on close { call /fn as=api-gateway; }
    }

    location = /fn {
        internal;
        log_subrequest on;
        access_log logs/requests.log text;
        return 200;
    }
--- ws
/ws%e9
Connection-Id: i\xe9
User-Agent: u\xe9
TEXT x

/ws%c3%a9
Connection-Id: i\xc3\xa9
User-Agent: u\xc3\xa9
TEXT x

/w%e9
TEXT x

/w
Host: h\xe9
CLOSE \x03\xe8r\xe9
--- answer
= 

= 

= 

CLOSE \x03\xe8r\xef\xbf\xbd
--- access
{"stageVariables":{"v":"vé"},...,"stage":"sé","domainName":"dé","connectionId":"ié","apiId":"aé",..."userAgent":"ué",...
{"stageVariables":{"v":"vé"},...,"stage":"sé","domainName":"dé","connectionId":"ié","apiId":"aé",..."userAgent":"ué",...
...,"stage":"wé",...
{"headers":{"Host":"hé",..."Host":["hé"],..."disconnectReason":"ré",...



=== TEST 8: a handshake of which later events could not know all is refused
--- config
    grip_lambda_set requestContext.authorizer.who $http_x_who;

    location /ws {
        grip_websocket;
        grip_on open { call /fn as=api-gateway; }
    }

    location = /fn { internal; return 200 '{"statusCode":200}'; }
--- ws
X-Who: <" x 2700>
OPEN

X-Who: <" x 2900>
OPEN
--- answer
Set-Meta-aws-authorizer: who=<%22 x 2700>
~ ^OPEN\r\n$

500
! Set-Meta-aws-authorizer
--- log
error: grip: meta "aws-authorizer" cannot be set: longer than "large_client_header_buffers"
