# A batch sets metas with each of its events: what that costs grows with the
# number of events, not with its square, and takes no memory for each.  Nor does
# it matter by which names a request's metas go.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use Test::More;

my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(http => <<"END");
    client_max_body_size    512k;
    client_body_buffer_size 512k;
    large_client_header_buffers 8 64k;

    server {
        listen      127.0.0.1:$port;
        grip_verify off;

        location /set {
            grip_websocket;
            grip_on text { set_meta a \$grip_message; }
        }

        location /find {
            grip_websocket;
            grip_on text { set_meta a \$grip_message;  send \$grip_meta_b; }
        }

        location /idle {
            grip_websocket;
            grip_on text { }
        }
    }
END

my ($worker) = $nginx->log =~ /start worker process (\d+)/;


# of the worker

sub memory_peak {
    return Grip::Nginx::read_file("/proc/$worker/status")
           =~ /^VmHWM:\s+(\d+) kB/m ? $1 : die 'no VmHWM';
}

sub forget_peak {
    Grip::Nginx::write_file("/proc/$worker/clear_refs", '5');
}

sub cpu_time {
    my $stat = Grip::Nginx::read_file("/proc/$worker/stat");
    my @fields = split ' ', $stat =~ s/^.*\) //r;

    return $fields[11] + $fields[12];
}

sub batch {
    my ($path, $events, $metas) = @_;

    my $body = "TEXT 1\r\nx\r\n" x $events;

    $metas //= "Meta-User: root\r\n";

    return "POST $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           . "Connection-Id: 1\r\n$metas"
           . "Content-Type: application/websocket-events\r\n"
           . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

sub ask {
    my ($answer) = $nginx->requests($port, batch(@_));

    return $answer;
}


# a first request, for what is there once

like(ask('/set', 10000), qr/^Set-Meta-a: x\r$/m, 'the last value is told');

forget_peak();
ask('/idle', 10000);
my $idle = memory_peak();

forget_peak();
ask('/set', 10000);
my $set = memory_peak();

cmp_ok($set - $idle, '<', 300, 'a meta takes no memory for each event')
    or diag("$idle kB without, $set kB with");

my $start = cpu_time();
ask('/find', 1000) for 1 .. 200;
my $short = cpu_time() - $start;

$start = cpu_time();
ask('/find', 10000) for 1 .. 20;
my $long = cpu_time() - $start;

cmp_ok($long, '<', 4 * $short,
       'ten times the events in a batch take no hundred times the time')
    or diag("$short ticks in batches of 1,000, $long in batches of 10,000");

# to nginx's hash of names "an" is "c0"

sub metas {
    my ($other) = @_;

    return join '', map {
        'Meta-' . sprintf('%030b', $_) =~ s/(.)/$1 ? $other : 'an'/ger
        . ": x\r\n"
    } 1 .. 900;
}

my %ticks;

for my $other ('bn', 'c0') {
    my $metas = metas($other);

    $start = cpu_time();
    like(ask('/find', 1, $metas), qr/200 OK/, '900 metas') for 1 .. 100;
    $ticks{$other} = cpu_time() - $start;
}

SKIP: {
    skip 'to sanitizers, names that are compared cost more than those that are'
         . ' not', 1 if $ENV{GRIP_BUILD};

    cmp_ok($ticks{c0}, '<', 6 * $ticks{bn} + 6,
           'names that a hash confuses cost as much as others')
        or diag("$ticks{bn} ticks for names that it tells apart, $ticks{c0}"
                . ' for others');
}

is($nginx->alerts, '', 'and no complaints');

done_testing();
