# Items as a history publishes them: their ids, and what each kind of client
# needs to follow them.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();

# each block has a control URL and a path of the sink of its own; "--- items"
# is what the sink got last: in it EPOCH is that of the channel, ZONE that of
# all channels, and N a number of sixteen digits

my $number = 0;

add_block_preprocessor(sub {
    my ($block) = @_;

    my $path = ($block->sink || '/ok') . '/' . ++$number;

    $block->set_value(path => $path);
    $block->set_value(http_config => ($block->http_config || '')
                      . "grip_history_zone news:1m;\n"
                      . "grip_url http://$ENV{TEST_NGINX_SINK}$path/;\n");
});

add_response_body_check(sub {
    my ($block, $body, $i, $repeated, $dry_run) = @_;

    return if $dry_run || !defined $block->items;

    my @items = ref $block->items ? @{ $block->items } : $block->items;

    return if !defined $items[$i];

    (my $items = $items[$i]) =~ s/\n+\z//;
    $items = quotemeta $items;
    my $got = Grip::Sink::ask('body', $block->path . '/publish/');

    $items =~ s/ZONE/[0-9a-f]{8}0{8}/g;
    $items =~ s/EPOCH(?=.*EPOCH)/[0-9a-f]{16}/g;
    $items =~ s/EPOCH/[0-9a-f]{16}/g;
    $items =~ s/N(\d+)/sprintf '%016x', $1/ge;

    like($got, qr/^\{"items":\[$items\]\}$/,
         $block->name . " - items of request $i");
});

check_accum_error_log();
repeat_each(1);
no_long_string();
run_tests();

__DATA__

=== TEST 1: items are numbered, and each kind of client is told
--- config
    grip_history  news;

    location = /publish { grip_publish room; }

    location = /poll {
        grip_verify           off;
        grip_hold             response;
        grip_channel          room;
        grip_history_initial  1;
        grip_hold_body        "";
    }
--- request eval
["POST /publish\none", "POST /publish\ntwo", "GET /poll"]
--- more_headers
Content-Type: text/html
--- response_headers_like eval
["Last-Event-ID: [0-9a-f]{16}-0{15}1", "Last-Event-ID: [0-9a-f]{16}-0{15}2",
 "Content-Type: text/html"]
--- response_body_like eval
["", "", "^two\$"]
--- items eval
['{"channel":"room","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"one"},"http-stream":{"content":"id: EPOCH-N1\ndata: one\n\n"},"http-response":{"body":"one","headers":{"Content-Type":"text/html","Last-Event-ID":"EPOCH-N1"}}}}',
 '{"channel":"room","id":"EPOCH-N2","prev-id":"EPOCH-N1","formats":{"ws-message":{"content":"two"},"http-stream":{"content":"id: EPOCH-N2\ndata: two\n\n"},"http-response":{"body":"two","headers":{"Content-Type":"text/html","Last-Event-ID":"EPOCH-N2"}}}}']



=== TEST 2: channels are numbered each by itself; a prefix belongs to the name
--- config
    grip_history  news;

    location = /publish {
        grip_publish         $arg_a $arg_b;
        grip_publish_format  ws-message;
    }

    location = /other {
        grip_publish         a;
        grip_publish_format  ws-message;
        grip_prefix          x-;
    }

    location = /off {
        grip_publish         a;
        grip_publish_format  ws-message;
        grip_history         off;
    }
--- request eval
["POST /publish?a=a&b=b\n", "POST /publish?a=b&b=b\n", "POST /other\n",
 "POST /off\n"]
--- response_headers eval
["! Last-Event-ID", "! Last-Event-ID", "", "! Last-Event-ID"]
--- items eval
['{"channel":"a","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":""},"http-stream":{"content":""}}},{"channel":"b","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":""},"http-stream":{"content":""}}}',
 '{"channel":"b","id":"EPOCH-N2","prev-id":"EPOCH-N1","formats":{"ws-message":{"content":""},"http-stream":{"content":""}}},{"channel":"b","id":"EPOCH-N3","prev-id":"EPOCH-N2","formats":{"ws-message":{"content":""},"http-stream":{"content":""}}}',
 '{"channel":"x-a","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":""},"http-stream":{"content":""}}}',
 '{"channel":"a","formats":{"ws-message":{"content":""}}}']



