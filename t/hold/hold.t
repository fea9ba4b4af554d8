# Responses of any module are held, and only those that may be held.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

# no key: whatever comes is believed

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value(http_config => "grip_url http://127.0.0.1:5561/;\n"
                                     . "grip_verify off;\n"
                                     . ($block->backend // ''))
        if defined $block->config && !defined $block->http_config;
});

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: the three kinds of holds
--- config
    grip_channel room;

    location /stream {
        grip_hold       stream;
        grip_hold_body  "stream opened\n";
    }

    location /sse {
        grip_hold       sse;
        grip_hold_body  "data: hello\n\n";
    }

    location /response {
        grip_hold       response timeout=25s;
        grip_hold_body  "request timed out\n";
    }

    location /off {
        return 200 "plain\n";
    }
--- ws
GET /stream

GET /sse

GET /response

POST /response
Content-Type: text/plain

GET /off
--- answer
Content-Type: text/plain
Grip-Hold: stream
Grip-Channel: room
! Grip-Timeout
! Grip-Keep-Alive
Cache-Control: no-store
Incremental: ?1
= stream opened\n

Content-Type: text/event-stream
Cache-Control: no-store
Incremental: ?1
Grip-Hold: stream
Grip-Channel: room
Grip-Keep-Alive: OgoK; format=base64; timeout=20
= :\n\ndata: hello\n\n

Content-Type: text/plain
Grip-Hold: response
Grip-Channel: room
Grip-Timeout: 25
Cache-Control: no-store
! Incremental
= request timed out\n

Grip-Hold: response
Cache-Control: no-store
= request timed out\n

! Grip-Hold
! Grip-Channel
! Cache-Control
! Incremental
= plain\n



=== TEST 2: whichever module answers
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        location / {
            return 200 "from a backend of $http_accept_encoding.\n";
        }
    }
--- config
    grip_hold     stream;
    grip_channel  room;

    location /return   { return 200 "returned\n"; }
    location /file     { }
    location = /index/ { }
    location /proxy    { proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock; }
    location /http10   { proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock;
                         proxy_buffering off; }
    location /empty    { empty_gif; }
    location /status   { stub_status; }
--- user_files
>>> file
a file
>>> index/index.html
an index
--- ws
GET /return

GET /file

GET /index/

GET /proxy
Accept-Encoding: gzip, br

GET /http10

GET /empty

GET /status
--- answer
Grip-Hold: stream
Grip-Channel: room
= returned\n

Grip-Hold: stream
Grip-Channel: room
= a file\n

Grip-Hold: stream
Grip-Channel: room
= an index\n

Grip-Hold: stream
Grip-Channel: room
= from a backend of .\n

Grip-Hold: stream
Grip-Channel: room
= from a backend of .\n

Grip-Hold: stream
Grip-Channel: room
~ ^GIF

Grip-Hold: stream
Grip-Channel: room
~ ^Active



=== TEST 3: only answers with status 200 are held
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        location /204 { return 204; }
        location /206 { root html; }
        location /302 { return 302 /x; }
        location /500 { return 500; }
    }
--- config
    grip_hold     stream;
    grip_channel  room;

    location /201     { return 201 "made\n"; }
    location /301     { return 301 /x; }
    location /404     { }
    location /proxied { proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
--- user_files
>>> 206
a file
--- ws
GET /201

GET /301

GET /404

GET /proxied/302

GET /proxied/500

GET /proxied/206
Range: bytes=2-3
--- answer
201
! Grip-Hold
! Grip-Channel
= made\n

301
! Grip-Hold
! Grip-Channel

404
! Grip-Hold
! Grip-Channel

302
! Grip-Hold
! Grip-Channel

500
! Grip-Hold
! Grip-Channel

206
! Grip-Hold
! Grip-Channel
= fi
--- log
error: ...No such file or directory)



=== TEST 4: HEAD is not held
--- config
    location /held {
        grip_hold       stream;
        grip_channel    room;
        grip_hold_body  "stream opened\n";
    }
--- ws
HEAD /held
--- answer
Content-Type: text/plain
Content-Length: 14
! Grip-Hold
! Grip-Channel
=



