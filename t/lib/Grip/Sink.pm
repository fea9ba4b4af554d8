# A control URL that takes POSTs, behaves as badly as its path says, and
# remembers what it got.
#
#     use Grip::Sink;
#     my $port = Grip::Sink::start();
#
# The first segment of the path is the behaviour, an option follows it after
# a dash, and after another dash the milliseconds to wait before an answer;
# all else of the path only keeps tests apart:
#
#     ok                answer 200, close
#     keep              answer 200, keep the connection
#     slow-MS           answer 200 after MS milliseconds, close
#     trickle           keep, but the answer's body comes 50 ms later
#     gate              answer 200, close; when the gate is opened
#     hang              never answer
#     reset             read the POST, then close without an answer
#     deaf              close when the header is there
#     half              answer half a header, close
#     nonsense          answer something that is no HTTP
#     badheader         answer 200 with a header line that is none
#     interim           answer 100, then 200
#     chunked           keep, answer 200 in chunks
#     long              answer 200 with a body of 1 MB
#     status-CODE       answer CODE
#     refuse-CODE       answer CODE if the POST contains BAD, else 200
#     once-CODE         answer CODE to the first POST to the path, else 200
#
# GET /_log/PATH answers with a line for each POST to that path: number of
# the connection among those of the path, number of items, and the contents
# of these; GET /_hints/PATH with the channels that it was told to ask for again;
# GET /_head/PATH with the header of the last POST; GET /_body/PATH with its body.
#
# Within the test itself: Grip::Sink::ask('log', '/PATH').  ask('open', '/PATH')
# opens a gate for those who wait there, ask('leave', '/PATH') for all to come.

package Grip::Sink;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

my ($pid, $listening, %log, %hints, %last, %count, %connections, %waiting, %left);

sub start {
    my ($port) = @_;

    my $server = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1',
        LocalPort => $port || 0,
        Listen    => 1024,
        ReuseAddr => 1,
    ) or die "sink: cannot listen: $!";

    $port = $server->sockport;

    $pid = fork;
    die "sink: cannot fork: $!" unless defined $pid;

    if (!$pid) {
        $SIG{PIPE} = 'IGNORE';
        $SIG{TERM} = $SIG{INT} = 'DEFAULT';
        serve($server);
    }

    close $server;

    return $listening = $port;
}

# a port where nobody listens

sub unused_port {
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
           ->sockport;
}

# what the sink knows, or undef

sub ask {
    my ($what, $of) = @_;

    my $fh = IO::Socket::INET->new("127.0.0.1:$listening") or return;

    print $fh "GET /_$what$of HTTP/1.1\r\nHost: sink\r\n\r\n";

    my $answer = do { local $/; <$fh> };

    return $answer =~ /\r\n\r\n(.*)\z/s ? $1 : undef;
}

sub stop {
    return unless $pid;

    kill 'TERM', $pid;
    waitpid $pid, 0;
    undef $pid;
}

END {
    my $status = $?;
    stop();
    $? = $status;
}

sub serve {
    my ($server) = @_;

    my $select = IO::Select->new($server);
    my (%conn, @timers);
    my $number = 0;

    $server->blocking(0);

    for ( ;; ) {
        @timers = sort { $a->{at} <=> $b->{at} } @timers;

        my $wait = @timers ? $timers[0]{at} - time : 10;

        for my $fh ($select->can_read($wait > 0 ? $wait : 0)) {

            if ($fh == $server) {
                while (my $new = $server->accept) {
                    $conn{$new} = {
                        fh => $new, in => '', number => ++$number,
                    };
                    $select->add($new);
                }
                next;
            }

            my $c = $conn{$fh};
            my $n = sysread $fh, $c->{in}, 65536, length $c->{in};

            if (!$n || !request($c, \@timers)) {
                $c->{closed} = 1;
                $select->remove($fh);
                delete $conn{$fh};
                close $fh;
            }
        }

        while (@timers && $timers[0]{at} <= time) {
            my $t = shift @timers;
            my $c = $t->{conn};

            next if $c->{closed};

            send_all($c->{fh}, $t->{data});

            if ($t->{close}) {
                $c->{closed} = 1;
                $select->remove($c->{fh});
                delete $conn{$c->{fh}};
                close $c->{fh};
            }
        }
    }
}

sub send_all {
    my ($fh, $data) = @_;

    my $done = 0;

    while ($done < length $data) {
        my $n = syswrite $fh, $data, length($data) - $done, $done;
        return unless $n;
        $done += $n;
    }
}

# answers what came whole; false: the connection is over

