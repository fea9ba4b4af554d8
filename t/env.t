# GRIP_URL, GRIP_VERIFY_KEY and GRIP_PREFIX, which stay what they are when
# nginx reads its configuration again or is replaced by a new binary.

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Sink;
use Cwd qw(getcwd);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

my $sink = Grip::Sink::start();
my $port = $ENV{TEST_NGINX_PORT} || $ENV{TEST_NGINX_SERVER_PORT};
my $root = $ENV{TEST_NGINX_SERVROOT} . '-env';
my $binary = $ENV{TEST_NGINX_BINARY} || 'nginx';

$ENV{PATH} .= ':/usr/sbin';
$binary = `command -v $binary;`;
chomp $binary;

my $started;


sub write_conf {
    my ($http) = @_;
    my $module = $ENV{TEST_NGINX_LOAD_MODULES};
    my $load = $module ? "load_module $module;" : '';
    my $user = $> == 0 ? 'user root;' : '';

    open my $file, '>', "$root/nginx.conf" or die "$root/nginx.conf: $!\n";
    print $file <<"END";
$load
$user
pid $root/nginx.pid;
error_log $root/error.log info;
worker_processes 1;
events { }
http {
    access_log off;
    client_body_buffer_size 512k;
    client_body_temp_path $root/body;
    proxy_temp_path $root/proxy;
    fastcgi_temp_path $root/fastcgi;
    uwsgi_temp_path $root/uwsgi;
    scgi_temp_path $root/scgi;
    $http
    server {
        listen 127.0.0.1:$port;

        location /ws {
            grip_websocket;
            grip_on open             { subscribe room; }
            grip_on text = publish   { publish room x format=ws-message; }
            grip_on text             { send "\$pid \$grip_verify"; }
        }
    }
}
END
    close $file or die "$root/nginx.conf: $!\n";
}


sub start {
    my ($http, %env) = @_;

    stop() if $started;
    remove_tree($root);
    make_path($root);
    write_conf($http);

    local @ENV{keys %env} = values %env;

    system("$binary -p $root/ -c $root/nginx.conf -e $root/error.log") == 0
        or die "nginx did not start\n";

    $started = 1;
}


sub pid {
    my ($name) = @_;

    open my $file, '<', "$root/$name" or return 0;
    my $pid = <$file> // 0;

    return $pid + 0;
}


sub wait_for {
    my ($what, $condition) = @_;

    for (1 .. 500) {
        return 1 if $condition->();
        sleep 0.02;
    }

    return fail("waited in vain for $what");
}


sub stop {
    for my $name (qw(nginx.pid nginx.pid.oldbin)) {
        my $pid = pid($name) or next;

        kill 'TERM', $pid;
        wait_for('the end of nginx', sub { !pid($name) });
    }

    undef $started;
}


END {
    my $status = $?;

    stop() if $started;
    $? = $status;
}


# the answer to an event: its status and the body

sub ask {
    my ($event, $key) = @_;
    my $body = ws_events($event);
    my %sig = ('Grip-Sig' => $key ? grip_sig(key => $key) : undef);
    my $socket;

    wait_for('nginx to listen', sub {
        $socket = IO::Socket::INET->new("127.0.0.1:$port");
    });

    my $header = "POST /ws HTTP/1.1\nHost: localhost\nConnection: close\n"
                 . ws_headers(%sig, 'Content-Length' => length $body) . "\n";

    $header =~ s/\n/\r\n/g;

    print $socket $header, $body;

    my $answer = join '', <$socket>;

    $answer =~ m{^HTTP/1.1 (\d+).*?\r\n\r\n(.*)}s or return 'nothing';

    return $1 == 200 ? $2 : $1;
}


sub published {
    my ($path) = @_;
    my $socket = IO::Socket::INET->new("127.0.0.1:$sink") or die "sink: $!\n";

    print $socket "GET /_log/$path/publish/ HTTP/1.1\r\n\r\n";

    return join('', <$socket>) =~ /\r\n\r\n(.*)/s ? $1 : '';
}


