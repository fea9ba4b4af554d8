# Publishing for HTTP/2 clients: the requests of a connection gather, and a
# stream that is reset, or a connection that goes, takes no other along.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use Grip::Sink;
use IO::Socket::INET;
use Test::More;

my $sink = Grip::Sink::start();
my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(http => <<"END");
    server {
        listen               127.0.0.1:$port http2;
        grip_publish_format  ws-message;

        grip_url  http://127.0.0.1:$sink/slow-200/;

        location / {
            grip_publish     room;
            grip_publish_id  \$arg_id;
            grip_publish_prev_id  \$arg_id;
        }
    }
END

plan skip_all => 'nginx without HTTP/2' if !http2();

# one frame

sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1)
           . pack('CCN', $type, $flags, $stream) . $payload;
}

# HEADERS and DATA of a POST: ":method POST" and ":scheme http" of the static
# table, path and authority as literals

sub stream {
    my ($id, $path, $body) = @_;

    return frame(1, 4, $id, "\x83\x86\x04" . chr(length $path) . $path
                            . "\x01\x09localhost")
           . frame(0, 1, $id, $body);
}

sub connection {
    my $fh = IO::Socket::INET->new("127.0.0.1:$port") or die $!;

    syswrite $fh, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '');

    return $fh;
}

# reads until all of the streams have ended; returns their bodies

sub bodies {
    my ($fh, @streams) = @_;

    my %open = map { ($_, 1) } @streams;
    my (%body, $in);

    $in = '';

    local $SIG{ALRM} = sub { die "no answer\n" };
    alarm 10;

    while (%open) {
        last if !sysread $fh, $in, 65536, length $in;

        while (length $in >= 9) {
            my ($high, $low, $type, $flags, $id) = unpack 'CnCCN', $in;
            my $length = ($high << 16) + $low;

            last if length $in < 9 + $length;

            my $payload = substr $in, 9, $length;
            substr $in, 0, 9 + $length, '';

            $body{$id} .= $payload if $type == 0;
            delete $open{$id} if ($type < 2 && $flags & 1) || $type == 3;

            syswrite $fh, frame(4, 1, 0, '') if $type == 4 && !($flags & 1);
        }
    }

    alarm 0;

    return map { $body{$_} // 'none' } @streams;
}

sub http2 {
    my $in;

    return sysread(connection(), $in, 9) && substr($in, 3, 1) eq "\x04";
}


my @ids = map { 2 * $_ + 1 } 0 .. 19;
my $fh = connection();

syswrite $fh, join '', map { stream($_, '/', "a$_") } @ids;

is(join('', bodies($fh, @ids)), "Published\n" x @ids, 'all are published');

# the second batch waits for the first; some of its streams are reset

$fh = connection();

syswrite $fh, stream(1, '/', 'b1');
select undef, undef, undef, 0.05;
syswrite $fh, join '', map { stream($_, '/', "b$_") } @ids[1 .. $#ids];
select undef, undef, undef, 0.05;
syswrite $fh, join '', map { frame(3, 0, $_, pack 'N', 8) } @ids[1 .. 5];

is(join('', bodies($fh, 1, @ids[6 .. $#ids])), "Published\n" x (@ids - 5),
   'those that are left are answered');

# a connection goes, and its requests with it

$fh = connection();

syswrite $fh, join '', map { stream($_, '/', "c$_") } @ids;
select undef, undef, undef, 0.05;
close $fh;

$fh = connection();

syswrite $fh, stream(1, '/', 'd1');

is(join('', bodies($fh, 1)), "Published\n", 'the next one is published');

my @items = map { s/^\d+ \d+ //r } split /\n/,
            Grip::Sink::ask('log', '/slow-200/publish/');
my %seen;

$seen{$_}++ for map { split } @items;

is(scalar(grep { !$seen{$_} } map { ("a$_", "b$_") } @ids), 0,
   'all items were sent');
is(join(' ', grep { $seen{$_} > 1 } keys %seen), '', 'none twice');
is($nginx->alerts, '', 'no alerts');

$nginx->stop;

done_testing();
