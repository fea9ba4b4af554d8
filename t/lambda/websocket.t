# WebSocket-over-HTTP requests to Lambda functions.
#
# The location /ws calls the function that the argument "fn" of the request
# names, /echo one that answers with the events it got.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

add_block_preprocessor(sub {
    my ($block) = @_;

    return if !defined $block->config;

    $block->set_value(config => $block->config . <<'END');

    location = /invoke/echo {
        internal;
        proxy_pass        http://127.0.0.1:$TEST_NGINX_SERVER_PORT/answer;
        proxy_set_header  X-Event $request_body;
    }

    location = /answer {
        set $body "";

        if ($http_x_event ~ '"body":"(?<found>[^"]*)","isBase64Encoded":true') {
            set $body $found;
        }

        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"isBase64Encoded":true,"body":"$body"}';
    }
END
});

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: the events are the function's, to read and to write
--- config
    location /ws {
        grip_lambda /invoke/echo;
    }
--- ws
OPEN

TEXT m:one
TEXT
BINARY m:\x00\xff\r\n
PING p
PONG q

CLOSE \x0f\xa1bye

= 
--- answer
OPEN
! Sec-WebSocket-Extensions

TEXT m:one
TEXT
BINARY m:\x00\xff\r\n
PING p
PONG q

CLOSE \x0f\xa1bye

= 
Content-Type: application/websocket-events



=== TEST 2: accept, with headers
--- config
    location /ws {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"content-type":"application/websocket-events","Sec-WebSocket-Extensions":"grip","Set-Meta-nick":"bob","Keep-Alive-Interval":120},"body":"OPEN\\r\\nTEXT 7\\r\\nm:hello\\r\\nTEXT 24\\r\\nc:{\\"type\\":\\"subscribe\\",\\"channel\\":\\"a\\"}\\r\\n"}';
    }
--- ws
OPEN
--- answer
Sec-WebSocket-Extensions: grip
Set-Meta-nick: bob
Keep-Alive-Interval: 120
OPEN
TEXT m:hello
TEXT c:{"type":"subscribe","channel":"a"}



=== TEST 3: the type is made what the proxy knows, whatever filters say
--- config
    charset utf-8;
    charset_types application/websocket-events;
    gzip on;
    gzip_types *;
    gzip_min_length 1;

    location /ws {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"\\tApplication/WebSocket-Events \\t; charset=utf-8","Content-Length":"1"},"body":"OPEN\\r\\nTEXT 1\\r\\na\\r\\nTEXT 20\\r\\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\r\\n"}';
    }
--- ws
Accept-Encoding: gzip
OPEN
--- answer
! Content-Encoding
Content-Length: 60
OPEN
TEXT a
TEXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa



=== TEST 4: on OPEN the function rejects by any response
--- config
    location /ws {
        grip_lambda /invoke/$arg_fn;
    }

    location = /invoke/403 {
        internal;
        return 200 '{"statusCode":403,"headers":{"Content-Type":"text/plain","X-Why":"ban"},"body":"no\\n"}';
    }

    location = /invoke/302 {
        internal;
        return 200 '{"statusCode":302,"headers":{"Location":"/login"}}';
    }

    location = /invoke/page {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"page"}';
    }
--- ws
/ws?fn=403
OPEN

/ws?fn=302
OPEN

/ws?fn=page
OPEN
--- answer
403
Content-Type: text/plain
X-Why: ban
= no\n

302
Location: /login
= 

Content-Type: text/html
= page
--- log
info: grip: Lambda function "/invoke/403" answered events with status 403
info: grip: Lambda function "/invoke/302" answered events with status 302
error: grip: Lambda function "/invoke/page" answered events with status 200, but not with events



