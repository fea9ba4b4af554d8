#!/usr/bin/env perl

# What t/setup and the demo ask for, on a machine that has not everything.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $bin = "$dir/bin";

machine();

like(asked('t/setup', 'demo'), qr/Please install:\n  Pushpin\n\z/m,
     'a machine without Pushpin needs it, and what it needs comes with it');

for my $version (qw(1.36.0 1.37.0)) {
    pushpin($version);

    like(asked('t/setup', 'demo'),
         qr/Please install:\n  condure, .*\n  zurl, .*\n\z/m,
         "Pushpin $version needs condure and zurl");

    like(asked('demo/pushpin.sh', "$dir/run", 1, 2, '127.0.0.1:3'),
         qr/condure is not installed/, "and so does the demo with $version");
}

for my $version (qw(1.38.0 1.41.0 1.100.2 2.0.0)) {
    pushpin($version);

    is(asked('t/setup', 'demo'), '', "Pushpin $version is complete");

    unlike(asked('demo/pushpin.sh', "$dir/run", 1, 2, '127.0.0.1:3'),
           qr/is not installed|zurl|condure/, "and for the demo, too");
}

done_testing();


# a machine with all that this one has, but Pushpin

sub machine {
    my %without = map { $_ => 1 } qw(pushpin condure zurl apt-get sudo);

    mkdir $bin or die "$bin: $!\n";

    for my $folder (split(/:/, $ENV{PATH}), '/usr/sbin') {
        for my $file (glob "$folder/*") {
            my ($name) = $file =~ m{([^/]+)\z};

            symlink $file, "$bin/$name" if !$without{$name};
        }
    }
}


# a Pushpin that does nothing but say its version

sub pushpin {
    my ($version) = @_;

    open my $out, '>', "$bin/pushpin" or die "pushpin: $!\n";
    print $out <<"END";
#!/bin/sh
[ "\$1" = --version ] && echo "pushpin $version"
END
    close $out or die "pushpin: $!\n";
    chmod 0755, "$bin/pushpin";
}


# what a program says with that machine's programs alone

sub asked {
    my ($program, @args) = @_;

    local $ENV{PATH} = $bin;

    return scalar `bash $program @args 2>&1`;
}