=== TEST 5: no other method is held
--- config
    grip_hold     stream;
    grip_channel  room;

    location /return { return 200 "returned\n"; }
    location /body   { grip_hold_body "opened\n"; }
--- ws
OPTIONS /return

PUT /return

DELETE /return

PATCH /return

OPTIONS /body

PUT /body

DELETE /body
--- answer
! Grip-Hold
! Grip-Channel
= returned\n

! Grip-Hold
! Grip-Channel
= returned\n

! Grip-Hold
! Grip-Channel
= returned\n

! Grip-Hold
! Grip-Channel
= returned\n

405
Allow: GET, HEAD, POST
! Grip-Hold

405
Allow: GET, HEAD, POST
! Grip-Hold

405
Allow: GET, HEAD, POST
! Grip-Hold



=== TEST 6: no ranges and no local 304 of what is held
--- config
    if_modified_since  before;

    location /plain { alias html/file; }

    location /held {
        alias         html/file;
        grip_hold     response;
        grip_channel  room;
        etag          on;
    }
--- user_files
>>> file 197001010001.00
a file
--- ws
GET /plain
Range: bytes=2-3

GET /held
Range: bytes=2-3

GET /held
If-Modified-Since: Tue, 01 Jan 2040 00:00:00 GMT

GET /held
If-None-Match: *

GET /held
If-Match: "nothing"

GET /plain
If-Modified-Since: Tue, 01 Jan 2040 00:00:00 GMT
--- answer
206
! Grip-Hold
= fi

! Content-Range
! Accept-Ranges
! ETag
! Last-Modified
Cache-Control: no-store
Grip-Hold: response
= a file\n

Grip-Hold: response
= a file\n

Grip-Hold: response
= a file\n

Grip-Hold: response
= a file\n

304
! Grip-Hold



=== TEST 7: a backend's 304 is held as a response
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        location / {
            add_header X-Last 7 always;
            add_header ETag '"tag"' always;
            add_header Content-MD5 "kFAk4nVXqXQgO2ajAuy5lw==" always;
            return 304;
        }
    }
--- config
    grip_channel  room;

    location /response {
        grip_hold   response;
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/backend.sock;
    }

    location /status {
        grip_hold         response;
        grip_hold_status  410 "Gone Away";
        proxy_pass        http://unix:$TEST_NGINX_SERVROOT/backend.sock;
    }

    location /stream {
        grip_hold   stream;
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/backend.sock;
    }
--- ws
GET /response
If-None-Match: "x"

GET /status

GET /stream
--- answer
Content-Length: 0
X-Last: 7
ETag: "tag"
Cache-Control: no-store
! Content-MD5
Grip-Hold: response
Grip-Channel: room
Grip-Status: 304
=

Content-Length: 0
Grip-Hold: response
Grip-Status: 410 Gone Away
=

304
! Grip-Hold
! Grip-Status



=== TEST 8: once, by the location that answers in the end
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        location / {
            add_header X-Accel-Redirect /accel/;
            return 200 "not this\n";
        }
    }
--- config
    location /try {
        grip_hold     stream;
        grip_channel  first;
        try_files     /nothing /second/try;
    }

    location /rewritten {
        grip_hold     stream;
        grip_channel  first;
        rewrite       ^ /second/rewritten last;
    }

    location /lost {
        grip_hold     stream;
        grip_channel  first;
        error_page    404 = /second/lost;
    }

    location /named {
        grip_hold     stream;
        grip_channel  first;
        error_page    404 = @named;
    }

    location /through {
        grip_hold     stream;
        grip_channel  first;
        proxy_pass    http://unix:$TEST_NGINX_SERVROOT/backend.sock;
    }

    location /out {
        grip_hold     stream;
        grip_channel  first;
        rewrite       ^ /unheld last;
    }

    location /second { grip_hold response;  grip_channel second;  return 200 "two\n"; }
    location /accel  { grip_hold response;  grip_channel second;  return 200 "two\n"; }
    location @named  { grip_hold response;  grip_channel second;  return 200 "two\n"; }
    location /unheld { return 200 "plain\n"; }
--- ws
GET /try

GET /rewritten

GET /lost

GET /named