=== TEST 5: a live connection is not cut, whatever the function answers
--- config
    location /ws {
        grip_lambda /invoke/$arg_fn;
    }

    location = /invoke/403 {
        internal;
        return 200 '{"statusCode":403,"body":"no\\n"}';
    }

    location = /invoke/204 {
        internal;
        return 200 '{"statusCode":204,"headers":{"Content-Type":"application/websocket-events"}}';
    }

    location = /invoke/page {
        internal;
        return 200 '{"statusCode":200,"body":"TEXT 1\\r\\na\\r\\n"}';
    }

    location = /invoke/error {
        internal;
        return 200 '{"errorType":"Error","errorMessage":"broken"}';
    }

    location = /invoke/down {
        internal;
        proxy_pass http://127.0.0.1:1;
    }

    location = /invoke/length {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"TEXT 1\\r\\na\\r\\nTEXT 5\\r\\nab\\r\\n"}';
    }

    location = /invoke/open {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events","Set-Meta-A":"b"},"body":"OPEN\\r\\nTEXT 1\\r\\na\\r\\n"}';
    }

    location = /invoke/bytes {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"isBase64Encoded":true,"body":"VEVYVCAxDQphDQpURVhUIDMNCmL/Yw0K"}';
    }

    location = /invoke/late {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"TEXT 1\\r\\na\\r\\nOPEN\\r\\n"}';
    }
--- ws
/ws?fn=403
TEXT a

/ws?fn=204
TEXT a

/ws?fn=page
TEXT a

/ws?fn=error
TEXT a
CLOSE

/ws?fn=down
= 

/ws?fn=length
TEXT a

/ws?fn=open
TEXT a

/ws?fn=late
TEXT a

/ws?fn=bytes
TEXT a
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

! Set-Meta-A
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed
--- log
error: grip: Lambda function "/invoke/403" answered events with status 403
error: grip: Lambda function "/invoke/204" answered events with status 204
error: grip: Lambda function "/invoke/page" answered events with status 200, but not with events
error: grip: Lambda function "/invoke/error" failed: Error: broken
error: connect() failed (111: Connection refused)
error: grip: Lambda function "/invoke/down" failed: status 502
error: grip: events of Lambda function "/invoke/length" are invalid: ...
error: grip: events of Lambda function "/invoke/open" are invalid: OPEN on a connection that is open
error: grip: events of Lambda function "/invoke/late" are invalid: OPEN after another event
error: grip: events of Lambda function "/invoke/bytes" are invalid: TEXT is not UTF-8



=== TEST 6: a function that neither accepts nor rejects, or fails, on OPEN
--- config
    location /ws {
        grip_lambda /invoke/$arg_fn;
    }

    location = /invoke/nothing {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events","Keep-Alive-Interval":"20"},"body":""}';
    }

    location = /invoke/text {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"TEXT 1\\r\\na\\r\\n"}';
    }

    location = /invoke/bytes {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"isBase64Encoded":true,"body":"T1BFTg0KVEVYVCAzDQpi/2MNCg=="}';
    }

    location = /invoke/twice {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"OPEN\\r\\nOPEN\\r\\n"}';
    }

    location = /invoke/error {
        internal;
        return 200 '{"errorType":"Error","errorMessage":"broken"}';
    }
--- ws
/ws?fn=nothing
OPEN

/ws?fn=text
OPEN

/ws?fn=twice
OPEN

/ws?fn=error
OPEN

/ws?fn=bytes
OPEN
--- answer
502
! Keep-Alive-Interval

502

502

502

502
--- log
error: grip: events of Lambda function "/invoke/nothing" are invalid: OPEN is neither accepted nor rejected
error: grip: events of Lambda function "/invoke/text" are invalid: OPEN is neither accepted nor rejected
error: grip: events of Lambda function "/invoke/twice" are invalid: OPEN after another event
error: grip: Lambda function "/invoke/error" failed: Error: broken
error: grip: events of Lambda function "/invoke/bytes" are invalid: TEXT is not UTF-8



=== TEST 7: events that are owed if the function does not care
--- config
    location /ws {
        grip_lambda /invoke/$arg_fn;
    }

    location = /invoke/nothing {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"}}';
    }

    location = /invoke/pong {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"PONG\\r\\nPONG\\r\\n"}';
    }

    location = /invoke/bye {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"CLOSE 5\\r\\n\\u000f\\u0001bye\\r\\nTEXT 1\\r\\na\\r\\n"}';
    }

    location = /invoke/gone {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"TEXT 1\\r\\na\\r\\nDISCONNECT\\r\\nTEXT 1\\r\\nb\\r\\n"}';
    }
