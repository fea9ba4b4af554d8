# The plain contract: what the answer of a function does.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Grip::Function;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;
use File::Temp qw(tempdir);

$ENV{TEST_NGINX_SOCKET} = 'unix:' . tempdir(CLEANUP => 1) . '/fn.sock';
$ENV{TEST_NGINX_SINK_PORT} = Grip::Sink::start();

sub url {
    my ($path) = @_;

    return "grip_url http://127.0.0.1:$ENV{TEST_NGINX_SINK_PORT}/$path/"
           . '?iss=pushpin&key=changeme;';
}

# a function that tells what was published before it was called, if it waits

$ENV{TEST_NGINX_FUNCTION} = '127.0.0.1:' . Grip::Function::start(sub {
    my ($request) = @_;
    my ($path) = $request->{uri} =~ m{^/published(.*)};

    if (defined $path) {
        select undef, undef, undef, 0.2;
        return 'published ' . Grip::Sink::ask('log', "$path/publish/") =~ tr/\n/;/r;
    }

    return (200, "Set-Meta-N: " . (1 + ($request->{headers}{'meta-n'} // 0))
                 . "\r\n", $request->{headers}{'meta-n'} // 'none')
        if $request->{uri} eq '/counter';

    return (200, "Content-Type: application/octet-stream\r\n", "a\xffb")
        if $request->{uri} eq '/bytes';

    return 'x' x 900_000 if $request->{uri} eq '/large';

    return $request->{body};
});

# a server that stands for a function, as nginx adds no headers to subrequests

sub server {
    my ($text) = @_;

    return url('ok') . "server { listen $ENV{TEST_NGINX_SOCKET}; $text }";
}

our $call = <<'CONFIG';
    location /ws {
        grip_websocket;
        grip_on any  { call /fn/$grip_message; }
    }

    location /fn/ {
        internal;
        proxy_pass http://$TEST_NGINX_SOCKET:/;
    }
CONFIG

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: a body is a message, of the kind that its type says
--- config
    location /ws {
        grip_websocket;
        grip_on message { call /$grip_message; }
    }

    location /text   { internal; return 200 text; }
    location /bytes  { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
    location /type   { internal; default_type "Application/Octet-Stream; x=y"; return 200 b; }
    location /tab    { internal; default_type "application/octet-stream\t;x=y"; return 200 b; }
    location /images { internal; default_type application/octet-streams; return 200 c; }
    location /json   { internal; default_type application/json; return 201 '{"a":1}'; }
    location /empty  { internal; default_type application/octet-stream; return 200 ""; }
    location /204    { internal; return 204; }
--- ws
TEXT text
BINARY text

TEXT bytes
TEXT type
TEXT tab

TEXT images
TEXT json

TEXT empty
TEXT 204
--- answer
TEXT m:text
TEXT m:text

BINARY m:a\xffb
BINARY m:b
BINARY m:b

TEXT m:c
TEXT m:{"a":1}

200


=== TEST 2: text that is none is not sent
--- config
    location /ws {
        grip_websocket;
        grip_on message { call /fn; }
    }

    location /fn { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
--- ws
BINARY \xff
TEXT a
--- answer
TEXT m:a
--- log
info: grip: "send" skipped: invalid UTF-8


=== TEST 3: headers act
--- http_config eval
main::server(<<'END')
    set $none "";

    location /subscribe {
        add_header Grip-Channel "a; filter=skip-self;  filter=skip-users, b ,,c;other=1";
        add_header grip-channel d;
        add_header Grip-Unsubscribe "e, f";
        add_header Set-Meta-Nick bob;
        add_header set-meta-full_name "Bob B.";
        return 200 x;
    }

    location /delete { add_header Set-Meta-Nick " "; return 204; }
    location /close  { add_header Grip-Close "4000 bye bye"; return 200 last; }
    location /code   { add_header Grip-Close 4001;   return 204; }
    location /wrong  { add_header Grip-Close "1005 $http_x_reason"; return 200 wrong; }
    location /text   { add_header Grip-Close "no code"; return 204; }
    location /long   { add_header Grip-Close "4001 $http_x_reason"; return 204; }
    location /none   { add_header Grip-Close " "; return 204; }
    location /empty  { add_header Grip-Channel " , "; return 204; }
END
--- config eval: $::call
--- ws
TEXT subscribe

TEXT delete

TEXT close
TEXT subscribe

TEXT code

X-Reason: \xff
TEXT wrong
TEXT never

TEXT text

X-Reason: <\xc3\xa9 x 62>
TEXT long

TEXT none

TEXT empty
--- answer
Set-Meta-Nick: bob
Set-Meta-full-name: Bob B.
TEXT c:{"type":"subscribe","channel":"a","filters":["skip-self","skip-users"]}
TEXT c:{"type":"subscribe","channel":"b"}
TEXT c:{"type":"subscribe","channel":"c"}
TEXT c:{"type":"subscribe","channel":"d"}
TEXT c:{"type":"unsubscribe","channel":"e"}
TEXT c:{"type":"unsubscribe","channel":"f"}
TEXT m:x

Set-Meta-Nick: 

TEXT m:last
CLOSE \x0f\xa0bye bye

CLOSE \x0f\xa1

TEXT m:wrong
CLOSE \x03\xe8\xef\xbf\xbd

CLOSE \x03\xe8code

CLOSE \x0f\xa1<\xc3\xa9 x 61>

CLOSE \x03\xe8

200
--- log
info: grip: "close" with a code that must not be sent, 1000 is sent instead
info: grip: "close" with a code that must not be sent, 1000 is sent instead


=== TEST 4: a filter that JSON cannot hold
--- http_config eval
main::server(<<"END")
    location / { add_header Grip-Channel "a; filter=\xff, b; filter=c"; return 204; }
END
--- config eval: $::call
--- ws
TEXT x
--- answer
TEXT c:{"type":"subscribe","channel":"b","filters":["c"]}
--- log
info: grip: "subscribe" skipped: invalid filter


=== TEST 5: nobody is subscribed without a filter that was meant
--- http_config eval
main::server(<<"END")
    location / { add_header Grip-Channel "a; filter=, b; filter, c; filter = d, e; Filter=f; g=h, i; filter = ; filter=j, k; filters=l"; return 204; }
END
--- config eval: $::call
--- ws
TEXT x
--- answer
TEXT c:{"type":"subscribe","channel":"c","filters":["d"]}
TEXT c:{"type":"subscribe","channel":"e","filters":["f"]}
TEXT c:{"type":"subscribe","channel":"k"}
--- log
info: grip: "subscribe" skipped: invalid filter (the first of 3)


=== TEST 6: clients' texts cannot inject through a function
--- http_config eval
main::server(<<'END')
    location / {
        add_header Grip-Channel  $http_x_said;
        add_header Set-Meta-Said $http_x_said;
        add_header Grip-Close    "4000 $http_x_said";
        return 204;
    }
END
--- config
    location /ws {
        grip_websocket;
        grip_on any { call /fn; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_SOCKET:/;
        proxy_set_header X-Said $grip_message;
    }
--- ws
TEXT a"b

TEXT a\x01b
--- answer
Set-Meta-Said: a"b
CLOSE \x0f\xa0a"b

Set-Meta-Said:
CLOSE \x0f\xa0a\x01b
--- log
info: grip: "subscribe" skipped: invalid channel
info: grip: "set_meta" deletes the meta: control characters in the value
info: grip: "subscribe" skipped: invalid channel


=== TEST 7: the next event of the request sees the metas that an answer has set
--- config
    location /ws {
        grip_websocket;
        grip_on text   { call /counter; }
        grip_on binary { send "$grip_meta_n"; }
    }

    location /counter { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
--- ws
TEXT a
TEXT b
BINARY
TEXT c

Meta-N: 5
TEXT a
TEXT b
--- answer
Set-Meta-N: 3
TEXT m:none
TEXT m:1
TEXT m:2
TEXT m:2

Set-Meta-N: 7
TEXT m:5
TEXT m:6


=== TEST 8: on OPEN, a function accepts, or rejects with an answer of its own
--- http_config eval
main::server(<<'END')
    location /ok { add_header Set-Meta-A b; return 200 welcome; }

    location /no {
        default_type text/x-no;
        add_header X-Why because always;
        add_header Set-Cookie a=1 always;
        add_header Set-Cookie b=2 always;
        add_header Grip-Channel secret always;
        add_header Set-Meta-A b always;
        add_header Proxy-Connection close always;
        add_header TE trailers always;
        add_header Trailer X-Sum always;
        add_header Upgrade h2c always;
        return 403 "go away\n";
    }

    location /moved { return 302 http://example.com/; }
    location /error { return 503 "later\n"; }
END
--- config
    location /ws {
        grip_websocket;
        grip_on open { call /fn/$arg_a; }
        grip_on text { call /fn/$grip_message; }
    }

    location /fn/ {
        internal;
        proxy_pass http://$TEST_NGINX_SOCKET:/;
    }
--- ws
/ws?a=ok
OPEN
TEXT ok

/ws?a=no
OPEN
TEXT ok

/ws?a=moved
OPEN

/ws?a=error
OPEN

TEXT no
--- answer
Set-Meta-A: b
OPEN
TEXT m:welcome
TEXT m:welcome

403
Content-Type: text/x-no
X-Why: because
Set-Cookie: a=1
Set-Cookie: b=2
! Set-Meta-A
! Grip-Channel
! Proxy-Connection
! TE
! Trailer
! Upgrade
= go away\n

302
Location: http://example.com/

503
= later\n

CLOSE \x03\xf3function failed
--- log
error: grip: function "/fn/no" failed: status 403


=== TEST 9: publications of earlier events leave before the call is answered
--- http_config eval: main::url('ok-7')
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ ^pub { publish room $grip_message format=ws-message; }
        grip_on text        { call /published/ok-7; }
    }

    location /published/ {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
TEXT pub one
TEXT pub two
TEXT call
TEXT pub three
--- answer
~ m:published (?:.*;)?\d 2 pub one pub two;\r\n$


=== TEST 10: a rule publishes and calls
--- http_config eval: main::url('ok-8')
--- config
    location /ws {
        grip_websocket;
        grip_on text { publish room $grip_message format=ws-message; call /published/ok-8; }
    }

    location /published/ {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
TEXT both
--- answer
~ m:published (?:.*;)?\d 1 both;\r\n$


=== TEST 11: a hundred events in a request
--- http_config eval
main::url('ok-9') . 'upstream fn { server ' . $ENV{TEST_NGINX_FUNCTION} . '; keepalive 1; }'
--- config
    location /ws {
        grip_websocket;
        grip_on text   { call /fn; }
        grip_on binary { publish room $grip_message; call /fn; }
    }

    location /fn {
        internal;
        proxy_pass http://fn;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
--- ws eval
CORE::join "\n", map { "TEXT $_" } 1 .. 100
--- answer eval
CORE::join "\n", map { "TEXT m:$_" } 1 .. 100


=== TEST 12: an answer of 900,000 bytes, for a proxy that stalls on such messages
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /large; }
    }

    location /large { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
--- ws
TEXT a
TEXT later

Grip-Feature: link:gone
TEXT a
--- answer
CLOSE \x03\xf1message too big to send

TEXT m:<x x 900000>
--- log
error: grip: "send" refused: 900002 bytes exceed "grip_max_send_size", 32768 bytes


=== TEST 13: or when there is no limit
--- config
    location /ws {
        grip_websocket;
        grip_max_send_size off;
        grip_on text { call /large; }
    }

    location /large { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
--- ws
TEXT a
--- answer
TEXT m:<x x 900000>


=== TEST 14: headers of the body of a rejection are known to filters
--- http_config eval
main::server(<<'SERVER');
        add_header ETag '"tag"' always;

        location /gzip {
            add_header   Content-Encoding gzip always;
            add_header   ETag '"tag"' always;
            default_type text/html;
            return 403   "as if compressed";
        }

        location /charset {
            default_type "text/html; charset=koi8-r";
            return 403   "<p>text text text text text text</p>";
        }
SERVER
--- config
    gzip             on;
    gzip_min_length  0;
    charset          utf-8;

    location /ws/ {
        grip_websocket;
        grip_on open { call /fn/$arg_a; }
    }

    location /fn/   { internal;  proxy_pass http://$TEST_NGINX_SOCKET:/; }
    location /here/ { internal;  default_type text/html;  return 403 "here"; }

    location /ours {
        grip_websocket;
        grip_on open { call /here/; }
    }
--- ws
/ws/?a=gzip
Accept-Encoding: gzip
OPEN

/ws/?a=charset
Accept-Encoding: gzip
OPEN

/ws/?a=charset
OPEN

/ours
OPEN
--- answer
403
Content-Type: text/html; charset=utf-8
Content-Encoding: gzip
Content-Length: 16
ETag: "tag"
= as if compressed

403
Content-Type: text/html; charset=koi8-r
Content-Encoding: gzip
ETag: W/"tag"
~ .

403
Content-Type: text/html; charset=koi8-r
Content-Length: 36
ETag: "tag"
! Content-Encoding
= <p>text text text text text text</p>

403
Content-Type: text/html; charset=utf-8
= here