GET /through

GET /out
--- answer
Grip-Hold: response
Grip-Channel: second
= two\n

Grip-Hold: response
Grip-Channel: second
= two\n

Grip-Hold: response
Grip-Channel: second
= two\n

Grip-Hold: response
Grip-Channel: second
= two\n

Grip-Hold: response
Grip-Channel: second
= two\n

! Grip-Hold
! Grip-Channel
= plain\n
--- log
error: ...No such file or directory)
error: ...No such file or directory)



=== TEST 9: an error page is not held
--- config
    grip_hold     stream;
    grip_channel  room;

    error_page  404  /404.html;

    location = /404.html { return 200 "sorry\n"; }
--- ws
GET /nothing
--- answer
404
! Grip-Hold
! Grip-Channel
= sorry\n
--- log
error: ...No such file or directory)



=== TEST 10: the Grip headers of a backend are left as they are
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        location /a/hold {
            add_header grip-hold stream;
            add_header Grip-Channel its-own;
            return 200 "x";
        }

        location /a/channel {
            add_header Grip-Channel "its-own; prev-id=3";
            return 200 "x";
        }

        location /a/rest {
            add_header Grip-Timeout 7;
            add_header Grip-Link "</next>; rel=next";
            add_header Grip-Set-Meta "user=\"bob\"";
            add_header Grip-Status 201;
            add_header Grip-Expose-Headers X-Its-Own;
            return 200 "x";
        }

        location /keepalive {
            add_header Incremental ?0;
            add_header Grip-Keep-Alive "beat; timeout=9";
            return 200 "x";
        }
    }
--- config
    grip_channel         room;
    grip_keepalive       tick;
    grip_link            /ours;
    grip_link            /gone rel=gone;
    grip_filter_meta     user ann;
    grip_hold_status     202;
    grip_expose_headers  X-Ours;

    location /a/ {
        grip_hold   response timeout=30s;
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/backend.sock;
    }

    location /keepalive {
        grip_hold   stream;
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/backend.sock;
    }
--- ws
GET /a/hold

GET /a/channel

GET /a/rest
Grip-Feature: link:gone

GET /keepalive
--- answer
grip-hold: stream
Grip-Channel: its-own
! Grip-Timeout
! Grip-Link
! Grip-Set-Meta
! Grip-Status
! Grip-Expose-Headers
= x

Grip-Hold: response
Grip-Channel: its-own; prev-id=3
Grip-Timeout: 30
Grip-Link: </ours>; rel=next
Grip-Set-Meta: user="ann"
Grip-Status: 202
Grip-Expose-Headers: X-Ours
= x

Grip-Hold: response
Grip-Channel: room
Grip-Timeout: 7
Grip-Link: </next>; rel=next
Grip-Set-Meta: user="bob"
Grip-Status: 201
Grip-Expose-Headers: X-Its-Own
= x

Grip-Hold: stream
Grip-Channel: room
Grip-Keep-Alive: beat; timeout=9
Incremental: ?0
= x



=== TEST 11: subrequests are not held, the request that they are for is
--- config
    location = /file {
        grip_hold       stream;
        grip_channel    room;
        auth_request    /auth;
        add_after_body  /after;
        addition_types  *;
    }

    location /auth  { grip_hold stream; grip_channel auth; return 200; }
    location /after { grip_hold sse; grip_channel after; return 200 "after\n"; }
--- user_files
>>> file
a file
--- ws
GET /file
--- answer
Content-Type: text/plain
Grip-Hold: stream
Grip-Channel: room
= a file\nafter\n



=== TEST 12: a held response is not compressed, a compressed one is not held
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        location / {
            add_header Content-Encoding gzip;
            return 200 "as if compressed";
        }
    }
--- config
    gzip             on;
    gzip_min_length  0;
    gzip_types       *;
    default_type     text/plain;

    location /plain { return 200 "text text text text text text"; }

    location /held {
        grip_hold     stream;
        grip_channel  room;
        return 200 "text text text text text text";
    }

    location /backend {
        grip_hold     stream;
        grip_channel  room;
        proxy_pass    http://unix:$TEST_NGINX_SERVROOT/backend.sock;
    }
