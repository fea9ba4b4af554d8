# grip_control: the control API of the proxy, spoken by nginx. The control URLs
# are paths of a sink, whose locations /sink/... tell what it got.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();

add_block_preprocessor(sub {
    my ($block) = @_;

    return if !defined $block->config;

    $block->set_value(config => $block->config . <<'END');
        location /sink/ {
            proxy_pass http://$TEST_NGINX_SINK/;
        }
END
});

sub Test::Base::Filter::bearer {
    return 'Authorization: Bearer ' . jwt(@_) . "\n";
}

repeat_each(1);
no_long_string();
run_tests();

__DATA__

=== TEST 1: items go on as they are, all together
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/1/;
    location /grip/ { grip_control; }
--- request eval
['POST /grip/publish/
{"items": [{"channel":"a","id":"2","prev-id":"1","ws-message":{"content":"x"}},
           {"formats":{"mqtt":{"zzz":[1,2.5,null]}},"channel":"b"}]}',
 "GET /sink/_body/ok/1/publish/"]
--- response_headers eval
["Content-Type: text/plain", ""]
--- response_body eval
["Published\n",
 '{"items":[{"channel":"a","id":"2","prev-id":"1","ws-message":{"content":"x"}},'
 . '{"formats":{"mqtt":{"zzz":[1,2.5,null]}},"channel":"b"}]}']
--- no_error_log
[error]



=== TEST 2: nothing to publish is published
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/2/;
    location /grip/ { grip_control; }
--- request eval
["POST /grip/publish/\n{\"items\":[]}", "GET /sink/_log/ok/2/publish/"]
--- response_body eval
["Published\n", ""]



=== TEST 3: one bad item, and nothing is published
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/3/;
    location /grip/ { grip_control; }
--- request eval
['POST /grip/publish/
{"items":[{"channel":"a","ws-message":{"content":"x"}},
          {"channel":"a","ws-message":{"content":1}}]}',
 "GET /sink/_log/ok/3/publish/"]
--- error_code eval
[400, 200]
--- response_headers eval
["Content-Type: text/plain", ""]
--- response_body eval
["Invalid format: 'ws-message' contains 'content' with wrong type\n", ""]
--- no_error_log
[error]



=== TEST 4: any path that ends in publish
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/4/;
    location /grip/              { grip_control; }
    location = /exact/publish    { grip_control; }
    location ~ ^/regex/          { grip_control; }
    location /publish/           { grip_control; }
--- request eval
[map { "POST $_\n{\"items\":[]}" }
 qw(/grip/publish/ /grip/publish /grip/a/b/publish/ /exact/publish /publish/
    /regex/publish /grip/ /grip/publish/x /grip/publish// /grip/republish/
    /grip/publish/?a=1 /grip/publish?)]
--- error_code eval
[200, 200, 200, 200, 200, 200, 404, 404, 200, 404, 404, 200]



=== TEST 5: POST alone
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/5/;
    location /grip/ { grip_control; }
--- request eval
["GET /grip/publish/", "PUT /grip/publish/\n{\"items\":[]}",
 "DELETE /grip/publish/", "OPTIONS /grip/publish/"]
--- error_code eval
[405, 405, 405, 405]
--- response_headers eval
["Allow: POST", "Allow: POST", "Allow: POST", "Allow: POST"]



=== TEST 6: the answer is JSON for who would rather have that
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/6/;
    location /grip/ { grip_control; }
--- request eval
[("POST /grip/publish/\n{\"items\":[]}") x 10, "POST /grip/publish/\n{"]
--- more_headers eval
[map { "Accept: $_\n" }
 'application/json', 'application/json, text/plain, */*', 'Application/JSON;q=1',
 "image/png\nAccept: image/*\nAccept: text;q=1 ,\tapplication/json\t;q=1",
 'image/png, application/*', 'application/jsonp, x/*', '*/*', 'text/plain, application/json',
 'image/png', 'text/*', 'application/json']
--- response_headers eval
[("Content-Type: application/json") x 5, ("Content-Type: text/plain") x 6]
--- response_body eval
[("{\"message\":\"Published\"}\n") x 5, ("Published\n") x 5,
 "Body is not valid JSON.\n"]
--- error_code eval
[(200) x 10, 400]



=== TEST 7: a request through the proxy is refused
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/7/?iss=pushpin&key=changeme;
    location /grip/ { grip_control; }
    location /on/   { grip_control; grip_verify on; }
--- request eval
["POST /grip/publish/\n{\"items\":[]}", "POST /grip/publish/\n{\"items\":[]}",
 "POST /on/publish/\n{\"items\":[]}"]