=== TEST 3: binary content is no event, but no gap of streams either
--- config
    location = /publish {
        grip_publish       room;
        grip_publish_type  binary;
        grip_history       news;
    }
--- request
POST /publish
data
--- more_headers
Content-Type:
--- items
{"channel":"room","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content-bin":"ZGF0YQ=="},"http-stream":{"content":""},"http-response":{"body-bin":"ZGF0YQ==","headers":{"Last-Event-ID":"EPOCH-N1"}}}}



=== TEST 4: the control API: ids of others are replaced, events get theirs
--- config
    location = /publish {
        grip_control;
        grip_history  news;
    }
--- request eval
my @items = (
    '{"channel":"c","id":"7","prev-id":"6","no-seq":true,"formats":{"ws-message":{"content":"~"}}}',
    '{"channel":"c","formats":{"http-stream":{"content":"event: x\nid: 9\ndata: y\n\n"}}}',
    '{"channel":"c","http-stream":{"content":"plain"},"http-response":{"body":"b","headers":[["Last-Event-ID","7"],["X","y"]]}}',
    '{"channel":"c","formats":{"http-stream":{"content-bin":"ZGF0YTogeQoK"},"http-response":{"body":"b","headers":{"last-event-id":"7"}}}}',
    '{"channel":"c","formats":{"http-stream":{"action":"close"}}}',
    '{"channel":"c","formats":{"http-stream":{"action":"hint"},"http-response":{"action":"hint"}}}');
[map { qq{POST /publish\n{"items":[$_]}} } @items]
--- error_log
grip: ids of history
--- items eval
['{"channel":"c","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"~"},"http-stream":{"content":""}}}',
 '{"channel":"c","formats":{"http-stream":{"content":"id: EPOCH-N2\nevent: x\ndata: y\n\n"}},"id":"EPOCH-N2","prev-id":"EPOCH-N1"}',
 '{"channel":"c","http-stream":{"content":"plain"},"http-response":{"body":"b","headers":[["X","y"],["Last-Event-ID","EPOCH-N3"]]},"id":"EPOCH-N3","prev-id":"EPOCH-N2"}',
 '{"channel":"c","formats":{"http-stream":{"content":"id: EPOCH-N4\ndata: y\n\n"},"http-response":{"body":"b","headers":{"Last-Event-ID":"EPOCH-N4"}}},"id":"EPOCH-N4","prev-id":"EPOCH-N3"}',
 '{"channel":"c","formats":{"http-stream":{"action":"close"}},"id":"EPOCH-N5","prev-id":"EPOCH-N4"}',
 '{"channel":"c","formats":{"http-stream":{"action":"hint"},"http-response":{"action":"hint"}}}']



=== TEST 5: an item that is too large for a channel is published, with a line
--- http_config
grip_history_zone small:64k bytes=1k;
--- config
    location = /publish {
        grip_publish         room;
        grip_publish_format  sse;
        grip_history         small;
    }
--- request eval
["POST /publish\n" . "x" x 129, "POST /publish\n" . "x" x 128]
--- error_log
grip: an item of 324 bytes is published but not kept in history "small": it is too large
--- response_body eval
[("Published\n") x 2]



=== TEST 6: a failed item is sent before the next one of its channel, and hints
--- sink: /once-500
--- config
    location = /publish {
        grip_publish         $arg_room;
        grip_publish_format  ws-message;
        grip_history         news;
    }
--- request eval
["POST /publish?room=a\none", "POST /publish?room=b\n",
 "POST /publish?room=a\ntwo", "POST /publish?room=a\n"]
--- error_code eval
[502, 200, 200, 200]
--- items eval
['{"channel":"a","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"one"},"http-stream":{"content":""}}}',
 '{"channel":"b","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":""},"http-stream":{"content":""}}},{"channel":"a","formats":{"http-stream":{"action":"hint"},"http-response":{"action":"hint"}}}',
 '{"channel":"a","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"one"},"http-stream":{"content":""}}},{"channel":"a","id":"EPOCH-N2","prev-id":"EPOCH-N1","formats":{"ws-message":{"content":"two"},"http-stream":{"content":""}}}',
 '{"channel":"a","id":"EPOCH-N3","prev-id":"EPOCH-N2","formats":{"ws-message":{"content":""},"http-stream":{"content":""}}}']
