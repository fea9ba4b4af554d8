package Grip::Root;

# The folder below which a test file has its nginx, one for each file, so that
# files can run beside each other: t/hold/conf.t has build/servroot/hold-conf.

use strict;
use warnings;

use Cwd qw(getcwd);


sub path {
    my ($name) = $0 =~ m{(?:^|/)t/(.+?)(?:\.t)?$} ? $1 : $0 =~ s{^.*/}{}r;

    return getcwd() . '/build/servroot/' . $name =~ tr{/}{-}r;
}


1;