--- ws
GET /plain
Accept-Encoding: gzip

GET /held
Accept-Encoding: gzip

GET /backend
Accept-Encoding: gzip
--- answer
Content-Encoding: gzip
! Grip-Hold
~ .

Grip-Hold: stream
! Content-Encoding
= text text text text text text

Content-Encoding: gzip
! Grip-Hold
! Grip-Channel
= as if compressed
--- log
error: grip: response not held: it is compressed, and the proxy does not keep "Content-Encoding"



=== TEST 13: the proxy's limit of a held response, known and found out
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;
        ssi on;
        ssi_types *;
        root html;
    }
--- config
    grip_channel  room;

    location /response {
        grip_hold  response;
        alias      html;
    }

    location /stream {
        grip_hold  stream;
        alias      html;
    }

    location /unknown {
        grip_hold   response;
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/backend.sock:/;
        proxy_http_version 1.1;
    }
--- user_files eval
">>> most\n" . 'x' x 99_999 . "\n>>> more\n" . 'x' x 100_000 . "\n"
--- ws
GET /response/most

GET /response/more

GET /stream/more

GET /unknown/most

GET /unknown/more
--- answer
Grip-Hold: response
Content-Length: 100000
~ ^x+\n

Content-Length: 100001
! Grip-Hold
! Grip-Channel
~ ^x+\n

Grip-Hold: stream
Content-Length: 100001
~ ^x+\n

Grip-Hold: response
Transfer-Encoding: chunked
~ ^x+\n

Grip-Hold: response
Transfer-Encoding: chunked
~ ^x+\n
--- log
error: grip: response not held: its 100001 bytes exceed the proxy's limit for a held response, 100000 bytes
error: grip: response exceeds the proxy's limit for a held response, 100000 bytes



=== TEST 14: an event stream of a backend keeps what it is
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        location /plain {
            default_type text/plain;
            add_header ETag '"tag"';
            add_header Last-Modified "Tue, 01 Jan 2030 00:00:00 GMT";
            charset utf-8;
            return 200 "data: x\n\n";
        }

        location /cached {
            default_type text/event-stream;
            add_header Cache-Control private;
            return 200 "data: x\n\n";
        }
    }
--- config
    location /a/ {
        grip_hold     sse;
        grip_channel  room;
        charset       utf-8;
        proxy_pass    http://unix:$TEST_NGINX_SERVROOT/backend.sock:/;
    }
--- ws
GET /a/plain

GET /a/cached
--- answer
Content-Type: text/event-stream
Cache-Control: no-store
Content-Length: 12
! ETag
! Last-Modified
= :\n\ndata: x\n\n

Content-Type: text/event-stream
Cache-Control: private
= :\n\ndata: x\n\n



=== TEST 15: a WebSocket location that leaves the rest to another one
--- config
    location /both {
        grip_websocket;
        grip_on text  { send "hello"; }
        grip_hold     stream;
        grip_channel  room;
        error_page    415 = @http;
    }

    location @http {
        grip_hold       stream;
        grip_channel    http;
        grip_hold_body  "by http\n";
    }
--- ws
/both
TEXT x

POST /both
Content-Type: text/plain
--- answer
! Grip-Hold
! Grip-Channel
TEXT m:hello

Content-Type: text/plain
Grip-Hold: stream
Grip-Channel: http
= by http\n
--- log
info: grip: not a WebSocket-over-HTTP request



=== TEST 16: headers of a whole body, or of how long it is fresh, are not those of a held one
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        add_header ETag '"tag"';
        add_header Last-Modified "Tue, 01 Jan 2030 00:00:00 GMT";
        add_header Expires "Tue, 01 Jan 2030 00:00:00 GMT";
        add_header Accept-Ranges bytes;
        add_header content-range "bytes 0-3/4";
        add_header Content-MD5 "kFAk4nVXqXQgO2ajAuy5lw==";
        add_header Digest "md5=kFAk4nVXqXQgO2ajAuy5lw==";
        add_header Digest "unixsum=1";
        add_header Repr-Digest "sha-256=:x:";
        add_header Content-Digest "sha-256=:x:";
        add_header X-Digest "another";

        location / {
            return 200 "text";
        }

        location /cached {
            add_header ETag '"tag"';
            add_header cache-control "private, max-age=5";
            return 200 "text";
        }
    }