--- more_headers eval
["Grip-Sig: " . grip_sig() . "\n", "Grip-Sig: x\n",
 "Grip-Sig: " . grip_sig() . "\n"]
--- error_code eval
[403, 403, 403]
--- no_error_log
[error]



=== TEST 8: the prefix of the location is put before each channel
--- config
    grip_url     http://$TEST_NGINX_SINK/ok/8/;
    grip_prefix  app-;
    location /grip/ { grip_control; }
    location /own/  { grip_control;  grip_prefix ""; }
--- request eval
['POST /grip/publish/
{"items":[{"channel":"a","formats":{"x":1}},{"channel":"b","formats":{"x":1}}]}',
 "GET /sink/_body/ok/8/publish/",
 'POST /own/publish/
{"items":[{"channel":"app-a","formats":{"x":1}}]}',
 "GET /sink/_body/ok/8/publish/"]
--- response_body eval
["Published\n",
 '{"items":[{"channel":"app-a","formats":{"x":1}},'
 . '{"channel":"app-b","formats":{"x":1}}]}',
 "Published\n",
 '{"items":[{"channel":"app-a","formats":{"x":1}}]}']



=== TEST 9: a body of many parts, in a file
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/9/;
    location /grip/ {
        client_body_buffer_size  1k;
        grip_control;
    }
--- request eval
['POST /grip/publish/
{"items":[{"channel":"a","http-stream":{"content":"' . 'x' x 500_000 . '"}}]}',
 "GET /sink/_body/ok/9/publish/"]
--- response_body eval
["Published\n",
 '{"items":[{"channel":"a","http-stream":{"content":"' . 'x' x 500_000 . '"}}]}']



=== TEST 10: more than the proxy takes in one, but not in one item
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/10/;
    location /grip/ {
        client_max_body_size  4m;
        grip_control;
    }
