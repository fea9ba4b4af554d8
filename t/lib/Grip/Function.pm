package Grip::Function;

# An HTTP server, 1.0 and 1.1, that answers as the test says:
#
#     use Grip::Function;
#
#     my $port = Grip::Function::start(sub {
#         my ($request) = @_;
#
#         return 'hello';                               # a body
#         return (204, "X-One: 1\r\n", '');             # or all of it
#         return;                                       # or the end
#     });
#
# A request has method, uri, version, head (without the first line), headers
# (a hash by lower-case name, values joined by commas), body, and of the
# connection: number, count (of its requests) and fh, which can be written to
# before the end.  put() writes all of a text to it.
#
# "show" is a request as one line of text, headers in alphabetical order:
#
#     POST /uri HTTP/1.1|content-length: 2|host: x|hi

use strict;
use warnings;

use IO::Socket::INET;

my @pids;


sub start {
    my ($handler) = @_;

    my $server = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1',
        Listen    => 1024,
        ReuseAddr => 1,
    ) or die "function: cannot listen: $!";

    my $pid = fork;
    die "function: cannot fork: $!" if !defined $pid;

    if (!$pid) {
        $SIG{TERM} = $SIG{INT} = 'DEFAULT';
        $SIG{CHLD} = 'IGNORE';
        serve($server, $handler);
    }

    push @pids, $pid;

    return $server->sockport;
}


sub stop {
    my @stopped = splice @pids;

    kill 'TERM', @stopped;
    waitpid $_, 0 for @stopped;
}

END {
    my $status = $?;
    stop();
    $? = $status;
}


# a process for each connection

sub serve {
    my ($server, $handler) = @_;
    my $number = 0;

    for ( ;; ) {
        my $fh = $server->accept or next;
        $number++;

        my $pid = fork;
        die "function: cannot fork: $!" if !defined $pid;

        if (!$pid) {
            close $server;
            $SIG{PIPE} = 'IGNORE';
            $SIG{CHLD} = 'DEFAULT';
            @pids = ();
            eval { connection($fh, $number, $handler) };
            close $fh;
            require POSIX;      # not to end as the test would
            POSIX::_exit(0);
        }

        close $fh;
    }
}


sub connection {
    my ($fh, $number, $handler) = @_;
    my $count = 0;

    for ( ;; ) {
        my $request = request($fh) or return;

        $request->{fh} = $fh;
        $request->{number} = $number;
        $request->{count} = ++$count;

        my @answer = $handler->($request) or return;
        my ($status, $headers, $body) = @answer > 1 ? @answer
                                                    : (200, '', $answer[0]);
        my $keep = $request->{version} eq '1.1'
                   && ($request->{headers}{connection} // '') ne 'close';

        $headers .= 'Content-Length: ' . length($body) . "\r\n"
            if $status != 204;
        $headers .= 'Connection: ' . ($keep ? 'keep-alive' : 'close') . "\r\n";

        put($fh, "HTTP/1.1 $status Status\r\n$headers\r\n$body") or return;
        return if !$keep;
    }
}


sub request {
    my ($fh) = @_;
    my ($head, $body) = ('', '');

    until ($head =~ /\r\n\r\n\z/) {
        my $line = <$fh>;

        return if !defined $line;
        $head .= $line;
    }

    my ($first, $rest) = split /\r\n/, $head, 2;
    my ($method, $uri, $version) = $first =~ m{^(\S+) (\S+) HTTP/(\S+)$}
        or return;
    my %headers;

    for ($rest =~ /^(.*)\r\n/mg) {
        my ($name, $value) = /^([^:]+): ?(.*)$/ or next;

        $name = lc $name;
        $headers{$name} = exists $headers{$name} ? "$headers{$name},$value"
                                                 : $value;
    }

    if (my $length = $headers{'content-length'}) {
        return if $length !~ /^\d+$/;

        while (length $body < $length) {
            read $fh, $body, $length - length $body, length $body or return;
        }
    }

    return { method => $method, uri => $uri, version => $version,
             head => $rest, headers => \%headers, body => $body };
}


sub put {
    my ($fh, $text) = @_;
    my $done = 0;

    while ($done < length $text) {
        my $n = syswrite $fh, $text, length($text) - $done, $done;

        return 0 if !$n;
        $done += $n;
    }

    return 1;
}


sub show {
    my ($request) = @_;
    my $headers = $request->{headers};

    return join '|', "$request->{method} $request->{uri}"
                     . " HTTP/$request->{version}",
                     (map { "$_: $headers->{$_}" } sort keys %$headers),
                     $request->{body};
}


1;