--- error_log
failed: 500



=== TEST 7: an item that was refused for itself is not sent again, but there is a hint
--- sink: /once-400
--- config
    location = /publish {
        grip_publish         a;
        grip_publish_format  ws-message;
        grip_history         news;
    }
--- request eval
["POST /publish\none", "POST /publish\ntwo"]
--- error_code eval
[502, 200]
--- items eval
['{"channel":"a","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"one"},"http-stream":{"content":""}}}',
 '{"channel":"a","id":"EPOCH-N2","prev-id":"EPOCH-N1","formats":{"ws-message":{"content":"two"},"http-stream":{"content":""}}},{"channel":"a","formats":{"http-stream":{"action":"hint"},"http-response":{"action":"hint"}}}']
--- error_log
failed: 400



=== TEST 8: a message to one connection is not kept
--- config
    grip_history  news;
    grip_verify   off;
    grip_prefix   p-;

    location = /publish {
        grip_publish         $arg_channel;
        grip_publish_format  ws-message;
    }

    location = /control/publish {
        grip_control;
    }

    location = /rule {
        grip_websocket;
        grip_on  text { publish connection-a1 $grip_message; }
    }

    location /@connections {
        grip_connections;
    }
--- request eval
["POST /publish?channel=connection-a1\none",
 qq{POST /control/publish\n{"items":[{"channel":"connection-a1","id":"7","prev-id":"6","formats":{"ws-message":{"content":"two"}}}]}},
 "POST /rule\nTEXT 5\r\nthree\r\n",
 "POST /\@connections/a1\nfour",
 "POST /publish?channel=connection-\nfive"]
--- more_headers eval
["", "", "Content-Type: application/websocket-events\nConnection-Id: a1\nGrip-Feature: x", "", ""]
--- response_headers eval
["! Last-Event-ID", "", "", "", ""]
--- items eval
['{"channel":"p-connection-a1","formats":{"ws-message":{"content":"one"}}}',
 '{"channel":"p-connection-a1","id":"7","prev-id":"6","formats":{"ws-message":{"content":"two"}}}',
 '{"channel":"p-connection-a1","formats":{"ws-message":{"content":"three"},"http-stream":{"content":"data: three\n\n"},"http-response":{"body":"three"}}}',
 '{"channel":"p-connection-a1","formats":{"ws-message":{"content":"four"}}}',
 '{"channel":"p-connection-","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"five"},"http-stream":{"content":""}}}']



=== TEST 9: a name that is longer than a history takes is refused
--- config
    grip_history  news;

    location = /publish {
        grip_publish  room-$arg_a;
    }

    location = /control/publish {
        grip_control;
    }
