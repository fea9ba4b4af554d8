# The body of a request gives the same events, wherever nginx has put it.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

sub post {
    my ($uri, %header) = @_;

    return "POST $uri HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           . ws_headers(%header) =~ s/\n/\r\n/gr . "\r\n";
}


sub packets {
    my ($text, $size) = @_;

    return unpack "(a$size)*", $text;
}


sub chunked {
    my ($text, $size) = @_;

    return join '', map { sprintf "%x\r\n%s\r\n", length $_, $_ }
                        packets($text, $size), '';
}


our $http = <<'HTTP';
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    log_format file "$request_body_file";
HTTP

our $rules = <<'RULES';
        grip_websocket;
        grip_on text ~ "(?<last>\d+)$" { send "$last"; }
        grip_on binary                 { send_binary $grip_message; }
RULES

# a batch as large as the proxy makes them: 20 messages of 20,000 bytes, with
# a number at the end of each, and the answer to it

our $large = join '', map { ws_events([TEXT => '<' x 20000 . " $_"]) } 1 .. 20;
our $numbers = join '', map { ws_events([TEXT => "m:$_"]) } 1 .. 20;

# no two places of it alike

our $content = join '', map { pack 'n', $_ } 1 .. 2000;
our $binary = ws_events([BINARY => $content]);
our $echoed = ws_events([BINARY => "m:$content"]);

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: in one buffer
--- http_config eval: $::http
--- config eval
"location /ws {
    $::rules
    access_log logs/requests.log file;
}"
--- raw_request eval
main::post('/ws', 'Content-Length' => length $::large) . $::large
--- response_body eval: $::numbers
--- access
-


=== TEST 2: header and body apart
--- raw_request eval
[main::post('/ws', 'Content-Length' => length $::large), $::large]
--- response_body eval: $::numbers
--- access
-


=== TEST 3: in many packets
--- raw_request eval
[main::packets(main::post('/ws', 'Content-Length' => length $::large)
               . $::large, 30011)]
--- response_body eval: $::numbers
--- access
-


=== TEST 4: byte by byte
--- raw_request eval
[main::post('/ws', 'Content-Length' => 29),
 split //, ws_events([BINARY => "\0\xff\r\n\r\n"], [TEXT => 1])]
--- response_body eval
ws_events([BINARY => "m:\0\xff\r\n\r\n"], [TEXT => 'm:1'])
--- access
-


=== TEST 5: in chunks
--- raw_request eval
main::post('/ws', 'Transfer-Encoding' => 'chunked')
. main::chunked($::large, 17001)
--- response_body eval: $::numbers
--- access
-


=== TEST 6: in chunks and packets
--- raw_request eval
[main::post('/ws', 'Transfer-Encoding' => 'chunked'),
 main::packets(main::chunked($::large, 50021), 30011)]
--- response_body eval: $::numbers
--- access
-


=== TEST 7: no chunk but the last
--- raw_request eval
main::post('/ws', 'Transfer-Encoding' => 'chunked') . "0\r\n\r\n"
--- response_body
--- access
-


=== TEST 8: in a temporary file
--- http_config eval: $::http
--- config eval
"location /ws {
    $::rules
    access_log logs/requests.log file;
    client_body_buffer_size 1k;
}"
--- start_log
warn: "client_body_buffer_size" is less than 256k for "grip_websocket" in ...: larger batches of events will go through a temporary file
--- raw_request eval
[main::packets(main::post('/ws', 'Content-Length' => length $::large)
               . $::large, 30011)]
--- response_body eval: $::numbers
--- log
warn: a client request body is buffered to a temporary file ...
--- access
/...client_body_temp/...


=== TEST 9: a small body in the buffer of the header
--- raw_request eval
main::post('/ws', 'Content-Length' => 12) . ws_events([TEXT => 42])
--- response_body eval
ws_events([TEXT => 'm:42'])
--- access
-


=== TEST 10: the beginning with the header, the rest in a file
--- raw_request eval
[main::post('/ws', 'Content-Length' => length $::large)
 . substr($::large, 0, 700), substr $::large, 700]
--- response_body eval: $::numbers
--- log
warn: a client request body is buffered to a temporary file ...
--- access
/...client_body_temp/...