sub subscription {
    my ($channel) = @_;

    return ws_events('OPEN', [TEXT => 'c:{"type":"subscribe","channel":'
                                      . qq("$channel"})]);
}


# all that the environment below says

sub check_environment {
    my ($when) = @_;
    my $before = () = published('ok-env') =~ /x\n/g;

    is(ask('OPEN', 'one'), 403, "$when: the key of the URL is not asked");
    is(ask('OPEN', 'two'), subscription('pre-room'),
       "$when: GRIP_VERIFY_KEY and GRIP_PREFIX");
    is(ask([TEXT => 'publish'], 'two'), '', "$when: a publish succeeds");

    my $after = () = published('ok-env') =~ /x\n/g;

    is($after, $before + 1, "$when: and goes to GRIP_URL");
}


my %env = (
    GRIP_URL        => "http://127.0.0.1:$sink/ok-env/?iss=pushpin&key=one",
    GRIP_VERIFY_KEY => 'two',
    GRIP_PREFIX     => 'pre-',
);

subtest 'the environment, a reload and a new binary' => sub {
    start('', %env);
    check_environment('at start');

    my ($old) = ask([TEXT => 'x'], 'two') =~ /m:(\d+)/;

    kill 'HUP', pid('nginx.pid');

    wait_for('a new worker', sub {
        my ($new) = ask([TEXT => 'x'], 'two') =~ /m:(\d+)/;
        $new && $new != $old;
    });

    check_environment('after a reload');

    my $master = pid('nginx.pid');

    kill 'USR2', $master;

    wait_for('a new master', sub {
        my $new = pid('nginx.pid');
        $new && $new != $master && pid('nginx.pid.oldbin') == $master;
    });

    kill 'QUIT', $master;
    wait_for('the end of the old master', sub { !pid('nginx.pid.oldbin') });

    check_environment('after an upgrade');

    kill 'HUP', pid('nginx.pid');
    ($old) = ask([TEXT => 'x'], 'two') =~ /m:(\d+)/;

    wait_for('a new worker', sub {
        my ($new) = ask([TEXT => 'x'], 'two') =~ /m:(\d+)/;
        $new && $new != $old;
    });

    check_environment('after an upgrade and a reload');
};

subtest 'a URL alone verifies by its own key' => sub {
    start('', GRIP_URL => "http://127.0.0.1:$sink/ok-alone/?iss=a&key=one");

    is(ask('OPEN', 'one'), subscription('room'), 'its key is asked');
    is(ask('OPEN', 'two'), 403, 'and no other');
    is(ask('OPEN'), 403, 'one is required');
};

subtest 'a key alone verifies, and publishes nothing' => sub {
    start('', GRIP_VERIFY_KEY => 'two');

    is(ask('OPEN', 'two'), subscription('room'), 'it is asked');
    is(ask('OPEN', 'one'), 403, 'and no other');
    like(ask([TEXT => 'publish'], 'two'), qr/^CLOSE/, 'no URL to publish to');
};

subtest 'a prefix alone' => sub {
    start('', GRIP_PREFIX => 'pre-');

    is(ask('OPEN'), subscription('pre-room'), 'nothing is verified');
};

subtest 'directives precede the environment' => sub {
    start(qq(grip_prefix "";
             grip_url http://127.0.0.1:$sink/ok-conf/?iss=a&key=one;
             grip_verify_key three;), %env);

    is(ask('OPEN', 'three'), subscription('room'), 'the key, and no prefix');
    is(ask('OPEN', 'two'), 403, 'not that of the environment');
    is(ask([TEXT => 'publish'], 'three'), '', 'a publish succeeds');
    like(published('ok-conf'), qr/x\n/, 'and goes to grip_url');
};

subtest 'an empty environment is none' => sub {
    start('', GRIP_URL => '', GRIP_VERIFY_KEY => '', GRIP_PREFIX => '');

    is(ask('OPEN'), subscription('room'), 'nothing is verified');
};

done_testing();
