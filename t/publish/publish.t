# The POSTs that a control URL gets, and when.  The control URLs are paths of a
# sink, whose locations /sink/... tell what it got.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(decode_base64url encode_base64url);

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();

add_block_preprocessor(sub {
    my ($block) = @_;
    my $config = $block->config;

    $block->set_value(config => $config . <<'END');
        location /sink/ {
            proxy_pass http://$TEST_NGINX_SINK/;
        }
END
});

# --- token: KEY CLAIMS checks the header that the sink got, with the time of
# expiry in the claims replaced by the seconds it lies ahead

add_response_body_check(sub {
    my ($block, $body, $i, $repeated, $dry_run) = @_;

    return if $dry_run || !defined $block->token
              || $body !~ /^Authorization: Bearer (\S+)\.(\S+)\.(\S+)\r$/m;

    my ($head, $claims, $sig) = ($1, $2, $3);
    my ($key, $expected) = split ' ', $block->token, 2;

    is($sig, encode_base64url(hmac_sha256("$head.$claims", $key)),
       $block->name . ' - signature');

    $claims = decode_base64url($claims);
    $claims =~ s/"exp":(\d+)/'"exp":' . ($1 - time > 590 && $1 - time <= 600
                                         ? 'ten minutes' : $1 - time)/e;

    is("$claims\n", $expected, $block->name . ' - claims');
});

repeat_each(1);
no_long_string();
run_tests();

__DATA__

=== TEST 1: the request is what the proxy expects, and no more
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/1/;
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_head/ok/1/publish/",
 "GET /sink/_body/ok/1/publish/"]
--- response_body eval
["Published\n",
 "POST /ok/1/publish/ HTTP/1.1\r
Host: $ENV{TEST_NGINX_SINK}\r
Content-Type: application/json\r
Content-Length: 75\r
Connection: close\r
\r
",
 '{"items":[{"channel":"room","formats":{"ws-message":{"content":"hello"}}}]}']
--- no_error_log
[error]



