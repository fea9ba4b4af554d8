# The request that a function gets, through whatever location.

use lib 't/lib';
use Grip;
use Grip::Function;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;
use File::Temp qw(tempdir);

$ENV{TEST_NGINX_FUNCTION} = '127.0.0.1:' . Grip::Function::start(sub {
    my ($request) = @_;

    return "$request->{number}.$request->{count} $request->{body}"
        if $request->{uri} =~ /count/;

    return (200, "X-Accel-Redirect: /elsewhere\r\n", '')
        if $request->{uri} =~ /accel/;

    return join ' ', grep { /^x-/ } map { "$_=$request->{headers}{$_}" }
                     sort keys %{ $request->{headers} }
        if $request->{uri} =~ /headers/;

    if ($request->{uri} =~ /late/) {
        select undef, undef, undef, 1.3;
        return 'late';
    }

    return length($request->{body}) . ' bytes, '
           . ($request->{body} =~ s/long//g) . ' times long'
        if $request->{uri} =~ /long/;

    return Grip::Function::show($request);
});

$ENV{TEST_NGINX_H2} = '127.0.0.1:' . Grip::Sink::unused_port();

my $certs = $ENV{TEST_NGINX_CERTS} = tempdir(CLEANUP => 1);

system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
       . " -keyout $certs/key.pem -out $certs/cert.pem -subj /CN=fn"
       . " -addext subjectAltName=DNS:fn.example.com"
       . " -days 2 2> $certs/log") == 0
    or die "openssl failed\n";

# its own directive since 1.25.1, and the parameter is warned of

our $http2 = ($ENV{TEST_NGINX_VERSION_NUM} || 0) < 1025001 ? ' http2'
                                                            : '; http2 on';

our $url = 'grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;';

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: the message is the body, and what is said of the event are headers
--- config
    location /ws {
        grip_websocket;
        grip_on any  { call /fn/$grip_event$is_args$args; }
        grip_on ping { call /fn/ping; }
        grip_on pong { call /fn/pong; }
        grip_on poll { call /fn/poll; }
    }

    location /fn/ {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
        proxy_http_version 1.0;
        proxy_set_header Connection close;
        proxy_set_header Host fn;
    }
--- ws
/ws?a=b%20c
TEXT h\xc3\xa4\r\n

TEXT
BINARY \x00\x7f\r\n

PING p
PONG

CLOSE \x0f\xa0bye

/ws

--- answer
TEXT m:POST /fn/text?a=b%20c HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 5|content-type: text/plain; charset=utf-8|grip-event: text|host: fn|h\xc3\xa4\r\n

TEXT m:POST /fn/text HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 0|content-type: text/plain; charset=utf-8|grip-event: text|host: fn|
TEXT m:POST /fn/binary HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 4|content-type: application/octet-stream|grip-event: binary|host: fn|\x00\x7f\r\n

TEXT m:POST /fn/ping HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 1|content-type: application/octet-stream|grip-event: ping|host: fn|p
PONG p
TEXT m:POST /fn/pong HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 0|content-type: application/octet-stream|grip-event: pong|host: fn|

TEXT m:POST /fn/close HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 3|content-type: text/plain; charset=utf-8|grip-close-code: 4000|grip-event: close|host: fn|bye
CLOSE \x0f\xa0bye

TEXT m:POST /fn/poll HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 0|content-type: text/plain; charset=utf-8|grip-event: poll|host: fn|


=== TEST 2: the headers of the client go along, those of the proxy and of the message do not
--- config
    location /ws {
        grip_websocket;
        grip_on any { call /fn; }
    }

    location = /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
        proxy_http_version 1.0;
        proxy_set_header Connection close;
        proxy_set_header Host $http_host;
    }
