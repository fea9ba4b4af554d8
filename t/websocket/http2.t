# Events over HTTP/2: an answer has its body.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use IO::Socket::INET;
use Test::More;

my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(http => <<"END");
    server {
        listen       127.0.0.1:$port http2;
        grip_verify  off;

        location / {
            grip_websocket;
            grip_on text { send \$grip_message; }
        }
    }
END

sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1)
           . pack('CCN', $type, $flags, $stream) . $payload;
}

sub literal {
    return "\x00" . join '', map { chr(length) . $_ } @_;
}

# the body of the answer to events, up to the end of the stream

sub answer {
    my ($events) = @_;

    my $fh = IO::Socket::INET->new("127.0.0.1:$port") or die $!;

    syswrite $fh, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '')
        . frame(1, 4, 1, "\x83\x86\x84\x01\x09localhost"
                . literal('content-type', 'application/websocket-events')
                . literal('connection-id', '1'))
        . frame(0, 1, 1, $events);

    local $SIG{ALRM} = sub { die "no answer\n" };
    alarm 10;

    my ($in, $body) = ('', '');

    while (sysread $fh, $in, 65536, length $in) {
        while (length $in >= 9) {
            my ($high, $low, $type, $flags) = unpack 'CnCC', $in;
            my $length = ($high << 16) + $low;

            last if length $in < 9 + $length;

            my $payload = substr $in, 9, $length;
            substr $in, 0, 9 + $length, '';

            # only the header and the data of a stream end it

            $body .= $payload if $type == 0;

            next if $type > 1 || !($flags & 1);

            alarm 0;
            return $body;
        }
    }

    return 'cut off';
}

plan skip_all => 'nginx without HTTP/2' if !eval { answer(''); 1 };

is(answer("TEXT 2\r\nhi\r\n"), "TEXT 2\r\nhi\r\n", 'one message');
is(answer("PONG\r\n"), '', 'no answer but an end');

my $long = 'x' x 20000;

is(answer("TEXT 4e20\r\n$long\r\n"), "TEXT 4e20\r\n$long\r\n",
   'a message in several frames');

is($nginx->alerts, '', 'no alerts');

$nginx->stop();
done_testing();
