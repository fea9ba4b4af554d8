#!/usr/bin/env perl

# The prefix of a file is its layer: ngx_grip_* is the protocol and knows
# neither http nor nginx's functions, ngx_http_grip_* is nginx.

use strict;
use warnings;

use Test::More;

my $dir = 'ngx_faas_grip';
my $objs = ($ENV{GRIP_OBJS} || 'build/dynamic/objs') . "/addon/$dir";

# the codec, which needs nothing but memory; the rest of the protocol, the
# credentials and the JSON reader, may use its libraries

my @codec = qw(base64 control item json media percent ws);
my $codec = join '|', @codec;


sub includes {
    my ($file) = @_;

    open my $in, '<', $file or die "$file: $!";
    return map { /^\s*#\s*include\s+[<"]([^>"]+)/ ? $1 : () } <$in>;
}


sub is_empty {
    my ($found, $name) = @_;

    ok(!@$found, $name) or diag(map { "    $_\n" } @$found);
}


sub forbid {
    my ($name, $files, $pattern) = @_;
    my @found;

    for my $file (@$files) {
        push @found, map { "$file includes $_" }
                     grep { /$pattern/ } includes($file);
    }

    is_empty(\@found, $name);
}


# undefined symbols of an object

sub symbols {
    my ($object) = @_;

    open my $in, '-|', 'nm', '-u', $object or die "nm: $!";
    my @symbols = map { /\bU (\S+)/ ? $1 : () } <$in>;
    close $in or die "nm $object failed\n";

    s/@.*// for @symbols;

    return grep { !/^__(stack_chk_fail|\w+_chk|errno_location)$/ } @symbols;
}


sub forbid_symbols {
    my ($name, $objects, $allowed) = @_;
    my @found;

    for my $object (@$objects) {
        push @found, map { "$object needs $_" }
                     grep { !/$allowed/ } symbols($object);
    }

    is_empty(\@found, $name);
}


# a header reached from itself

sub cycles {
    my (%uses, @found);

    for my $file (glob "$dir/*.h") {
        my ($name) = $file =~ m{([^/]+)$};
        $uses{$name} = [grep { /grip/ } includes($file)];
    }

    for my $name (sort keys %uses) {
        my @next = @{$uses{$name}};
        my %seen;

        while (defined(my $header = shift @next)) {
            next if $seen{$header}++;
            push @next, @{$uses{$header} || []};
        }

        push @found, $name if $seen{$name};
    }

    return \@found;
}


my @protocol = glob "$dir/ngx_grip_*.[ch]";
my @pure = grep { m{/ngx_grip_($codec)\.[ch]$} } @protocol;
my @headers = glob "$dir/*.h";

cmp_ok(scalar @pure, '>=', @codec, 'the codec is there');

forbid('the protocol knows no http', \@protocol, qr/http/);

forbid('the codec knows no credentials', \@pure,
       qr/^(?:jansson|ngx_grip_(?!(?:$codec)\.h))/);

forbid('no library type crosses a header', \@headers, qr/jansson|openssl/);

forbid('what all of http shares includes nothing of it',
       ["$dir/ngx_http_grip.h"], qr/^ngx_http_grip_/);

is_empty(cycles(), 'no header includes itself');

# ngx_config.h decides what the headers of the system declare

is_empty([grep { ((includes($_))[0] // '') !~ /^ngx_/ }
          glob "$dir/*.c $dir/*.h"],
         'the first header that a file includes is one of nginx');

my $own = qr/^ngx_grip_/;

forbid_symbols('the codec is linked to memory and strings alone',
               [map { "$objs/ngx_grip_$_.o" } @codec],
               qr/$own|^(?:mem|str)\w+$|^EVP_(?:En|De)codeBlock$/);

forbid_symbols('the protocol calls no function of nginx',
               [glob "$objs/ngx_grip_*.o"], qr/$own|^(?!ngx_)/);

done_testing();
