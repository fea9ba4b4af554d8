# WebSocket-over-HTTP requests, and the due of each event.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: a location with nothing but grip_websocket is a sink
--- config
    location /ws {
        grip_websocket;
    }
--- ws
OPEN

TEXT hello
BINARY \x00\xff\r\n

/ws

PONG abc

DISCONNECT
--- answer
Sec-WebSocket-Extensions: grip
! Sec-WebSocket-Protocol
! Keep-Alive-Interval
OPEN

200
! Sec-WebSocket-Extensions
Content-Length: 0

200

200

200


=== TEST 2: the media type is that of the proxy, byte for byte, without parameters
--- config
    location /ws {
        grip_websocket;
    }
--- ws
Content-Type: application/websocket-events; charset=utf-8
OPEN
--- answer
400
--- log
...grip: WebSocket events refused: "Content-Type" is written in another way, a client may pose as the proxy


=== TEST 3: without capitals
--- ws
Content-Type: Application/WebSocket-Events
OPEN
--- answer
400
--- log
...grip: WebSocket events refused: "Content-Type" is written in another way, a client may pose as the proxy


=== TEST 4: and without blanks
--- ws
Content-Type: application/websocket-events \t;x
OPEN
--- answer
400
--- log
...grip: WebSocket events refused: "Content-Type" is written in another way, a client may pose as the proxy


=== TEST 5: another media type is 415
--- config
    location /ws {
        grip_websocket;
    }
--- ws
Content-Type: application/websocket-events-2
OPEN

Content-Type: application/websocket-event
OPEN

Content-Type: text/plain, application/websocket-events
OPEN

Content-Type:
OPEN
--- answer
415

415

415

415
--- log
info: grip: not a WebSocket-over-HTTP request
info: grip: not a WebSocket-over-HTTP request
...grip: WebSocket events refused: another "Content-Type" comes first...
info: grip: not a WebSocket-over-HTTP request


=== TEST 6: events are posted
--- config
    location /ws {
        grip_verify off;
        grip_websocket;
    }
--- ws
GET /ws

PUT /ws
Content-Type: application/websocket-events
Content-Length: 0
--- answer
415

400
--- log
info: grip: not a WebSocket-over-HTTP request
...grip: WebSocket events refused: method is not POST...


=== TEST 7: ordinary requests can go elsewhere by error_page
--- config
    location /ws {
        grip_verify optional;
        grip_websocket;
        error_page 415 = @app;
    }

    location @app {
        return 200 "app: $request_method $uri";
    }
--- ws
GET /ws

OPEN
--- answer
=app: GET /ws

OPEN
--- log
info: grip: not a WebSocket-over-HTTP request


=== TEST 8: no Connection-Id is 400
--- config
    location /ws {
        grip_websocket;
    }
--- ws
Connection-Id:
OPEN
--- answer
400
--- log
info: grip: no "Connection-Id" header


=== TEST 9: an empty Connection-Id is 400
--- ws
Connection-Id: 
OPEN
--- answer
400
--- log
info: grip: no "Connection-Id" header


=== TEST 10: no signature is 403, and the body is not even looked at
--- ws
Grip-Sig:
OPEN

Grip-Sig:
= rubbish
--- answer
403

403
--- log
info: grip: request refused: no "Grip-Sig" header
info: grip: request refused: no "Grip-Sig" header


=== TEST 11: GRIP is answered only where it is offered
--- config
    location /ws {
        grip_websocket;
        grip_on text { send hi; }
    }
--- ws
Sec-WebSocket-Extensions:
OPEN

Sec-WebSocket-Extensions: permessage-deflate, grip; x=1
OPEN

Sec-WebSocket-Extensions: gripe, permessage-deflate; grip
OPEN

Sec-WebSocket-Extensions: GRIP
OPEN

Sec-WebSocket-Extensions:
TEXT x

TEXT x
--- answer
! Sec-WebSocket-Extensions
OPEN

Sec-WebSocket-Extensions: grip
OPEN

! Sec-WebSocket-Extensions
OPEN

! Sec-WebSocket-Extensions
OPEN

TEXT hi

TEXT m:hi


=== TEST 12: a PING gets its PONG
--- config
    location /ws {
        grip_websocket;
    }
--- ws
PING
PING pp\x00\r\n
TEXT x
PING <p x 125>
--- answer
PONG
PONG pp\x00\r\n
PONG <p x 125>


=== TEST 13: a PING longer than a client may send gets none
--- ws
PING <p x 126>
--- answer
200


=== TEST 14: a CLOSE gets its code and reason back
--- ws
CLOSE

CLOSE \x03\xe8

CLOSE \x0f\xa1bye \xc3\xa9

CLOSE \x0f\xa1<r x 123>
--- answer
CLOSE

CLOSE \x03\xe8

CLOSE \x0f\xa1bye \xc3\xa9

CLOSE \x0f\xa1<r x 123>


=== TEST 15: of a CLOSE goes back only what may be sent
--- ws
CLOSE x

CLOSE \x00\x00

CLOSE \x03\xed

CLOSE \x03\xee

CLOSE \x03\xf7gone

CLOSE \x0f\xa1\xff\xfe

CLOSE \x0f\xa1<r x 124>
--- answer
CLOSE

