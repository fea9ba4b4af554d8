# Workers that end while functions, pages and control servers are asked by all
# kinds of requests: killed, followed by those of a new binary, or cut off by
# worker_shutdown_timeout.  Each request is answered or its connection closed,
# the next worker serves at once, nothing of the old one stays, and what is in
# shared memory can be used.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Function;
use Grip::Metrics;
use Grip::Nginx;
use Grip::Root;
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

# A function or a control server that is asked says so by a line in "asked", and
# while there is a file "gate", does not answer.

my $files = Grip::Root::path() . '-files';
mkdir $files;

my $function = Grip::Function::start(sub {
    my ($request) = @_;
    my $uri = $request->{uri};

    if ($uri !~ /open/) {
        open my $out, '>>', "$files/asked" or die $!;
        syswrite $out, "$uri\n";

        sleep 0.01 while -e "$files/gate";
    }

    return $uri =~ /json/   ? '[{"send":"hello"}]'
         : $uri =~ /events/ ? '{"statusCode":200,"headers":{"Content-Type":'
                              . '"application/websocket-events"},"body":'
                              . '"TEXT 5\r\nhello\r\n"}'
         : $uri =~ /(?:aws|lambda)/ ? '{"statusCode":200,"body":"hello"}'
         : $uri =~ /control/        ? 'Published'
         :                            'hello';
});

my $port = Grip::Nginx::port();

