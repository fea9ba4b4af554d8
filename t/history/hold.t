# Holds with a history: the headers of the first response, and the answers to
# those who say where they are and to links.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value(http_config => ($block->http_config || '')
                      . "grip_history_zone news:1m;\n"
                      . "grip_history news;\ngrip_verify off;\n");
});

repeat_each(1);
no_long_string();
run_tests();

__DATA__

=== TEST 1: a stream has a position and a link
--- config
    location = /events {
        grip_hold       sse;
        grip_channel    room;
        grip_hold_body  "";
    }
--- request
GET /events
--- response_headers_like
Grip-Channel: room; prev-id=[0-9a-f]{8}0{8}-0{16}
Grip-Link: </\.grip/[-\w]+>; rel=next; timeout=120
--- response_body_like
\A:\n\nid: [0-9a-f]{8}0{8}-0{16}\n$



=== TEST 2: the channel of a connection has no history
--- config
    location = /events {
        grip_hold       sse;
        grip_channel    connection-a1;
        grip_hold_body  "";
    }
--- request
GET /events
--- more_headers
Last-Event-ID: 5
--- response_headers
Grip-Channel: connection-a1
! Grip-Link



=== TEST 3: a backend that says of a hold what no link knows has it without history
--- config
    location ~ ^/(link|channel|meta|keepalive|hold)$ {
        grip_hold         sse;
        grip_channel      room filter=skip-self;
        grip_filter_meta  user $arg_user;
        grip_history_initial  5;
        proxy_pass  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/backend/$1;
    }

    location /backend/ {
        location = /backend/link {
            add_header  Grip-Link "</more>; rel=next";
            return  200 "mine\n";
        }

        location = /backend/channel {
            add_header  Grip-Channel theirs;
            return  200 "mine\n";
        }

        location = /backend/meta {
            add_header  Grip-Set-Meta user=ann;
            return  200 "mine\n";
        }

        location = /backend/keepalive {
            add_header  Grip-Keep-Alive "beat; timeout=5";
            return  200 "mine\n";
        }

        location = /backend/hold {
            add_header  Grip-Hold stream;
            add_header  Grip-Channel theirs;
            return  200 "mine\n";
        }
    }
--- request eval
["GET /link", "GET /channel", "GET /meta?user=bob", "GET /keepalive",
 "GET /hold"]
--- raw_response_headers_like eval
[map { qr/\A(?!.*last-event)(?!.*prev-id)(?!.*\.grip).*$_/si }
 "Grip-Link: </more>; rel=next\r\n.*Grip-Channel: room; filter=skip-self\r\n",
 "Grip-Channel: theirs\r\n.*Grip-Hold: stream\r\n",
 "Grip-Set-Meta: user=ann\r\n(?!.*bob).*Grip-Hold: stream\r\n",
 "Grip-Keep-Alive: beat; timeout=5\r\n.*Grip-Hold: stream\r\n",
 "Grip-Hold: stream\r\nGrip-Channel: theirs\r\n(?!.*room)"]
--- response_body eval
[(":\n\nmine\n") x 4, "mine\n"]



=== TEST 4: nor does it get a page of the history
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- config
    location = /publish {
        grip_publish  room;
        client_max_body_size  1m;
        client_body_buffer_size  1m;
    }

    location ~ ^/(none|hold|channel)$ {
        grip_hold         sse;
        grip_channel      room;
        grip_history_initial  5;
        proxy_pass  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/backend/$1;
    }

    location /backend/ {
        location = /backend/none { return  200 "mine\n"; }

        location = /backend/hold {
            add_header  Grip-Hold stream;
            add_header  Grip-Channel theirs;
            return  200 "mine\n";
        }

        location = /backend/channel {
            add_header  Grip-Channel theirs;
            return  200 "mine\n";
        }
    }
--- request eval
[(map { "POST /publish\n" . "x" x 50000 } 1 .. 3),
 "GET /none", "GET /hold", "GET /channel"]
--- raw_response_headers_like eval
[(qr/^Last-Event-ID/m) x 3, qr/\A(?!.*Grip-Hold).*Grip-Link/s,
 qr/\A(?!.*Grip-Link).*Grip-Channel: theirs\r\n/s,
 qr/\A(?!.*Grip-Link).*Grip-Channel: theirs\r\n.*Grip-Hold: stream/s]
--- response_body_like eval
[(qr/Published/) x 3, qr/\A:\n\nmine\nid: /, qr/\Amine\n\z/,
 qr/\A:\n\nmine\n\z/]



=== TEST 5: a response has one position, whatever a backend says of itself
--- config
    location = /poll {
        grip_hold     response;
        grip_channel  room;
        proxy_pass    http://127.0.0.1:$TEST_NGINX_SERVER_PORT/backend;
    }

    location = /backend {
        add_header  Last-Event-ID 7;
        return  200 "mine\n";
    }