--- ws
Host: example.com
Cookie: a=1; b=2
Authorization: Basic eDp5
X-Forwarded-For: 192.0.2.1
User-Agent: ws
Origin: http://example.com
Accept-Encoding: gzip
Accept-Language: de
Range: bytes=0-1
If-Match: "1"
If-None-Match: *
If-Range: "1"
If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT
If-Unmodified-Since: Mon, 01 Jan 2024 00:00:00 GMT
If_Match: "1"
Sec-WebSocket-Protocol: chat
Grip-Feature: link:gone
Grip-Last: room; last-id=1
Grip-Event: nonsense
Meta-Nick: bob
Content-Bytes-Replayed: 3
Expect:
TE: trailers
Keep-Alive: 5
Proxy-Connection: close
Upgrade: websocket
TEXT a
--- answer
TEXT m:POST /fn HTTP/1.0|accept-language: de|authorization: Basic eDp5|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 1|content-type: text/plain; charset=utf-8|cookie: a=1; b=2|grip-event: text|host: example.com|meta-nick: bob|origin: http://example.com|sec-websocket-protocol: chat|user-agent: ws|x-forwarded-for: 192.0.2.1|a


=== TEST 3: unverified values are not passed
--- config
    location /ws {
        grip_verify optional;
        grip_websocket;
        grip_on any { call /fn; }
    }

    location = /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
        proxy_http_version 1.0;
        proxy_set_header Connection close;
        proxy_set_header Host fn;
    }
--- ws
Grip-Sig:
Meta-Nick: bob
TEXT a

Meta-Nick: bob
TEXT a
--- answer
TEXT m:POST /fn HTTP/1.0|connection: close|content-length: 1|content-type: text/plain; charset=utf-8|grip-event: text|host: fn|a

TEXT m:POST /fn HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 1|content-type: text/plain; charset=utf-8|grip-event: text|host: fn|meta-nick: bob|a


=== TEST 4: connections that are kept, a request for each event
--- http_config eval
qq{
    $::url

    upstream functions {
        server $ENV{TEST_NGINX_FUNCTION};
        keepalive 4;
    }
}
--- config
    location /ws {
        grip_websocket;
        grip_on text   { call /fn/count; }
        grip_on binary { call /fn/show; }
    }

    location /fn/ {
        internal;
        proxy_pass http://functions;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host fn;
    }
--- ws
TEXT one
TEXT

BINARY a
TEXT three
--- answer
~ ^TEXT [0-9a-f]+\r\nm:(\d+)\.[15] one\r\nTEXT [0-9a-f]+\r\nm:\1\.[26] \r\n$

~ ^TEXT [0-9a-f]+\r\nm:POST /fn/show HTTP/1.1\|connection-id: [^|]*\|content-length: 1\|content-type: application/octet-stream\|grip-event: binary\|host: fn\|a\r\nTEXT [0-9a-f]+\r\nm:\d+\.[48] three\r\n$


=== TEST 5: over TLS
--- http_config eval
qq{
    $::url

    server {
        listen unix:$ENV{TEST_NGINX_CERTS}/tls.sock ssl;
        ssl_certificate     $ENV{TEST_NGINX_CERTS}/cert.pem;
        ssl_certificate_key $ENV{TEST_NGINX_CERTS}/key.pem;

        location / {
            proxy_pass http://$ENV{TEST_NGINX_FUNCTION};
            proxy_http_version 1.0;
            proxy_set_header Connection close;
            proxy_set_header Host \$http_host;
            proxy_set_header X-TLS \$ssl_server_name;
        }
    }
}
--- config
    location /ws {
        grip_websocket;
        grip_on any { call /fn; }
    }

    location = /fn {
        internal;
        proxy_pass https://unix:$TEST_NGINX_CERTS/tls.sock:;
        proxy_set_header Host fn;
        proxy_ssl_server_name on;
        proxy_ssl_name fn.example.com;
        proxy_ssl_verify on;
        proxy_ssl_verify_depth 1;
        proxy_ssl_trusted_certificate $TEST_NGINX_CERTS/cert.pem;
    }
--- ws
TEXT a

TEXT b
--- answer
TEXT m:POST /fn HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 1|content-type: text/plain; charset=utf-8|grip-event: text|host: fn|x-tls: fn.example.com|a

