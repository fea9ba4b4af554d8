# grip_publish and the directives that say what the item is.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();

# each block has a control URL and a path of the sink of its own; "--- item"
# asks the sink for what it got last, once the requests are done

my $number = 0;

add_block_preprocessor(sub {
    my ($block) = @_;

    my $path = '/ok/' . ++$number;

    $block->set_value(path => $path);
    $block->set_value(http_config => ($block->http_config || '')
                      . "grip_url http://$ENV{TEST_NGINX_SINK}$path/;\n");
});

add_response_body_check(sub {
    my ($block, $body, $i, $repeated, $dry_run) = @_;

    return if $dry_run || !defined $block->item;

    my @items = ref $block->item ? @{ $block->item } : $block->item;

    return if !defined $items[$i];

    chomp(my $item = $items[$i]);
    my $got = Grip::Sink::ask('body', $block->path . '/publish/');

    $got =~ s/^\{"items":\[(.*)\]\}$/$1/;

    is($got, $item, $block->name . " - item of request $i");
});

check_accum_error_log();
repeat_each(2);
no_long_string();
run_tests();

__DATA__

=== TEST 1: one item for all kinds of clients
--- config
    location = /publish {
        grip_publish  room;
    }
--- request
POST /publish
hello
--- more_headers
Content-Type: text/html; charset=utf-8
--- response_headers
Content-Type: text/plain
--- response_body
Published
--- item
{"channel":"room","formats":{"ws-message":{"content":"hello"},"http-stream":{"content":"data: hello\n\n"},"http-response":{"body":"hello","headers":{"Content-Type":"text/html; charset=utf-8"}}}}



=== TEST 2: POST and PUT, nothing else
--- config
    location = /publish {
        grip_publish  room;
    }
--- request eval
["PUT /publish\nhello", "GET /publish", "DELETE /publish", "HEAD /publish",
 "OPTIONS /publish"]
--- error_code eval
[200, 405, 405, 405, 405]
--- response_headers eval
["! Allow", ("Allow: POST, PUT") x 4]



=== TEST 3: channels by variables, several of them
--- config
    location = /publish {
        grip_publish         room-$arg_room lobby;
        grip_publish_format  ws-message;
        grip_prefix          app-;
    }
--- request
POST /publish?room=7
hello
--- item
{"channel":"app-room-7","formats":{"ws-message":{"content":"hello"}}},{"channel":"app-lobby","formats":{"ws-message":{"content":"hello"}}}



=== TEST 4: a channel that is none
--- config
    location = /publish {
        grip_publish  $arg_channel;
    }
--- request eval
["POST /publish\nhello", "POST /publish?channel=a,b\nhello"]
--- error_code eval
[400, 400]
--- response_body eval
["invalid channel\n", "invalid channel\n"]
--- error_log eval
qr/\[(?:warn|info)\] .* grip: publish refused: invalid channel/
--- no_error_log
[error]



=== TEST 5: an empty body
--- config
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request
POST /publish
--- item
{"channel":"room","formats":{"ws-message":{"content":""}}}



=== TEST 6: content that is not text by its type is sent as bytes, which no event can hold
--- config
    location = /publish {
        grip_publish  room;
    }
--- request eval
["POST /publish\n\x00\x01\xff", "POST /publish\nabc"]
--- more_headers
Content-Type: application/octet-stream
--- item eval
['{"channel":"room","formats":{"ws-message":{"content-bin":"AAH/"},"http-stream":{"content-bin":"AAH/"},"http-response":{"body-bin":"AAH/","headers":{"Content-Type":"application/octet-stream"}}}}',
 '{"channel":"room","formats":{"ws-message":{"content-bin":"YWJj"},"http-stream":{"content-bin":"YWJj"},"http-response":{"body-bin":"YWJj","headers":{"Content-Type":"application/octet-stream"}}}}']



=== TEST 7: types that are text
--- config
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request eval
[("POST /publish\nabc") x 14]
--- more_headers eval
["", "Content-Type: text/plain", "Content-Type: Application/JSON;charset=utf-8",
 "Content-Type: application/problem+json",
 "Content-Type: image/svg+xml", "Content-Type: application/xml",
 "Content-Type: application/xml\t; charset=utf-8",
 "Content-Type: \ttext/plain ;a=b",
 "Content-Type: application/x-ndjson", "Content-Type: application/yaml",
 "Content-Type: application/graphql", "Content-Type: text/javascript",
 "Content-Type: APPLICATION/JavaScript",
 "Content-Type: application/vnd.api+json;a=b"]