--- request
GET /poll
--- raw_response_headers_like eval
qr/\A(?!.*Last-Event-ID: 7\r).*Last-Event-ID: \w{8}0{8}-0{16}\r\n/s
--- response_body
mine



=== TEST 6: a client that comes back is refused by access control, and not by a backend
--- config
    location = /open {
        grip_hold     sse;
        grip_channel  room;
        proxy_pass    http://127.0.0.1:$TEST_NGINX_SERVER_PORT/refusal;
    }

    location = /closed {
        grip_hold     sse;
        grip_channel  room;
        auth_request  /refusal;
        proxy_pass    http://127.0.0.1:$TEST_NGINX_SERVER_PORT/refusal;
    }

    location = /refusal { return 403; }
--- request eval
["GET /open", "GET /open", "GET /closed"]
--- more_headers eval
["", "Last-Event-ID: 5", "Last-Event-ID: 5"]
--- error_code eval
[403, 200, 403]



=== TEST 7: the newest items come behind a stream's content, and as a response
--- config
    location = /publish { grip_publish room; }

    grip_channel          room;
    grip_history_initial  2;

    location = /stream { grip_hold stream;    grip_hold_body "mine\n"; }
    location = /poll   { grip_hold response;  grip_hold_body "mine\n"; }
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- request eval
[(map { "POST /publish\nitem $_" } 1 .. 3), "GET /stream", "GET /poll"]
--- response_body_like eval
[(qr/Published/) x 3,
 qr/\Amine\nid: \S+2\ndata: item 2\n\nid: \S+3\ndata: item 3\n\n\z/,
 qr/\Aitem 2\nitem 3\z/]



=== TEST 8: a backend answers a poll that has missed nothing, which is held
--- config
    location = /poll {
        grip_hold          response;
        grip_channel       room;
        grip_history_from  $arg_after;
        proxy_pass         http://127.0.0.1:$TEST_NGINX_SERVER_PORT/backend;
    }

    location = /backend { return 200 "mine\n"; }
    location = /publish { grip_publish room; }

    location = /again {
        auth_request      /where;
        auth_request_set  $id $upstream_http_last_event_id;
        proxy_pass  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/poll?after=$id;
    }

    location = /where {
        proxy_pass  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/poll;
    }
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- request eval
["POST /publish\nitem", "GET /again", "GET /poll?after=x"]
--- raw_response_headers_like eval
[qr/Last-Event-ID/, qr/Grip-Hold: response/, qr/\A(?!.*Grip-Hold)/s]
--- error_code eval
[200, 200, 410]
--- response_body_like eval
[qr/Published/, qr/\Amine\n\z/, qr/not known/]



=== TEST 9: a client is told a position behind an item that was too large, whatever came since
--- config
    location = /publish { grip_publish room; }
    location = /sockets { grip_publish room;  grip_publish_format ws-message; }

    location = /events {
        grip_hold          sse;
        grip_channel       room;
        grip_hold_body     "";
        grip_history_from  $arg_after;
    }
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- request eval
["POST /publish\none", "POST /publish\n" . 'x' x 140_000,
 "POST /sockets\nthree", "GET /events?after=x"]
--- response_body_like eval
[(qr/Published/) x 3,
 qr/\A:\n\nevent: reset\n.*\nid: \S+1\ndata: one\n\nid: \S+3\n\n\z/s]



=== TEST 10: a return is the content of clients without a position alone
--- config
    location = /publish { grip_publish room; }

    grip_channel       room;
    grip_history_from  $arg_after;

    location = /stream { grip_hold stream;    return 200 "mine\n"; }
    location = /sse    { grip_hold sse;       return 200 "mine\n"; }
    location = /poll   { grip_hold response;  return 200 "mine\n"; }

    location = /on {
        grip_hold          response;
        grip_history_lost  continue;
        return             200 "mine\n";
    }

    location = /nobody {
        grip_hold          response;
        grip_channel       nobody;
        grip_history_lost  continue;
        return             200 "mine\n";
    }

    location = /initial {
        grip_hold             response;
        grip_history_initial  1;
        return                200 "mine\n";
    }
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- request eval
["POST /publish\none", "POST /publish\ntwo",
 "GET /stream", "GET /sse", "GET /poll",
 "GET /stream?after=x", "GET /sse?after=x", "GET /poll?after=x",
 "GET /on?after=x", "GET /nobody?after=x", "GET /initial"]
