package Grip::Fuzz;

# Clients with the plans of Grip::Mutation, several at a time:
#
#     my $fuzz = Grip::Fuzz->new(seed => , http1 => PORT, http2 => PORT);
#
#     $fuzz->run(sub { whether another one may start });
#     $fuzz->reloads;          # from here on workers close what is idle
#     $fuzz->reloaded;         # and no longer
#     is($fuzz->{bad}, '');
#
# Each whole request has to be answered, or the connection be closed where that
# is allowed: behind an answer that says so; between two requests, when a worker
# ends; where a backend whose answer goes through has broken it off; and when
# the clients themselves stood still for so long that nginx gave them up.  None
# may be stuck.  "excused" counts the last three.

use strict;
use warnings;

use File::Path qw(make_path);
use Grip::Misbehaviour;
use Grip::Mutation;
use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

use constant CLIENTS => 16;

# timeouts of the configuration, of many calls one after another, too

use constant STUCK => 60;

# less than the shortest timeout of nginx for those who send

use constant STILL => 0.5;


sub new {
    my ($class, %arg) = @_;

    return bless { %arg, number => 0, bad => '', clients => 0, sent => 0,
                   answers => 0, status => {}, excused => {} }, $class;
}

sub reloads {
    my ($self) = @_;

    $self->{reloading} = 1;
    $_->{reloading} = 1 for values %{ $self->{open} || {} };
}

sub reloaded {
    $_[0]{reloading} = 0;
}


# until no more may start, and all are done

sub run {
    my ($self, $more) = @_;
    my $open = $self->{open} ||= {};

    my $last = time;

    local $SIG{PIPE} = 'IGNORE';

    for ( ;; ) {
        while (keys %$open < CLIENTS && $more->()) {
            my $c = $self->client;

            $open->{$c->{fh}} = $c;
        }

        return if !%$open;

        my $now = time;

        if ($now - $last > STILL) {
            $_->{still} = 1 for values %$open;
        }

        $last = $now;

        my @writers = grep { !$_->{written} && $_->{pause} <= $now }
                      values %$open;
        my ($in, $out) = IO::Select->select(
            IO::Select->new(map { $_->{fh} } values %$open),
            IO::Select->new(map { $_->{fh} } @writers), undef, 0.01);

        # what was answered before a connection is lost counts

        for my $fh (@{ $in || [] }) {
            $self->get($open->{$fh});
        }

        for my $fh (@{ $out || [] }) {
            $self->put($open->{$fh}) if !$open->{$fh}{over};
        }

        for my $c (values %$open) {
            $self->over($c, 'is stuck') if !$c->{over}
                                           && $now - $c->{since} > STUCK;
        }

        delete $open->{$_} for grep { $open->{$_}{over} } keys %$open;
    }
}


sub client {
    my ($self) = @_;
    my $plan = Grip::Mutation::plan($self->{seed}, ++$self->{number});
    my $port = $self->{$plan->{http2} ? 'http2' : 'http1'};
    my $fh = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
        or die "cannot connect: $!";

    $fh->blocking(0);

    $self->{clients}++;
    $self->{sent} += @{ $plan->{requests} };

    return { %$plan, fh => $fh, done => 0, pause => 0, in => '',
             since => time, reloading => $self->{reloading},
             waiting => [ @{ $plan->{requests} } ] };
}


