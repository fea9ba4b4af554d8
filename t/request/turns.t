# A request of many events leaves the worker to its other clients in between.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

# seconds of the worker's CPU, which a busy machine changes little: what must
# hold is 50 ms, on a machine that has nothing else to do

use constant LONGEST => 0.2;

# sanitizers take ten times as long for a batch

use constant CALLS => $ENV{GRIP_BUILD} ? 1_000 : 10_000;

# what is freed is overwritten

$ENV{MALLOC_PERTURB_} = 165 if !$ENV{GRIP_BUILD};

my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(main => 'worker_shutdown_timeout 60s;',
                               http => conf());

sub conf {
    return <<"END_CONF";
    grip_max_events             off;
    keepalive_requests          1000000;
    client_body_buffer_size     1m;
    large_client_header_buffers 4 32k;

    server {
        listen 127.0.0.1:$port;

        location = /other { return 200 other; }

        location /return { grip_websocket;  grip_on any { call /fn; } }
        location /file   { grip_websocket;  grip_on any { call /none/x on_error=ignore; } }
        location /count  { grip_websocket;  grip_on any { call /one; } }
        location /json   { grip_websocket;  grip_on any { call /fn as=json; } }
        location /batch  { grip_websocket;  grip_on any if=\$nobody { send x; }
                           grip_on any { call /fn as=json; }
                           grip_call_batch on; }
        location /rules  { grip_websocket;  grip_on any if=\$nobody { send x; } }

        location = /fn   { internal;  return 200 "[]"; }
        location = /one  { internal;  return 200 "x"; }
        location /none/  { internal;  root /nonexistent; }
    }

    map \$grip_message \$nobody {
        default 0;
        "~^(?:a|aa)+[bc]" 1;
    }
END_CONF
}

sub batch {
    my ($path, $message, $n, $headers) = @_;

    my $body = sprintf("TEXT %x\r\n%s\r\n", length $message, $message) x $n;

    return "POST $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           . "Content-Type: application/websocket-events\r\n"
           . "Connection-Id: 1\r\n" . ($headers || '')
           . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

# seconds that the worker has run

sub cpu {
    my ($worker) = @_;

    my ($ns) = Grip::Nginx::read_file("/proc/$worker/schedstat") =~ /^(\d+)/
        or POSIX::_exit(1);

    return $ns / 1e9;
}

# how long the worker has run for each request of somebody else while the batch
# was handled, and how many of them ended in the middle half of that

sub others {
    my ($request) = @_;
    my ($worker) = (workers())[-1];

    pipe my $in, my $out or die "no pipe: $!";

    my $pid = fork // die "cannot fork: $!";

    if (!$pid) {
        my $client = connected();
        my ($stop, @times);

        local $SIG{TERM} = sub { $stop = 1 };

        syswrite $out, "ready\n";

        while (!$stop) {
            my ($start, $answer) = (cpu($worker), '');

            syswrite $client, "GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n";

            while ($answer !~ /\r\n\r\nother/) {
                $! = 0;
                sysread $client, $answer, 4096, length $answer
                    or $!{EINTR} or POSIX::_exit(1);
            }

            my $end = cpu($worker);

            push @times, $end - $start . " $end\n";
            sleep 0.001;
        }

        print $out @times;
        close $out;
        POSIX::_exit(0);
    }

    close $out;
    <$in>;

    my ($start, $begun) = (time, cpu($worker));
    my ($answer) = $nginx->requests($port, $request);
    my ($took, $quarter) = (time - $start, (cpu($worker) - $begun) / 4);

    # who waits now is still to be answered

    kill 'TERM', $pid;
    my @times = map { [split] } <$in>;
    waitpid $pid, 0;

    my $meanwhile = grep {
        $_->[1] > $begun + $quarter && $_->[1] < $begun + 3 * $quarter
    } @times;

    return ($answer, $took, $meanwhile, map { $_->[0] } @times);
}

sub connected {
    return IO::Socket::INET->new("127.0.0.1:$port")
           || die "cannot connect: $!";
}

for my $case (
    ['calls that nginx answers by itself', '/return', 'a', 4 * CALLS],
    ['calls that fail', '/file', 'a', 4 * CALLS],
    ['calls with many headers of one name', '/json', 'a', CALLS,
     "X-Name: value\r\n" x 400],
    ['a batch for one call', '/batch', 'a' x 16, CALLS],
    ['rules that take long', '/rules', 'a' x 16, CALLS],
) {
    my ($name, @batch) = @$case;

    my ($answer, $took, $meanwhile, @times) = others(batch(@batch));
    my ($longest) = sort { $b <=> $a } @times;

    is(Grip::Nginx::status($answer), 200, "$name: an answer");
    cmp_ok($meanwhile, '>', 0, "$name: others are answered meanwhile");
    cmp_ok($longest, '<', LONGEST, "$name: others do not wait")
        or diag("of $took seconds for the batch");
}

# a worker that exits has no other reason to stay than the batch

my @old = workers();
my $pid = fork // die "cannot fork: $!";

if (!$pid) {
    sleep 0.05;
    $nginx->reload;
    delete $nginx->{pid};
    POSIX::_exit(0);
}

my ($answer) = $nginx->requests($port, batch('/count', 'a', 2 * CALLS));
waitpid $pid, 0;

ok((Grip::Nginx::body($answer) // '') eq "TEXT 1\r\nx\r\n" x (2 * CALLS),
   'a worker that exits handles all events of a batch');

ok($nginx->wait_for(sub { !grep { kill 0, $_ } @old }),
   'and exits when it has');

# clients that leave take nothing along

@old = workers();

$nginx->requests($port, map { { text => batch('/count', 'a', 2 * CALLS),
                                at => 0, reset_at => 0.05 + $_ / 50 } } 1 .. 5);

my ($other) = $nginx->requests($port, batch('/count', 'a', CALLS));

ok((Grip::Nginx::body($other) // '') eq "TEXT 1\r\nx\r\n" x CALLS,
   'others are answered when clients have left in between');

$nginx->reload;

ok($nginx->wait_for(sub { !grep { kill 0, $_ } @old }),
   'and nothing keeps an old worker');

# a batch that worker_shutdown_timeout cuts off waits for no turn any more

is($nginx->alerts, '', 'nobody is alarmed');
$nginx->stop;
$nginx = Grip::Nginx->start(main => 'worker_shutdown_timeout 100ms;',
                            http => conf());

@old = workers();
$pid = fork // die "cannot fork: $!";

if (!$pid) {
    sleep 0.05;
    $nginx->reload;
    delete $nginx->{pid};
    POSIX::_exit(0);
}

$nginx->requests($port, map { batch('/json', 'a', 5 * CALLS) } 1 .. 3);
waitpid $pid, 0;

ok($nginx->wait_for(sub { !grep { kill 0, $_ } @old }),
   'a worker whose time is up ends');

sub workers {
    return $nginx->log =~ /start worker process (\d+)/g;
}

is($nginx->alerts, '', 'in peace');

done_testing();
