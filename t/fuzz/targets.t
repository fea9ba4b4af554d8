#!/usr/bin/env perl

# Each target of t/fuzz takes all of the corpora, and new inputs for some
# seconds: FUZZ_SECONDS says how many.

use strict;
use warnings;

use Test::More;

my $seconds = $ENV{FUZZ_SECONDS} // 3;
my @targets = map { m{^t/fuzz/(\w+)\.c$} } glob 't/fuzz/*.c';

cmp_ok(scalar @targets, '>=', 17, 'there are targets');

for my $name (@targets) {
    my $said = qx(t/fuzz/run $seconds $name);

    ok($? == 0, "$name holds") or diag($said);

    my ($inputs) = $said =~ /inputs (\d+)/;
    cmp_ok($inputs // 0, '>', 0, '- of inputs that were run');
}

done_testing();
