# A thousand detached calls while nginx is reloaded and the functions' server
# is ended and started anew.

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Nginx;
use Test::More;
use Time::HiRes qw(sleep);

my $port = Grip::Nginx::port();
my $runtime = Grip::Nginx::port();

# an nginx of its own, whose functions take a second, but for some

sub runtime {
    return Grip::Nginx->start(http => <<"END");
    server {
        listen 127.0.0.1:$runtime backlog=4096;
        access_log off;

        location / { limit_rate 100; return 200 "@{['.' x 150]}"; }
        location /fn/m { return 200 "at once"; }
    }
END
}

my $functions = runtime();

my $nginx = Grip::Nginx->start(connections => 8192, http => <<"END");
    access_log logs/requests.log;
    client_body_buffer_size 512k;

    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_call_detached_max 2000;

    server {
        listen 127.0.0.1:$port;

        location = /status { access_log off; stub_status; }

        location /ws {
            access_log off;
            grip_websocket;
            grip_on text { call /fn/\$grip_message detached timeout=4s; }
        }

        location /fn/ { internal; proxy_pass http://127.0.0.1:$runtime; }
    }
END

# how many are answered, without a CLOSE

sub send_calls {
    my ($from, $to, $uri) = @_;

    return scalar grep { m{^HTTP/1\.1 200 .*\r\n\r\n\z}s } map { $_ // '' }
        $nginx->requests($port, map {
            my $body = ws_events([TEXT => "$uri$_"]);

            "POST /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            . ws_headers('Content-Length' => length $body,
                         'Connection-Id' => "c$_") =~ s/\n/\r\n/gr
            . "\r\n$body"
        } $from .. $to);
}

sub lines {
    return scalar grep { /"POST \/fn\// }
           split /\n/, Grip::Nginx::read_file("$nginx->{root}/logs/requests.log");
}

my $n = 0;

for my $round (1 .. 5) {
    is(send_calls($n + 1, $n + 200, 'n'), 200, 'all requests are answered');
    $n += 200;

    kill 'HUP', $nginx->{pid};

    if ($round == 3) {
        $functions->stop('TERM');
        $functions = runtime();
    }
}

ok($nginx->wait_for(sub { lines() >= 1000 }), 'a thousand calls end')
    or diag(lines());

is(lines(), 1000, 'each in one line');

like($nginx->stub_status($port),
     qr/^Active connections: 1 \n.*Reading: 0 Writing: 1 Waiting: 0/s,
     'the connections are back where they were');

# nor does the worker keep memory of them, or is there an old one left

sub workers {
    return split ' ', Grip::Nginx::read_file(
        "/proc/$nginx->{pid}/task/$nginx->{pid}/children");
}

ok($nginx->wait_for(sub { workers() == 1 }), 'the old workers have gone');

my ($worker) = workers();

# one after another: of many that run at once the allocator keeps what they
# took, all of it or some

my @memory = map {
    my $sent = grep { send_calls($_, $_, 'm') } $n + 1 .. $n + 300;

    is($sent, 300, 'three hundred more are answered');

    $n += 300;
    ok($nginx->wait_for(sub { lines() >= $n }), 'and called') or diag(lines());
    $nginx->resident($worker);
} 1 .. 4;

SKIP: {
    skip 'sanitizers keep what is freed', 1 if $ENV{GRIP_BUILD};

    cmp_ok($memory[3] - $memory[1], '<', 300,
           'no memory is left of six hundred calls, KB')
        or diag("@memory");
}

$nginx->stop('QUIT');

is($nginx->alerts, '', 'no alerts');

done_testing();
