package Grip::Fuzz;

# Clients with the plans of Grip::Mutation, several at a time:
#
#     my $fuzz = Grip::Fuzz->new(seed => , http1 => PORT, http2 => PORT);
#
#     $fuzz->run(sub { whether another one may start });
#     $fuzz->reloaded;                     # which closes idle connections
#     is($fuzz->{bad}, '');
#
# Each whole request has to be answered, or the connection be closed where that
# is allowed: behind an answer that says so, by a reload, and when a backend
# whose answer goes through has cut it off.  None may be stuck.

use strict;
use warnings;

use File::Path qw(make_path);
use Grip::Mutation;
use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

use constant CLIENTS => 16;

# timeouts of the configuration, of many calls one after another, too

use constant STUCK => 60;


sub new {
    my ($class, %arg) = @_;

    return bless { %arg, number => 0, reloads => 0, bad => '', clients => 0,
                   sent => 0, answers => 0, status => {} }, $class;
}

sub reloaded {
    $_[0]{reloads}++;
}


# until no more may start, and all are done

sub run {
    my ($self, $more) = @_;
    my $open = $self->{open} ||= {};

    local $SIG{PIPE} = 'IGNORE';

    for ( ;; ) {
        while (keys %$open < CLIENTS && $more->()) {
            my $c = $self->client;

            $open->{$c->{fh}} = $c;
        }

        return if !%$open;

        my $now = time;
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
             since => time, answered => 0, reloads => $self->{reloads},
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
        # what was answered is there to be read
        $c->{written} = 1;
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

    my $reset = !defined $n;

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

    my $may = $c->{wild} || $c->{end} || !@{ $c->{waiting} } || $c->{closing};

    # an idle connection, and a request that comes just when it is closed

    $may ||= $c->{reloads} != $self->{reloads} && $c->{in} eq '';

    # a page is what its server makes of it, a mere 100 (Continue), too

    $may ||= $c->{waiting}[0]{passes};

    $self->over($c, $may ? undef : 'is not answered'
                                   . ($reset ? ', but reset' : ''));
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
                or return cut_off($c, $request, $eof);
            $at = pos($c->{in}) + hex($1) + 2;

            return cut_off($c, $request, $eof) if $at > length $c->{in};
            last if hex($1) == 0;
        }

    } elsif (defined $length) {
        $at += $length;
        return cut_off($c, $request, $eof) if $at > length $c->{in};

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

sub cut_off {
    my ($c, $request, $eof) = @_;

    $c->{closing} = 1 if $eof && $request->{passes};

    return 0;
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
