# Requests and configurations give back what they take: a worker that ends,
# after some of each kind, has leaked nothing, nor has the master after five
# reloads.  LeakSanitizer reports to t/sanitized.

use strict;
use warnings;

use lib 't/lib';
use Grip::Kinds;
use Grip::Nginx;
use Test::More;

plan skip_all => 'for "make BUILD=asan"' if ($ENV{GRIP_BUILD} // '') ne 'asan';

# whole stacks, also through libraries that have no frame pointers

$ENV{ASAN_OPTIONS} .= ',fast_unwind_on_malloc=0,detect_leaks=1';

my $nginx = Grip::Kinds::start();

for my $reload (0 .. 5) {
    ok($nginx->reload, "reload $reload") if $reload;

    my @unanswered = grep {
        my ($name, @request) = @$_;

        grep {
            (Grip::Kinds::ask(0, @request) // '') !~ Grip::Kinds::answer($name);
        } 1 .. 3;
    } Grip::Kinds::all();

    is(join(', ', map { $_->[0] } @unanswered), '', 'all is answered as it should be');
}

$nginx->stop('QUIT');

my $log = $nginx->log;

is(scalar(() = $log =~ /worker process \d+ exited with code 0/g), 6,
   'each worker has ended well');
is($nginx->alerts, '', 'nothing alarming in the log');

done_testing();