sub request {
    my ($c, $timers) = @_;

    while ($c->{in} =~ /\r\n\r\n/) {
        my $head = substr $c->{in}, 0, $+[0];

        my ($method, $path) = $head =~ m{^(\S+) (\S+)} or return 0;
        my ($length) = $head =~ /^Content-Length:\s*(\d+)/mi;

        return 0 if $method eq 'POST' && $path =~ m{^/deaf};

        $length ||= 0;
        return 1 if length $c->{in} < length($head) + $length;

        my $body = substr $c->{in}, length $head, $length;
        substr $c->{in}, 0, length($head) + $length, '';

        if ($method eq 'GET') {
            send_all($c->{fh}, answer($path));
            return 0;
        }

        post($c, $timers, $path, $head, $body) or return 0;
    }

    return 1;
}

sub answer {
    my ($path) = @_;

    my ($what, $of) = $path =~ m{^/_(\w+)(/.*)$};

    my $text = !defined $what    ? ''
             : $what eq 'log'    ? join '', @{ $log{$of} || [] }
             : $what eq 'hints'  ? join '', @{ $hints{$of} || [] }
             : $what eq 'head'   ? $last{$of}{head}
             : $what eq 'body'   ? $last{$of}{body}
             : $what eq 'open'   ? opened($of)
             : $what eq 'leave'  ? opened($of) . ($left{$of} = '')
             :                     '';

    $text = '' unless defined $text;

    return "HTTP/1.1 200 OK\r\nContent-Length: " . length($text)
        . "\r\nConnection: close\r\n\r\n$text";
}

sub opened {
    my ($path) = @_;

    $_->{at} = 0 for @{ delete $waiting{$path} || [] };

    return '';
}

sub post {
    my ($c, $timers, $path, $head, $body) = @_;

    my @contents = $body =~ /"content":"((?:[^"\\]++|\\.)*+)"/g;

    my $known = $connections{$path} ||= {};
    my $number = $known->{$c->{number}} || 1 + keys %$known;

    $known->{$c->{number}} = $number;

    push @{ $log{$path} },
        join(' ', $number, scalar @contents, @contents) . "\n";

    push @{ $hints{$path} }, map { "$_\n" }
        $body =~ /"channel":"([^"]*)","formats":\{"http-stream":\{"action":"hint"/g;

    $last{$path} = { head => $head, body => $body };

    my ($kind, $option, $after) =
        $path =~ m{^/([a-z]+)(?:-(\d+))?(?:-(\d+))?};

    $kind = '' unless defined $kind;
    $after = $option if $kind eq 'slow';

    my $published = "Published\n";
    my $close = "Connection: close\r\n";
    my $status = 200;

    $status = $option if $kind eq 'status';
    $status = $option if $kind eq 'refuse' && $body =~ /BAD/;
    $status = $option if $kind eq 'once' && !$count{$path}++;

    return 1 if $kind eq 'hang';
    return 0 if $kind eq 'reset';

    $published = "refused: $status\r\nsecond line\n" if $status >= 300;
    $published = 'x' x 1_000_000 if $kind eq 'long';

    $close = '' if $kind =~ /^(keep|trickle|chunked)$/;
    my $line = "HTTP/1.1 $status OK\r\nServer: sink\r\n";

    my $answer =
          $kind eq 'half'      ? "HTTP/1.1 200 OK\r\nContent-"
        : $kind eq 'nonsense'  ? "220 sink ESMTP ready\r\n"
        : $kind eq 'badheader' ? "HTTP/1.1 200 OK\r\nno\0header\r\n\r\n"
        : $kind eq 'chunked'   ? "${line}Transfer-Encoding: chunked\r\n\r\n"
                                 . "5\r\nPubli\r\n5\r\nshed\n\r\n0\r\n\r\n"
        : $line . $close . 'Content-Length: ' . length($published)
                . "\r\n\r\n$published";

    $answer = "HTTP/1.1 100 Continue\r\n\r\n$answer" if $kind eq 'interim';

    if ($kind eq 'trickle') {
        my $rest = substr $answer, -length $published, length $published, '';

        send_all($c->{fh}, $answer);
        push @$timers, { at => time + 0.05, conn => $c, data => $rest };
        return 1;
    }

    my $gate = $kind eq 'gate' && !defined $left{$path};

    if ($after || $gate) {
        push @$timers, {
            at => time + ($gate ? 3600 : $after / 1000), conn => $c,
            data => $answer, close => 1,
        };
        push @{ $waiting{$path} }, $timers->[-1] if $gate;
        return 1;
    }

    send_all($c->{fh}, $answer);

    return $kind =~ /^(keep|chunked)$/;
}

1;
