#!/usr/bin/env perl

# "make" and "make install" in a checkout that was copied, with another nginx
# than before, and with names that they cannot work with.  The Makefile is ours,
# the module a small one of the same name.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $name = 'ngx_http_faas_grip_module';
my $nginx = program($ENV{TEST_NGINX_BINARY} || 'nginx');
my $src = abs_path($ENV{NGINX_SRC} || '/usr/share/nginx/src');
my $dynamic = !exists $ENV{GRIP_MODULE} || $ENV{GRIP_MODULE} ne '';

# nothing of the make that runs this test

delete @ENV{qw(MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL STATIC NGINX_BIN
               DESTDIR)};
$ENV{NGINX_SRC} = $src;

checkout('original');
source('original', 'of the original');
is(make('original'), 0, 'a checkout is built') or diag(said());

subtest 'a copied checkout builds its own sources' => sub {
    system('cp', '-a', "$dir/original", "$dir/copy");
    source('copy', 'of the copy');

    my $before = listing('original');

    is(make('copy'), 0, 'built') or diag(said());
    is(built('copy'), 'of the copy', 'from its sources');
    is(built('original'), 'of the original', 'the original has its own');
    ok(index(text('copy/build/dynamic/objs/Makefile'), "$dir/original") < 0,
       'to which nothing points');
    ok(listing('original') eq $before, 'and is as it was');

    $before = listing('copy');

    make('copy');
    ok(listing('copy') eq $before, 'and a second "make" has nothing to do');
};

subtest 'the module is installed for the nginx that it was built for' => sub {
    plan skip_all => 'nginx has the module already' if !$dynamic;

    symlink $nginx, "$dir/my nginx";

    is(make('copy', 'install', "DESTDIR=$dir/a root", "NGINX_BIN=$nginx"), 0,
       'installed') or diag(said());
    is(installed('a root'), 1, 'below DESTDIR');
    like(said(), qr/^    load_module \S+\.so;$/m, 'with the line to add');

    is(make('copy', 'install', "DESTDIR=$dir/b", "NGINX_BIN=$dir/my nginx"), 0,
       'by an nginx whose name has a blank') or diag(said());
    is(installed('b'), 1, 'as well');
};

# of the same configuration, and older than what was built

system('cp', '-rL', $src, "$dir/nginx");
version(1099001);

subtest 'and for no other' => sub {
    plan skip_all => 'nginx has the module already' if !$dynamic;

    isnt(other("NGINX_BIN=$nginx"), 0, 'refused');
    like(said(), qr/version 1099001 instead of/, 'with the reason of nginx');
    like(said(), qr/\Q$nginx\E does not load.*NGINX_SRC=.*NGINX_BIN=/s,
         'and what to do');
    is(installed('c'), 0, 'nothing is installed');

    version(1099002);

    isnt(other("NGINX_BIN=$nginx"), 0, 'the source changes in its place');
    like(said(), qr/version 1099002 instead of/, 'and is seen to');

    isnt(other("NGINX_BIN=$dir/nothing"), 0, 'an nginx that is not there');
    like(said(), qr{no program \Q$dir\E/nothing.*NGINX_BIN=}s, 'is missed');
    is(installed('c'), 0, 'and nothing is installed');
};