sub put {
    my ($self, $c) = @_;
    my $len = length $c->{bytes};

    $len = $c->{at} if $c->{end} && $c->{at} < $len;

    my $next = $len;

    for my $cut (@{ $c->{cuts} }) {
        if ($cut > $c->{done} && $cut < $len) {
            $next = $cut;
            last;
        }
    }

    my $n = syswrite $c->{fh}, $c->{bytes}, $next - $c->{done}, $c->{done};

    if (defined $n) {
        $c->{done} += $n;

    } elsif (!$!{EAGAIN}) {
        # what was answered may be there to be read
        $c->{written} = $c->{reset} = 1;
        return;
    }

    $c->{pause} = time + 0.02 if $c->{done} == $next;

    return if $c->{done} < $len;

    $c->{written} = 1;

    if (($c->{end} // '') eq 'reset') {
        setsockopt $c->{fh}, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
        $self->over($c);

    } elsif (($c->{end} // '') eq 'half') {
        shutdown $c->{fh}, 1;
    }
}


sub get {
    my ($self, $c) = @_;
    my $n = sysread $c->{fh}, $c->{in}, 262_144, length $c->{in};

    return if !defined $n && $!{EAGAIN};

    $c->{reset} = 1 if !defined $n;

    if ($c->{http2}) {
        $self->frames($c);

    } else {
        1 while !$c->{wild} && @{ $c->{waiting} } && $self->answer($c, !$n);
        $self->{answers}++ if $c->{wild} && !$n && $c->{in} ne '';
    }

    if ($n) {
        # nobody knows how many answers there will be: nginx closes it

        $self->over($c) if !$c->{wild} && !@{ $c->{waiting} } && $c->{written};
        return;
    }

    $self->over($c, $self->may_close($c) ? undef
                    : 'is not answered' . ($c->{reset} ? ', but reset' : ''));
}


# whether a connection may be closed before all its requests are answered

sub may_close {
    my ($self, $c) = @_;

    return 1 if $c->{wild} || $c->{end} || !@{ $c->{waiting} } || $c->{closing};

    # Behind an answer, when a worker ends, whatever has come meanwhile: the
    # answer may have been sent with the rest of its request still to come.
    # A reset takes one that was not read yet along.

    my $answered = @{ $c->{waiting} } < @{ $c->{requests} };

    my $between = $answered || ($c->{reset} && @{ $c->{requests} } > 1);

    my $why = $c->{reloading} && $between && $c->{in} eq '' ? 'reload'
              : $c->{still}                     ? 'still'
              : $self->broken($c->{waiting}[0]) ? 'broken'
              :                                   return 0;

    $self->{excused}{$why}++;

    return 1;
}


# Whether the page that passes through is none: nginx closes the connection,
# often before it has sent the header.  A 100 (Continue) is not the answer here.

sub broken {
    my ($self, $request) = @_;

    return 0 if !$request->{passes};

    my $uri = '/fn/page' . ($request->{query} ne '' ? "?$request->{query}" : '');
    my ($status, undef, undef, $wrong)
        = Grip::Misbehaviour::plan($self->{seed}, $uri, $request->{body});

    return $status == 100 || defined $wrong;
}


# takes one whole answer, if there is one

sub answer {
    my ($self, $c, $eof) = @_;

    $c->{in} =~ s{\AHTTP/1\.1 100 .*?\r\n\r\n}{}s;

    my $request = $c->{waiting}[0];
    my ($head) = $c->{in} =~ m{\A(HTTP/1\.1 [1-9]\d\d .*?\r\n\r\n)}s
        or return 0;
    my $at = length $head;
    my ($status) = $head =~ /^\S+ (\d+)/;
    my $close = $head =~ /^Connection: close\r$/mi;
    my ($length) = $head =~ /^Content-Length: (\d+)\r$/mi;

    if ($request->{method} eq 'HEAD' || $status =~ /^(?:204|304)$/) {
        # a header alone

    } elsif ($head =~ /^Transfer-Encoding: chunked\r$/mi) {
        for ( ;; ) {
            pos($c->{in}) = $at;
            $c->{in} =~ /\G([0-9a-f]+)\r\n/g
                or return 0;
            $at = pos($c->{in}) + hex($1) + 2;

            return 0 if $at > length $c->{in};
            last if hex($1) == 0;
        }

    } elsif (defined $length) {
        $at += $length;
        return 0 if $at > length $c->{in};

    } elsif ($eof) {
        $at = length $c->{in};

    } else {
        return 0;
    }

    substr $c->{in}, 0, $at, '';
    shift @{ $c->{waiting} };

    $c->{closing} = 1 if $close;
    $self->{answers}++;
    $self->{status}{ substr($status, 0, 1) . 'xx' }++;

    return 1;
}


# END_STREAM, RST_STREAM, GOAWAY

sub frames {
    my ($self, $c) = @_;

    while (length $c->{in} >= 9) {
        my ($high, $low, $type, $flags, $stream) = unpack 'CnCCN', $c->{in};
        my $len = 9 + ($high << 16) + $low;

        last if length $c->{in} < $len;

        substr $c->{in}, 0, $len, '';

        $c->{closing} = 1 if $type == 7;

        if (($type <= 1 && $flags & 1) || $type == 3) {
            $self->{answers}++;
            $self->{status}{ $type == 3 ? 'reset' : 'HTTP/2' }++;
            shift @{ $c->{waiting} };
        }
    }
}


sub over {
    my ($self, $c, $why) = @_;

    $c->{over} = 1;
    close $c->{fh};

    return if !defined $why;

    my $file = "build/fuzz/found/http-$self->{seed}-$c->{number}";

    make_path('build/fuzz/found');

    open my $out, '>', $file or die "$file: $!";
    print $out $c->{bytes};
    close $out;

    $self->{bad} .= "client $c->{number} $why: $file\n";
}

1;