my $http = <<"END";
    access_log off;
    proxy_read_timeout 30s;
    grip_read_timeout 30s;
    grip_verify off;
    grip_metrics_zone metrics:1m;
    grip_history_zone news:1m;
    grip_url http://127.0.0.1:$function/control;

    server {
        listen 127.0.0.1:$port;

        location = /status  { stub_status; }
        location = /metrics { grip_metrics; }

        location = /plain  { grip_websocket;  grip_on any { call /fn/plain; } }
        location = /json   { grip_websocket;
                             grip_on any { call /fn/json as=json; } }
        location = /aws    { grip_websocket;
                             grip_on any { call /fn/aws as=api-gateway reply; } }
        location = /batch  { grip_websocket;  grip_call_batch on;
                             grip_on any { call /fn/json as=json; } }
        location = /gone   { grip_websocket;
                             grip_on message { call /fn/gone detached; } }
        location = /events { grip_lambda /fn/events; }
        location = /lambda { grip_lambda /fn/lambda; }
        location = /hold   { grip_hold stream;  grip_channel room;
                             proxy_pass http://127.0.0.1:$function/page; }
        location = /publish   { grip_publish room;  grip_publish_require all; }
        location = /publishes { grip_websocket;  grip_publish_require all;
                                grip_on any { publish room x; } }
        location = /numbered  { grip_history news;  grip_publish room; }
        location = /resume    { grip_history news;  grip_hold response;
                                grip_channel room;  grip_history_join ",";
                                grip_history_from \$arg_after;
                                grip_hold_body ""; }
        location = /echo      { grip_websocket;
                                grip_on any { send \$grip_message; } }
        location /items/      { grip_control; }

        location /fn/ { internal;  proxy_pass http://127.0.0.1:$function/; }

        # who need not wait

        location /open/ { proxy_pass http://127.0.0.1:$function/open; }
    }
END

my $text = Grip::ws_events([TEXT => 'one']);

# what each is answered, with or without the function, and who asks one: the
# items are one POST, and those that wait for it

my @calls = (
    ['/plain', $text, qr/m:hello/],
    ['/json', $text, qr/m:hello/],
    ['/aws', $text, qr/m:hello/],
    ['/batch', $text, qr/m:hello/],
    ['/events', $text, qr/\bhello\b/],
    ['/lambda', undef, qr/\bhello$/],
    ['/hold', undef, qr/^Grip-Hold: stream.*hello$/ms],
);
my @items = (
    ['/publish', undef, qr/ 200 /],
    ['/publishes', $text, qr/ 200 /],
    ['/numbered', undef, qr/^Last-Event-ID: /m],
    ['/items/publish/', undef, qr/Published/],
);
my $gone = ['/gone', $text, qr/ 200 /];
my @all = (@calls, @items);

my $nginx;


subtest 'a worker is killed' => sub {
    start();

    my $id = number();
    my @clients = in_flight();
    my ($worker) = $nginx->log =~ /start worker process (\d+)/;

    kill 'KILL', $worker;

    is_deeply([map { ends($_) } @clients], [('') x @clients],
              'each connection is closed');
    ok($nginx->wait_for(sub { $nginx->started == 2 }), 'there is another one');
    serves('which serves while functions still run');
    is(queued(), 0, 'no items wait');

    unlink "$files/gate";
    are_answered();
    is(missed($id), 'one,one', 'items that were numbered are kept');
    is($nginx->alerts =~ s/^.* process $worker exited on signal 9\n//mr, '',
       'nobody is alarmed but by its end');

    # its connections are counted for good

    stop(scalar @clients);
};


subtest 'a worker that has until worker_shutdown_timeout' => sub {
    start(main => 'worker_shutdown_timeout 1s;');

    my $id = number();
    my @clients = in_flight();
    my ($worker) = $nginx->log =~ /start worker process (\d+)/;

    $nginx->reload;
    serves('the next one serves at once');

    my @answers = map { ends($_) } @clients;

    is_deeply([grep { !defined || !m{^(?:HTTP/1\.1 5.*)?\z}s } @answers], [],
              'each request is refused or its connection closed');
    ok($nginx->wait_for(sub { !kill 0, $worker }), 'it is gone');
    is(queued(), 0, 'no items wait');
    like($nginx->log, qr{"/fn/gone" failed: the worker shuts down},
         'and the end of a detached call is told');

    unlink "$files/gate";
    are_answered();
    is(missed($id), 'one,one', 'items that were numbered are kept');
    is($nginx->alerts, '', 'nobody is alarmed');

    stop();
};


subtest 'a new binary' => sub {
    start(daemon => 1);

    my @clients = in_flight();
    my ($worker) = $nginx->log =~ /start worker process (\d+)/;
    my $old = $nginx->upgrade;

    kill 'WINCH', $old;
    ok($nginx->wait_for(sub { $nginx->log =~ / $worker#\d+: gracefully/ }),
       'the worker before ends when it is done');
    serves('the new one serves meanwhile');
    is(queued(), 0, 'its own items are counted');

    unlink "$files/gate";
    like(ends($clients[$_]), $all[$_][2], "$all[$_][0] is answered as ever")
        for 0 .. $#all;

    kill 'QUIT', $old;
    ok($nginx->wait_for(sub { !kill(0, $worker) && !kill(0, $old) }),
       'the old processes are gone');

    my $id = number();

    are_answered();
    is(missed($id), 'one', 'there is a history');
    is($nginx->alerts, '', 'nobody is alarmed');

    stop();
};


subtest 'a new binary that is taken back' => sub {
    start(daemon => 1);

    my $id = number();
    my $old = $nginx->upgrade;
    my $new = $nginx->{pid};

    kill 'WINCH', $old;
    ok($nginx->wait_for(sub { $nginx->log =~ /exited with code 0/ }),
       'the worker before is gone');
    isnt(number() =~ s/-.*//r, $id =~ s/-.*//r, 'the history is another one');

    my @clients = in_flight();

    kill 'HUP', $old;
    ok($nginx->wait_for(sub { $nginx->started == 3 }), 'the old master has one');

    my ($worker) = $nginx->log =~ /^.* $new#\d+: start worker process (\d+)/m;

    kill 'QUIT', $new;
    ok($nginx->wait_for(sub { $nginx->log =~ / $worker#\d+: gracefully/ }),
       'the new worker ends when it is done');
    serves('the old one serves meanwhile');

    unlink "$files/gate";
    like(ends($clients[$_]), $all[$_][2], "$all[$_][0] is answered by the other")
        for 0 .. $#all;
    ok($nginx->wait_for(sub { $nginx->master == $old }),
       'the old master is the only one');
    $nginx->{pid} = $old;

    are_answered();
    is(missed($id), 'one', 'the history goes on where it was');
    is($nginx->alerts, '', 'nobody is alarmed');

    stop();
};

done_testing();


sub start {
    $nginx = Grip::Nginx->start(http => $http, @_);
}

sub stop {
    my $lost = $_[0] // 0;

    ok($nginx->wait_for(sub {
        $nginx->stub_status($port) =~ /^Active connections: (\d+) /
        && $1 == $lost + 1;
    }), 'no connection is left') or diag($nginx->stub_status($port));

    $nginx->stop('QUIT');
}


# one client of each, that waits for a function or for a control server

sub in_flight {
    unlink "$files/asked";
    Grip::Nginx::write_file("$files/gate", '');

    like(ask($gone), $gone->[2], 'who does not wait is answered');

    my @clients = map { client($_) } @all;

    ok($nginx->wait_for(sub {
        my @asked = split /\n/, Grip::Nginx::read_file("$files/asked");

        return @asked == @calls + 2 && queued() == @items;
    }), 'all are asked, and items wait') or diag($nginx->log);

    return @clients;
}

sub serves {
    my ($what) = @_;

    like(ask(['/echo', $text]), qr/m:one/, $what);
    like(ask(['/open/', undef]), qr/hello$/, 'passes requests on');
    like(ask(['/resume', undef]), qr/^Grip-Hold: response/m, 'and holds them');
}

sub are_answered {
    like(ask($_), $_->[2], "$_->[0] is answered") for @all, $gone;
}


# items that wait or are on their way

sub queued {
    return Grip::Metrics::read($nginx, $port, 'proxy')
               ->{grip_publish_queue_items} // 0;
}

# the id of an item that is published, and what comes after it

sub number {
    my ($id) = (ask(['/numbered', undef]) // '') =~ /^Last-Event-ID: (\S+)/m
        or die 'not published';

    return $id;
}

sub missed {
    my ($id) = @_;

    return Grip::Nginx::body(ask(["/resume?after=$id", undef]));
}


sub client {
    my ($kind) = @_;
    my ($uri, $events) = @$kind;
    my $headers = defined $events ? Grip::ws_headers() =~ s/\n/\r\n/gr : '';
    my $body = $events // ($uri =~ /items/
                           ? '{"items":[{"channel":"room","formats":'
                             . '{"ws-message":{"content":"x"}}}]}' : 'one');

    my $client = IO::Socket::INET->new("127.0.0.1:$port")
        or die "cannot connect: $!";

    Grip::Function::put($client, "POST $uri HTTP/1.1\r\nHost: localhost\r\n"
                                 . "Connection: close\r\nContent-Length: "
                                 . length($body) . "\r\n$headers\r\n$body");

    return $client;
}

# all until the end, undef if there is none in time

sub ends {
    my ($client) = @_;
    my $select = IO::Select->new($client);
    my $all = '';

    while ($select->can_read(15)) {
        next if sysread $client, $all, 65536, length $all;

        close $client;
        return $all;
    }

    return undef;
}

sub ask {
    my ($kind) = @_;

    return ends(client($kind));
}
