# Errors of grip_publish and its directives at start.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';

repeat_each(1);
no_long_string();
run_tests();

__DATA__

=== TEST 1: a format that is none
--- config
    location = /publish { grip_publish room; grip_publish_format ws; }
--- must_die
--- error_log
invalid format "ws" in



=== TEST 2: a format twice
--- config
    location = /publish { grip_publish room; grip_publish_format sse sse; }
--- must_die
--- error_log
duplicate format "sse" in



=== TEST 3: formats that share a slot
--- config
    location = /publish { grip_publish room; grip_publish_format sse http-stream; }
--- must_die
--- error_log
"grip_publish_format" directive takes "http-stream" or "sse"



=== TEST 4: formats in two lines
--- config
    location = /publish {
        grip_publish room;
        grip_publish_format sse;
        grip_publish_format ws-message;
    }
--- must_die
--- error_log
"grip_publish_format" directive is duplicate



=== TEST 5: a literal channel that is none
--- config
    location = /publish { grip_publish "a,b"; }
--- must_die
--- error_log
invalid channel "a,b" in



=== TEST 6: two content handlers
--- config
    location = /publish { proxy_pass http://127.0.0.1; grip_publish room; }
--- must_die
--- error_log
"grip_publish" directive conflicts with another content handler



=== TEST 7: two content handlers, ours first
--- config
    location = /publish { grip_publish room; proxy_pass http://127.0.0.1; }
--- must_die
--- error_log
"grip_publish" conflicts with another content handler of the location in



=== TEST 8: a location publishes once
--- config
    location = /publish { grip_publish room; grip_publish lobby; }
--- must_die
--- error_log
"grip_publish" directive is duplicate



=== TEST 9: a value twice
--- config
    location = /publish { grip_publish room; grip_publish_id 1; grip_publish_id 2; }
--- must_die
--- error_log
"grip_publish_id" directive is duplicate



=== TEST 10: a meta without a name
--- config
    location = /publish { grip_publish room; grip_publish_meta "" x; }
--- must_die
--- error_log
invalid name "" in



=== TEST 11: require what
--- config
    location = /publish { grip_publish room; grip_publish_require most; }
--- must_die
--- error_log
invalid value "most" in



=== TEST 12: no variables in the name of a meta
--- config
    location = /publish { grip_publish room; grip_publish_meta $arg_n x; }
--- must_die
--- error_log
invalid name "$arg_n" in



=== TEST 13: a type that is neither
--- config
    location = /publish { grip_publish room; grip_publish_type text/plain; }
--- must_die
--- error_log
invalid value "text/plain" in



=== TEST 14: a type twice
--- config
    location = /publish {
        grip_publish room;
        grip_publish_type text;
        grip_publish_type text;
    }
--- must_die
--- error_log
"grip_publish_type" directive is duplicate



=== TEST 15: bytes as events
--- config
    location = /publish {
        grip_publish        room;
        grip_publish_type   binary;
        grip_publish_format ws-message sse;
    }
--- must_die
--- error_log
"grip_publish" of binary content cannot be in "sse" format in



=== TEST 16: bytes as events, by levels
--- http_config
    grip_publish_format sse;
--- config
    grip_publish_type binary;

    location = /publish { grip_publish room; }
--- must_die
--- error_log
"grip_publish" of binary content cannot be in "sse" format in



=== TEST 17: bytes as events where nothing is published
--- http_config
    grip_publish_format sse;
--- config
    grip_publish_type binary;

    location = /publish { return 204; }
--- request
GET /publish
--- error_code: 204