=== TEST 2: a JWT of issuer and key, for ten minutes
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/2/?iss=realm&key=base64:c2VjcmV0;
    location = /publish {
        grip_publish  room;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_head/ok/2/publish/"]
--- response_body_like eval
["Published", "Authorization: Bearer "]
--- token
secret {"iss":"realm","exp":ten minutes}
--- no_error_log
[error]



=== TEST 3: the JWT is made once
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/3/?iss=realm&key=secret;
    location = /publish {
        grip_publish  room;
    }
    location /wait {
        proxy_pass http://$TEST_NGINX_SINK/slow-1100/;
    }
--- request eval
["POST /publish\n1", "GET /sink/_head/ok/3/publish/",
 "POST /wait\n", "POST /publish\n2", "GET /sink/_head/ok/3/publish/"]
--- response_body_filters eval
[sub { our @seen; push @seen, $_[0] =~ /(Bearer \S+)/;
       @seen == 2 ? ($seen[0] eq $seen[1] ? "same" : "another") : "" }]
--- response_body eval
["", "", "", "", "same"]



=== TEST 4: a key without an issuer is a token, and goes out as it is
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/4/?key=to-ken;
    location = /publish {
        grip_publish  room;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_head/ok/4/publish/"]
--- response_body_like eval
["Published", "Authorization: Bearer to-ken\r\n"]



=== TEST 5: user and password
--- config
    grip_url  http://me:pass@$TEST_NGINX_SINK/ok/5/;
    location = /publish {
        grip_publish  room;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_head/ok/5/publish/"]
--- response_body_like eval
["Published", "Authorization: Basic bWU6cGFzcw==\r\n"]



=== TEST 6: parameters that are none of ours stay in the URL, keys do not
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/6?a=1&key=token&verify-iss=x&verify-key=y&b=2;
    location = /publish {
        grip_publish  room;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_head/ok/6/publish/?a=1&b=2"]
--- response_body_like eval
["Published", "^POST /ok/6/publish/\\?a=1&b=2 HTTP/1.1\r\n"]



=== TEST 7: a connection each, without an upstream block
--- config
    grip_url  http://$TEST_NGINX_SINK/keep/7/;
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request eval
["POST /publish\na", "POST /publish\nb", "GET /sink/_log/keep/7/publish/"]
--- response_body eval
["Published\n", "Published\n", "1 1 a\n2 1 b\n"]



=== TEST 8: connections are kept by an upstream block that keeps them
--- http_config
    upstream control {
        server     $TEST_NGINX_SINK;
        keepalive  2;
    }
--- config
    grip_url  http://control/keep/8/;
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request eval
["POST /publish\na", "POST /publish\nb", "GET /sink/_log/keep/8/publish/",
 "GET /sink/_head/keep/8/publish/"]
--- response_body_like eval
["Published\n", "Published\n", "^1 1 a\n1 1 b\n\$",
 "^POST /keep/8/publish/ HTTP/1.1\r\nHost: control\r\n(?!.*Connection)"]
--- no_error_log
[error]



=== TEST 9: the body of the answer may come later
--- http_config
    upstream control {
        server     $TEST_NGINX_SINK;
        keepalive  2;
    }
--- config
    grip_url  http://control/trickle/9/;
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request eval
["POST /publish\na", "POST /publish\nb", "GET /sink/_log/trickle/9/publish/"]
--- response_body eval
["Published\n", "Published\n", "1 1 a\n1 1 b\n"]
--- no_error_log
[error]



=== TEST 10: a chunked answer is as good, but its connection is not kept
--- http_config
    upstream control {
        server     $TEST_NGINX_SINK;
        keepalive  2;
    }
--- config
    grip_url  http://control/chunked/10/;
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
    }
--- request eval
["POST /publish\na", "POST /publish\nb", "GET /sink/_log/chunked/10/publish/"]
--- response_body eval
["Published\n", "Published\n", "1 1 a\n2 1 b\n"]
--- no_error_log
[error]



=== TEST 11: an interim answer is no answer, a long one is not read
--- config
    grip_url  http://$TEST_NGINX_SINK/interim/11/;
    grip_url  http://$TEST_NGINX_SINK/long/11/;
    grip_publish_require  all;
    location = /publish {
        grip_publish  room;
    }
--- request
POST /publish
hello
--- response_body
Published
--- no_error_log
[error]



=== TEST 12: each item goes to each URL
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/12a/;
    grip_url  http://$TEST_NGINX_SINK/ok/12b/;
    location = /publish {
        grip_publish         room;
        grip_publish_format  ws-message;
        add_header           X-Status $grip_publish_status always;
        add_header           X-Items $grip_publish_items always;
        add_header           X-Time $grip_publish_time always;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_log/ok/12a/publish/",
 "GET /sink/_log/ok/12b/publish/"]
--- response_body eval
["Published\n", "1 1 hello\n", "1 1 hello\n"]
--- response_headers_like eval
["X-Status: 200, 200
X-Items: 1
X-Time: 0\\.\\d{3}, 0\\.\\d{3}", "", ""]



=== TEST 13: items of a request leave in order, in one POST
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/13/;
    location /chat {
        grip_websocket;
        grip_verify  off;
        grip_on text = three { publish room 1 format=ws-message; publish room 2 format=ws-message; publish room 3 format=ws-message; }
        grip_on text         { publish room "$grip_message" format=ws-message; }
    }
--- request eval
["POST /chat\n" . ws_events([TEXT => 'a'], [TEXT => 'three'], [TEXT => 'b']),
 "GET /sink/_log/ok/13/publish/"]
--- more_headers eval
[ws_headers('Grip-Sig' => undef), ""]
--- response_body eval
["", "1 5 a 1 2 3 b\n"]



=== TEST 14: the prefix stands before the channel
--- config
    grip_url     http://$TEST_NGINX_SINK/ok/14/;
    grip_prefix  app-;
    location = /publish {
        grip_publish  room;
    }
--- request eval
["POST /publish\nhello", "GET /sink/_body/ok/14/publish/"]
--- response_body_like eval
["Published", '"channel":"app-room"']



=== TEST 15: without a URL nothing is published, and nothing is lost silently
--- config
    location = /publish {
        grip_publish  room;
    }
--- request
POST /publish
hello
--- error_code: 500
--- error_log
grip: publish refused: there is no "grip_url"
there is no "grip_url" for "grip_publish" in
