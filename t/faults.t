# An allocation that fails, any of those that a request makes, changes no
# variable between the two passes of nginx's scripts: what measured nothing
# copies nothing.  "set" asks for a variable in each of them.  And a text of the
# module's own directives is not made without it, no matter which asked for it
# first.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Nginx;
use Grip::Root;
use IO::Socket::INET;
use Test::More;

plan skip_all => 'sanitizers have an allocator of their own'
    if $ENV{GRIP_BUILD};

# what a request's pool grows by: all of it is passed through, in steps that
# no allocation that matters is smaller than

my $pool = 1024;
my $step = 32;

my $file = Grip::Root::path() . '-faults';
my $library = "$file.so";

system($ENV{CC} || 'cc', qw(-O1 -fPIC -shared -o), $library, 't/lib/faults.c')
    == 0 or die "cannot build $library\n";

my %values = (
    connection_id => 'connection-one',
    meta_user     => 'somebody-known',
    features      => 'one-feature, another-one',
    last_id       => 'the-last-of-ids',
    last_id_news  => 'the-last-of-ids',
    iss           => 'pushpin',
    verify        => 'SUCCESS',
    json          => 'what-is-looked-for',
    uri_arg_j     => '%7B%22key%22%3A%22what-is-looked-for%22%7D',
    escaped_arg_j => '{\"key\":\"what-is-looked-for\"}',
);

my $port = Grip::Nginx::port();

my $locations = join '', map { <<"END" } sort keys %values;
        location = /$_ {
            set \$room "\$arg_room";
            set \$text "[\$grip_$_]";
            return 200 "\$text";
        }

        location = /own/$_ {
            set \$room "\$arg_room";
            grip_hold stream;
            grip_channel room;
            grip_hold_body "[\$grip_$_]";
        }

        location = /later/$_ {
            set \$room "\$arg_room";
            set \$text "[\$grip_$_]";
            grip_hold stream;
            grip_channel room;
            grip_hold_body "[\$grip_$_]";
        }
END

Grip::Nginx::write_file($file, pack 'i', 0);

my $nginx = Grip::Nginx->start(
    env  => { GRIP_FAULTS => $file, LD_PRELOAD => $library },
    http => <<"END");
    access_log off;
    error_log logs/error.log crit;

    keepalive_requests  1000000;
    request_pool_size   $pool;
    large_client_header_buffers  4 16k;

    grip_url http://127.0.0.1:1/?iss=pushpin&key=changeme;
    grip_json_set \$grip_json from=\$arg_j key;

    server {
        listen 127.0.0.1:$port;
        grip_verify optional;
$locations
    }
END

my $sig = Grip::grip_sig();
my $client;

# a worker that has answered has all the memory that it takes to begin

is((ask('verify', 0, 0))[0], '[SUCCESS]', 'without a fault there is a text');

for my $name (map { ($_, "own/$_", "later/$_") } sort keys %values) {
    my $variable = $name =~ s{.*/}{}r;
    my $own = $name ne $variable;

    # jansson leaves out a byte of a string that it found no room for

    my $whole = $variable eq 'json' ? qr/[^]]*/ : qr/\Q$values{$variable}\E/;
    my ($failed, $without, @bad) = (0, 0);

    for (my $room = 0; $room < $pool; $room += $own ? 4 * $step : $step) {
        for (my $n = 1; $n < 100; $n++) {
            my ($text, $left) = ask($name, $room, $n);

            $failed++ if !$left;
            $without++ if defined $text && $text =~ /^\[\]/;

            push @bad, "$room, $n: $text"
                if defined $text && $text !~ /^\[(?:$whole)?\]/;

            last if $left;
        }
    }

    is(join("\n", @bad), '', "\$grip_$name is whole or absent");
    cmp_ok($failed, '>', $pool / $step, '- allocations have failed');

    # jansson calls two of its allocations, in strings, errors of syntax

    my $may = $variable eq 'json' ? 2 * $pool / (4 * $step) : 0;

    if ($own) {
        cmp_ok($without, '<=', $may, '- no text was made without it');

    } else {
        cmp_ok($without, '>', 0, '- it was absent');
    }

    my ($text) = ask($name, 0, 0);
    is($text, "[$values{$variable}]", '- and is there again');
}

is(join('', grep { !/Cannot allocate memory/ } $nginx->alerts =~ /.+\n/g), '',
   'nothing worse has happened');
$nginx->stop;

done_testing();


# the text, if one came, and what was left of n allocations

sub ask {
    my ($name, $room, $n) = @_;

    $client ||= IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
        or die "cannot connect: $!";

    arm($n);

    syswrite $client, join "\r\n", "POST /$name?room=" . 'x' x $room
        . '&j={"key":"what-is-looked-for"} HTTP/1.1',
        'Host: localhost', "Grip-Sig: $sig", 'Grip-Feature: one-feature',
        'Content-Type: application/websocket-events', 'Content-Length: 0',
        'Grip-Feature: another-one', 'Grip-Last: news; last-id=the-last-of-ids',
        'Connection-Id: connection-one', 'Meta-User: somebody-known', '', '';

    my $answer = '';

    while ($answer !~ /\r\n\r\n/
           || length $' < ($answer =~ /^Content-Length: (\d+)/mi)[0])
    {
        if (!sysread $client, $answer, 65536, length $answer) {
            undef $client;
            last;
        }
    }

    my $left = armed();
    arm(0);

    undef $client if $answer =~ /^Connection: close/mi;

    return ($answer =~ m{^HTTP/1.1 200 } ? Grip::Nginx::body($answer) : undef,
            $left);
}

sub arm {
    my ($n) = @_;

    open my $out, '+<:raw', $file or die "$file: $!";
    syswrite $out, pack 'i', $n;
}

sub armed {
    open my $in, '<:raw', $file or die "$file: $!";
    sysread $in, my $n, 4;

    return unpack 'i', $n;
}
