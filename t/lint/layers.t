#!/usr/bin/env perl

# The house: a folder is what its files do, and opens only folders that stand
# before it.  The prefix is how deep a file is: ngx_grip_* is the protocol and
# knows neither http nor nginx's functions, ngx_http_grip_* is nginx.

use strict;
use warnings;

use Test::More;

my $dir = 'ngx_faas_grip';
my $objs = ($ENV{GRIP_OBJS} || 'build/dynamic/objs') . '/addon';

# Which folders each folder opens, by #include and by calls.  The last is the
# face: the files beside the folders.

my @house = (
    text      => [],
    wire      => [qw(text)],
    keys      => [qw(text)],
    zone      => [],
    metrics   => [qw(zone text)],
    request   => [qw(metrics zone wire text)],
    proxy     => [qw(request metrics keys text)],
    verify    => [qw(proxy request metrics keys)],
    history   => [qw(zone metrics request wire text)],
    publish   => [qw(history verify proxy request metrics wire keys
                     text)],
    hold      => [qw(history verify proxy request metrics wire keys
                     text)],
    detached  => [qw(request)],
    connection => [qw(publish proxy request wire text)],
    action    => [qw(connection publish verify request metrics wire text)],
    function  => [qw(action detached publish request metrics wire text)],
    websocket => [qw(function action publish verify request metrics wire
                     text)],
    lambda    => [qw(websocket function action verify request metrics wire
                     text)],
    operation => [qw(publish verify proxy request metrics zone text)],
);

my %opens = @house;
my @folders = map { $house[2 * $_] } 0 .. $#house / 2;

$opens{$dir} = [@folders];

# files of one folder that may refer to each other

my @pairs = (
    [qw(ngx_grip_key ngx_grip_jwk ngx_grip_pkey)],
    [qw(ngx_grip_url ngx_grip_url_host)],
    [qw(ngx_http_grip_call ngx_http_grip_call_request)],
);

# of a hundred public functions so many begin with the name of their file

my $named = 98;

my @code = glob "$dir/*.c $dir/*/*.c";
my @headers = glob "$dir/*.h $dir/*/*.h";


sub folder {
    my ($file) = @_;

    return $file =~ m{([^/]+)/[^/]+$} ? $1 : $dir;
}


# of a path, without its ending

sub name {
    my ($file) = @_;

    return $file =~ m{([^/]+)\.\w+$} ? $1 : $file;
}


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


# whether a file of one folder may use one of another

sub may {
    my ($from, $to) = @_;

    return $from eq $to || grep { $_ eq $to } @{$opens{$from}};
}


# what an object defines and needs: two lists of symbols

sub symbols {
    my ($file) = @_;
    my $object = "$objs/" . folder($file) . '/' . name($file) . '.o';
    my (@defined, @needed);

    open my $in, '-|', 'nm', $object or die "nm: $!";

    while (<$in>) {
        push @defined, $1 if / [TDBRVC] (\S+)/;
        push @needed, $1 if / U ([^\s@]+)/;
    }

    close $in or die "nm $object failed\n";

    return (\@defined, [grep {
        !/^__(?:stack_chk_fail|\w+_chk|errno_location)$/ } @needed]);
}


my (%home, %needs, %public);

for my $file (@code) {
    my ($defined, $needed) = symbols($file);

    $public{$file} = $defined;
    $needs{$file} = $needed;
    $home{$_} = $file for @$defined;
}

# known by all, as each module of nginx knows its own

delete $home{ngx_http_faas_grip_module};


sub illegal_includes {
    my @found;

    for my $file (@code, @headers) {
        for (grep { /^(?:\w+\/)?ngx_(?:http_)?grip/ } includes($file)) {
            my $to = m{^(\w+)/} ? $1 : $dir;

            push @found, "$file includes $_" if !may(folder($file), $to);
        }
    }

    return \@found;
}


sub illegal_calls {
    my @found;

    for my $file (@code) {
        for (grep { $home{$_} } @{$needs{$file}}) {
            push @found, "$file needs $_ of $home{$_}"
                if !may(folder($file), folder($home{$_}));
        }
    }

    return \@found;
}


# files that reach themselves, given what each of them uses

sub circles {
    my (%uses) = @_;
    my @found;

    for my $file (sort keys %uses) {
        my @next = @{$uses{$file}};
        my %seen;

        while (defined(my $other = shift @next)) {
            next if $seen{$other}++;
            push @next, @{$uses{$other} || []};
        }

        push @found, $file if $seen{$file};
    }

    return \@found;
}


sub paired {
    my ($from, $to) = map { name($_) } @_;

    return grep {
        my %pair = map { $_ => 1 } @$_;
        $pair{$from} && $pair{$to};
    } @pairs;
}


sub calls {
    my %calls;

    for my $file (@code) {
        my %to = map { $home{$_} ? ($home{$_} => 1) : () } @{$needs{$file}};

        $calls{$file} = [grep { $_ ne $file && !paired($file, $_) } keys %to];
    }

    return %calls;
}


sub headers {
    return map { $_ => [map { "$dir/$_" } grep { /grip/ } includes($_)] }
           @headers;
}


sub forbid_symbols {
    my ($name, $files, $allowed) = @_;
    my @found;

    for my $file (@$files) {
        push @found, map { "$file needs $_" }
                     grep { !/$allowed/ } @{$needs{$file}};
    }

    is_empty(\@found, $name);
}


# the functions whose names do not say which file they are of

sub strangers {
    my @found;

    for my $file (@code) {
        my $name = name($file);

        push @found, map { "$_ of $file" } grep { !/^${name}(?:_|$)/ }
                     @{$public{$file}};
    }

    return @found;
}


my @protocol = grep { m{/ngx_grip_} } @code, @headers;

is_empty([grep { my $file = $_; !grep { folder($file) eq $_ } @folders, $dir }
          @code, @headers],
         'each file is in a folder that the table knows');

for my $i (0 .. $#folders) {
    my %before = map { $_ => 1 } @folders[0 .. $i - 1];

    is_empty([grep { !$before{$_} } @{$opens{$folders[$i]}}],
             "$folders[$i] opens only what stands before it");
}

is_empty(illegal_includes(), 'a file includes only what its folder opens');
is_empty(illegal_calls(), 'a file calls only what its folder opens');
is_empty(circles(headers()), 'no header includes itself');
is_empty(circles(calls()), 'no file is called by what it calls');

my @strangers = strangers();
my $public = map { @$_ } values %public;

cmp_ok(100 * ($public - @strangers), '>=', $named * $public,
       "$named of a hundred public functions begin with their file's name")
    or diag(map { "    $_\n" } @strangers);

forbid('the protocol knows no http', \@protocol, qr/http/);
forbid('no library type crosses a header', \@headers, qr/jansson|openssl/);

# ngx_config.h decides what the headers of the system declare

is_empty([grep { ((includes($_))[0] // '') !~ m{(?:^|/)ngx_} }
          @code, @headers],
         'the first header that a file includes is one of nginx');

my $own = qr/^ngx_grip_/;

forbid_symbols('texts and the wire are linked to memory and strings alone',
               [grep {
                    m{/(?:text|wire)/ngx_grip_(?!document|items|json_(?:dump|tree))}
                } @code],
               qr/$own|^(?:mem|str)\w+$/);

forbid_symbols('the protocol calls no function of nginx',
               [grep { m{/ngx_grip_} } @code], qr/$own|^(?!ngx_)/);

done_testing();
