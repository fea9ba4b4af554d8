# The answers of Lambda functions, and their failures, to plain requests.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: status, headers and body are the function's
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":418,"headers":{"Content-Type":"text/plain; charset=utf-8","X-One":"1","Server":"teapot","Date":"now","X-Empty":""},"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]},"body":"short \\u00e4\\n"}';
    }
--- ws
GET /fn
--- answer
418
Content-Type: text/plain; charset=utf-8
Content-Length: 9
Set-Cookie: a=1
Set-Cookie: b=2
X-One: 1
X-Empty: 
Server: teapot
Date: now
= short \xc3\xa4\n



=== TEST 2: headers of the connection are nginx's own
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Length":"99","transfer-encoding":"chunked","Connection":"upgrade","Keep-Alive":"timeout=1","Upgrade":"h2c","Trailer":"X"},"body":"abc"}';
    }
--- ws
GET /fn
--- answer
Content-Type: application/json
Content-Length: 3
Connection: close
! Transfer-Encoding
! Keep-Alive
! Upgrade
! Trailer
= abc



=== TEST 3: base64, and no body at all
--- config
    location /bytes {
        grip_lambda /invoke/bytes;
    }

    location /empty {
        grip_lambda /invoke/empty;
    }

    location /204 {
        grip_lambda /invoke/204;
    }

    location = /invoke/bytes {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"image/png"},"isBase64Encoded":true,"body":"AP8NCg=="}';
    }

    location = /invoke/empty {
        internal;
        return 200 '{"statusCode":200}';
    }

    location = /invoke/204 {
        internal;
        return 200 '{"statusCode":204,"body":"none"}';
    }
--- ws
GET /bytes

GET /empty

GET /204
--- answer
Content-Type: image/png
Content-Length: 4
= \x00\xff\r\n

Content-Length: 0
= 

204
! Content-Length
! Content-Type
--- no_error_log
[alert]



=== TEST 4: format 2.0 has cookies, and takes anything for a response
--- config
    location /cookies {
        grip_lambda /invoke/cookies version=2.0;
    }

    location /bare {
        grip_lambda /invoke/bare version=2.0;
    }

    location /text {
        grip_lambda /invoke/text version=2.0;
    }

    location = /invoke/cookies {
        internal;
        return 200 '{"statusCode":200,"headers":{"Location":"/x"},"cookies":["a=1; Path=/","b=2"],"body":"c"}';
    }

    location = /invoke/bare {
        internal;
        return 200 '{ "hello": "world" }';
    }

    location = /invoke/text {
        internal;
        return 200 '"hello\\n"';
    }
--- ws
GET /cookies

GET /bare

GET /text
--- answer
Set-Cookie: a=1; Path=/
Set-Cookie: b=2
Location: /x
Content-Type: application/json
= c

Content-Type: application/json
= { "hello": "world" }

Content-Type: application/json
= hello\n



=== TEST 5: HEAD is the function's to answer, and conditions its to judge
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"ETag":"\\"1\\"","Last-Modified":"Mon, 01 Jan 2024 00:00:00 GMT"},"body":"abc"}';
    }
--- ws
GET /fn
If-None-Match: "1"

GET /fn
If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT
Range: bytes=0-1
--- answer
ETag: "1"
= abc

Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT
! Content-Range
= abc



=== TEST 6: HEAD
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"body":"abc"}';
    }
--- request
HEAD /fn
--- response_headers
Content-Length: 3
Content-Type: application/json
--- response_body



=== TEST 7: filters do what they do for any location
--- config
    gzip on;
    gzip_types text/css;
    gzip_min_length 1;
    charset utf-8;

    location /css {
        grip_lambda /invoke/css;
    }

    location /zipped {
        grip_lambda /invoke/zipped;
    }

    location /latin {
        grip_lambda /invoke/latin;
    }

    location = /invoke/css {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"text/css; charset=\\"x\\""},"body":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}';
    }

    location = /invoke/zipped {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"text/css","Content-Encoding":"br"},"body":"as it is"}';
    }

    location = /invoke/latin {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"text/plain; charset=iso-8859-1"},"body":"abc"}';
    }
--- ws
GET /css
Accept-Encoding: gzip

GET /zipped
Accept-Encoding: gzip

GET /latin
--- answer
Content-Type: text/css; charset="x"
Content-Encoding: gzip
~ ^\x1f\x8b

Content-Encoding: br
= as it is

Content-Type: text/plain; charset=iso-8859-1
= abc



=== TEST 8: headers of a client's making do not split the response
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"X-Bad":"a\\r\\nX-More: b","X-Nul":"\\u0000","X Y":"c","Content-Type":"x\\r\\ny","X-Good":"d"},"body":""}';
    }