--- more_headers
Content-Type: text/html
--- error_code eval
[(200) x 7, 410, (200) x 3]
--- raw_response_headers_like eval
my $held = qr/Grip-Hold: stream/;
my $poll = qr/Grip-Hold: response/;
my $answered = qr/\A(?!.*Grip-).*Last-Event-ID: \w{16}-0{15}2\r\n/s;

[(qr/Last-Event-ID/) x 2, $held, $held, $poll, $held, $held,
 $answered, $answered, $poll, qr{\A(?!.*Grip-).*Content-Type: text/html\r\n}s]
--- response_body_like eval
my $items = qr/id: \S+1\ndata: one\n\nid: \S+2\ndata: two\n\n/;

[(qr/Published/) x 2,
 qr/\Amine\n\z/, qr/\A:\n\nmine\nid: \S+2\n\n\z/, qr/\Amine\n\z/,
 qr/\A$items\z/, qr/\A:\n\nevent: reset\nid: \S+-0{16}\ndata: \n\n$items\z/,
 qr/\AThe position is not known any more.\n\z/, qr/\Aone\ntwo\z/,
 qr/\Amine\n\z/, qr/\Atwo\z/]



=== TEST 11: a hold is of the location that answers, and not of one that has failed
--- config
    location = /first {
        grip_hold     sse;
        grip_channel  first;
        proxy_pass    http://127.0.0.1:$TEST_NGINX_SERVER_PORT/refusal;
        proxy_intercept_errors  on;
        error_page    403 =200 $arg_to;
    }

    location = /second {
        grip_hold     sse;
        grip_channel  second;
        return        200 "data: mine\n\n";
    }

    location @second {
        grip_hold     response;
        grip_channel  third;
        return        200 "mine\n";
    }

    location = /refusal { return 403; }
--- request eval
["GET /first?to=/second", "GET /first?to=\@second"]
--- raw_response_headers_like eval
[qr/\A(?!.*first).*Grip-Channel: second; prev-id=.*Grip-Link: /s,
 qr/\A(?!.*first|.*Grip-Link).*Grip-Channel: third; prev-id=/s]
--- response_body_like eval
[qr/\A:\n\ndata: mine\n\nid: \S+-0{16}\n\n\z/, qr/\Amine\n\z/]



=== TEST 12: events of a WebSocket are no long-poll, whatever position its client states
--- config
    grip_hold          sse;
    grip_channel       room;
    grip_history_from  $arg_after;

    location = /chat {
        grip_websocket;
        grip_on  open { send hello; }
    }

    location = /backend {
        proxy_pass  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/chat;
    }
--- request eval
["POST /chat?after=x\nOPEN\r\n", "POST /backend?after=x\nOPEN\r\n"]
--- more_headers
Content-Type: application/websocket-events
Connection-Id: a1
--- response_headers eval
[("Content-Type: application/websocket-events\n! Grip-Hold") x 2]
--- response_body eval
[("OPEN\r\nTEXT 5\r\nhello\r\n") x 2]



=== TEST 13: missed items are not put behind a compressed response
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- config
    location = /publish {
        grip_publish  room;
        client_max_body_size  1m;
        client_body_buffer_size  1m;
    }

    location = /events {
        grip_hold             sse;
        grip_channel          room;
        grip_history_initial  5;
        proxy_pass  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/backend;
    }

    location = /backend {
        add_header  Content-Encoding br;
        return      200 "compressed";
    }
--- request eval
[(map { "POST /publish\n" . "x" x 50000 } 1 .. 3), "GET /events"]
--- raw_response_headers_like eval
[(qr/^Last-Event-ID/m) x 3, qr/\A(?!.*Grip-).*Content-Encoding: br/s]
--- response_body_like eval
[(qr/Published/) x 3, qr/\Acompressed\z/]



=== TEST 14: try_files chooses who answers a client that comes back, and who refuses it
--- config
    grip_channel  room;

    location /app {
        grip_hold  sse;
        try_files  /nothing @app;
    }

    location @app {
        grip_hold       sse;
        auth_request    /refusal;
        grip_hold_body  "";
    }

    location /none { grip_hold sse;  try_files $uri =404; }
    location /file { grip_hold sse;  try_files $uri =404; }

    location = /refusal { return 403; }
--- user_files
>>> file
data: mine
--- request eval
[("GET /app", "GET /none", "GET /file") x 2]
--- more_headers eval
[("") x 3, ("Last-Event-ID: 5") x 3]
--- error_code eval
[403, 404, 200, 403, 404, 200]
--- raw_response_headers_like eval
[((qr/\A(?!.*Grip-)/s) x 2, qr/Grip-Hold: stream/) x 2]
--- response_body_like eval
[qr/403/, qr/404/, qr/\A:\n\ndata: mine\nid: /,
 qr/403/, qr/404/, qr/\A:\n\nevent: reset\n/]