TEXT m:POST /fn HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 1|content-type: text/plain; charset=utf-8|grip-event: text|host: fn|x-tls: fn.example.com|b


=== TEST 6: by HTTP/2, to a gRPC server
--- http_config eval
qq{
    $::url

    server {
        listen $ENV{TEST_NGINX_H2}$::http2;

        location / {
            proxy_pass http://$ENV{TEST_NGINX_FUNCTION};
            proxy_http_version 1.0;
            proxy_set_header Connection close;
            proxy_set_header Host fn;
            proxy_set_header X-Protocol \$server_protocol;
        }
    }
}
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ ^long { call /fn/long; }
        grip_on any          { call /fn; }
    }

    location /fn {
        internal;
        grpc_pass grpc://$TEST_NGINX_H2;
    }
--- ws
Cookie: a=1
Meta-Nick: bob
TEXT one
BINARY \x00\x01
TEXT <long x 20000>
--- answer
TEXT m:POST /fn HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 3|content-type: text/plain; charset=utf-8|cookie: a=1|grip-event: text|host: fn|meta-nick: bob|x-protocol: HTTP/2.0|one
TEXT m:POST /fn HTTP/1.0|connection: close|connection-id: 0f2d7c1e-1111-4222-8333-444455556666|content-length: 2|content-type: application/octet-stream|cookie: a=1|grip-event: binary|host: fn|meta-nick: bob|x-protocol: HTTP/2.0|\x00\x01
TEXT m:80000 bytes, 20000 times long


=== TEST 7: variables are those of the call, as are what rules, maps and "set" have made of the event
--- http_config eval
qq{
    $::url

    map \$request_method \$method { POST posted; default other; }
    map \$grip_message   \$kind   { ~^(?<digits>[0-9]+)\$ number; default text; }
}
--- config
    location /ws {
        set $made "made at $uri";
        grip_websocket;
        grip_on text ~ "^!(?<word>.*)$" if=$content_length {
            send "$content_length $content_type $uri $kind $digits";
            call /fn/$word?x=$word;
        }
        grip_on text { call /fn/none; }
    }

    location /fn/ {
        internal;
        return 200 "$method $content_length $content_type $uri $arg_x|$grip_event $grip_message $grip_connection_id|$word|$kind $digits|$made|$request_uri";
    }
--- ws
TEXT !one
TEXT 123
TEXT !three
--- answer
TEXT m:43 application/websocket-events /ws text 
TEXT m:posted 4 text/plain; charset=utf-8 /fn/one one|text !one 0f2d7c1e-1111-4222-8333-444455556666|one|text |made at /ws|/fn/one?x=one
TEXT m:posted 3 text/plain; charset=utf-8 /fn/none |text 123 0f2d7c1e-1111-4222-8333-444455556666||number 123|made at /ws|/fn/none
TEXT m:43 application/websocket-events /ws text 
TEXT m:posted 6 text/plain; charset=utf-8 /fn/three three|text !three 0f2d7c1e-1111-4222-8333-444455556666|three|text |made at /ws|/fn/three?x=three


=== TEST 8: variables that the function's location sets do not come back
--- config
    location /ws {
        set $mine "ours";
        grip_websocket;
        grip_on text ~ ^(?<first>.) { call /fn; }
        grip_on binary              { send "$mine $first"; }
    }

    location = /fn {
        internal;
        set $mine "theirs";
        return 200 "$mine $first";
    }
--- ws
TEXT abc
BINARY x
TEXT def
--- answer
TEXT m:theirs a
TEXT m:ours 
TEXT m:theirs d


=== TEST 9: files and other modules answer, too
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /$grip_message; }
    }

    location /file.txt { internal; }
    location /file.bin { internal; types { } default_type application/octet-stream; }
    location /try      { internal; try_files /nothing /file.txt =404; }
    location /indirect { internal; rewrite ^ /file.txt last; }
    location /error    { internal; error_page 418 = /file.txt; return 418; }
    location /keeps    { internal; error_page 418 /file.txt; return 418; }
    location /named    { internal; error_page 418 =200 @named; return 418; }
    location @named    { return 200 "$request_method $grip_message"; }