--- ws
/ws?fn=nothing
PING one
TEXT a
PING two

/ws?fn=nothing
PING one
CLOSE \x0f\xa1bye

/ws?fn=nothing
DISCONNECT

/ws?fn=pong
PING one
TEXT a
PING two

/ws?fn=bye
PING one
CLOSE \x0f\xa1bye

/ws?fn=gone
PING one
--- answer
PONG one
PONG two

PONG one
CLOSE \x0f\xa1bye

= 
Content-Type: application/websocket-events

PONG
PONG

CLOSE \x0f\x01bye

TEXT a
DISCONNECT



=== TEST 8: the answer to a client that is gone
--- config
    location /ws {
        grip_lambda /invoke/$arg_fn;
    }

    location = /invoke/text {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"TEXT 1\\r\\na\\r\\n"}';
    }

    location = /invoke/error {
        internal;
        return 200 '{"errorType":"Error","errorMessage":"Client disconnected unexpectedly."}';
    }
--- ws
/ws?fn=text
DISCONNECT

/ws?fn=error
DISCONNECT
--- answer
= 
Content-Type: application/websocket-events

= 
Content-Type: application/websocket-events
--- log
error: grip: Lambda function "/invoke/error" failed: Error: Client disconnected unexpectedly.



=== TEST 9: codes of a CLOSE that must not be sent
--- config
    location /ws {
        grip_lambda /invoke/$arg_fn;
    }

    location = /invoke/0 {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"TEXT 1\\r\\na\\r\\nCLOSE 2\\r\\n\\u0000\\u0000\\r\\n"}';
    }

    location = /invoke/1006 {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"isBase64Encoded":true,"body":"Q0xPU0UgNQ0KA+5ieWUNCg=="}';
    }

    location = /invoke/none {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"CLOSE\\r\\n"}';
    }

    location = /invoke/text {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"isBase64Encoded":true,"body":"Q0xPU0UgNQ0KA+hh/2INCg=="}';
    }

    location = /invoke/long {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events"},"body":"CLOSE 7e\\r\\n\\u0003!123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 1234\\r\\n"}';
    }
--- ws
/ws?fn=text
TEXT a

/ws?fn=long
TEXT a

/ws?fn=0
TEXT a

/ws?fn=1006
TEXT a

/ws?fn=none
TEXT a
--- answer
CLOSE \x03\xe8a\xef\xbf\xbdb

CLOSE \x03\xe8123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123

TEXT a
CLOSE \x03\xe8

CLOSE \x03\xe8bye

CLOSE
--- log
info: grip: Lambda function "/invoke/long" closes with code 801, 1000 is sent instead
info: grip: Lambda function "/invoke/0" closes with code 0, 1000 is sent instead
info: grip: Lambda function "/invoke/1006" closes with code 1006, 1000 is sent instead



=== TEST 10: a message that cannot be sent ends the connection, be it for the client or the proxy
--- config
    large_client_header_buffers 4 128k;

    location /ws {
        grip_lambda         /invoke/echo;
        grip_max_send_size  10;
    }

    location /control {
        grip_lambda         /invoke/echo;
        grip_max_send_size  off;
    }
--- ws
TEXT m:34567890
TEXT c:{"type":"detach"}
TEXT m:345678901
TEXT later

BINARY m:345678901
PING p
TEXT later

OPEN
TEXT m:345678901

/control
TEXT c:<x x 16382>
TEXT c:<x x 16383>
TEXT m:<x x 16383>
--- answer
TEXT m:34567890
TEXT c:{"type":"detach"}
CLOSE \x03\xf1message too big to send

CLOSE \x03\xf1message too big to send

OPEN
CLOSE \x03\xf1message too big to send