=== TEST 15: an error page is not made of what was missed
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- config
    grip_channel  room;

    location = /publish { grip_publish room; }

    location = /error { error_page 404 /held;       return 404; }
    location = /poll  { error_page 404 =200 /held;  return 404; }
    location = /on    { error_page 404 =200 /kept;  return 404; }
    location = /sse   { error_page 404 /events;     return 404; }

    location = /held { grip_hold response;  grip_hold_body "mine\n"; }
    location = /kept { grip_hold response;  grip_hold_body "mine\n";
                       grip_history_lost continue; }
    location = /events { grip_hold sse;  grip_hold_body "mine\n"; }
--- request eval
["POST /publish\none", "GET /error", "GET /poll", "GET /on", "GET /sse"]
--- more_headers
Last-Event-ID: 5
--- error_code eval
[200, 404, 410, 200, 404]
--- raw_response_headers_like eval
[(qr/\A(?!.*Grip-)/s) x 5]
--- response_body_like eval
[qr/Published/, qr/\Amine\n\z/, qr/not known/, qr/\Aone\z/, qr/\Amine\n\z/]



=== TEST 16: what was missed is executed by no filter
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- config
    location = /publish { grip_publish room; }

    grip_channel       room;
    ssi                on;
    ssi_types          *;
    charset            utf-8;
    charset_types      *;
    grip_history_from  $arg_after;
    grip_history_lost  continue;

    location = /stream { grip_hold stream;    grip_hold_body "mine\n"; }
    location = /sse    { grip_hold sse;       grip_hold_body "mine\n"; }
    location = /poll   { grip_hold response;  grip_hold_body "mine\n"; }
    location = /return { grip_hold response;  return 200 "mine\n"; }
--- request eval
['POST /publish' . "\n" . '<!--#echo var="request_method" -->',
 map { "GET /$_?after=x" } qw(stream sse poll return)]
--- raw_response_headers_like eval
[qr/Last-Event-ID/, qr/Content-Length: \d\d/,
 qr/Content-Length: \d\d/,
 qr{\A(?=.*Content-Type: text/plain; charset=utf-8).*Content-Length: 34\r}s,
 qr/Transfer-Encoding: chunked/]
--- response_body_like eval
my $text = '<!--#echo var="request_method" -->';

[qr/Published/, (qr/\ndata: $text\n\n\z/) x 2, (qr/\A$text\z/) x 2]



=== TEST 17: a channel that a backend names: a client that comes back gets what it has missed
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- config
    location = /publish { grip_publish room; }

    location = /poll {
        grip_hold          response;
        grip_channel       $upstream_http_x_room;
        grip_history_from  $arg_after;
        proxy_pass         http://127.0.0.1:$TEST_NGINX_SERVER_PORT/backend;
    }

    location = /backend {
        add_header     X-Room room;
        default_type   text/html;
        charset        utf-8;
        return         200 "mine";
    }
--- request eval
["POST /publish\none", "GET /poll", "GET /poll?after=x"]
--- error_code eval
[200, 200, 410]
--- response_headers eval
["", "Content-Type: text/html; charset=utf-8", "Content-Type: text/plain"]
--- response_body_like eval
["Published", qr/\Amine\z/, qr/\AThe position is not known any more.\n\z/]



=== TEST 18: who publishes below a hold is not given what was missed instead
--- http_config
grip_url http://$TEST_NGINX_SINK/ok/;
--- config
    grip_hold             response;
    grip_channel          room;
    grip_history_from     $arg_after;
    grip_history_lost     continue;
    grip_history_initial  1;

    location = /publish   { grip_publish room; }
    location = /if        { if ($arg_x) { set $x 1; }  grip_publish room; }
    location = /c/publish { grip_control; }
    location = /poll      { grip_hold_body ""; }
--- request eval
["POST /publish\none", "POST /if?x=1\ntwo",
 "POST /c/publish\n" . '{"items":[{"channel":"room",'
 . '"formats":{"http-response":{"body":"three"}}}]}',
 "POST /publish\nfour", "GET /poll?after=x"]
--- raw_response_headers_like eval
[qr/\A(?!.*Grip-).*Last-Event-ID: \w{16}-0{15}1\r/s,
 qr/\A(?!.*Grip-).*Last-Event-ID: \w{16}-0{15}2\r/s, qr/\A(?!.*Grip-)/s,
 qr/\A(?!.*Grip-).*Last-Event-ID: \w{16}-0{15}4\r/s, qr/Last-Event-ID/]
--- response_body_like eval
[qr/Published/, qr/Published/, qr//, qr/Published/,
 qr/\Aone\ntwo\nthree\nfour\z/]
