# grip_connections: the management API of single connections.  The control
# URLs are paths of a sink, whose locations /sink/... tell what it got.

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

=== TEST 1: a message, as text or as bytes, to the channel of the connection
--- config
    grip_url    http://$TEST_NGINX_SINK/ok/c1/;
    grip_prefix app-;
    location /prod/@connections { grip_connections; }
--- request eval
["POST /prod/\@connections/a%5Cb\nhello \"you\"", "GET /sink/_body/ok/c1/publish/",
 "POST /prod/%40connections/b\n\xff\x00", "GET /sink/_body/ok/c1/publish/"]
--- error_code eval
[200, 200, 200, 200]
--- response_body eval
["", '{"items":[{"channel":"app-connection-a\\\\b","formats":{"ws-message":{"content":"hello \\"you\\""}}}]}',
 "", '{"items":[{"channel":"app-connection-b","formats":{"ws-message":{"content-bin":"/wA="}}}]}']
--- no_error_log
[error]



=== TEST 2: a close, by the code and the reason that are asked for
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c2/;
    location /prod/@connections { grip_connections; }
--- request eval
["DELETE /prod/\@connections/a", "GET /sink/_body/ok/c2/publish/",
 "DELETE /prod/\@connections/a?reason=a%22%20b&code=4001", "GET /sink/_body/ok/c2/publish/"]
--- error_code eval
[204, 200, 204, 200]
--- response_body eval
["", '{"items":[{"channel":"connection-a","formats":{"ws-message":{"action":"close","code":1000}}}]}',
 "", '{"items":[{"channel":"connection-a","formats":{"ws-message":{"action":"close","code":4001,"reason":"a\\" b"}}}]}']



=== TEST 3: codes and reasons that cannot be sent
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c3/;
    location /prod/@connections { grip_connections; }
--- request eval
[(map { "DELETE /prod/\@connections/a?$_" } 'code=1005', 'code=', 'code=x',
  'reason=%ff', 'reason=' . 'x' x 124), "GET /sink/_log/ok/c3/publish/"]
--- error_code eval
[(400) x 5, 200]
--- response_headers eval
[("x-amzn-ErrorType: BadRequestException\nContent-Type: application/json") x 5, ""]
--- response_body eval
[('{"message":"Invalid code"}') x 3, ('{"message":"Invalid reason"}') x 2, ""]
--- no_error_log
[error]



=== TEST 4: a request of the proxy is asked for
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c4/;
    location /prod/@connections { grip_connections; }
--- request eval
["POST /prod/\@connections/a?refresh", "GET /sink/_body/ok/c4/publish/",
 "POST /prod/\@connections/a?x=1&refresh=1\nignored", "GET /sink/_body/ok/c4/publish/"]
--- error_code eval
[200, 200, 200, 200]
--- response_body eval
["", '{"items":[{"channel":"connection-a","formats":{"ws-message":{"action":"refresh"}}}]}',
 "", '{"items":[{"channel":"connection-a","formats":{"ws-message":{"action":"refresh"}}}]}']



=== TEST 5: any path before it, but never without an id
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c5/;
    location /p        { grip_connections; }
    location ~ ^/regex { grip_connections; }
    location /if       { grip_connections;  if ($arg_a) { set $b 1; } }
--- request eval
[map { "POST $_\nx" } '/p/@connections/a', '/p/b/@connections/a', '/regex/@connections/a',
 '/if/@connections/a?a=1', '/p', '/p/@connections', '/p/@connections/', '/p@connections/a', '/p/connections/a']
--- error_code eval
[200, 200, 200, 200, 404, 404, 404, 404, 404]



=== TEST 6: other methods, and conditions
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c6/;
    location /p/ { grip_connections; }
--- request eval
[(map { "$_ /p/\@connections/a" } qw(GET PUT OPTIONS)), "POST /p/\@connections/a\nx"]
--- more_headers eval
["", "", "", "If-Match: \"x\"\n"]
--- error_code eval
[405, 405, 405, 200]
--- response_headers eval
[("Allow: POST, DELETE\nx-amzn-ErrorType: MethodNotAllowedException") x 3, ""]



=== TEST 7: no message is empty, or too long
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c7/;
    location /p/ { grip_connections; }
    location /small/ { grip_connections max_size=2;  location /small/if/ { grip_connections; } }
    location /chosen/ { grip_connections max_size=3;  if ($arg_a) { set $b 1; } }
--- request eval
["POST /p/\@connections/a", "POST /p/\@connections/a\n" . 'x' x 131072,
 "POST /p/\@connections/a\n" . 'x' x 131073, "POST /small/\@connections/a\nxx",
 "POST /small/\@connections/a\nxxx", "POST /small/if/\@connections/a\nxxx",
 "POST /chosen/\@connections/a?a=1\nxxxx"]
--- error_code eval
[400, 200, 413, 200, 413, 200, 413]
--- no_error_log
[error]



=== TEST 8: a request through the proxy is refused, and one without a token
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c8/?iss=pushpin&key=changeme;
    location /p/ { grip_connections; }
    location /keys/ { grip_connections;  grip_control_key secret; }
--- request eval
[("POST /p/\@connections/a\nx") x 2, ("POST /keys/\@connections/a\nx") x 3]
--- more_headers eval
["Grip-Sig: " . grip_sig() . "\n", "Grip-Sig: x\n", "",
 "Authorization: AWS4-HMAC-SHA256 x\n",
 "Authorization: Bearer " . jwt('secret', '{"exp":4000000000}') . "\n"]
--- error_code eval
[403, 403, 401, 401, 200]
--- response_body eval
['{"message":"Forbidden"}', '{"message":"Forbidden"}',
 '{"message":"Unauthorized"}', '{"message":"Unauthorized"}', ""]
--- no_error_log
[error]



=== TEST 9: a proxy that refuses, and one that is not there
--- config
    grip_url http://$TEST_NGINX_SINK/status-500/;
    location /p/ { grip_connections; }
--- request eval
["POST /p/\@connections/a\nx", "DELETE /p/\@connections/a"]
--- error_code eval
[502, 502]
--- response_headers eval
[("x-amzn-ErrorType: ServiceUnavailableException") x 2]
--- response_body eval
[('{"message":"Service Unavailable"}') x 2]
--- error_log
grip: publish to



=== TEST 10: a message that does not say how long it is
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c10/;
    location /small/ { grip_connections max_size=2; }
--- raw_request eval
"POST /small/\@connections/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
. "Transfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n"
--- error_code: 200
--- no_error_log
[error]



=== TEST 11: nor is that one too long
--- config
    grip_url http://$TEST_NGINX_SINK/ok/c11/;
    location /small/ { grip_connections max_size=2; }
--- raw_request eval
"POST /small/\@connections/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
. "Transfer-Encoding: chunked\r\n\r\n3\r\nxxx\r\n0\r\n\r\n"
--- error_code: 413
--- no_error_log
[error]
