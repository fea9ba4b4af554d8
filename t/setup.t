#!/usr/bin/env perl

# t/setup and the demo ask for what a machine lacks.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $bin = "$dir/bin";

# in a folder of their own, where nothing was got before

for my $program (qw(t/setup demo/pushpin.sh)) {
    my ($folder) = split '/', $program;

    mkdir "$dir/$folder";
    copy($program, "$dir/$program") or die "$program: $!\n";
}

machine();

is(asked('t/setup', 'demo'), <<'END', 'what is missing, and how to get it');
This program can install packages on Debian only. Please install:
  Pushpin
On Debian this does it, as root:
  apt-get install --no-install-recommends pushpin
END

for my $version (qw(1.36.0 1.37.0)) {
    pushpin($version);

    like(asked('t/setup', 'demo'),
         qr/  apt-get install --no-install-recommends condure zurl\n\z/,
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

documented();

done_testing();


# the packages that t/setup installs are those that README.md names

sub documented {
    my $setup = text('t/setup') =~ s/\\\n\s*//gr;
    my ($readme) = text('README.md') =~ /^## Installed packages\n(.*?)^## /ms;
    my %named = map { $_ => 1 } $readme =~ /`([^`]+)`/g;
    my @needed = map { split ' ' } $setup =~ /^ +need '?([^']+?)'? +['"]/mg;

    cmp_ok(scalar @needed, '>', 20, 'there are packages to install');
    is(join(' ', grep { !$named{$_} } @needed), '', 'README.md names them all');
}


sub text {
    my ($file) = @_;

    open my $in, '<', $file or die "$file: $!\n";
    local $/;

    return <$in>;
}


# a machine with all that this one has, but Pushpin

sub machine {
    my %without = map { $_ => 1 } qw(pushpin condure zurl apt-cache apt-get
                                   sudo);

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

    return scalar `bash $dir/$program @args 2>&1`;
}