--- user_files
>>> file.txt
from a file
>>> file.bin
bytes
--- ws
TEXT file.txt
TEXT file.bin

TEXT try
TEXT indirect
TEXT error
TEXT named

TEXT keeps
--- answer
TEXT m:from a file\n
BINARY m:bytes\n

TEXT m:from a file\n
TEXT m:from a file\n
TEXT m:from a file\n
TEXT m:POST named

CLOSE \x03\xf3function failed
--- log
error: grip: function "/keeps" failed: status 418


=== TEST 10: subrequests of the function's location, and redirects by a backend
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /$grip_message; }
    }

    location = /mirrored {
        internal;
        mirror /mirror;
        proxy_pass http://$TEST_NGINX_FUNCTION/count;
    }

    location = /mirror { internal; proxy_pass http://$TEST_NGINX_FUNCTION/show; }
    location = /accel  { internal; proxy_pass http://$TEST_NGINX_FUNCTION/accel; }

    location = /elsewhere {
        internal;
        return 200 "elsewhere, $request_method $grip_message";
    }
--- ws
TEXT mirrored

TEXT accel
--- answer
~ TEXT [0-9a-f]+\r\nm:\d+\.1 mirrored

TEXT m:elsewhere, POST accel


=== TEST 11: access to the function's location is not asked for, as in any subrequest
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn; }
    }

    location = /fn {
        internal;
        deny all;
        auth_request /denied;
        proxy_pass http://$TEST_NGINX_FUNCTION/count;
    }

    location = /denied { internal; return 403; }
--- ws
TEXT a
--- answer
~ TEXT [0-9a-f]+\r\nm:\d+\.1 a


=== TEST 12: handlers that take no POST refuse the call
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /$grip_message; }
    }

    location /gif    { internal; empty_gif; }
    location /status { internal; stub_status; }
--- ws
TEXT gif

TEXT status
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed
--- log
error: grip: function "/gif" failed: status 405
error: grip: function "/status" failed: status 405


=== TEST 13: fifty headers, and those of the next call are the same
--- config
    location /ws {
        grip_websocket;
        grip_on any { call /headers; }
    }

    location = /headers {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
X-01: 1
X-02: 2
X-03: 3
X-04: 4
X-05: 5
X-06: 6
X-07: 7
X-08: 8
X-09: 9
X-10: 10
X-11: 11
X-12: 12
X-13: 13
X-14: 14
X-15: 15
X-16: 16
X-17: 17
X-18: 18
X-19: 19
X-20: 20
X-21: 21
X-22: 22
X-23: 23
X-24: 24
X-25: 25
X-26: 26
X-27: 27
X-28: 28
X-29: 29
X-30: 30
X-31: 31
X-32: 32
X-33: 33
X-34: 34
X-35: 35
X-36: 36
X-37: 37
X-38: 38
X-39: 39
X-40: 40
X-41: 41
X-42: 42
X-43: 43
X-44: 44
X-45: 45
X-46: 46
X-47: 47
X-48: 48
X-49: 49
X-50: 50
TEXT a
TEXT b
--- answer
TEXT m:x-01=1 x-02=2 x-03=3 x-04=4 x-05=5 x-06=6 x-07=7 x-08=8 x-09=9 x-10=10 x-11=11 x-12=12 x-13=13 x-14=14 x-15=15 x-16=16 x-17=17 x-18=18 x-19=19 x-20=20 x-21=21 x-22=22 x-23=23 x-24=24 x-25=25 x-26=26 x-27=27 x-28=28 x-29=29 x-30=30 x-31=31 x-32=32 x-33=33 x-34=34 x-35=35 x-36=36 x-37=37 x-38=38 x-39=39 x-40=40 x-41=41 x-42=42 x-43=43 x-44=44 x-45=45 x-46=46 x-47=47 x-48=48 x-49=49 x-50=50
TEXT m:x-01=1 x-02=2 x-03=3 x-04=4 x-05=5 x-06=6 x-07=7 x-08=8 x-09=9 x-10=10 x-11=11 x-12=12 x-13=13 x-14=14 x-15=15 x-16=16 x-17=17 x-18=18 x-19=19 x-20=20 x-21=21 x-22=22 x-23=23 x-24=24 x-25=25 x-26=26 x-27=27 x-28=28 x-29=29 x-30=30 x-31=31 x-32=32 x-33=33 x-34=34 x-35=35 x-36=36 x-37=37 x-38=38 x-39=39 x-40=40 x-41=41 x-42=42 x-43=43 x-44=44 x-45=45 x-46=46 x-47=47 x-48=48 x-49=49 x-50=50



=== TEST 14: a client's text in the URI does not get beyond it
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn?m=$grip_message; }
    }

    location /fn {
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/end;
    }

    location /end {
        default_type text/plain;
        return 200 "$request_uri $http_x_evil";
    }
