# How long a JWT for a control URL serves.  The clock of nginx is a file.

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Nginx;
use Grip::Sink;
use File::Temp qw(tempdir);
use Test::More;

my $sink = Grip::Sink::start();
my $port = Grip::Nginx::port();
my $dir = tempdir(CLEANUP => 1);

chmod 0755, $dir;

# sanitizers want to be the first library

$ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (),
                               'verify_asan_link_order=0';

# timers go on, though the time of day stands still

my %clock = (
    FAKETIME_TIMESTAMP_FILE      => "$dir/time",
    FAKETIME_FMT                 => '%s',
    FAKETIME_NO_CACHE            => 1,
    FAKETIME_DONT_FAKE_MONOTONIC => 1,
);

my $start = 1_900_000_000;
my $nginx;

# the token of a POST that leaves so many seconds after the start

sub token {
    my ($seconds) = @_;

    Grip::Nginx::write_file("$dir/new", $start + $seconds . "\n");
    rename "$dir/new", "$dir/time" or die "rename: $!\n";

    $nginx //= Grip::Nginx->start(
        env  => { %clock, LD_PRELOAD => '/usr/$LIB/faketime/libfaketime.so.1' },
        main => join('', map { "env $_; " } sort keys %clock),
        http => <<"END");
        server {
            listen    127.0.0.1:$port;
            grip_url  http://127.0.0.1:$sink/ok/?iss=realm&key=secret;

            location = /publish {
                grip_publish  room;
            }
        }
END

    my ($answer) = $nginx->requests($port, Grip::Nginx::post('/publish', 'x'));

    return 'none' if Grip::Nginx::status($answer) ne '200';

    return Grip::Sink::ask('head', '/ok/publish/')
           =~ /^Authorization: Bearer (\S+)\r$/m ? $1 : 'none';
}

# one that expires so many seconds after the start

sub expires {
    my ($seconds) = @_;

    return jwt('secret', sprintf('{"iss":"realm","exp":%d}', $start + $seconds),
               '{"alg":"HS256","typ":"JWT"}');
}

sub finish {
    is($nginx->alerts, '', 'no alerts');
    $nginx->stop;
    undef $nginx;
}


subtest 'a token serves until less than a minute is left of it' => sub {
    is(token(0), expires(600), 'it is good for ten minutes');
    is(token(1), expires(600), 'the next POST has the same');
    is(token(540), expires(600), 'and so has the last');

    is(token(541), expires(1141), 'then there is another');
    is(token(1081), expires(1141), 'that serves as long');
    is(token(1082), expires(1682), 'and a third');

    finish();
};


subtest 'a token that has expired is not sent' => sub {
    is(token(0), expires(600), 'the first');
    is(token(600), expires(1200), 'when it expires');
    is(token(100_000), expires(100_600), 'a day later');

    finish();
};


subtest 'nor one that is good for longer since the clock was set back' => sub {
    is(token(0), expires(600), 'the first');
    is(token(-1), expires(599), 'a second before');
    is(token(-100_000), expires(-99_400), 'a day before');

    finish();
};


done_testing();