--- ws
GET /fn
--- answer
! X-Bad
! X-More
! X-Nul
X-Good: d
Content-Type: application/json
= 
--- log
info: grip: header "X-Bad" of the Lambda function is skipped: control characters in the value
info: grip: header "X-Nul" of the Lambda function is skipped: control characters in the value
info: grip: a header of the Lambda function is skipped: invalid name



=== TEST 9: the function's own instructions to the proxy
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"text/plain","Grip-Hold":"stream","Grip-Channel":"mychannel"},"body":"stream opened\\n"}';
    }
--- ws
GET /fn
--- answer
Content-Type: text/plain
Grip-Hold: stream
Grip-Channel: mychannel
= stream opened\n



=== TEST 10: a hold of the location
--- http_config
    grip_url http://127.0.0.1:5561/;
    grip_verify off;
--- config
    location /fn {
        grip_lambda   /invoke;
        grip_hold     response timeout=25s;
        grip_channel  room;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":$arg_status,"body":"nothing yet"}';
    }

    location /status {
        grip_lambda   /invoke?status=$arg_status;
        grip_hold     stream;
        grip_channel  room;
    }
--- ws
GET /status?status=200

GET /status?status=404
--- answer
Grip-Hold: stream
Grip-Channel: room
= nothing yet

404
! Grip-Hold
= nothing yet



=== TEST 11: a function that fails is a bad gateway
--- config
    location /fn {
        grip_lambda /invoke/$arg_how;
    }

    location = /invoke/marked {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/marked;
    }

    location = /marked {
        add_header X-Amz-Function-Error Unhandled;
        return 200 '{"statusCode":200,"errorMessage":"Task timed out"}';
    }

    location = /invoke/shaped {
        internal;
        return 200 '{"errorType":"TypeError","errorMessage":"no\\r\\nsuch \\u001bthing","trace":[]}';
    }

    location = /invoke/status {
        internal;
        return 429 '{"Message":"Rate exceeded"}';
    }

    location = /invoke/text {
        internal;
        return 200 'oops';
    }

    location = /invoke/number {
        internal;
        return 200 '200';
    }

    location = /invoke/code {
        internal;
        return 200 '{"statusCode":99}';
    }

    location = /invoke/empty {
        internal;
        return 200;
    }
--- ws
GET /fn?how=marked

GET /fn?how=shaped

GET /fn?how=status

GET /fn?how=text

GET /fn?how=number

GET /fn?how=code

GET /fn?how=empty

GET /fn?how=none
--- answer
502

502

502

502

502

502

502

502
--- log
error: grip: Lambda function "/invoke/marked" failed: : Task timed out
error: grip: Lambda function "/invoke/shaped" failed: TypeError: no  such  thing
error: grip: Lambda function "/invoke/status" failed: status 429
error: grip: answer of Lambda function "/invoke/text" is not a response: it is not JSON
error: grip: answer of Lambda function "/invoke/number" is not a response: it is not an object
error: grip: answer of Lambda function "/invoke/code" is not a response: "statusCode" is not a valid status
error: grip: answer of Lambda function "/invoke/empty" is not a response: it is empty
error: open() "..." failed (2: No such file or directory)
error: grip: Lambda function "/invoke/none" failed: status 404



=== TEST 12: a function that is not there, is late, or says too much
--- config
    location /fn {
        grip_lambda /invoke/$arg_how;
    }

    location /small {
        grip_lambda            /invoke/much;
        grip_call_buffer_size  20;
    }

    location = /invoke/down {
        internal;
        proxy_pass http://127.0.0.1:1;
    }

    # waits for a body that is longer than what it gets

    location = /invoke/late {
        internal;
        proxy_pass          http://127.0.0.1:$TEST_NGINX_SERVER_PORT/wait;
        proxy_set_header    Content-Length 100000;
        proxy_read_timeout  50ms;
    }

    location = /wait {
        proxy_pass http://127.0.0.1:1;
    }

    location = /invoke/much {
        internal;
        return 200 '{"statusCode":200}   ';
    }
--- ws
GET /fn?how=down

GET /fn?how=late

GET /fn?how=much

GET /small
--- answer
502

504

200
= 

502
--- log
error: connect() failed (111: Connection refused)
error: grip: Lambda function "/invoke/down" failed: status 502
error: upstream timed out (110: Connection timed out)
error: grip: Lambda function "/invoke/late" failed: status 504
error: grip: Lambda function "/invoke/much" failed: answer too large



