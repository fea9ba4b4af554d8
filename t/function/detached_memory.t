# The memory that a detached call takes from a worker while it runs, beside a
# request that nginx itself has behind the same "proxy_pass".

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Nginx;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'sanitizers take more' if $ENV{GRIP_BUILD};

use constant CALLS => 500;

# all that connect here wait

my $function = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 4096)
    or die "cannot listen: $!";
my $at = $function->sockport;

my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(connections => 8192, http => <<"END");
    access_log off;
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_call_detached_max 4000;

    server {
        listen 127.0.0.1:$port;

        location /ws {
            grip_websocket;
            grip_on text { call /fn/one detached; }
        }

        location /fn/ { internal; proxy_pass http://127.0.0.1:$at; }
        location /plain/ { proxy_pass http://127.0.0.1:$at; }
    }
END

my ($worker) = $nginx->log =~ /start worker process (\d+)/;

sub connections {
    my $open = 0;

    for my $file (glob "/proc/$worker/fd/*") {
        $open++ if (readlink $file // '') =~ /^socket:/;
    }

    return $open;
}

my $n = 0;

sub request {
    my ($uri) = @_;
    my $body = ws_events([TEXT => 'hello']);
    my $id = $n++;

    return "POST $uri HTTP/1.1\r\nHost: localhost\r\n"
           . ws_headers('Content-Length' => length $body,
                        'Connection-Id' => "c$id") =~ s/\n/\r\n/gr
           . "\r\n$body";
}

# KB for each of so many more

sub each_takes {
    my ($make) = @_;

    $make->(CALLS);                              # room that is there once

    my $before = $nginx->resident;

    $make->(CALLS);

    return ($nginx->resident - $before) / CALLS;
}

my $call = each_takes(sub {
    my ($count) = @_;
    my $open = connections();

    # one after another: what their clients' requests take is given back

    my $client = IO::Socket::INET->new("127.0.0.1:$port") or die "$!";

    for (1 .. $count) {
        syswrite $client, request('/ws');
        sysread $client, my $answer, 65536;
    }

    $nginx->wait_for(sub { connections() >= $open + $count })
        or diag(connections());
});

my @clients;

my $plain = each_takes(sub {
    my ($count) = @_;
    my $open = connections();

    for (1 .. $count) {
        my $client = IO::Socket::INET->new("127.0.0.1:$port") or die "$!";

        syswrite $client, request('/plain/one');
        push @clients, $client;
    }

    $nginx->wait_for(sub { connections() >= $open + 2 * $count })
        or diag(connections());
});

note(sprintf 'KB: %.1f a detached call, %.1f a request behind proxy_pass',
     $call, $plain);

cmp_ok($call, '>', 1, 'calls are at work');
cmp_ok($call, '<=', $plain + 8, 'a call takes 8 KB more at most');

close $_ for @clients;
$nginx->stop('TERM');

is($nginx->alerts, '', 'no alerts');

done_testing();