--- request eval
['POST /grip/publish/
{"items":[' . CORE::join(',', map { '{"channel":"a","http-stream":{"content":"'
                              . 'x' x 100_000 . '"}}' } 1 .. 20) . ']}',
 "GET /sink/_log/ok/10/publish/"]
--- response_body_filters eval
sub { CORE::join ' ', $_[0] =~ /^Published/ ? $& : $_[0] =~ /^\d+ (\d+) /mg }
--- response_body eval
["Published", "8 8 4"]



=== TEST 11: an item that the proxy would not take, and nothing is published
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/11/;
    location /grip/ {
        client_max_body_size  4m;
        grip_control;
    }
--- request eval
['POST /grip/publish/
{"items":[{"channel":"a","http-stream":{"content":"x"}},'
 . '{"channel":"a","http-stream":{"content":"' . 'x' x 1_000_000 . '"}}]}',
 "GET /sink/_log/ok/11/publish/"]
--- error_code eval
[413, 200]
--- response_body_like eval
["413", "^\$"]



=== TEST 12: any or all of the proxies
--- http_config
    server {
        listen unix:$TEST_NGINX_SERVROOT/down.sock;
        return 503;
    }
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/12/;
    grip_url  http://$TEST_NGINX_SINK/status-500/12/;
    location /any/ { grip_control; }
    location /all/ { grip_control;  grip_publish_require all; }
--- request eval
['POST /any/publish/
{"items":[{"channel":"a","formats":{"x":1}}]}',
 'POST /all/publish/
{"items":[{"channel":"a","formats":{"x":1}}]}']
--- error_code eval
[200, 502]



=== TEST 13: too late
--- config
    grip_url           http://$TEST_NGINX_SINK/hang/13/;
    grip_read_timeout  300ms;
    location /grip/ { grip_control; }
--- request
POST /grip/publish/
{"items":[{"channel":"a","formats":{"x":1}}]}
--- error_code: 504



=== TEST 14: no room
--- config
    grip_url         http://$TEST_NGINX_SINK/ok/14/;
    grip_queue_size  100;
    location /grip/ { grip_control; }
--- request
POST /grip/publish/
{"items":[{"channel":"a","formats":{"x":1}}]}
--- error_code: 503



=== TEST 15: with keys, a token of one of them
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/15/;
    location /grip/ {
        grip_control;
        grip_control_key  secret iss=backend;
        grip_control_key  base64:b3RoZXI=;
    }
--- request eval
[("POST /grip/publish/\n{\"items\":[]}") x 4]
--- more_headers eval
my $exp = '"exp":' . (time + 3600);
[bearer('secret', "{\"iss\":\"backend\",$exp}"),
 bearer('other', "{$exp}"),
 bearer('other', "{\"iss\":\"anybody\",$exp}"),
 bearer('secret', "{\"iss\":\"backend\",$exp}") =~ s/Bearer/bEARER /r]
--- error_code eval
[200, 200, 200, 200]
--- no_error_log
[error]



=== TEST 16: with keys, nothing else
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/16/;
    location /grip/ {
        grip_control;
        grip_control_key  secret iss=backend;
        grip_control_key  other;
    }
--- request eval
[("POST /grip/publish/\n{\"items\":[{\"channel\":\"a\",\"formats\":{\"x\":1}}]}")
 x 10, "GET /grip/publish/", "GET /sink/_log/ok/16/publish/"]
--- more_headers eval
my $exp = '"exp":' . (time + 3600);
["",
 "Authorization: Basic c2VjcmV0\n",
 "Authorization: Bearer\n",
 "Authorization: Bearer secret\n",
 bearer('secret', "{\"iss\":\"somebody\",$exp}"),
 bearer('secret', "{$exp}"),
 bearer('third', "{\"iss\":\"backend\",$exp}"),
 bearer('other', '{"exp":' . (time - 1) . '}'),
 bearer('other', '{}'),
 bearer('other', "{$exp}", '{"alg":"none"}'),
 "", ""]
--- error_code eval
[(401) x 11, 200]
--- response_headers eval
[("WWW-Authenticate: Bearer") x 11, ""]
--- response_body_like eval
[("401") x 11, "^\$"]
--- no_error_log
[error]



=== TEST 17: keys are inherited as a list
--- http_config
    grip_control_key  of-http;
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/17/;
    location /http/ { grip_control; }
    location /own/  { grip_control;  grip_control_key of-location; }
--- request eval
[map { "POST /$_/publish/\n{\"items\":[]}" } qw(http http own own)]
--- more_headers eval
my $exp = '{"exp":' . (time + 3600) . '}';
[map { bearer($_, $exp) } qw(of-http of-location of-http of-location)]
--- error_code eval
[200, 401, 401, 200]



=== TEST 18: no secret is in the log
--- http_config
    log_format items "items=$grip_publish_items status=$grip_publish_status";
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/18/;
    grip_url  http://$TEST_NGINX_SINK/status-500/18/;
    location /grip/ {
        grip_control;
        access_log  logs/items.log items;
    }
    location /log {
        alias  logs/items.log;
    }
--- request eval
['POST /grip/publish/
{"items":[{"channel":"a","formats":{"x":1}},{"channel":"b","formats":{"x":1}}]}',
 "GET /log"]
--- response_body eval
["Published\n", "items=2 status=200, 500\n"]



=== TEST 19: a location with "if"
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/19/;
    location /grip/ {
        grip_control;
        grip_control_key  secret;

        if ($http_x) { set $a 1; }
    }
--- request eval
[("POST /grip/publish/\n{\"items\":[]}") x 2]
--- more_headers eval
["X: 1\n", "X: 1\n" . bearer('secret', '{"exp":' . (time + 3600) . '}')]
--- error_code eval
[401, 200]



=== TEST 20: the log says what is wrong
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/20/;
    location /grip/ { grip_control; }
--- request
POST /grip/publish/
{"items":[{"channel":"a","ws-message":{"content":1}}]}
--- error_code: 400
--- error_log
grip: publish refused: Invalid format: 'ws-message' contains 'content' with wrong type
--- no_error_log
[error]



=== TEST 21: the log says what is too long
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/21/;
    location /grip/ {
        client_max_body_size  4m;
        grip_control;
    }
--- request eval
'POST /grip/publish/
{"items":[{"channel":"a","http-stream":{"content":"' . 'x' x 1_000_000 . '"}}]}'
--- error_code: 413
--- error_log
[error]
grip: publish refused: an item of 1000044 bytes exceeds the



=== TEST 22: the log says why somebody was refused
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/20/;
    location /grip/ {
        grip_control;
        grip_control_key  secret;
    }
--- request
POST /grip/publish/
{"items":[]}
--- more_headers eval
bearer('secret', '{"exp":' . (time - 1) . '}')
--- error_code: 401
--- error_log
grip: "grip_control" refused a request: expired
--- no_error_log
[error]



=== TEST 23: conditions of the request change nothing
--- config
    grip_url  http://$TEST_NGINX_SINK/ok/23/;
    location /grip/ { grip_control; }
--- request eval
[("POST /grip/publish/\n{\"items\":[]}") x 3]
--- more_headers eval
['If-Match: "x"', 'If-None-Match: *',
 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:10 GMT']
--- response_body eval
[("Published\n") x 3]
--- no_error_log
[error]