=== TEST 13: failures have an error page, and it is the location's
--- config
    location /fn {
        grip_lambda  /invoke;
        error_page   502 = @sorry;
    }

    location @sorry {
        return 503 "sorry\n";
    }

    location = /invoke {
        internal;
        return 500;
    }
--- ws
GET /fn
--- answer
503
= sorry\n
--- log
error: grip: Lambda function "/invoke" failed: status 500



=== TEST 14: an "if" block is still the location
--- config
    location /fn {
        grip_lambda /invoke version=2.0;

        if ($arg_a) {
            add_header X-If yes;
        }
    }

    location = /invoke {
        internal;
        return 200 '"$arg_b"';
    }
--- ws
GET /fn?a=1

GET /fn
--- answer
X-If: yes
= 

! X-If
= 



=== TEST 15: a signature that is bad is refused, one that is missing is not
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"body":"ok"}';
    }
--- ws
GET /fn

GET /fn
Grip-Sig: bad
--- answer
= ok

403
--- log
info: grip: request refused: "Grip-Sig": ...



=== TEST 16: no function in a subrequest
--- config
    location /page {
        addition_types *;
        add_after_body /fn;
        return 200 "page\n";
    }

    location /fn {
        grip_lambda /invoke;
    }
--- ws
GET /page
--- answer
~ ^page
--- log
error: grip: "grip_lambda" in a subrequest



=== TEST 17: a charset that the function names is not changed
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    charset_map iso-8859-1 utf-8 {
        C3  C383;
        A4  C2A4;
    }
--- config
    source_charset iso-8859-1;
    charset utf-8;

    location /named {
        grip_lambda /invoke/named;
    }

    location /unnamed {
        grip_lambda /invoke/unnamed;
    }

    location = /invoke/named {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"text/plain; x=y; Charset=\\"UTF-8\\""},"body":"\\u00e4"}';
    }

    location = /invoke/unnamed {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"\\u00e4"}';
    }
--- ws
GET /named

GET /unnamed
--- answer
Content-Type: text/plain; x=y; Charset="UTF-8"
= \xc3\xa4

Content-Type: text/plain; charset=utf-8
= \xc3\x83\xc2\xa4



=== TEST 18: nothing is held without what its filters look at
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"Grip-Hold":"stream","Grip-Channel":"room; filter=skip-self","Grip-Set-Meta":"user=\\"a\\nb\\""},"body":"x"}';
    }
--- ws
GET /fn
--- answer
502
! Grip-Hold
! Grip-Channel
--- log
error: grip: Lambda function "/invoke" failed: header "Grip-Set-Meta" has control characters



=== TEST 19: a body that was left out has no length, and no type of its own
--- config
    location /fn {
        grip_lambda /invoke/$arg_fn;
    }

    location = /invoke/empty {
        internal;
        return 200 '{"statusCode":200,"headers":{"ETag":"\\"1\\""}}';
    }

    location = /invoke/304 {
        internal;
        return 200 '{"statusCode":304,"headers":{"ETag":"\\"1\\""},"body":"ignored"}';
    }
--- ws
GET /fn?fn=empty

GET /fn?fn=304
--- answer
ETag: "1"
Content-Type: application/json
Content-Length: 0

304
ETag: "1"
! Content-Length
! Content-Type
! Transfer-Encoding



=== TEST 20: nor has an answer to HEAD without a body
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"ETag":"\\"1\\""}}';
    }
--- request
HEAD /fn
--- response_headers
ETag: "1"
Content-Type: application/json
! Content-Length
! Transfer-Encoding
--- response_body



=== TEST 21: a 304 may have a type
--- config
    location /fn {
        grip_lambda /invoke/typed;
    }

    location = /invoke/typed {
        internal;
        return 200 '{"statusCode":304,"headers":{"Content-Type":"text/css"}}';
    }
--- ws
GET /fn
--- answer
304
Content-Type: text/css
! Content-Length



=== TEST 22: numbers are headers as they were written
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":201.0,"headers":{"X-A":1.50,"X-B":18446744073709551616},"isBase64Encoded":"true","body":"AP8N\\nCg==\\n"}';
    }
--- ws
GET /fn
--- answer
201
X-A: 1.50
X-B: 18446744073709551616
Content-Length: 4
= \x00\xff\r\n



=== TEST 23: an answer of the runtime that is compressed
--- config
    location /fn {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/runtime;
    }

    location = /runtime {
        add_header Content-Encoding gzip;
        return 200 '{"statusCode":200}';
    }
--- ws
GET /fn
--- answer
502
--- log
error: grip: Lambda function "/invoke" failed: its answer has a "Content-Encoding"