--- ws
TEXT a HTTP/1.1\r\nX-Evil: 1\r\nA:
--- answer
TEXT m:/end?m=a%20HTTP/1.1%0D%0AX-Evil:%201%0D%0AA: 


=== TEST 15: files that a thread reads
--- http_config eval: "$::url proxy_cache_path cache keys_zone=cache:1m;"
--- config
    aio  threads;

    location /ws {
        grip_websocket;
        grip_on text { call /$grip_message; }
    }

    location /file.txt { internal; }
    location /long.txt { internal; output_buffers 1 1k; }
    location /error    { internal; error_page 418 = /file.txt; return 418; }
    location /none     { internal; }

    location /cached {
        internal;
        proxy_cache          cache;
        proxy_cache_valid    1h;
        proxy_cache_methods  POST;
        proxy_cache_key      once;
        proxy_pass           http://127.0.0.1:$TEST_NGINX_SERVER_PORT/fn;
    }

    location /fn { return 200 "from a cache"; }
--- user_files eval
">>> file.txt
from a file
>>> long.txt
" . 'x' x 5000
--- ws
TEXT file.txt
TEXT error
TEXT long.txt
TEXT cached
TEXT cached
TEXT none
--- answer
TEXT m:from a file\n
TEXT m:from a file\n
TEXT m:<x x 5000>
TEXT m:from a cache
TEXT m:from a cache
CLOSE \x03\xf3function failed
--- log
error: open() ...none" failed (2: No such file or directory)...
error: grip: function "/none" failed: status 404


=== TEST 16: a file that a thread has read sets no time to what follows
--- config
    aio           threads;
    send_timeout  1s;

    location /ws {
        grip_websocket;
        grip_on text { call /$grip_message; }
    }

    location /file.txt { internal; }
    location /late     { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
--- user_files
>>> file.txt
from a file
--- ws
TEXT file.txt
TEXT late
TEXT file.txt
--- answer
TEXT m:from a file\n
TEXT m:late
TEXT m:from a file\n


=== TEST 17: each call has its own headers behind those of the client
--- config
    location /ws {
        grip_websocket;
        grip_on any { call /fn; }
    }

    location = /fn {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/show;
    }

    location = /show {
        return 200 "[$http_grip_event] [$http_grip_close_code] [$http_content_length] [$http_content_type] [$http_x_name] [$http_cookie]";
    }
--- ws
X-Name: name
Cookie: a=b
TEXT one
BINARY three
CLOSE \x0f\xa0bye
--- answer
TEXT m:[text] [] [3] [text/plain; charset=utf-8] [name] [a=b]
TEXT m:[binary] [] [5] [application/octet-stream] [name] [a=b]
TEXT m:[close] [4000] [3] [text/plain; charset=utf-8] [name] [a=b]
CLOSE \x0f\xa0bye