=== TEST 11: in a file and in chunks
--- raw_request eval
[main::post('/ws', 'Transfer-Encoding' => 'chunked'),
 main::packets(main::chunked($::large, 50021), 30011)]
--- response_body eval: $::numbers
--- log
warn: a client request body is buffered to a temporary file ...
--- access
/...client_body_temp/...


=== TEST 12: in a file because one was asked for
--- http_config eval: $::http
--- config eval
"location /ws {
    $::rules
    access_log logs/requests.log file;
    client_body_in_file_only on;
}"
--- raw_request eval
[main::post('/ws', 'Content-Length' => length $::large), $::large]
--- response_body eval: $::numbers
--- access
/...client_body_temp/...


=== TEST 13: a small one, too
--- raw_request eval
main::post('/ws', 'Content-Length' => 12) . ws_events([TEXT => 42])
--- response_body eval
ws_events([TEXT => 'm:42'])
--- access
/...client_body_temp/...


=== TEST 14: with client_body_in_single_buffer
--- http_config eval: $::http
--- config eval
"location /ws {
    $::rules
    access_log logs/requests.log file;
    client_body_in_single_buffer on;
}"
--- raw_request eval
[main::packets(main::post('/ws', 'Content-Length' => length $::large)
               . $::large, 30011)]
--- response_body eval: $::numbers
--- access
-


=== TEST 15: unbuffered is for others
--- http_config eval: $::http
--- config eval
"location /ws {
    $::rules
    access_log logs/requests.log file;
    proxy_request_buffering off;
}"
--- raw_request eval
[main::packets(main::post('/ws', 'Content-Length' => length $::large)
               . $::large, 30011)]
--- response_body eval: $::numbers
--- access
-


=== TEST 16: beyond client_max_body_size
--- config
    location /ws {
        grip_websocket;
        client_max_body_size 600;
    }
--- ws
TEXT <a x 1000>
--- answer
413
--- start_log
warn: "client_max_body_size" is less than 512k for "grip_websocket" in ...: clients will be cut off, as batches of events may be that large
--- log
error: client intended to send too large body: 1012 bytes


=== TEST 17: beyond client_max_body_size, in chunks
--- raw_request eval
main::post('/ws', 'Transfer-Encoding' => 'chunked')
. main::chunked('x' x 1000, 300)
--- error_code: 413
--- log
error: client intended to send too large chunked body: ...


=== TEST 18: after an internal redirect that has read it
--- config
    location /first {
        proxy_pass http://127.0.0.1:1;
        error_page 502 = @ws;
    }

    location @ws {
        grip_websocket;
        grip_on text { send $grip_message; }
    }
--- ws
/first
TEXT <a x 100>
--- answer
TEXT m:<a x 100>
--- log
error: connect() failed (111: Connection refused)...


=== TEST 19: a client that goes away in the middle
--- config
    location /ws {
        grip_websocket;
    }
--- raw_request eval
main::post('/ws', 'Content-Length' => 100) . 'TEXT'
--- shutdown
--- ignore_response


=== TEST 20: which nobody else notices
--- ws
PING
--- answer
PONG


=== TEST 21: more than the buffer of the header holds
--- http_config eval: $::http
--- config eval
"location /ws {
    $::rules
    access_log logs/requests.log file;
}"
--- raw_request eval
main::post('/ws', 'Content-Length' => length $::binary) . $::binary
--- response_body eval: $::echoed
--- access
-


=== TEST 22: the beginning with the header, the rest beyond its buffer
--- raw_request eval
[main::post('/ws', 'Content-Length' => length $::binary)
 . substr($::binary, 0, 200), substr $::binary, 200]
--- response_body eval: $::echoed
--- access
-


=== TEST 23: the beginning with the header, the rest behind it
--- raw_request eval
[main::post('/ws', 'Content-Length' => 29)
 . "BINARY 6\r\n\0\xff", "\r\n\r\n\r\nTEXT 1\r\n1\r\n"]
--- response_body eval
ws_events([BINARY => "m:\0\xff\r\n\r\n"], [TEXT => 'm:1'])
--- access
-
