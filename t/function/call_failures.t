# Functions that fail: the client's connection is closed in order, or goes on.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Grip::Function;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

$ENV{TEST_NGINX_DOWN} = '127.0.0.1:' . Grip::Sink::unused_port();

$ENV{TEST_NGINX_FUNCTION} = '127.0.0.1:' . Grip::Function::start(sub {
    my ($request) = @_;
    my ($how, $n) = $request->{uri} =~ m{([a-z]*)-?(\d*)$};
    my $head = "HTTP/1.1 200 OK\r\n";
    my $say = sub { Grip::Function::put($request->{fh}, $_[0]) };

    return ($n, '', $n == 204 ? '' : "status $n\n") if $how eq 'status';
    return 'x' x $n if $how eq 'bytes';

    return (200, "Content-Encoding: $1\r\n", '["x"]')
        if $request->{uri} =~ m{/encoded-(.*)};

    sleep 5 if $how eq 'hang';
    $say->('HTTP/1.1 200 O') if $how eq 'head';
    $say->("nonsense\r\n\r\n") if $how eq 'nonsense';
    $say->("${head}Content-Length: 100\r\n\r\nhalf") if $how eq 'length';
    $say->("${head}Content-Length: 100\r\n\r\n") if $how eq 'nothing';
    $say->("${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        if $how eq 'chunked';
    $say->("${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n")
        if $how eq 'chunks';

    if ($how eq 'stalled') {
        $say->("${head}Content-Length: 100\r\n\r\nhalf");
        sleep 5;
    }

    # until nginx has had enough of it

    if ($how eq 'endless') {
        $say->("$head\r\n");
        1 while $say->('x' x 65536);
    }

    return;
});

our $call = <<'CONFIG';
    location /ws {
        grip_websocket;
        grip_call_buffer_size 20k;
        grip_on open { call /fn/$arg_open; }
        grip_on text { call /fn/$grip_message; }
    }

    location /json {
        grip_websocket;
        grip_call_buffer_size 20k;
        grip_on any  { call /fn/$grip_message as=json; }
    }

    location /ignore {
        grip_websocket;
        grip_call_buffer_size 20k;
        grip_on any  { call /fn/$grip_message on_error=ignore; }
    }

    location /fn/ {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
        proxy_read_timeout 200ms;
    }

    location /fn/down { internal; proxy_pass http://$TEST_NGINX_DOWN; }
CONFIG

our $unbuffered = $call =~ s/(proxy_read_timeout)/proxy_buffering off; $1/r;

our $kept = $call =~ s/(proxy_read_timeout)/proxy_http_version 1.1;
        proxy_set_header Connection ""; $1/r;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: statuses
--- config eval: $::call
--- ws
TEXT status-500

TEXT status-404
TEXT bytes-3

TEXT status-301

/json
TEXT status-400

/ignore
TEXT status-500
TEXT bytes-3

TEXT status-204
TEXT bytes-3
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:xxx

TEXT m:xxx
--- log
error: grip: function "/fn/status-500" failed: status 500
error: grip: function "/fn/status-404" failed: status 404
error: grip: function "/fn/status-301" failed: status 301
error: grip: function "/fn/status-400" failed: status 400
error: grip: function "/fn/status-500" failed: status 500


=== TEST 2: answers to earlier events stay
--- ws
TEXT bytes-3
TEXT status-500
TEXT bytes-3
--- answer
TEXT m:xxx
CLOSE \x03\xf3function failed
--- log
error: grip: function "/fn/status-500" failed: status 500


=== TEST 3: nobody listens, no answer in time, no sense in it
--- ws
TEXT down

TEXT hang

TEXT head

TEXT nonsense

TEXT close

/json
TEXT down

/ignore
TEXT down
TEXT hang
TEXT bytes-3
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:xxx
--- log
error: connect() failed (111: Connection refused)
error: grip: function "/fn/down" failed: status 502
error: upstream timed out (110: Connection timed out)
error: grip: function "/fn/hang" failed: status 504
error: upstream prematurely closed connection
error: grip: function "/fn/head" failed: status 502
error: upstream sent no valid HTTP/1.0 header
error: grip: function "/fn/nonsense" failed: ...
error: upstream prematurely closed connection
error: grip: function "/fn/close" failed: status 502
error: connect() failed (111: Connection refused)
error: grip: function "/fn/down" failed: status 502
error: connect() failed (111: Connection refused)
error: upstream timed out (110: Connection timed out)
error: grip: function "/fn/down" failed: status 502 (the first of 2)


=== TEST 4: answers that are cut off
--- ws
TEXT length

TEXT nothing

TEXT chunked

TEXT chunks

TEXT stalled

/json
TEXT length

/ignore
TEXT length
TEXT bytes-3
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:xxx
--- log
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/nothing" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/chunked" failed: answer cut off
error: upstream sent invalid chunked response
error: grip: function "/fn/chunks" failed: answer cut off
error: upstream timed out (110: Connection timed out)
error: grip: function "/fn/stalled" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off


=== TEST 5: answers that are too large
--- ws
TEXT bytes-20480
TEXT bytes-20481

TEXT bytes-5000000

TEXT endless

/json
TEXT endless

/ignore
TEXT endless
TEXT bytes-3
--- answer
TEXT m:<x x 20480>
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:xxx
--- log
error: grip: function "/fn/bytes-20481" failed: answer too large
error: grip: function "/fn/bytes-5000000" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large


=== TEST 6: cut off, where nginx does not buffer
--- config eval: $::unbuffered
--- ws
TEXT length

TEXT nothing

TEXT chunked

TEXT chunks

TEXT stalled

/json
TEXT length

/ignore
TEXT length
TEXT bytes-3
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:xxx
--- log
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/nothing" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/chunked" failed: answer cut off
error: upstream sent invalid chunked response
error: grip: function "/fn/chunks" failed: answer cut off
error: upstream timed out (110: Connection timed out)
error: grip: function "/fn/stalled" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off


=== TEST 7: too large, where nginx does not buffer
--- config eval: $::unbuffered
--- ws
TEXT bytes-20480
TEXT bytes-20481

TEXT bytes-5000000

TEXT endless

/json
TEXT endless

/ignore
TEXT endless
TEXT bytes-3
--- answer
TEXT m:<x x 20480>
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:xxx
--- log
error: grip: function "/fn/bytes-20481" failed: answer too large
error: grip: function "/fn/bytes-5000000" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large


=== TEST 8: cut off, on connections that are kept
--- config eval: $::kept
--- ws
TEXT length

TEXT nothing

TEXT chunked

TEXT chunks

TEXT stalled

/json
TEXT length

/ignore
TEXT length
TEXT bytes-3
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:xxx
--- log
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/nothing" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/chunked" failed: answer cut off
error: upstream sent invalid chunked response
error: grip: function "/fn/chunks" failed: answer cut off
error: upstream timed out (110: Connection timed out)
error: grip: function "/fn/stalled" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off


=== TEST 9: too large, on connections that are kept
--- config eval: $::kept
--- ws
TEXT bytes-20480
TEXT bytes-20481

TEXT bytes-5000000

TEXT endless

/json
TEXT endless

/ignore
TEXT endless
TEXT bytes-3
--- answer
TEXT m:<x x 20480>
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:xxx
--- log
error: grip: function "/fn/bytes-20481" failed: answer too large
error: grip: function "/fn/bytes-5000000" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large
error: grip: function "/fn/endless" failed: answer too large


=== TEST 10: failures on OPEN are statuses
--- config eval: $::call
--- ws
/ws?open=status-403
OPEN

/ws?open=down
OPEN

/ws?open=hang
OPEN

/ws?open=length
OPEN

/ws?open=endless
OPEN
--- answer
403
= status 403\n

502

504

502

502
--- log
error: connect() failed (111: Connection refused)
error: upstream timed out (110: Connection timed out)
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: grip: function "/fn/endless" failed: answer too large


=== TEST 11: failures with on_error
--- config
    location /close {
        grip_websocket;
        grip_on open { call /fn/$arg_open on_error=close; }
        grip_on any  { call /fn/$grip_message on_error=close; }
    }

    location /ignore {
        grip_websocket;
        grip_on open { call /fn/$arg_open on_error=ignore; }
    }

    location /reject {
        grip_websocket;
        grip_on open { call /fn/$arg_open on_error=reject; }
    }

    location /json/close {
        grip_websocket;
        grip_on open { call /fn/$arg_open as=json on_error=close; }
    }

    location /json/ignore {
        grip_websocket;
        grip_on open { call /fn/$arg_open as=json on_error=ignore; }
    }

    location /json/reject {
        grip_websocket;
        grip_on open { call /fn/$arg_open as=json on_error=reject; }
    }

    location /fn/ {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
/close?open=status-500
OPEN

/close?open=status-499
OPEN

/close?open=length
OPEN

/close
TEXT status-500

/ignore?open=status-500
OPEN

/ignore?open=status-403
OPEN

/ignore?open=length
OPEN

/reject?open=status-500
OPEN

/reject?open=length
OPEN

/json/close?open=status-403
OPEN

/json/ignore?open=status-403
OPEN

/json/reject?open=status-403
OPEN

/json/reject?open=bytes-3
OPEN

/json/ignore?open=bytes-3
OPEN
--- answer
OPEN
CLOSE \x03\xf3function failed

499

OPEN
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

OPEN

403

OPEN

500

502

OPEN
CLOSE \x03\xf3function failed

OPEN

502

502

OPEN
--- log
error: grip: function "/fn/status-500" failed: status 500
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: grip: function "/fn/status-500" failed: status 500
error: grip: function "/fn/status-500" failed: status 500
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: upstream prematurely closed connection
error: grip: function "/fn/length" failed: answer cut off
error: grip: function "/fn/status-403" failed: status 403
error: grip: function "/fn/status-403" failed: status 403
error: grip: function "/fn/status-403" failed: status 403
error: grip: function answered invalid JSON at byte 3
error: grip: function answered invalid JSON at byte 3


=== TEST 12: a DISCONNECT has nobody to close
--- config eval: $::call
--- ws
/json
TEXT bytes-0
DISCONNECT
--- answer
200
--- log
error: upstream prematurely closed connection
error: grip: function "/fn/" failed: status 502


=== TEST 13: locations that are not there, or answer nothing
--- config
    location /ws {
        grip_websocket;
        grip_on open { call /$arg_open; }
        grip_on text { call /$grip_message; }
        grip_on binary { call $grip_message; }
    }

    location /444    { internal; return 444; }
    location /408    { internal; return 408; }
    location /499    { internal; return 499; }
    location /page   { internal; error_page 500 /text; return 500; }
    location /text   { internal; return 200 "an error page"; }
    location /cycle  { internal; rewrite ^ /cycle last; }
    location /static { internal; root /nonexistent; }
--- ws
TEXT 444

TEXT 408

TEXT 499

TEXT page

TEXT cycle

TEXT static

TEXT ws

TEXT ../../x

BINARY x

BINARY

/ws?open=444
OPEN

/ws?open=ws
OPEN

/ws?open=static
OPEN
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

502

500

404
--- log
error: grip: function "/444" failed: no answer
error: grip: function "/408" failed: no answer
error: grip: function "/499" failed: no answer
error: grip: function "/page" failed: status 500
error: rewrite or internal redirection cycle ...
error: grip: function "/cycle" failed: status 500
error: open() ...
error: grip: function "/static" failed: status 404
error: grip: "grip_websocket" in a subrequest
error: grip: function "/ws" failed: status 500
error: grip: function "/../../x" failed: invalid URI
error: grip: function "x" failed: invalid URI
error: grip: function "" failed: invalid URI
error: grip: function "/444" failed: no answer
error: grip: "grip_websocket" in a subrequest
error: open() ...


=== TEST 14: the size is that of the location, or of the levels above
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_call_buffer_size 1;
--- config
    grip_call_buffer_size 3;

    location /ws  { grip_websocket;  grip_on text { call /$grip_message; } }
    location /own { grip_websocket;  grip_on text { call /$grip_message; }
                    grip_call_buffer_size 4; }

    location /three { internal; return 200 abc; }
    location /four  { internal; return 200 abcd; }
--- ws
TEXT three
TEXT four

/own
TEXT four
--- answer
TEXT m:abc
CLOSE \x03\xf3function failed

TEXT m:abcd
--- log
error: grip: function "/four" failed: answer too large


=== TEST 15: an encoding that nobody undoes
--- config eval: $::call
--- ws
/ws?open=encoded-gzip
OPEN

TEXT encoded-gzip

TEXT encoded-br,identity

TEXT encoded-Identity

TEXT encoded-none

/json
TEXT encoded-gzip
--- answer
502

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

TEXT m:["x"]

TEXT m:["x"]

CLOSE \x03\xf3function failed
--- log
error: grip: function "/fn/encoded-gzip" failed: its answer has a "Content-Encoding"
error: grip: function "/fn/encoded-gzip" failed: its answer has a "Content-Encoding"
error: grip: function "/fn/encoded-br,identity" failed: its answer has a "Content-Encoding"
error: grip: function "/fn/encoded-gzip" failed: its answer has a "Content-Encoding"