TEXT c:<x x 16382>
CLOSE \x03\xf1message too big to send
--- log
error: grip: event of Lambda function "/invoke/echo" is refused: 11 bytes exceed "grip_max_send_size", 10 bytes
error: grip: event of Lambda function "/invoke/echo" is refused: 11 bytes exceed "grip_max_send_size", 10 bytes
error: grip: event of Lambda function "/invoke/echo" is refused: 11 bytes exceed "grip_max_send_size", 10 bytes
error: grip: event of Lambda function "/invoke/echo" is refused: 16385 bytes exceed the proxy's limit for a control message, 16384 bytes



=== TEST 11: messages that the function must not see
--- config
    location /ws {
        grip_lambda            /invoke/echo;
        grip_max_message_size  3;
    }
--- ws
TEXT abc
BINARY \xff\xff\xff
TEXT abcd
TEXT abc

TEXT abcd

TEXT a
TEXT \xff
CLOSE

TEXT \xff
--- answer
TEXT abc
BINARY \xff\xff\xff
CLOSE \x03\xf1message too big

CLOSE \x03\xf1message too big

TEXT a
CLOSE \x03\xefinvalid UTF-8

CLOSE \x03\xefinvalid UTF-8
--- log
info: grip: message of 4 bytes exceeds "grip_max_message_size"
info: grip: message of 4 bytes exceeds "grip_max_message_size"
info: grip: text message is not valid UTF-8
info: grip: text message is not valid UTF-8



=== TEST 12: events without a signature, if nothing is said and a key is known
--- config
    location /ws {
        grip_lambda /invoke/echo;
    }
--- ws
OPEN

Grip-Sig:
OPEN

Grip-Sig: bad
OPEN
--- answer
OPEN

403

403
--- log
info: grip: request refused: no "Grip-Sig" header
info: grip: request refused: "Grip-Sig": ...



=== TEST 13: events without a signature, if it is said
--- config
    location /ws {
        grip_lambda  /invoke/echo;
        grip_verify  optional;
    }

    location /on {
        grip_lambda  /invoke/echo;
        grip_verify  on;
    }

    location /off {
        grip_lambda  /invoke/echo;
        grip_verify  off;
    }
--- ws
Grip-Sig:
OPEN

GET /on

/off
Grip-Sig: bad
OPEN
--- answer
OPEN

403

OPEN
--- log
info: grip: request refused: no "Grip-Sig" header



=== TEST 14: requests that are malformed
--- config
    location /ws {
        grip_lambda /invoke/echo;
    }
--- ws
= TEXT zz\r\n
--- answer
400
--- log
info: grip: invalid event at offset ...



=== TEST 15: a second event that is one
--- ws
TEXT a
OPEN
--- answer
400
--- log
info: grip: invalid event at offset ...



=== TEST 16: no id of the connection
--- ws
Connection-Id:
OPEN
--- answer
400
--- log
info: grip: no "Connection-Id" header



=== TEST 17: a hold of the location is none of a WebSocket's
--- config
    location /ws {
        grip_lambda   /invoke/$arg_fn;
        grip_hold     stream;
        grip_channel  room;
    }

    location = /invoke/page {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"page"}';
    }
--- ws
/ws?fn=echo
OPEN

/ws?fn=page
OPEN
--- answer
! Grip-Hold
OPEN

! Grip-Hold
= page
--- log
error: grip: Lambda function "/invoke/page" answered events with status 200, but not with events



=== TEST 18: a message that the function must not see, wherever the body is
--- config
    large_client_header_buffers 4 512k;

    location /ws {
        grip_lambda              /invoke/echo;
        client_body_buffer_size  1k;
    }

    location /file {
        grip_lambda               /invoke/echo;
        client_body_in_file_only  clean;
    }
--- ws
TEXT <a x 20000>
TEXT \xff
TEXT <secret x 5000>

/file
TEXT <a x 20000>
TEXT \xff
TEXT <secret x 5000>

/file
TEXT a
TEXT \xff

/file
TEXT \xff
--- answer
TEXT <a x 20000>
CLOSE \x03\xefinvalid UTF-8

TEXT <a x 20000>
CLOSE \x03\xefinvalid UTF-8