CLOSE

CLOSE

CLOSE

CLOSE

CLOSE \x0f\xa1\xef\xbf\xbd

CLOSE \x0f\xa1<r x 123>


=== TEST 16: nothing follows a CLOSE
--- config
    location /ws {
        grip_websocket;
        grip_on text  { send "<$grip_message>"; }
        grip_on close { send bye; }
    }
--- ws
TEXT a
CLOSE \x03\xe8
TEXT b
PING
--- answer
TEXT m:<a>
TEXT m:bye
CLOSE \x03\xe8


=== TEST 17: a DISCONNECT is answered by nothing, whatever rules say
--- config
    location /ws {
        grip_websocket;
        grip_on any { send late;  set_meta a b;  subscribe room; }
    }
--- ws
DISCONNECT

TEXT x
DISCONNECT
TEXT y
--- answer
Content-Length: 0
200

200


=== TEST 18: an empty body is a poll
--- config
    location /ws {
        grip_websocket;
        grip_on poll { send "$grip_event[$grip_message]"; }
    }
--- ws
/ws

TEXT x
--- answer
TEXT m:poll[]

200


=== TEST 19: a text that is not UTF-8 is closed with 1007, no rule sees it
--- config
    location /ws {
        grip_websocket;
        grip_on message { send ok; }
    }
--- ws
TEXT \xc3\xa9
BINARY \xff
TEXT \xff
TEXT later

TEXT \xed\xa0\x80

TEXT \xc0\x80
--- answer
TEXT m:ok
TEXT m:ok
CLOSE \x03\xefinvalid UTF-8

CLOSE \x03\xefinvalid UTF-8

CLOSE \x03\xefinvalid UTF-8
--- log
info: grip: text message is not valid UTF-8
info: grip: text message is not valid UTF-8
info: grip: text message is not valid UTF-8


=== TEST 20: the type arrives byte by byte, whatever filters are on
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    gzip on;
    gzip_min_length 1;
    gzip_types *;
    charset utf-8;
    charset_types *;
    sub_filter m: n:;
    sub_filter_types *;
    sub_filter_once off;
    add_before_body /before;
    ssi on;
    ssi_types *;
    etag on;
    add_header X-Config yes;
--- config
    location = /before {
        return 200 before;
    }

    location /ws {
        grip_websocket;
        grip_on any { send "<!--# echo var=uri -->"; }
    }
--- ws
Accept-Encoding: gzip, deflate
OPEN

Accept-Encoding: gzip, deflate
Range: bytes=0-1
TEXT m:m:m:
--- answer
! Content-Encoding
! Transfer-Encoding
! Accept-Ranges
X-Config: yes
OPEN
TEXT m:<!--# echo var=uri -->

! Content-Encoding
! Content-Range
TEXT m:<!--# echo var=uri -->


=== TEST 21: charset_map does not recode events
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    charset_map iso-8859-1 utf-8 {
        E9 C3A9;
    }

    source_charset iso-8859-1;
    charset utf-8;
    charset_types *;
--- config
    location /ws {
        grip_websocket;
        grip_on binary { send_binary $grip_message; }
    }
--- ws
BINARY \xe9
--- answer
BINARY m:\xe9


=== TEST 22: the proxy's connection is kept
--- config
    location /ws {
        grip_websocket;
        grip_on text { send "$connection_requests"; }
    }
--- ws
OPEN

TEXT a
TEXT b

PING

TEXT c
--- answer
Connection: keep-alive
OPEN

Connection: keep-alive
TEXT m:2
TEXT m:2

Connection: keep-alive
PONG

Connection: close
TEXT m:4


=== TEST 23: not in a subrequest
--- config
    location /ws {
        grip_websocket;
    }

    location /add {
        add_after_body /ws;
        default_type text/html;
        return 200 body;
    }
--- ws
/add
OPEN
--- answer
~ ^body.*500 Internal Server Error
--- log
error: grip: "grip_websocket" in a subrequest


=== TEST 24: HTTP/1.0 will do
--- config
    location /ws {
        grip_websocket;
    }
--- raw_request eval
"POST /ws HTTP/1.0\r\n" . ws_headers('Content-Length' => 6) =~ s/\n/\r\n/gr
    . "\r\nOPEN\r\n"
--- response_body eval
"OPEN\r\n"



=== TEST 25: "limit_except" keeps what the location does
--- config
    location /ws {
        grip_websocket;
        grip_on text { send $grip_message; }

        limit_except GET {
            allow all;
        }
    }
--- ws
TEXT hi
--- answer
TEXT m:hi


=== TEST 26: an answer is no representation that a handshake could have conditions for
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ late { close 4000 $grip_message; }
        grip_on text        { send $grip_message; }
    }
--- ws
If-Match: "x"
OPEN

If-Match: "x"
TEXT one

If-None-Match: *
TEXT two

If-Unmodified-Since: Thu, 01 Jan 1970 00:00:10 GMT
TEXT three

If-None-Match: *
If-Unmodified-Since: Thu, 01 Jan 1970 00:00:10 GMT
TEXT late
--- answer
OPEN

TEXT m:one

TEXT m:two

TEXT m:three

CLOSE \x0f\xa0late
