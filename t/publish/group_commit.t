# Items of many requests leave together, and each request learns the fate of
# its own: no matter which leads, which vanishes, or what the others sent.

use strict;
use warnings;

use lib 't/lib';
use Grip::Metrics;
use Grip::Nginx;
use Grip::Sink;
use IO::Select;
use IO::Socket::INET;
use Test::More;

my $sink = Grip::Sink::start();
my ($port, $origin) = (Grip::Nginx::port(), Grip::Nginx::port());

my $number = 0;
my ($nginx, $path);

# an nginx that publishes to a path of the sink: /publish awaits it, and
# /watched is a request to another server that nginx gives up, with the
# publishing that goes beside it, when its client does

sub start {
    my ($behaviour, $settings, %arg) = @_;

    $settings //= '';
    $path = "/$behaviour/" . ++$number . '/';

    my $url = delete $arg{url} // "http://127.0.0.1:$sink$path";

    $nginx = Grip::Nginx->start(%arg, http => <<"END");
        grip_metrics_zone        metrics:1m;
        client_max_body_size     2m;
        client_body_buffer_size  2m;

        server {
            listen    127.0.0.1:$port;
            grip_url  $url;
            $settings

            location = /status   { stub_status; }
            location = /metrics  { grip_metrics; }

            location /publish {
                grip_publish         room;
                grip_publish_id      \$arg_id;
                grip_publish_prev_id \$arg_prev;
                grip_publish_format  ws-message;
                add_header           X-Status \$grip_publish_status always;
            }

            location /watched {
                mirror      /publish;
                proxy_pass  http://127.0.0.1:$sink/slow-3000/;
            }
        }
END
}

sub post { return Grip::Nginx::post("/publish?id=$_[1]", $_[0]) }

sub publish {
    return $nginx->requests($port, map { ref $_ ? $_ : post($_, '') } @_);
}

sub statuses { return join ' ', map { Grip::Nginx::status($_) } @_ }

# the POSTs that the sink got, each as "number of items: items"