TEXT a
CLOSE \x03\xefinvalid UTF-8

CLOSE \x03\xefinvalid UTF-8
--- log
warn: a client request body is buffered to a temporary file ...
info: grip: text message is not valid UTF-8
info: grip: text message is not valid UTF-8
info: grip: text message is not valid UTF-8
info: grip: text message is not valid UTF-8


=== TEST 19: a value of a meta that cannot be deletes the meta
--- config
    location /ws {
        grip_lambda /invoke;
    }

    location = /invoke {
        internal;
        return 200 '{"statusCode":200,"headers":{"Content-Type":"application/websocket-events","set-meta-nick":"a\\r\\nb","Set-Meta-Room":"c"},"body":"TEXT 1\\r\\na\\r\\n"}';
    }
--- ws
TEXT a
--- answer
set-meta-nick:
Set-Meta-Room: c
TEXT a
--- log
info: grip: header "set-meta-nick" of the Lambda function deletes the meta: control characters in the value


=== TEST 20: conditions of the handshake are none of the answer
--- config
    location /ws {
        grip_lambda /invoke/echo;
    }
--- ws
If-None-Match: *
TEXT one

If-Match: "x"
If-Unmodified-Since: Thu, 01 Jan 1970 00:00:10 GMT
TEXT two
--- answer
TEXT one

TEXT two



=== TEST 21: more events than a request may have
--- config
    location /ws {
        grip_lambda      /invoke/echo;
        grip_max_events  2;
    }
--- ws
TEXT a
TEXT b

TEXT a
TEXT b
TEXT c
TEXT d

TEXT a
TEXT b
CLOSE \x0f\xa0bye

OPEN
PING p
PONG q
--- answer
TEXT a
TEXT b

TEXT a
TEXT b
CLOSE \x03\xf5too many events

TEXT a
TEXT b
CLOSE \x0f\xa0bye

OPEN
PING p
PONG p
CLOSE \x03\xf5too many events
--- log
info: grip: request has more events than "grip_max_events"
info: grip: request has more events than "grip_max_events"



=== TEST 22: the proxy's limit of an answer, with room for a CLOSE
--- config
    grip_max_send_size       off;
    grip_call_buffer_size    2m;
    client_body_buffer_size  2m;

    location /ws {
        grip_lambda /invoke/file/$arg_file;
    }

    location /invoke/file/ {
        internal;
        proxy_method             GET;
        proxy_pass_request_body  off;
        proxy_set_header         Content-Length "";
        proxy_pass               http://127.0.0.1:$TEST_NGINX_SERVER_PORT/html/;
    }

    location /html/ {
        alias html/;
    }
--- user_files eval
my $event = sub { sprintf "TEXT %x\\r\\n%s\\r\\n", length $_[0], $_[0] };
my $file = sub {
    my ($name, @contents) = @_;

    return ">>> $name\n" . '{"statusCode":200,"headers":'
           . '{"Content-Type":"application/websocket-events"},"body":"'
           . CORE::join('', map { $event->($_) } @contents) . "\"}\n";
};

# in hexadecimal digits the first of two has 5, and the line is of 14 bytes

$file->(most => 'x' x 999_813)
. $file->(more => 'x' x 999_814)
. $file->(two => 'x' x 900_000, 'y' x (99_813 - 14))
. $file->(late => 'x' x 900_000, 'y' x (99_813 - 13), 'z');
--- ws
/ws?file=most
TEXT a

/ws?file=more
TEXT a

/ws?file=two
TEXT a

/ws?file=late
TEXT a
--- answer
TEXT <x x 999813>

CLOSE \x03\xf1message too big to send

TEXT <x x 900000>
TEXT <y x 99799>

TEXT <x x 900000>
CLOSE \x03\xf1message too big to send
--- log
error: grip: event of Lambda function "/invoke/file/more" is refused: the answer would exceed the proxy's limit for a response, 1000000 bytes
error: grip: event of Lambda function "/invoke/file/late" is refused: the answer would exceed the proxy's limit for a response, 1000000 bytes