--- request eval
["POST /publish?a=" . 'x' x 4092 . "\nrefused",
 "POST /publish?a=" . 'x' x 4091 . "\nkept",
 qq(POST /control/publish\n{"items":[{"channel":")
 . 'x' x 4097 . qq(","formats":{"ws-message":{"content":"refused"}}}]})]
--- error_code eval
[400, 200, 400]
--- response_body_like eval
my $long = 'the name of the channel is longer than a history allows, 4096 bytes';

["^$long\n\$", "^Published\n\$", '400 Bad Request']
--- error_log
the name of the channel is longer than a history allows, 4096 bytes



=== TEST 10: a client that returns gets what the filters of the proxy let through
--- config
    grip_history  news;

    location = /publish { grip_control; }

    location = /events {
        grip_verify           off;
        grip_hold             sse;
        grip_channel          room filter=skip-self filter=skip-users filter=require-sub;
        grip_filter_meta      user $arg_user;
        grip_history_initial  10;
        grip_hold_body        "";
    }
--- request eval
["POST /publish\n{\"items\":[" . join(',', map {
    my ($text, $meta) = @$_;
    qq({"channel":"room","meta":{$meta},"formats":{"http-stream":{"content":"data: $text\\n\\n"}}})
} ['all', ''], ['of ann', '"sender":"ann"'], ['not for ann', '"skip_users":"bob, ann"'],
  ['nor for bob', '"skip_users":"o\"neil,\u2003bob"'],
  ['for hall', '"require_sub":"hall"'], ['for room', '"require_sub":"room"']) . "]}",
 "GET /events?user=ann", "GET /events?user=bob", "GET /events?user=an"]
--- response_body_like eval
["", map { my $all = join '', map { "id: [-0-9a-f]{33}\ndata: $_\n(?:id: [-0-9a-f]{33}\n)?\n" } @$_; "^:?\n*$all\$" }
 ['all', 'nor for bob', 'for room'], ['all', 'of ann', 'for room'],
 ['all', 'of ann', 'not for ann', 'nor for bob', 'for room']]



=== TEST 11: the control API: a response keeps its type, lines end in any way, and what nobody can decode is not kept
--- config
    grip_history  news;

    location = /publish { grip_control; }

    location = /poll {
        grip_verify           off;
        grip_hold             response;
        grip_channel          c;
        grip_history_initial  1;
        grip_hold_body        "";
    }

    location = /events {
        grip_verify           off;
        grip_hold             sse;
        grip_channel          c;
        grip_history_initial  10;
        grip_hold_body        "";
    }
--- request eval
my @items = (
    '{"channel":"c","formats":{"http-stream":{"content":"data: y\r\nid: 9\r\nid\r\nidle\r\n\r\n"},"http-response":{"body-bin":"Yg==","headers":{"content-type":"text/x"}}}}',
    '{"channel":"\ufeffc","formats":{"http-stream":{"content-bin":"?"}}}',
    '{"channel":"c","formats":{"http-response":{"action":"send","body-patch":[]}}}',
    '{"channel":"c","formats":{"http-stream":{"content":"data: z\n\n"},"http-response":{"body-bin":"?"}}}');
@items = map { qq{POST /publish\n{"items":[$_]}} } @items;
[$items[0], "GET /poll", $items[1], "GET /events", $items[2], "GET /poll",
 $items[3], "GET /poll", "GET /events"]
--- response_body_like eval
["", "^b\$", "", "\ndata: y\r\nidle\r\n\r\nid: [0-9a-f]{16}-0{15}2\n\n\\z", "", "^\\z", "",
 "^\\z", "\ndata: y\r\nidle\r\n\r\nid: [0-9a-f]{16}-0{15}4\n\n\\z"]
--- response_headers eval
["", "Content-Type: text/x", ("") x 7]
--- items eval
['{"channel":"c","formats":{"http-stream":{"content":"id: EPOCH-N1\ndata: y\r\nidle\r\n\r\n"},"http-response":{"body-bin":"Yg==","headers":{"content-type":"text/x","Last-Event-ID":"EPOCH-N1"}}},"id":"EPOCH-N1","prev-id":"ZONE-N0"}',
 undef,
 '{"channel":"' . "\xef\xbb\xbf" . 'c","formats":{"http-stream":{"content-bin":"?"}},"id":"EPOCH-N2","prev-id":"EPOCH-N1"}',
 undef,
 '{"channel":"c","formats":{"http-response":{"action":"send","body-patch":[],"headers":{"Last-Event-ID":"EPOCH-N3"}},"http-stream":{"content":""}},"id":"EPOCH-N3","prev-id":"EPOCH-N2"}',
 undef,
 '{"channel":"c","formats":{"http-stream":{"content":"id: EPOCH-N4\ndata: z\n\n"},"http-response":{"body-bin":"?","headers":{"Last-Event-ID":"EPOCH-N4"}}},"id":"EPOCH-N4","prev-id":"EPOCH-N3"}']



=== TEST 12: a bad item is not sent again and again with the hints of one before, which the log counts for no items
--- sink: /refuse-400
--- config
    location = /publish {
        grip_publish         a;
        grip_publish_format  ws-message;
        grip_history         news;
    }
--- request eval
["POST /publish\nBAD", "POST /publish\nBAD", "POST /publish\none", "POST /publish\ntwo"]
--- error_code eval
[502, 502, 200, 200]
--- items eval
['{"channel":"a","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"BAD"},"http-stream":{"content":""}}}',
 '{"channel":"a","id":"EPOCH-N2","prev-id":"EPOCH-N1","formats":{"ws-message":{"content":"BAD"},"http-stream":{"content":""}}}',
 '{"channel":"a","id":"EPOCH-N3","prev-id":"EPOCH-N2","formats":{"ws-message":{"content":"one"},"http-stream":{"content":""}}}',
 '{"channel":"a","id":"EPOCH-N4","prev-id":"EPOCH-N3","formats":{"ws-message":{"content":"two"},"http-stream":{"content":""}}},{"channel":"a","formats":{"http-stream":{"action":"hint"},"http-response":{"action":"hint"}}}']
--- error_log
failed: 400, 1 items of 1 requests
--- no_error_log
2 items of
of 2 requests



=== TEST 13: the control API: a content that streams and responses share is kept once
--- http_config
grip_history_zone small:64k bytes=1k;
--- config
    grip_history          small;
    grip_verify           off;
    grip_channel          c;
    grip_history_initial  10;

    location = /publish { grip_control; }
    location = /stream  { grip_hold stream;    grip_hold_body ""; }
    location = /poll    { grip_hold response;  grip_hold_body ""; }
--- request eval
my $item = sub {
    qq(POST /publish\n{"items":[{"channel":"c","formats":{)
    . qq("http-stream":{"content":"$_[0]"},"http-response":{"body":"$_[1]"}}}]})
};
[$item->('x' x 128, 'x' x 128), "GET /stream", "GET /poll",
 $item->('y' x 64, 'z' x 64), "GET /stream", "GET /poll"]
--- response_body eval
my ($x, $y, $z) = ('x' x 128, 'y' x 64, 'z' x 64);
["Published\n", $x, $x, "Published\n", "$x$y", "$x\n$z"]
--- no_error_log
is published but not kept



=== TEST 14: the control API: the log says of what nobody can decode that it is not kept
--- config
    location = /publish {
        grip_control;
        grip_history  news;
    }
--- request
POST /publish
{"items":[{"channel":"c","formats":{"http-stream":{"content-bin":"?"}}}]}
--- error_log eval
qr/\[warn\] .* grip: an item of \d+ bytes is published but not kept in history "news": its content cannot be decoded/



=== TEST 15: what rules and functions publish is numbered, whatever they say of it
--- config
    grip_history  news;
    grip_verify   off;

    location = /rule {
        grip_websocket;
        grip_on  text { publish room $grip_message;
                        publish room three format=ws-message; }
    }

    location = /call {
        grip_websocket;
        grip_on  text { call /function as=json; }
    }

    location = /function {
        internal;
        proxy_pass  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/answer;
    }

    location = /answer {
        return  200 '[{"publish":{"channel":"room","content":"one","formats":["ws-message"],"id":"7","prev-id":"6","no-seq":true}}]';
    }
--- request eval
["POST /call\nTEXT 1\r\nx\r\n", "POST /rule\nTEXT 3\r\ntwo\r\n"]
--- more_headers
Content-Type: application/websocket-events
Connection-Id: a1
Grip-Feature: x
--- items eval
['{"channel":"room","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"one"},"http-stream":{"content":""}}}',
 '{"channel":"room","id":"EPOCH-N2","prev-id":"EPOCH-N1","formats":{"ws-message":{"content":"two"},"http-stream":{"content":"id: EPOCH-N2\ndata: two\n\n"},"http-response":{"body":"two","headers":{"Last-Event-ID":"EPOCH-N2"}}}},{"channel":"room","id":"EPOCH-N3","prev-id":"EPOCH-N2","formats":{"ws-message":{"content":"three"},"http-stream":{"content":""}}}']
--- error_log eval
qr/\[info\].*grip: ids of history "news" replace the ids, or "no-seq"/



=== TEST 16: an item of a POST that was refused for no item is sent again, too
--- sink: /once-429
--- config
    location = /publish {
        grip_publish         a;
        grip_publish_format  ws-message;
        grip_history         news;
    }
--- request eval
["POST /publish\none", "POST /publish\ntwo"]
--- error_code eval
[502, 200]
--- items eval
['{"channel":"a","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"one"},"http-stream":{"content":""}}}',
 '{"channel":"a","id":"EPOCH-N1","prev-id":"ZONE-N0","formats":{"ws-message":{"content":"one"},"http-stream":{"content":""}}},{"channel":"a","id":"EPOCH-N2","prev-id":"EPOCH-N1","formats":{"ws-message":{"content":"two"},"http-stream":{"content":""}}},{"channel":"a","formats":{"http-stream":{"action":"hint"},"http-response":{"action":"hint"}}}']
--- error_log
failed: 429
