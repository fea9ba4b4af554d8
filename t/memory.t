# The memory that a request takes from a worker, whatever its events and rules.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Nginx;
use Grip::Sink;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'sanitizers take more' if $ENV{GRIP_BUILD};

# beyond an idle worker
my $max = 32 * 1024;

my $port = Grip::Nginx::port();
my $sink = Grip::Sink::start();
my $answers = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(http => <<"END");
    access_log off;

    proxy_cache_path  logs/cache  keys_zone=cache:1m;

    grip_url http://127.0.0.1:$sink/ok/?iss=pushpin&key=changeme;

    client_body_buffer_size      512k;
    large_client_header_buffers  8 16k;
    keepalive_requests           1000000;
    grip_max_events              off;

    upstream functions {
        server 127.0.0.1:$answers;
        keepalive 4;
    }

    map \$grip_message \$mapped { default "\$http_cookie\$grip_message"; }

    map "\$http_cookie\$grip_message" \$never { default ""; }

    grip_json_set \$member member;

    server {
        listen 127.0.0.1:$answers;

        location /plain { return 204; }
        location /text  { return 200 "\$http_cookie"; }
        location /json  { return 200 '[{"send":"a"},{"set_meta":{"a":"b"}}]'; }
    }

    server {
        listen 127.0.0.1:$port;

        location /send {
            grip_websocket;
            grip_on text { send "\$http_cookie: \$grip_message"; }
        }

        location /member {
            grip_websocket;
            grip_on text if=\$member { send \$member; }
        }

        location /if {
            grip_websocket;
            grip_on text if=\$never { send never; }
            grip_on text if="\$never\$never\$http_cookie" { }
        }

        location /map {
            grip_websocket;
            grip_on text \$mapped = never { send never; }
            grip_on text { filter_meta a "\$mapped"; set_meta a "\$mapped"; }
        }

        location /regex {
            grip_websocket;
            grip_on text \$mapped ~ "^(?<first>.)(.*)x\$" { send never; }
            grip_on text \$mapped ~ "^(?<first>.)(.*)a\$" {
                set_meta a "\$first\$2";
            }
        }

        location /meta {
            grip_websocket;
            grip_on text { set_meta a "\$http_cookie"; set_meta b \$grip_meta_a; }
        }

        location /publish {
            grip_websocket;
            grip_on text {
                publish room "\$http_cookie" id=\$request_id on_error=ignore;
            }
        }

        location /publish/call {
            grip_websocket;
            grip_on text {
                publish room a on_error=ignore;
                call /fn/plain;
            }
        }

        location /call {
            grip_websocket;
            grip_on text { call "/fn\$arg_fn?\$http_cookie"; }
        }

        location /call/cached {
            grip_websocket;
            grip_on text { call /fn/cached/\$grip_message; }
        }

        location /call/json {
            grip_websocket;
            grip_on text { call "/fn\$arg_fn?\$http_cookie" as=json; }
        }

        location /call/batch {
            grip_websocket;
            grip_call_batch on;
            grip_on text if="\$http_cookie\$mapped" {
                call "/fn\$arg_fn?\$http_cookie" as=json;
            }
        }

        location /call/ignore {
            grip_websocket;
            grip_on text { call "/fn\$arg_fn" on_error=ignore; }
        }

        location /fn/return/plain { internal; return 204; }
        location /fn/return/text  { internal; return 200 "\$http_cookie"; }
        location /fn/return/none  { internal; return 503; }
        location /fn/return/json  {
            internal;
            return 200 '[{"send":"a"},{"set_meta":{"a":"b"}}]';
        }

        location /fn/ {
            internal;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            rewrite ^/fn(.*) \$1 break;
            proxy_pass http://functions;
        }

        location /fn/cached/ {
            internal;
            proxy_cache cache;
            proxy_cache_key \$uri;
            proxy_cache_methods POST;
            proxy_cache_valid 1s;
            proxy_cache_use_stale updating;
            proxy_cache_background_update on;
            proxy_pass http://127.0.0.1:$sink/slow-100/;
        }
    }
END

my ($worker) = $nginx->log =~ /start worker process (\d+)/;


# of the worker's memory, in KB

sub memory {
    my ($name) = @_;

    return Grip::Nginx::read_file("/proc/$worker/status") =~ /^$name:\s+(\d+)/m
           ? $1 : die "no $name of worker $worker";
}


my $idle = memory('VmRSS');


# the most that the worker had while it answered, beyond what it had before all

sub peak {
    my ($uri, $body) = @_;

    my $headers = Grip::ws_headers('Content-Length' => length $body,
                                   Host => 'localhost', Connection => 'close',
                                   Cookie => 'c' x 4096)
                  =~ s/\n/\r\n/gr;

    Grip::Nginx::write_file("/proc/$worker/clear_refs", '5');

    my $client = IO::Socket::INET->new("127.0.0.1:$port")
        or die "cannot connect: $!";

    local $SIG{ALRM} = sub { die "no answer of $uri" };
    alarm 120;

    my $request = "POST $uri HTTP/1.1\r\n$headers\r\n$body";

    for (my $sent = 0; $sent < length $request; ) {
        $sent += syswrite $client, $request, 65536, $sent;
    }

    my $answer = '';
    while (sysread $client, $answer, 65536, length $answer) { }

    alarm 0;

    return (memory('VmHWM') - $idle, $answer);
}


sub document {
    my ($n) = @_;
    my $text = '[' . '{},' x $n . '1]';

    return sprintf "TEXT %x\r\n%s\r\n", length $text, $text;
}


my $events = "TEXT\r\n" x 80_000;
my $calls = "TEXT\r\n" x 20_000;
my $messages = "TEXT 1\r\na\r\n" x 45_000;
my $objects = document(32_000);
my $more = document(150_000);

for my $case (
    ['send', '/send', $events],
    ['if=', '/if', $events],
    ['maps, and channels of them', '/map', $messages],
    ['captures', '/regex', $messages],
    ['a document of many objects', '/member', $objects],
    ['one of more', '/member', $more],
    ['set_meta', '/meta', $events],
    ['publish', '/publish', $events],
    ['publish and call', '/publish/call', $calls],
    ['call of "return"', '/call?fn=/return/plain', $calls],
    ['call of "return" with a text', '/call?fn=/return/text', $calls],
    ['call of "return" with JSON', '/call/json?fn=/return/json', $calls],
    ['call of "return" that fails', '/call/ignore?fn=/return/none', $calls],
    ['call of a backend', '/call?fn=/plain', $calls],
    ['call of a backend with a text', '/call?fn=/text', $calls],
    ['call of a backend with JSON', '/call/json?fn=/json', $calls],
    ['one call for many messages', '/call/batch?fn=/json', $messages],
    ['one call for many events', '/call/batch?fn=/json', $events],
) {
    my ($name, $uri, $body) = @$case;
    my ($peak, $answer) = peak($uri, $body);

    note("$name: $peak KB");
    cmp_ok($peak, '<', $max, "$name: KB");
    like($answer, qr{^HTTP/1\.1 200 }, "$name: answered");
}

# the memory of a call is that of its subrequests in the background, too, and
# not many of these are under way when the next call begins

my $cached = join '', map { "TEXT 2\r\n$_\r\n" } 10 .. 29;

peak('/call/cached', $cached);
sleep 2.5;

my $start = time;
my (undef, $answer) = peak('/call/cached', $cached);

like($answer, qr{^HTTP/1\.1 200 }, 'calls that are answered from a cache');
cmp_ok(time - $start, '>', 0.15, 'wait for those that update it');

is($nginx->alerts, '', 'nothing alarming in the log');

done_testing();