--- item eval
[('{"channel":"room","formats":{"ws-message":{"content":"abc"}}}') x 14]



=== TEST 8: the type that clients give to any body says nothing
--- config
    location = /publish {
        grip_publish         room;
        grip_publish_format  http-response;
    }
--- request eval
[("POST /publish\nhello") x 3]
--- more_headers eval
["Content-Type: application/x-www-form-urlencoded",
 "Content-Type: application/x-www-form-urlencoded;charset=UTF-8",
 "Content-Type: Application/x-www-form-urlencoded\t; charset=UTF-8"]
--- item eval
[('{"channel":"room","formats":{"http-response":{"body":"hello"}}}') x 3]



=== TEST 9: text that is not UTF-8
--- config
    location = /publish {
        grip_publish  room;
    }
--- request eval
"POST /publish\nab\xff"
--- error_code: 400
--- response_body
content is not UTF-8



=== TEST 10: an event of a stream
--- config
    location = /publish {
        grip_publish          room;
        grip_publish_format   sse;
        grip_publish_event    $arg_event;
        grip_publish_id       $arg_id;
        grip_publish_prev_id  $arg_prev;
    }
--- request eval
["POST /publish?event=news&id=5&prev=4\none\r\ntwo\n\nfour",
 "POST /publish\nplain"]
--- item eval
['{"channel":"room","id":"5","prev-id":"4","formats":{"http-stream":{"content":"event: news\nid: 5\ndata: one\ndata: two\ndata: \ndata: four\n\n"}}}',
 '{"channel":"room","formats":{"http-stream":{"content":"data: plain\n\n"}}}']



=== TEST 11: nobody injects lines into a stream
--- config
    location = /publish {
        grip_publish          room;
        grip_publish_format   sse;
        grip_publish_event    $http_x_event;
        grip_publish_id       "$evil";
    }
--- http_config
    map "" $evil { default "1\r\ndata: evil"; }
--- request
POST /publish
hello
--- more_headers
X-Event: news
--- item
{"channel":"room","id":"1\r\ndata: evil","formats":{"http-stream":{"content":"event: news\nid: 1data: evil\ndata: hello\n\n"}}}



=== TEST 12: an event of a stream cannot hold bytes
--- config
    location = /publish {
        grip_publish         room;
        grip_publish_format  sse;
    }
--- request
POST /publish
hello
--- more_headers
Content-Type: image/png
--- error_code: 400
--- response_body_like: ^.*(SSE|sse|binary).*$



=== TEST 13: meta, of which empty ones are left out
--- config
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
        grip_publish_meta    sender $arg_sender;
        grip_publish_meta    kind   news;
    }
--- request eval
["POST /publish?sender=me\nhello", "POST /publish\nhello"]
--- item eval
['{"channel":"room","meta":{"sender":"me","kind":"news"},"formats":{"ws-message":{"content":"hello"}}}',
 '{"channel":"room","meta":{"kind":"news"},"formats":{"ws-message":{"content":"hello"}}}']



=== TEST 14: settings are inherited, lists as a whole
--- http_config
    grip_publish_format  ws-message;
    grip_publish_id      1;
    grip_publish_meta    a 1;
    grip_publish_meta    b 2;
--- config
    grip_publish_id      2;
    location = /publish {
        grip_publish       room;
        grip_publish_meta  c 3;
    }
    location = /other {
        grip_publish         room;
        grip_publish_format  http-stream;
    }
--- request eval
["POST /publish\nhello", "POST /other\nhello"]
--- item eval
['{"channel":"room","id":"2","meta":{"c":"3"},"formats":{"ws-message":{"content":"hello"}}}',
 '{"channel":"room","id":"2","meta":{"a":"1","b":"2"},"formats":{"http-stream":{"content":"hello"}}}']



=== TEST 15: a body in a file, and one in chunks
--- config
    client_body_in_file_only  clean;
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- raw_request eval
"POST /publish HTTP/1.1\r
Host: localhost\r
Connection: close\r
Transfer-Encoding: chunked\r
\r
3\r
abc\r
2\r
de\r
0\r
\r
"
--- item
{"channel":"room","formats":{"ws-message":{"content":"abcde"}}}