subtest 'a name that make cannot handle is refused' => sub {
    for my $folder ('a checkout', ' b', 'c$d', q(e'f), 'g:h', 'i#j', 'k%l') {
        checkout($folder);
        isnt(make($folder), 0, $folder);
        like(said(), qr/The path of this folder has a .*: \Q$dir\E/,
             'and it is said why');
        ok(!-e "$dir/$folder/build", 'before anything is made');
    }

    rename "$dir/nginx", "$dir/an nginx";

    isnt(make('copy', "NGINX_SRC=$dir/an nginx"), 0, 'the source of nginx');
    like(said(), qr{NGINX_SRC has a .*[(]blank[)]: \Q$dir\E/an nginx}, 'too');
    is(built('copy'), 'of the copy', 'what was built before is left');

    is(make('a checkout', 'help'), 0, 'but "make help" helps anywhere');
};

subtest 'a source of nginx may have its "configure" in auto/ alone' => sub {
    mkdir "$dir/source";
    system('cp', '-rL', "$src/auto", "$dir/source");
    system('cp', -e "$src/configure" ? "$src/configure" : "$src/auto/configure",
           "$dir/source/auto/configure");

    symlink "$src/$_", "$dir/source/$_"
        for grep { !/^(?:auto|configure)$/ } map { m{([^/]+)$} } glob "$src/*";

    local $ENV{NGINX_SRC} = "$dir/source";

    is(make('copy'), 0, 'built') or diag(said());
};

subtest 'STATIC=1 takes the full source of nginx' => sub {
    plan skip_all => 'which is there' if -f "$src/src/core/nginx.c";

    checkout('fresh');
    source('fresh', 'of the fresh one');

    isnt(make('fresh', 'STATIC=1'), 0, 'refused');
    like(said(), qr/full source of nginx, and \Q$src\E has headers alone/,
         'and it is said which source there is');
    is(make('fresh'), 0, 'a module is built all the same') or diag(said());
};

done_testing();


sub checkout {
    my ($folder) = @_;

    mkdir "$dir/$folder" or die "$folder: $!\n";
    mkdir "$dir/$folder/ngx_faas_grip";
    mkdir "$dir/$folder/ngx_faas_grip/text";
    copy($_, "$dir/$folder/$_") or die "$_: $!\n" for qw(Makefile config);
}


# a module of two folders, with a text that can be found in it

sub source {
    my ($folder, $text) = @_;

    write_text("$folder/ngx_faas_grip/text/ngx_grip_text.h",
               "#define NGX_GRIP_TEXT  \"$text\"\n"
               . "extern char  *ngx_grip_text;\n");
    write_text("$folder/ngx_faas_grip/text/ngx_grip_text.c", <<"END_OF_C");
#include <text/ngx_grip_text.h>


char  *ngx_grip_text = NGX_GRIP_TEXT;
END_OF_C

    write_text("$folder/ngx_faas_grip/ngx_http_grip.h", '');
    write_text("$folder/ngx_faas_grip/$name.c", <<"END_OF_C");
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


static ngx_http_module_t  ngx_http_faas_grip_module_ctx;


ngx_module_t  ngx_http_faas_grip_module = {
    NGX_MODULE_V1,
    &ngx_http_faas_grip_module_ctx,
    NULL,
    NGX_HTTP_MODULE,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NGX_MODULE_V1_PADDING
};
END_OF_C
}


# the number of the version in the other source of nginx, changed in a file that
# keeps its time, as packages do

sub version {
    my ($number) = @_;
    my $header = 'nginx/src/core/nginx.h';
    my $text = text($header) =~ s/(nginx_version\s+)\d+/$1$number/r;

    write_text($header, $text);
    system('touch', '-d', '2001-01-01', "$dir/$header");
}


sub other {
    return make('copy', 'install', "NGINX_SRC=$dir/nginx", "DESTDIR=$dir/c",
                @_);
}


sub make {
    my ($folder, @args) = @_;

    return system('sh', '-c', 'cd "$1" && shift && exec make "$@" > "$0" 2>&1',
                  "$dir/said", "$dir/$folder", @args);
}


sub said { return text('said') }


# the text in the module

sub built {
    my ($folder) = @_;

    return join ', ', text("$folder/build/$name.so") =~ /(of the [a-z]+)\0/g;
}


sub installed {
    my ($root) = @_;

    return 0 if !-d "$dir/$root";
    return scalar split /\0/, `find "$dir/$root" -name $name.so -print0`;
}


# each file of a checkout, with its time and what is in it

sub listing {
    my ($folder) = @_;

    return scalar `cd "$dir/$folder" && find . -type f -printf '%p %T@\\n' \\
                   -exec cksum {} + | sort`;
}


sub program {
    my ($file) = @_;

    return $file if $file =~ m{/};

    for my $folder (split(/:/, $ENV{PATH}), '/usr/sbin') {
        return "$folder/$file" if -x "$folder/$file";
    }

    die "$file: not found\n";
}


sub text {
    my ($file) = @_;

    open my $in, '<:raw', "$dir/$file" or die "$file: $!\n";
    local $/;

    return <$in>;
}


sub write_text {
    my ($file, $text) = @_;

    open my $out, '>:raw', "$dir/$file" or die "$file: $!\n";
    print $out $text;
    close $out or die "$file: $!\n";
}