sub posts {
    my $log = Grip::Sink::ask('log', $path . 'publish/');

    return map { s/^\d+ //r } split /\n/, $log;
}

sub items { return map { my (undef, @items) = split; @items } posts() }

# those of POSTs without a bad one

sub items_accepted {
    return map { my (undef, @items) = split; @items } grep { !/BAD/ } posts();
}

# how often an item is among them

sub seen { my ($item) = @_; return scalar grep { $_ eq $item } items() }

sub finish {
    is($nginx->alerts, '', 'no alerts');
    $nginx->stop;
}


subtest 'one POST in flight, all that comes meanwhile in the next' => sub {
    start('slow-200');

    my @bodies = map { "item$_" } 1 .. 50;
    my @answers = publish('first', map { { text => post($_, ''), at => 0.05 } }
                                       @bodies);

    is(statuses(@answers), join(' ', (200) x 51), 'all are published');
    is(scalar posts(), 2, 'by two POSTs');
    is((posts())[0], '1 first', 'the first leaves at once');
    is(join(' ', sort(items())), join(' ', sort('first', @bodies)),
       'each once');

    finish();
};


subtest 'items leave in the order of their arrival' => sub {
    start('slow-200');

    my @bodies = map { "item$_" } 1 .. 10;

    publish('first', map { { text => post($bodies[$_], ''),
                             at => 0.02 + 0.01 * $_ } } 0 .. $#bodies);

    is(join('|', posts()), '1 first|10 ' . join(' ', @bodies), 'order');

    finish();
};


subtest 'servers share a publisher, whichever of them comes first' => sub {
    my $path = '/slow-200/' . ++$number . '/';
    my $other = Grip::Nginx::port();

    my $server = sub {
        my ($name, $settings) = @_;

        return <<"END";
        server {
            listen       127.0.0.1:$port;
            server_name  $name;
            $settings

            location /publish {
                grip_publish         room;
                grip_publish_format  ws-message;
            }
        }
END
    };

    my $nginx = Grip::Nginx->start(http => join '',
        "grip_url http://127.0.0.1:$sink$path;",
        $server->('resolves', "resolver 127.0.0.1:$other;"),
        $server->('one', ''), $server->('two', ''));

    my @answers = $nginx->requests($port, map {
        { text => post($_->[0], '') =~ s/localhost/$_->[1]/r, at => $_->[2] }
    } ['first', 'one', 0], ['a', 'one', 0.05], ['b', 'two', 0.08]);

    is(statuses(@answers), '200 200 200', 'all are published');
    is(join('|', map { s/^\d+ //r } split /\n/,
                 Grip::Sink::ask('log', $path . 'publish/')),
       '1 first|2 a b', 'what two servers publish leaves together');

    $nginx->stop;
};


subtest 'of more than 128 that wait, half are in the next POST' => sub {
    start('slow-1000');

    my @bodies = map { "item$_" } 1 .. 300;
    my @answers = publish('first', map { { text => post($_, ''), at => 0.05 } }
                                       @bodies);

    is(statuses(@answers), join(' ', (200) x 301), 'all are published');
    is(join(' ', map { (split)[0] } posts()), '1 150 128 22', 'by four POSTs');
    is(join(' ', sort(items())), join(' ', sort('first', @bodies)),
       'each once');

    finish();
};


subtest 'those of a POST that was refused wait again, and are counted' => sub {
    start('refuse-400-100');

    my @bodies = ('BAD', map { "item$_" } 1 .. 600);

    publish('first', map { { text => post($_, ''), at => 0.01 } } @bodies);

    my @sizes = map { (split)[0] } grep { !/BAD/ } posts();

    cmp_ok((sort { $b <=> $a } @sizes)[0], '<=', 172,
           'half of what is left then');
    is(join(' ', sort(items_accepted())),
       join(' ', sort('first', grep { !/BAD/ } @bodies)), 'each once');

    finish();
};


subtest 'a POST of several is no longer than 900,000 bytes' => sub {
    start('slow-200');

    my @answers = publish('first', map { { text => post($_ x 290_000, ''),
                                           at => 0.05 } } 'a' .. 'e');

    is(statuses(@answers), '200 200 200 200 200 200', 'all are published');
    is(join(' ', map { (split)[0] } posts()), '1 3 2', 'by three POSTs');

    finish();
};


subtest 'a bad item fails alone' => sub {
    start('refuse-400-20');

    my @bodies = map { $_ == 13 || $_ == 14 ? "BAD$_" : "item$_" } 1 .. 40;
    my @answers = publish('first', map { { text => post($_, ''), at => 0.01 } }
                                       @bodies);

    shift @answers;

    is(join(' ', map { $bodies[$_] }
                 grep { Grip::Nginx::status($answers[$_]) != 200 }
                      0 .. $#bodies),
       'BAD13 BAD14', 'its own client is told');

    is(join(' ', items_accepted()), join(' ', 'first', grep { !/BAD/ } @bodies),
       'all others are published, once and in order');

    like($nginx->log, qr/\[warn\].* refused, to be sent in smaller POSTs: 400,/,
         'one line for the refusal of all');
    is(scalar(() = $nginx->log =~ /\[error\].* failed: 400, 1 items of 1 req/g),
       2, 'and one for each bad item');

    finish();
};


subtest 'a request that is wrong as a whole is not divided' => sub {
    start('status-401-100');

    my @answers = publish('first', map { { text => post("item$_", ''),
                                           at => 0.05 } } 1 .. 10);

    is(statuses(@answers), join(' ', (502) x 11), 'all fail');
    is(scalar posts(), 2, 'by two POSTs');
    like($nginx->log, qr/failed: 401, 10 items of 10 requests: refused: 401/,
         'logged once');

    finish();
};


# The tests with a vanishing client: a first POST is in flight, the items of the
# others gather behind it, and leave in the second when somebody opens the gate,
# who is the last to come.

sub watched {
    my ($text, $id, %arg) = @_;

    return { text => Grip::Nginx::post("/watched?id=$id", $text),
             at => sub { posts() == 1 }, %arg };
}

sub crowd {
    my ($text, $id, %arg) = @_;

    return { text => post($text, $id), at => sub { queued() >= 2 }, %arg };
}

sub opens {
    my ($what, $when) = @_;

    return {
        text => "GET /status HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        at => sub {
            return $when->() && defined Grip::Sink::ask($what,
                                                        $path . 'publish/');
        },
    };
}

# items that wait or are on their way

sub queued {
    return Grip::Metrics::read($nginx, $port, 'proxy')
               ->{grip_publish_queue_items} // 0;
}

# of clients, one of which asks

sub connections {
    my ($number) = @_;

    return $nginx->stub_status($port) =~ /^Active connections: $number /;
}


subtest 'a leader that vanishes: what has both ids is sent again' => sub {
    start('gate');

    my (undef, $leader, $plain, $id, $ids, $later) = publish(
        'first', watched('leader', '', reset_at => sub { posts() == 2 }),
        crowd('plain', ''), crowd('withid', 1), crowd('withids', '1&prev=0'),
        crowd('later', '', at => sub { posts() == 3 }),
        opens('open', sub { queued() == 5 }),
        opens('leave', sub { queued() == 2 && posts() == 3 }));

    is(statuses($plain, $id, $ids, $later), '502 502 200 200',
       'the followers are told');
    is(join(' ', map { seen($_) } qw(leader plain withid withids later)),
       '1 1 1 2 1', 'nothing is sent twice without an id and the one before');
    like($nginx->log, qr/broken off with the request that led it: items /,
         'logged');

    finish();
};


subtest 'a leader that vanishes before it sends anything' => sub {
    start('gate');

    my $left;
    my (undef, $leader, $plain) = publish(
        'first',
        watched('leader', '', reset_at => sub { $left = queued() == 3 }),
        crowd('plain', ''),
        opens('leave', sub { $left && connections(3) }));

    is(statuses($plain), '200', 'the follower does not notice');
    is(join(' ', map { seen($_) } qw(leader plain)), '1 1',
       'and takes the item of the leader along');
    unlike($nginx->log, qr/\[error\]/, 'no error');

    finish();
};


subtest 'a leader that vanishes while it connects' => sub {
    my $deaf = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1')
        or die $!;
    my $asked = IO::Select->new($deaf);

    start('ok', '', url => 'https://127.0.0.1:' . $deaf->sockport . '/');
    publish(watched('gone', '', at => 0,
                    reset_at => sub { $asked->can_read(0) }));

    ok($nginx->wait_for(sub { $nginx->log =~ /given up: the requests that / }),
       'its item waits again, for another to lead');
    unlike($nginx->log, qr/broken off/, 'and none is said to have been sent');

    finish();
};


subtest 'a follower that vanishes' => sub {
    start('gate');

    my (undef, $plain, $gone) = publish(
        'first', { text => post('plain', ''), at => sub { posts() == 1 } },
        watched('follower', '', at => sub { queued() == 2 },
                reset_at => sub { posts() == 2 }),
        opens('open', sub { queued() == 3 }),
        opens('leave', sub { posts() == 2 && connections(2) }));

    is(statuses($plain), '200', 'the leader does not notice');
    is(join(' ', map { seen($_) } qw(plain follower)), '1 1', 'all is sent');
    unlike($nginx->log, qr/\[error\]/, 'no error');

    finish();
};


subtest 'nobody is left to lead' => sub {
    start('gate');

    my $left;

    publish('first',
            watched('gone', '', reset_at => sub { $left = queued() == 2 }),
            opens('leave', sub { $left && connections(2) }));

    ok($nginx->wait_for(sub { $nginx->log =~ /given up: the requests that / }),
       'logged');
    is(seen('gone'), 0, 'not sent');
    is(statuses(publish('next')), '200', 'the next one is');

    finish();
};


subtest 'a full queue refuses, and has room again' => sub {
    start('slow-200', 'grip_queue_size 10k;');

    my @answers = publish('first', map { { text => post($_ x 4000, ''),
                                           at => 0.05 } } 'a' .. 'd');

    is(join(' ', sort map { Grip::Nginx::status($_) } @answers),
       '200 200 200 503 503', 'two fit behind the first');
    is(statuses(publish('e' x 4000)), '200', 'there is room again');

    is(scalar(() = $nginx->log =~ /\[error\].*"grip_queue_size" is 10240/g), 1,
       'one line');

    finish();
};


# the next one comes when the first URL has answered, and the other hangs still

subtest 'a URL that hangs has a queue of its own' => sub {
    start('ok', "grip_url http://127.0.0.1:$sink/hang/; grip_queue_size 10k;"
                . ' grip_read_timeout 2s;');

    my @answers = publish(map { { text => post($_ x 4000, ''),
                                  at => 0.2 * (ord() - ord 'a') } } 'a' .. 'd');

    is(statuses(@answers), '200 200 200 200', 'all are published');
    is(join('|', map { /X-Status: (.*)\r/ } @answers),
       '200, 504|200, 504|200, 503|200, 503', 'by the other one');

    finish();
};


subtest 'a reload amid the traffic' => sub {
    start('slow-30');

    my @bodies = map { "item$_" } 1 .. 300;
    my $pid = fork;

    if (!$pid) {
        $nginx->reload, select undef, undef, undef, 0.2 for 1 .. 3;
        delete $nginx->{pid};
        require POSIX;
        POSIX::_exit(0);
    }

    my @answers = publish(map { { text => post($bodies[$_], ''),
                                  at => $_ * 0.003 } } 0 .. $#bodies);
    waitpid $pid, 0;

    is(join(' ', grep { Grip::Nginx::status($_) != 200 } @answers), '',
       'all are published');
    is(join(' ', sort(items())), join(' ', sort @bodies), 'each once');

    finish();
};


subtest 'a worker that must end at once' => sub {
    start('slow-2000', '', main => 'worker_shutdown_timeout 100ms;');

    my $pid = fork;

    if (!$pid) {
        select undef, undef, undef, 0.3;
        kill 'HUP', delete $nginx->{pid};
        require POSIX;
        POSIX::_exit(0);
    }

    publish(map { post("item$_", $_ % 2 ? $_ : '') } 1 .. 20);
    waitpid $pid, 0;

    is(scalar(grep { seen("item$_") > 1 } map { $_ * 2 } 1 .. 10), 0,
       'nothing is sent twice without an id');
    ok($nginx->wait_for(sub { $nginx->log =~ /exited with code 0/ }),
       'it ends');

    finish();
};


done_testing();