=== TEST 16: a request that came through the proxy is refused
--- config
    location = /publish {
        grip_publish  room;
    }
    location = /public {
        grip_verify       on;
        grip_verify_key   changeme;
        grip_publish      room;
    }
    location = /optional {
        grip_verify       optional;
        grip_verify_key   changeme;
        grip_publish      room;
    }
--- request eval
["POST /publish\nhello", "POST /public\nhello", "POST /optional\nhello"]
--- more_headers eval
my $sig = "Grip-Sig: " . grip_sig(); [($sig) x 3]
--- error_code eval
[403, 200, 403]
--- error_log eval
qr/\[(?:warn|info)\] .* "grip_publish" refused a request that came through the proxy/



=== TEST 17: unless that very location says otherwise
--- config
    grip_verify       on;
    grip_verify_key   changeme;
    location = /publish {
        grip_publish  room;
    }
--- request
POST /publish
hello
--- more_headers eval
"Grip-Sig: " . grip_sig()
--- error_code: 403



=== TEST 18: an "if" block is the same location
--- config
    location = /publish {
        grip_publish         $channel;
        grip_publish_format  ws-message;
        set $channel room;
        if ($arg_to) {
            set $channel $arg_to;
        }
    }
--- request eval
["POST /publish?to=lobby\nhello", "POST /publish\nhello"]
--- item eval
['{"channel":"lobby","formats":{"ws-message":{"content":"hello"}}}',
 '{"channel":"room","formats":{"ws-message":{"content":"hello"}}}']



=== TEST 19: beside another answer, in a subrequest
--- config
    location = /both {
        mirror      /publish;
        proxy_pass  http://$TEST_NGINX_SINK/ok/both/;
    }
    location = /publish {
        internal;
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request
POST /both
hello
--- response_body
Published
--- wait: 0.1
--- no_error_log
[error]



=== TEST 20: conditions of the request change nothing
--- config
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request eval
[("POST /publish\nhello") x 3]
--- more_headers eval
['If-Match: "x"', 'If-None-Match: *',
 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:10 GMT']
--- response_body eval
[("Published\n") x 3]



=== TEST 21: text or bytes, whatever the type says
--- config
    grip_publish_format  ws-message;
    location = /text {
        grip_publish       room;
        grip_publish_type  text;
    }
    location = /binary {
        grip_publish       room;
        grip_publish_type  binary;
    }
    location = /auto {
        grip_publish       room;
        grip_publish_type  auto;
    }
--- request eval
["POST /text\nabc", "POST /binary\nabc", "POST /binary\nabc",
 "POST /auto\nabc", "POST /auto\nabc"]
--- more_headers eval
["Content-Type: application/octet-stream", "Content-Type: text/plain", "",
 "Content-Type: application/octet-stream", "Content-Type: text/plain"]
--- item eval
['{"channel":"room","formats":{"ws-message":{"content":"abc"}}}',
 ('{"channel":"room","formats":{"ws-message":{"content-bin":"YWJj"}}}') x 3,
 '{"channel":"room","formats":{"ws-message":{"content":"abc"}}}']



=== TEST 22: content of a type of text has to be UTF-8
--- config
    location = /publish {
        grip_publish       room;
        grip_publish_type  text;
    }
--- request eval
"POST /publish\nab\xff"
--- more_headers
Content-Type: application/octet-stream
--- error_code: 400
--- response_body
content is not UTF-8



=== TEST 23: text or bytes at each level
--- http_config
    grip_publish_format  ws-message;
    grip_publish_type    binary;
--- config
    location = /inherited {
        grip_publish  room;
        set $channel  room;
        if ($arg_x) {
            set $channel lobby;
        }
    }
    location = /own {
        grip_publish       room;
        grip_publish_type  auto;
    }
--- request eval
["POST /inherited\nabc", "POST /inherited?x=1\nabc", "POST /own\nabc"]
--- item eval
[('{"channel":"room","formats":{"ws-message":{"content-bin":"YWJj"}}}') x 2,
 '{"channel":"room","formats":{"ws-message":{"content":"abc"}}}']
