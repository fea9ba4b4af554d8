# Zones, by a module of the test that owns two kinds of them: over reloads, with
# another size, with another binary, and when workers are killed amid a change.

use strict;
use warnings;

use lib 't/lib';
use Cwd qw(getcwd);
use Grip ();
use Grip::Nginx;
use Grip::Root;
use Test::More;

my $module = Grip::Root::path() . '-zone.so';
my $tree = ($ENV{GRIP_OBJS} || 'build/dynamic/objs') =~ s{/objs$}{}r;
my ($include) = Grip::Nginx::read_file("$tree/objs/Makefile")
                =~ /^ALL_INCS = (.*?)\n\n/ms;
my @include = map { '-I' . (m{^/} ? $_ : "$tree/$_") } $include =~ /-I (\S+)/g;

system($ENV{CC} || 'cc', qw(-g -O1 -fPIC -shared -Wall -Werror -o), $module,
       @include, 't/lib/zone.c') == 0 or die "cannot build $module\n";

# a new binary is started by the name that nginx has for itself

my $binary = $ENV{TEST_NGINX_BINARY} || 'nginx';
$binary = `PATH=\$PATH:/usr/sbin; command -v $binary;`;
chomp $binary;
$ENV{TEST_NGINX_BINARY} = $binary;

my $port = Grip::Nginx::port();
my $nginx;


sub conf {
    my ($http, $use) = @_;

    $use ||= 'one';

    return "$http server { listen 127.0.0.1:$port;"
           . " location / { test_zone_use $use; } }";
}


sub start {
    my ($http) = @_;

    undef $nginx;

    return $nginx = Grip::Nginx->start(
        main => "load_module $module; worker_processes 2;",
        http => conf($http));
}


sub request { return "GET /?$_[0] HTTP/1.0\r\n\r\n" }

sub ask {
    my ($what) = @_;

    return Grip::Nginx::body(($nginx->requests($port, request($what)))[0])
           // 'no answer';
}


# with another configuration

sub reload {
    my ($from, $to, $use) = @_;
    my $file = "$nginx->{root}/nginx.conf";
    my $text = Grip::Nginx::read_file($file);

    if (defined $from) {
        $text =~ s/\Q$from\E/$to/ or die "no $from";
        $text =~ s/test_zone_use \K\w+/$use/ if $use;
        Grip::Nginx::write_file($file, $text);
    }

    return $nginx->reload;
}


# what is said of zones; an upgraded nginx has its log as standard error, too

sub said { return join "\n", $nginx->log =~ /^\d.*grip: (zone .*)/mg }


