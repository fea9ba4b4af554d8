package Grip::Faults;

# A server of functions, pages and control URLs that has the fault that its URI
# names, /KIND/FAULT...:
#
#     use Grip::Faults;
#
#     my %port = Grip::Faults::start(plain => 'hello', ...);
#
# The arguments are bodies of answers that are right, by kind.  Ports are
# HTTP, RESET (a connection is reset when it is accepted), CUT and PLAIN (where
# a TLS handshake is cut off, or answered without TLS) and NOBODY (where nobody
# listens).
#
# All but right answers of functions and pages are the last of their connection;
# control servers do not say so.
#
#     none                 a right answer
#     slow-head, -body     byte by byte
#     more                 more of it than its Content-Length
#     STAGE-request        STAGE when the request is there, STAGE one of reset,
#     STAGE-head           close and stall, or within the answer's header,
#     STAGE-headers        or before its body,
#     STAGE-body           or within it
#     long                 a Content-Length that is too long
#     chunks               chunks that are right
#     chunk-bad, -huge     a chunk of a size that is none, of one too large,
#     chunk-cut            of more than there is
#     interim              100, and then a right answer
#     header-long, -many   more of a header than anybody takes,
#     header-endless       that does not end
#     endless              a body that does not end before nginx has had enough
#     nonsense             no HTTP

use strict;
use warnings;

use Grip::Function;
use Grip::Nginx;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep);

use constant HEAD => "HTTP/1.1 200 OK\r\nX-One: 1\r\n";
use constant LAST => HEAD . "Connection: close\r\n";

# what is endless ends beyond any limit of a test

use constant ENDLESS => 8_000_000;

# seconds that nobody waits for

use constant STALL => 8;

my @pids;

sub start {
    my %body = @_;

    return (HTTP => Grip::Function::start(sub { answer(\%body, $_[0]) }),
            RESET => accepting(\&reset_connection),
            CUT => accepting(sub { sysread $_[0], my $hello, 1 }),
            PLAIN => accepting(sub {
                sysread $_[0], my $hello, 65536;
                Grip::Function::put($_[0], HEAD . "\r\n");
            }),
            NOBODY => Grip::Nginx::port());
}


# the names of all faults of the server at HTTP

sub all {
    my @stages = map { my $how = $_; map { "$how-$_" }
                                     qw(request head headers body) }
                 qw(reset close stall);

    return (qw(none slow-head slow-body more chunks), @stages,
            qw(long chunk-bad chunk-huge chunk-cut interim header-long
               header-many header-endless endless nonsense));
}


sub answer {
    my ($bodies, $request) = @_;
    my ($kind, $fault) = $request->{uri} =~ m{^/([\w-]+)/([a-z-]+)} or return;
    my $body = $bodies->{$kind} // '';
    my $fh = $request->{fh};
    my $first = $kind eq 'control' ? HEAD : LAST;
    my $head = "${first}Content-Length: " . length($body) . "\r\n\r\n";
    my $chunked = "${first}Transfer-Encoding: chunked\r\n\r\n";
    my $size = sprintf '%x', length $body;

    return (200, "X-One: 1\r\n", $body) if $fault eq 'none';

    my ($how, $stage) = $fault =~ /^(reset|close|stall)-(\w+)$/;

    if (defined $how) {
        put($fh, $stage eq 'request' ? ''
               : $stage eq 'head'    ? substr $head, 0, 30
               : $stage eq 'headers' ? $head
               :                       $head . substr $body, 0, length($body) / 2);

        sleep STALL if $how eq 'stall';
        reset_connection($fh) if $how eq 'reset';

    } elsif ($fault eq 'slow-head') {
        slowly($fh, $head);
        put($fh, $body);

    } elsif ($fault eq 'slow-body') {
        put($fh, $head);
        slowly($fh, $body);

    } elsif ($fault eq 'more') {
        put($fh, "$head$body$head");

    } elsif ($fault eq 'long') {
        put($fh, "${first}Content-Length: " . (1 + length $body)
                 . "\r\n\r\n$body");

    } elsif ($fault eq 'chunks') {
        put($fh, "$chunked$size\r\n$body\r\n0\r\n\r\n");

    } elsif ($fault eq 'chunk-bad') {
        put($fh, "$chunked$size\r\n$body\r\nsize\r\n\r\n");

    } elsif ($fault eq 'chunk-huge') {
        put($fh, $chunked . 'f' x 17 . "\r\n$body");

    } elsif ($fault eq 'chunk-cut') {
        put($fh, "${chunked}ff\r\n$body");

    } elsif ($fault eq 'interim') {
        put($fh, "HTTP/1.1 100 Continue\r\n\r\n$head$body");

    } elsif ($fault eq 'header-long') {
        put($fh, "${first}X-Long: " . 'x' x 200_000 . "\r\n\r\n$body");

    } elsif ($fault eq 'header-many') {
        put($fh, $first . join('', map { "X-$_: x\r\n" } 1 .. 20_000)
                 . "\r\n$body");

    } elsif ($fault eq 'header-endless') {
        endlessly($fh, $first, "X-More: x\r\n");

    } elsif ($fault eq 'endless') {
        endlessly($fh, "$first\r\n", 'x');

    } elsif ($fault eq 'nonsense') {
        put($fh, "220 ready\r\n");
    }

    return;
}

sub put { Grip::Function::put(@_) }

sub slowly {
    my ($fh, $text) = @_;

    for my $byte (split //, $text) {
        put($fh, $byte) or return;
        sleep 0.001;
    }
}

sub endlessly {
    my ($fh, $head, $text) = @_;
    my $more = $text x (65536 / length $text);

    put($fh, $head);

    for (my $n = 0; $n < ENDLESS; $n += length $more) {
        put($fh, $more) or return;
    }
}

sub reset_connection {
    my ($fh) = @_;

    setsockopt $fh, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
    close $fh;
}


# a server that does that to its connections, and closes them

sub accepting {
    my ($does) = @_;
    my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1024)
        or die "faults: cannot listen: $!";

    my $pid = fork;
    die "faults: cannot fork: $!" if !defined $pid;

    if (!$pid) {
        $SIG{TERM} = $SIG{INT} = 'DEFAULT';
        $SIG{PIPE} = 'IGNORE';

        for ( ;; ) {
            my $fh = $server->accept or next;

            $does->($fh);
            close $fh;
        }
    }

    push @pids, $pid;

    return $server->sockport;
}

END {
    my $status = $?;

    kill 'TERM', @pids;
    waitpid $_, 0 for @pids;
    $? = $status;
}


1;
