# Each allocation of a request fails once, that of nginx, of jansson or of
# OpenSSL: the client gets an answer, or its connection is closed, the worker
# lives on, nothing is stuck, and the next request is as the first one was.

use strict;
use warnings;

use lib 't/lib';
use Grip::Kinds;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'for "make BUILD=asan" and "make BUILD=canary"'
    if !$ENV{GRIP_BUILD};

my $nginx = Grip::Kinds::start();
my $log = "$nginx->{root}/logs/error.log";
my $seen = 0;

# an argument selects kinds by their names

my $selected = $ARGV[0] // '';

for my $kind (grep { index($_->[0], $selected) >= 0 } Grip::Kinds::all()) {
    my ($name, @request) = @$kind;
    my $first = Grip::Kinds::ask(0, @request);
    my ($failures, $answered, @bad) = (0, 0);

    like($first, Grip::Kinds::answer($name), "$name, before a failure");

    for (my $n = 1; $n < 20_000; $n++) {
        my $answer = Grip::Kinds::ask($n, @request);
        my ($count, $failed) = failed();

        if (!defined $count) {
            push @bad, "$n: it does not end, after " . ($answer // 'nothing');
            last;
        }

        if (!$failed) {
            is(($answer // '') =~ s/\n.*//sr, $first =~ s/\n.*//sr,
               "$name, without a failure");
            last;
        }

        $failures++;
        $answered++ if ($answer // '') =~ m{^HTTP/1\.1 \d};

        # who was refused is not let in, and nobody goes on without what was
        # missed

        push @bad, "$n: " . ($answer // 'stuck')
            if !defined $answer
               || $answer !~ m{\A(?:HTTP/1\.1 \d\d\d .*\r\n\r\n.*)?\z}s
               || ($answer =~ m{^HTTP/1\.1 2}
                   && ($first !~ m{^HTTP/1\.1 2}
                       || ($first =~ /\bmissed\b/
                           && $answer !~ /\bmissed\b/)));
    }

    is(join("\n", @bad), '', "$name: answered, or closed");
    cmp_ok($failures, '>', 5, "- $failures allocations, $answered answers");
    is(Grip::Kinds::ask(0, @request) =~ s/\n.*//sr, $first =~ s/\n.*//sr, '- and again');
}

is(join('', grep { !/Cannot allocate memory|HMAC\(\) failed/ }
            $nginx->alerts =~ /.+\n/g), '', 'nothing worse has happened');
is(scalar(() = $nginx->log =~ /start worker process \d/g), 1,
   'by the same worker');

ok($nginx->wait_for(sub {
       Grip::Kinds::ask(0, 'GET', '/status', ['Host:two']) =~ /^Active connections: 1 $/m;
   }), 'no connection is left');

$nginx->stop('QUIT');

done_testing();


# how many allocations the last request had that was to fail, and whether one
# of them has failed

sub failed {
    my $end = time + 10;

    while (time < $end) {
        open my $in, '<', $log or die "$log: $!";
        seek $in, $seen, 0;

        my $new = do { local $/; <$in> } // '';

        if ($new =~ /test: (\d+) allocations, (one|none) has failed.*\n/) {
            $seen += $+[0];
            return ($1, $2 eq 'one');
        }

        sleep 0.002;
    }

    return;
}