sub refused {
    my ($http, $use) = @_;
    my $root = Grip::Root::path() . '-zone';
    my $load = $ENV{GRIP_MODULE} // getcwd()
                                    . '/build/ngx_http_faas_grip_module.so';

    mkdir $root;
    Grip::Nginx::write_file("$root/http.conf", conf($http, $use));
    Grip::Nginx::write_file("$root/nginx.conf", join "\n",
        $load ? "load_module $load;" : (), "load_module $module;",
        'pid nginx.pid; events { }',
        'http { access_log off;', 'include http.conf; }');

    my $text = `$binary -t -p $root/ -c nginx.conf -e $root/error.log 2>&1`;

    return join "\n", map { s/ in \K\S+\/(?=http)//r }
                      $text =~ /^nginx: \[emerg\] (.*)/mg;
}


subtest 'a zone outlives a reload' => sub {
    start('test_zone one:64k;');

    like(ask('add'), qr/^1 added, 0 kept/, 'it begins empty');
    like(ask('add'), qr/^2 added/, 'and is filled');

    my ($worker) = ask('none') =~ /worker (\d+)/;

    reload();
    ok($nginx->wait_for(sub { ask('none') !~ /worker $worker/ }), 'reloaded');

    like(ask('add'), qr/^3 added, 1 kept/, 'it is the same, and its owner'
         . ' was told');

    is(said(), '', 'nothing to tell');
};

subtest 'another size begins empty' => sub {
    start('test_zone one:64k;');
    ask('add');

    my ($worker) = ask('none') =~ /worker (\d+)/;

    reload('one:64k', 'one:128k');
    ok($nginx->wait_for(sub { ask('none') =~ /^0 added, 0 kept/ }), 'empty');

    is(said(), 'zone "one" begins empty, as its size has changed from 65536 to'
               . ' 131072', 'and that was told, once');
    like($nginx->log, qr/\[warn\] [^\n]*zone "one" begins empty/, 'at warn');

    like(ask('add'), qr/^1 added/, 'it works');
};

subtest 'another use begins empty' => sub {
    start('test_zone one:128k; test_large_zone two:128k;');
    ask('add');

    reload('test_zone one:128k; test_large_zone two:128k;',
           'test_large_zone one:128k; test_zone two:128k;', 'two');
    ok($nginx->wait_for(sub { ask('none') =~ /^0 added/ }), 'empty');

    is(said(), qq(zone "one" begins empty, as it had another use or the module)
               . ' has changed'
               . qq(\nzone "two" begins empty, as it had another use or the)
               . ' module has changed', 'and that was told');
};

subtest 'a zone is empty after a binary upgrade' => sub {
    start('test_zone one:64k;');
    $nginx->stop;

    # nginx is upgraded only if it is a daemon

    my ($root, $file) = ($nginx->{root}, "$nginx->{root}/nginx.conf");
    my $pid = sub { Grip::Nginx::read_file("$root/logs/nginx.pid") || 0 };

    Grip::Nginx::write_file($file,
        Grip::Nginx::read_file($file) =~ s/daemon off;//r);
    is(system("$binary -p $root/ -c $file"), 0, 'started');
    ok($nginx->wait_for(sub { $pid->() }), 'and there');
    ask('add');

    my $old = $pid->() + 0;

    kill 'USR2', $old;
    ok($nginx->wait_for(sub { my $new = $pid->(); $new && $new != $old }),
       'a new master');

    my $new = $pid->() + 0;

    kill 'QUIT', $old;
    ok($nginx->wait_for(sub { !kill 0, $old }), 'in the place of the old one');

    $nginx->{pid} = $new;

    like(ask('none'), qr/^0 added, 0 kept/, 'it begins empty');
    is(said(), 'zone "one" begins empty after the binary upgrade',
       'and that was told, once');

    reload();
    ok($nginx->wait_for(sub { ask('none') =~ /^0 added, 1 kept/ }),
       'a reload keeps it');
    unlike(said(), qr/\n/, 'without a word');

    kill 'TERM', $new;
    ok($nginx->wait_for(sub { !kill 0, $new }), 'stopped');
    delete $nginx->{pid};
};

subtest 'a worker that is killed amid a change leaves the zone empty' => sub {
    start('test_zone one:64k;');

    my ($used) = ask('none') =~ /(\d+) used/;

    ask('add') for 1 .. 300;

    my ($more) = ask('add') =~ /(\d+) used/;

    cmp_ok($more, '>', $used, 'memory is used');
    is(ask('die'), 'no answer', 'a worker dies');

    like(ask('add'), qr/^1 added, 0 kept, $used used/,
         'the zone is as it was at the start, and works');
    like(ask('add'), qr/^2 added/, 'for all');

    is(said(), 'zone "one" was emptied: a worker was killed while it had the'
               . ' lock', 'and that was told, once');
    like($nginx->log, qr/\[error\] [^\n]*was emptied/, 'at error');

    reload();
    ok($nginx->wait_for(sub { ask('none') =~ /^2 added, 1 kept/ }),
       'a reload keeps it');
};

subtest 'a worker that waits for the lock of a killed one goes on' => sub {
    start('test_zone one:64k;');
    ask('add');

    # there are two workers, and all that is asked now waits for the first one

    my @workers = $nginx->log =~ /start worker process (\d+)/g;
    my $stopped = sub { grep { state($_) eq 'T' } @workers };

    my $stop = client('stop');

    ok($nginx->wait_for($stopped), 'a worker has stopped with the lock');

    my $wait = client('none');
    my ($one) = $stopped->();
    my ($other) = grep { $_ != $one } @workers;

    ok($nginx->wait_for(sub { cpu($other) > 20 || asleep($other) }),
       'another waits');

    kill 'KILL', $one;

    like(answer($wait), qr/^0 added.* worker $other$/m, 'and goes on');
    is(answer($stop), '', 'the other client is cut off');
    like(said(), qr/^zone "one" was emptied[^\n]*$/, 'which was told, once');
};

subtest 'a reload goes on when the worker with the lock is killed' => sub {
    start('test_zone one:64k;');
    ask('add');

    my @workers = $nginx->log =~ /start worker process (\d+)/g;
    my $stopped = sub { grep { state($_) eq 'T' } @workers };
    my $stop = client('stop');

    ok($nginx->wait_for($stopped), 'a worker has stopped with the lock');

    kill 'HUP', $nginx->{pid};
    ok($nginx->wait_for(sub { $nginx->log =~ /reconfiguring/ }),
       'the master waits for it');

    kill 'KILL', $stopped->();

    ok($nginx->wait_for(sub { ask('none') =~ /^0 added, 1 kept/ }),
       'and goes on when it is killed');
    like(said(), qr/^zone "one" was emptied[^\n]*$/, 'which was told, once');
    ok($nginx->wait_for(sub { !grep { kill 0, $_ } @workers }),
       'the workers before are gone');
};

subtest 'an owner that refuses a reload keeps what there was' => sub {
    start('test_zone one:64k 100;');
    ask('add');

    my ($worker) = ask('none') =~ /worker (\d+)/;
    my $file = "$nginx->{root}/nginx.conf";

    Grip::Nginx::write_file($file,
        Grip::Nginx::read_file($file) =~ s/64k 100/64k 200/r);
    kill 'HUP', $nginx->{pid};

    ok($nginx->wait_for(sub { $nginx->log =~ /\[emerg\].*had 100 before/ }),
       'refused');
    like(ask('add'), qr/^2 added, 0 kept/, 'the zone is as it was');
};

subtest 'names and sizes that make no zone' => sub {
    my @cases = (
        ['test_zone one;',
         'invalid zone "one", it must be NAME:SIZE in http.conf:1'],
        ['test_zone :1m;', 'invalid zone name "" in http.conf:1'],
        ['test_zone off:1m;', 'invalid zone name "off" in http.conf:1'],
        ['test_zone one:;', 'invalid zone size "" in http.conf:1'],
        ['test_zone one:1x;', 'invalid zone size "1x" in http.conf:1'],
        ['test_zone one:1m:2;', 'invalid zone size "1m:2" in http.conf:1'],
        ['test_zone one:10k;', 'zone "one" is too small, its size must be at'
                               . ' least 32k in http.conf:1'],
        ['test_large_zone one:64k;', 'zone "one" is too small, its size must'
                                     . ' be at least 98k in http.conf:1'],
        ["test_zone one:64k;\ntest_zone one:64k;",
         'duplicate zone "one" in http.conf:2'],
        ['test_zone one:64k; test_zone one:128k;',
         'the size 131072 of shared memory zone "one" conflicts with already'
         . ' declared size 65536 in http.conf:1'],
        ['test_zone one:128k; test_large_zone one:128k;',
         'the shared memory zone "one" is already declared for a different use'
         . ' in http.conf:1'],
        ['test_zone two:64k;', 'unknown zone "one" in http.conf:1'],
        ['test_zone one:64k 100000;', 'zone "one" is too small'],
    );

    is(refused($_->[0]), $_->[1], $_->[0] =~ tr/\n/ /r) for @cases;

    is(refused('test_zone one:64k;'), '', 'a zone');
    is(refused('test_zone "a b:64k";', '"a b"'), '', 'any name');
};

done_testing();


sub client {
    my ($what) = @_;
    my $socket = IO::Socket::INET->new("127.0.0.1:$port") or die $!;

    syswrite $socket, request($what);

    return $socket;
}


sub answer {
    my ($socket) = @_;
    local $/;

    return <$socket> // '';
}


# of a process: its state, whether it sleeps, its ticks of the processor

sub state  { (stat_of($_[0]))[0] // '' }
sub asleep { Grip::Nginx::read_file("/proc/$_[0]/wchan") =~ /futex/ }
sub cpu    { my @stat = stat_of($_[0]); $stat[11] + $stat[12] }

sub stat_of {
    return split / /, Grip::Nginx::read_file("/proc/$_[0]/stat")
                      =~ s/^.*\) //sr;
}
