# A request of many events leaves the worker to its other clients in between.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

# what must hold is 50 ms, on a machine that has nothing else to do

use constant LONGEST => 0.5;

use constant CALLS => 10_000;

my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(main => 'worker_shutdown_timeout 60s;',
                               http => <<"END_CONF");
    client_body_buffer_size     1m;
    large_client_header_buffers 4 32k;

    server {
        listen 127.0.0.1:$port;

        location = /other { return 200 other; }

        location /return { grip_websocket;  grip_on any { call /fn; } }
        location /file   { grip_websocket;  grip_on any { call /none/x; } }
        location /json   { grip_websocket;  grip_on any { call /fn as=json; } }
        location /batch  { grip_websocket;  grip_on any if=\$nobody { send x; }
                           grip_on any { call /fn as=json; }
                           grip_call_batch on; }
        location /rules  { grip_websocket;  grip_on any if=\$nobody { send x; } }

        location = /fn   { internal;  return 200 "[]"; }
        location /none/  { internal;  root /nonexistent; }
    }

    map \$grip_message \$nobody {
        default 0;
        "~^(?:a|aa)+[bc]" 1;
    }
END_CONF

sub batch {
    my ($path, $message, $n, $headers) = @_;

    my $body = sprintf("TEXT %x\r\n%s\r\n", length $message, $message) x $n;

    return "POST $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           . "Content-Type: application/websocket-events\r\n"
           . "Connection-Id: 1\r\n" . ($headers || '')
           . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

# how long each request of somebody else has taken while the batch was handled

sub others {
    my ($request) = @_;

    pipe my $in, my $out or die "no pipe: $!";

    my $pid = fork // die "cannot fork: $!";

    if (!$pid) {
        my $client = connected();

        print { $out } "ready\n";
        $out->flush;

        while (1) {
            my $start = time;

            syswrite $client, "GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n";

            my $answer = '';

            while ($answer !~ /\r\n\r\nother/) {
                sysread $client, $answer, 4096, length $answer or last;
            }

            syswrite $out, time - $start . "\n";
            sleep 0.001;
        }
    }

    close $out;
    <$in>;

    my $start = time;
    my ($answer) = $nginx->requests($port, $request);
    my $took = time - $start;

    # the one that has waited the longest may still do so

    my @times = (scalar <$in>);

    kill 'TERM', $pid;
    waitpid $pid, 0;

    push @times, <$in>;

    return ($answer, $took, map { 0 + $_ } @times);
}

sub connected {
    return IO::Socket::INET->new("127.0.0.1:$port")
           || die "cannot connect: $!";
}

for my $case (
    ['calls that nginx answers by itself', '/return', 'a', CALLS],
    ['calls that fail', '/file', 'a', CALLS],
    ['a batch for one call', '/batch', 'a' x 16, CALLS],
    ['rules that take long', '/rules', 'a' x 16, CALLS],
) {
    my ($name, @batch) = @$case;

    my ($answer, $took, @times) = others(batch(@batch));
    my ($longest) = sort { $b <=> $a } @times;

    is(Grip::Nginx::status($answer), 200, "$name: an answer");
    cmp_ok($longest, '<', LONGEST, "$name: others do not wait")
        or diag("the batch has taken $took seconds");
}

is($nginx->alerts, '', 'nobody is alarmed');

done_testing();
