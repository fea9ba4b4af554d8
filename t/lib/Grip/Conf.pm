package Grip::Conf;

# Errors and warnings of "nginx -t" for a configuration, all of it:
#
#     use lib 't/lib';
#     use Grip;
#     use Test::Base 'no_plan';
#     use Grip::Conf;
#
#     run { Grip::Conf::check(shift) };
#
#     __DATA__
#
#     === TEST 1: an unknown event
#     --- location
#     grip_websocket;
#     grip_on never { }
#     --- says
#     emerg: unknown event "never" in "grip_on" in location.conf:2
#
# The sections "main", "http", "server" and "location" are the files
# main.conf, http.conf and so on, included where their names say; "files" has
# others, each after a line ">>> name"; $Grip::Conf::root is the folder of all.
# "env" is the environment, a NAME=value a line.  Where none of them says
# anything of the proxy or of verification, there is none, on purpose.  "says"
# has the warnings and errors, in their order, where "..." stands for anything;
# with an error the test of the configuration has to fail, and else to succeed.

use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use Grip::Root;
use IO::Socket::INET;
use Test::More ();

our $root = ($ENV{TEST_NGINX_SERVROOT} || Grip::Root::path()) . '/conf-test';
my $port = $ENV{TEST_NGINX_PORT} || $ENV{TEST_NGINX_SERVER_PORT};
my $module = $ENV{TEST_NGINX_LOAD_MODULES} || '';
my $load = $module ? "load_module $module;" : '';
my $user = $> == 0 ? 'user root;' : '';

my $nginx_conf = <<"END";
$load
$user
pid nginx.pid;
include main.conf;

events { }

http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_body_buffer_size 512k;
    include http.conf;

    server {
        listen 127.0.0.1:$port;
        include server.conf;

        location /ws {
            include location.conf;
        }
    }
}
END


sub check {
    my ($block) = @_;
    my ($outcome, $output, $says) = test($block);
    my $expected = join '.*', map { quotemeta }
                              split /\.\.\./, $block->says // '', -1;

    Test::More::like($says, qr/^$expected$/, $block->name);

    Test::More::is($outcome,
                   ($block->says // '') =~ /^emerg: /m ? 'failed'
                                                       : 'successful',
                   $block->name . ' - outcome');

    if (defined(my $secret = $block->secret)) {
        chomp $secret;
        Test::More::unlike($output, qr/\Q$secret\E/,
                           $block->name . ' - the secret is kept');
    }
}


# the outcome of "nginx -t", all that it prints, its warnings and errors

sub test {
    my ($block) = @_;
    my $binary = $ENV{TEST_NGINX_BINARY} || 'nginx';
    my %env = map { /^(\w+)=(.*)/ } split /\n/, $block->env // '';

    remove_tree($root);
    make_path($root);

    my $said = join '', map { $block->$_ // '' } qw(env http server location);
    my $off = $said =~ /grip_(?:url|verify)|^GRIP_/m ? '' : 'grip_verify off;';

    write_file('nginx.conf', $nginx_conf =~ s/^http \{\K/$off/mr);

    for my $name (qw(main http server location)) {
        write_file("$name.conf", $block->$name // '');
    }

    my (undef, %files) = split /^>>> (\S+)\n/m, $block->files // '';

    write_file($_, $files{$_}) for keys %files;

    local @ENV{keys %env} = values %env;
    local $ENV{PATH} = "$ENV{PATH}:/usr/sbin";

    my $files = "-p $root/ -c $root/nginx.conf -e $root/start.log";
    my $output = `$binary -t $files 2>&1`;
    my $outcome = $? == 0 ? 'successful' : 'failed';
    my $says = '';

    while ($output =~ /^nginx: \[(warn|error|crit|alert|emerg)\] (.*\n)/mg) {
        $says .= "$1: $2";
    }

    $says =~ s/\Q$root\E\///g;

    return ($outcome, $output, $says);
}


sub write_file {
    my ($name, $text) = @_;

    open my $file, '>', "$root/$name" or die "$name: $!\n";
    print $file $text;
    close $file or die "$name: $!\n";
}


END {
    my $status = $?;

    remove_tree($root);
    $? = $status;
}


1;