--- config
    grip_channel  room;
    proxy_pass_header  Accept-Ranges;

    location /stream/   { grip_hold stream;
                          proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
    location /sse/      { grip_hold sse;
                          proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
    location /response/ { grip_hold response;
                          proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
    location /off/      { proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
--- ws eval
CORE::join "\n\n", map { ("GET /$_/x", "GET /$_/cached") }
                 qw(stream sse response off)
--- answer eval
my @gone = map { "! $_" } qw(ETag Last-Modified Expires Accept-Ranges
                             Content-Range Content-MD5 Digest Repr-Digest
                             Content-Digest);

CORE::join "\n\n", (map {
    my $text = $_ eq 'sse' ? ':\n\ntext' : 'text';

    (CORE::join("\n", 'Cache-Control: no-store', @gone, 'X-Digest: another',
          "= $text"),
     CORE::join("\n", 'cache-control: private, max-age=5', '! ETag', "= $text"));
} qw(stream sse response)),
    CORE::join("\n", '! Cache-Control', 'ETag: "tag"',
         'Expires: Tue, 01 Jan 2030 00:00:00 GMT', 'Repr-Digest: sha-256=:x:',
         'Digest: md5=kFAk4nVXqXQgO2ajAuy5lw==', 'Digest: unixsum=1',
         '= text'),
    CORE::join("\n", 'cache-control: private, max-age=5', 'ETag: "tag"', '= text')



=== TEST 17: the location's own headers for caches come on top
--- config
    grip_channel  room;

    location /expires { grip_hold response;  expires 1h;
                        grip_hold_body "text"; }
    location /header  { grip_hold stream;  add_header Cache-Control private;
                        grip_hold_body "text"; }
--- ws
GET /expires

GET /header
--- answer
Cache-Control: no-store
Cache-Control: max-age=3600
~ ^text

Cache-Control: no-store
Cache-Control: private
~ ^text



=== TEST 18: an encoding that is none is left out, and another one is not held
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        location /identity { add_header Content-Encoding Identity;  return 200 text; }
        location /none     { add_header content-encoding none;      return 200 text; }
        location /empty    { add_header Content-Encoding " ";       return 200 text; }

        location /both {
            add_header Content-Encoding "identity, none ,";
            add_header Content-Encoding identity;
            return 200 text;
        }

        location /list {
            add_header Content-Encoding "identity, br";
            return 200 text;
        }

        location /lines {
            add_header Content-Encoding gzip;
            add_header Content-Encoding identity;
            return 200 text;
        }
    }
--- config
    location /a/ {
        grip_hold     stream;
        grip_channel  room;
        proxy_pass    http://unix:$TEST_NGINX_SERVROOT/backend.sock:/;
    }
--- ws
GET /a/identity

GET /a/none

GET /a/empty

GET /a/both

GET /a/list

GET /a/lines
--- answer
Grip-Hold: stream
! Content-Encoding
= text

Grip-Hold: stream
! Content-Encoding
= text

Grip-Hold: stream
! Content-Encoding
= text

Grip-Hold: stream
! Content-Encoding
= text

Content-Encoding: identity, br
! Grip-Hold
! Cache-Control
= text

Content-Encoding: gzip
Content-Encoding: identity
! Grip-Hold
= text
--- log
error: grip: response not held: it is compressed, and the proxy does not keep "Content-Encoding"
error: grip: response not held: it is compressed, and the proxy does not keep "Content-Encoding"



=== TEST 19: no line of Accept-Encoding brings compression back
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        gzip             on;
        gzip_min_length  0;
        gzip_types       *;
        gzip_http_version  1.0;
        gzip_proxied     any;

        location / { return 200 "text text text text text text"; }
    }
--- config
    gzip             on;
    gzip_min_length  0;
    gzip_types       *;
    default_type     text/plain;
    grip_channel     room;

    location /here    { grip_hold stream;
                        return 200 "text text text text text text"; }
    location /backend { grip_hold stream;
                        proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock; }
    location /plain   { proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
--- ws
GET /here
ACCEPT-Encoding: identity
Accept-Encoding: gzip
accept-encoding: gzip

GET /backend
ACCEPT-Encoding: identity
Accept-Encoding: gzip
accept-encoding: gzip

GET /plain
Accept-Encoding: gzip
accept-encoding: gzip
--- answer
Grip-Hold: stream
! Content-Encoding
= text text text text text text

Grip-Hold: stream
! Content-Encoding
= text text text text text text

Content-Encoding: gzip
! Grip-Hold
~ .



=== TEST 20: a backend's hold in the body is the backend's, byte by byte
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        default_type  "Application/Grip-Instruct ; a=b";
        add_header    ETag '"tag"';

        location /known   { return 200 '{"hold":{"channels":[{"name":"a"}]}}'; }
        location /unknown { ssi on; ssi_types *; root html; }
        location /other   { return 202 '{"hold":"text"}'; }
        location /like    { default_type application/grip-instructions;
                            return 200 '{"hold":"text"}'; }
    }
--- config
    gzip              on;
    gzip_min_length   0;
    gzip_types        *;
    charset           utf-8;
    charset_types     *;
    sub_filter        hold held;
    sub_filter_types  *;
    ssi               on;
    ssi_types         *;

    proxy_http_version  1.1;

    location /stream/   { grip_hold stream;  grip_channel room;
                          proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
    location /sse/      { grip_hold sse;  grip_channel room;
                          proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
    location /response/ { grip_hold response;  grip_channel room;
                          grip_hold_status 202;
                          proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
    location /off/      { proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock:/; }
--- user_files
>>> unknown
{"hold":{"channels":[{"name":"a"}]}}
--- ws
GET /stream/known
Accept-Encoding: gzip

GET /sse/unknown

GET /response/known

GET /response/unknown
Accept-Encoding: gzip

GET /stream/other

GET /stream/like

GET /off/known
--- answer
Content-Type: Application/Grip-Instruct ; a=b
Content-Length: 36
! Grip-Hold
! Grip-Channel
! Cache-Control
! Content-Encoding
ETag: "tag"
= {"hold":{"channels":[{"name":"a"}]}}

Content-Type: Application/Grip-Instruct ; a=b
Transfer-Encoding: chunked
! Content-Length
! Grip-Hold
= {"hold":{"channels":[{"name":"a"}]}}\n

Content-Type: Application/Grip-Instruct ; a=b
Content-Length: 36
! Grip-Hold
! Grip-Status
= {"hold":{"channels":[{"name":"a"}]}}

Content-Type: Application/Grip-Instruct ; a=b
Transfer-Encoding: chunked
! Grip-Hold
! Content-Encoding
= {"hold":{"channels":[{"name":"a"}]}}\n

202
! Grip-Hold
= {"held":"text"}

Grip-Hold: stream
= {"held":"text"}

= {"held":{"channels":[{"name":"a"}]}}



=== TEST 21: nor does a client of HTTP/1.0 wait for the rest of one
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        default_type  application/grip-instruct;
        ssi           on;
        ssi_types     *;
        root          html;
    }
--- config
    location = /unknown {
        proxy_http_version  1.1;
        proxy_pass          http://unix:$TEST_NGINX_SERVROOT/backend.sock;
        grip_hold           stream;
        grip_channel        room;
    }
--- user_files
>>> unknown
{"hold":{"channels":[{"name":"a"}]}}
--- raw_request eval
"GET /unknown HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"
--- raw_response_headers_like eval
qr/Connection: close/
--- response_body
{"hold":{"channels":[{"name":"a"}]}}



=== TEST 22: answers of a backend to the events of a WebSocket are not held
--- backend
    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;

        default_type  application/websocket-events;
        location /    { return 200 "OPEN\r\n"; }
    }
--- config
    grip_hold     sse;
    grip_channel  room;

    location /ws { proxy_pass http://unix:$TEST_NGINX_SERVROOT/backend.sock; }
--- ws
OPEN

GET /ws
--- answer
! Grip-Hold
OPEN

Grip-Hold: stream
= :\n\nOPEN\r\n
