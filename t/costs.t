# The costs of one request of many events to a worker and its other clients:
# memory, CPU, lines of the log, connections, and a share of a queue.  Rules of
# each kind get the smallest events that they are about, as many of them as a
# proxy sends at once.  CPU is the worker's own, so that a busy machine changes
# nothing.
#
# GRIP_COSTS=1 has no limit of events where calls take long, and takes minutes.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Function;
use Grip::Metrics;
use Grip::Nginx;
use Grip::Root;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'sanitizers take more' if $ENV{GRIP_BUILD};

# bytes of events in a request

use constant SIZE => 400_000;

# The bounds, whatever the events and rules: KB beyond an idle worker,
# milliseconds without another turn of the event loop, lines of the log, an
# eighth of grip_queue_size; the connections of the client, of a call and of a
# POST, and those of detached calls.

use constant {
    MEMORY      => 32 * 1024,
    TURN        => 50,
    LINES       => 3,
    QUEUE       => 8 * 1024 * 1024,
    SHARE       => 1024 * 1024,
    CONNECTIONS => 3,
    DETACHED    => 16,
};

# an item of these events, as it is sent

use constant ITEM => length '{"channel":"a","formats":{"http-response":'
                            . '{"body":"text"},"http-stream":{"content":'
                            . '"data: text\n\n"},"ws-message":{"content":'
                            . '"text"}}}';

# Of a sixteenth of the events, the sixteenth part.  That is not measured to the
# last percent, nor are milliseconds, but quadratic costs would be 256 times as
# much.

use constant { PARTS => 16, MARGIN => 2.5, FLOOR => 3 };

my $files = Grip::Root::path() . '-files';
my $turns = "$files/turns";
my $gate = "$files/gate";
my $library = "$files/turns.so";

mkdir $files;
unlink $gate;
Grip::Nginx::write_file($turns, pack 'q4');

system($ENV{CC} || 'cc', qw(-O1 -fPIC -shared -o), $library, 't/lib/turns.c',
       '-ldl') == 0 or die "cannot build $library\n";

# a control server, which does not answer while there is a file "gate"

my $control = Grip::Function::start(sub {
    sleep 0.01 while -e $gate;

    return 'Published';
});

my ($port, $backend, $down) = map { Grip::Nginx::port() } 1 .. 3;
my @kinds = kinds();

my $backends = Grip::Nginx->start(http => <<"END");
    access_log off;
    keepalive_requests 1000000;
    server { listen 127.0.0.1:$backend;  return 200 a; }
END

my $nginx = Grip::Nginx->start(
    env  => { GRIP_TURNS => $turns, LD_PRELOAD => $library },
    http => conf());

my ($worker) = $nginx->log =~ /start worker process (\d+)/;

# all that later requests use as well is there

ask('up', '/0', "TEXT\r\n" x 1000);

my $idle = $nginx->resident;

for my $n (0 .. $#kinds) {
    subtest $kinds[$n]{name} => sub { costs($kinds[$n], "/$n") };
}

subtest 'a share of the queue' => \&shares;

ok($nginx->wait_for(sub { $nginx->stub_status($port) =~ /^Active connections: 1 / }),
   'no connection is left');
is($nginx->started, 1, 'by the same worker');
is($nginx->alerts, '', 'nobody is alarmed');

done_testing();


# "ends" is why the connection ends before all events are handled; of a server
# that is down, each call that runs when the first one fails has a line

sub kinds {
    my $full = qr/CLOSE 19\r\n\x03\xf1message too big to send\r\n\z/;
    my $text = "TEXT 1\r\na\r\n";
    my %calls = (few => !$ENV{GRIP_COSTS},
                 $ENV{GRIP_COSTS} ? () : (ends => qr/too many events/));

    return (
        kind('no rules', ''),
        kind('PINGs', '', event => "PING\r\n"),
        kind('binary messages', '', event => "BINARY\r\n"),
        kind('events that nobody knows', '', event => "A\r\n", unknown => 1),
        kind('events after OPEN', 'grip_connection on;
                                   grip_on any { subscribe a; }',
             first => "OPEN\r\n", ends => $full),
        kind('too many events', '', few => 1, ends => qr/too many events/),
        kind('conditions', 'grip_on text $never = a { send a; }
                            grip_on text if=$never  { send a; }'),
        kind('expressions', 'grip_on text ~ "^(?:a|aa)+[bc]"   { send a; }
                             grip_on text ~ "^(?<captured>.*)$" {
                                 set_meta a $captured;
                             }', event => $text),
        kind('documents', 'grip_on text if=$member { send a; }',
             event => "TEXT 2\r\n{}\r\n"),
        kind('other texts', 'grip_on text if=$other { send a; }'),
        kind('send', 'grip_on text { send a; }'),
        kind('send until an answer is full',
             'grip_on text { send "$grip_event, $grip_escaped_grip_event"; }',
             ends => $full),
        kind('send of too much', 'grip_max_send_size 1;
                                  grip_on text { send $grip_event; }',
             ends => $full),
        kind('ping and pong', 'grip_on text { ping a;  pong $grip_message; }',
             ends => $full),
        kind('close', 'grip_on text { close 4000 $grip_event; }',
             ends => qr/CLOSE 6\r\n\x0f\xa0text/),
        kind('disconnect', 'grip_on text { disconnect; }',
             ends => qr/DISCONNECT\r\n\z/),
        kind('subscribe', 'grip_on text { subscribe a;  unsubscribe b; }',
             ends => $full),
        kind('subscribe to no channel',
             'grip_on text { subscribe "$grip_event,"; }'),
        kind('detach and keepalive',
             'grip_on text { detach;  keepalive $grip_event; }',
             ends => $full),
        kind('set_meta', 'grip_on text { set_meta a $grip_event;
                                         set_meta b $grip_meta_a; }'),
        kind('filter_meta', 'grip_on text { filter_meta a $grip_event; }',
             ends => $full),
        kind('publish', 'grip_on text { publish a $grip_event; }',
             ends => qr/publish failed\r\n\z/),
        kind('publish, ignored', 'grip_on text { publish a $grip_event
                                                         on_error=ignore; }'),
        kind('publish to no channel',
             'grip_on text { publish "$grip_event," a; }'),
        kind('publish with a history', 'grip_history news;
             grip_on text { publish a $grip_event on_error=ignore; }'),
        kind('call', 'grip_on text { call /return; }'),
        kind('call that fails',
             'grip_on text { call /fails on_error=ignore; }'),
        kind('call of a server', 'grip_on text { call /backend; }', %calls),
        kind('call of a server that is down',
             'grip_on text { call /down on_error=ignore; }', %calls),
        kind('call as=json', 'grip_on text { call /json as=json; }'),
        kind('call as=api-gateway', 'grip_on text {
             call /gateway as=api-gateway reply; }', %calls),
        kind('call detached', 'grip_on text { call /backend detached; }',
             connections => DETACHED, %calls),
        kind('call as=api-gateway of a server that is down', 'grip_on text {
             call /down as=api-gateway reply; }', ends => $full, %calls),
        kind('call detached of a server that is down',
             'grip_on text { call /down detached; }',
             connections => DETACHED, lines => DETACHED + 2, %calls),
        kind('publish and call, to a server that is down', 'grip_on text {
             publish a a on_error=ignore;  call /backend; }',
             host => 'down', %calls),
        kind('call for a batch', 'grip_call_batch on;
             grip_on text { call /json as=json; }'),
        kind('Lambda', 'grip_lambda /lambda;'),
    );
}

sub kind {
    my ($name, $rules, %more) = @_;

    return { name => $name, rules => $rules, event => "TEXT\r\n", first => '',
             host => 'up', connections => 0, lines => 0, %more };
}


sub conf {
    my $functions = functions();
    my $locations = '';

    for my $n (0 .. $#kinds) {
        my $kind = $kinds[$n];

        $locations .= "location = /$n { "
            . ($kind->{few} ? 'grip_max_events 3000; '
                            : 'grip_max_events off; ')
            . ($kind->{rules} =~ /grip_lambda/ ? '' : 'grip_websocket; ')
            . "$kind->{rules} }\n";
    }

    return <<"END";
    log_format events \$grip_events_in;
    access_log logs/events.log events;

    grip_url http://127.0.0.1:$control/?iss=pushpin&key=changeme;
    grip_read_timeout 60s;

    grip_metrics_zone metrics:4m;
    grip_history_zone news:1m;

    client_body_buffer_size 512k;
    keepalive_requests      1000000;

    upstream functions { server 127.0.0.1:$backend;  keepalive 4; }

    map \$grip_message \$never { default ""; }
    map \$grip_event \$text { default '{"a":"\$grip_event"}'; }

    grip_json_set \$member member;
    grip_json_set \$other  from=\$text member;

    server {
        listen 127.0.0.1:$port;
        server_name down;

        grip_url http://127.0.0.1:$down/?iss=pushpin&key=changeme;

        $locations
        $functions
    }

    server {
        listen 127.0.0.1:$port default_server;

        location = /metrics { access_log off;  grip_metrics; }
        location = /status  { access_log off;  stub_status; }

        $locations
        $functions
    }
END
}


sub functions {
    return <<"END";
        location = /return  { internal;  return 200 a; }
        location = /fails   { internal;  return 503; }
        location = /json    { internal;
                              client_max_body_size 8m;
                              return 200 '[{"send":"a"},{"set_meta":{"a":"b"}}]'; }
        location = /backend { internal;
                              proxy_http_version 1.1;
                              proxy_set_header Connection "";
                              proxy_pass http://functions; }
        location = /down    { internal;
                              proxy_pass http://127.0.0.1:$down; }
        location = /gateway { internal;  return 200 '{"body":"a"}'; }
        location = /lambda  { internal;  return 200
            '{"statusCode":200,
              "headers":{"Content-Type":"application/websocket-events"},
              "body":"TEXT 1\\\\r\\\\na\\\\r\\\\n"}'; }
END
}


sub costs {
    my ($kind, $uri) = @_;
    my $all = int(SIZE / length $kind->{event});
    my $cost = cost($kind, $uri, $all);

    like($cost->{answer}, qr{^HTTP/1\.1 200 }, 'it is answered');

    if ($kind->{ends}) {
        like($cost->{answer}, $kind->{ends}, 'in the end with a CLOSE');
        cmp_ok($cost->{handled}, '<', $all, 'before all events are handled');

    } else {
        unlike($cost->{answer}, qr/CLOSE/, 'without a CLOSE');
        is($cost->{handled}, $kind->{unknown} ? 0 : $all,
           'all events are handled');
    }

    cmp_ok($cost->{memory}, '<', MEMORY, 'memory');
    cmp_ok($cost->{turn}, '<', TURN, 'other clients have their turns');
    cmp_ok($cost->{lines}, '<=', LINES + $kind->{lines}, 'lines of the log');
    cmp_ok($cost->{connections}, '<=', CONNECTIONS + $kind->{connections},
           'connections');

    # where it ends at once, the events that are read, else those handled

    my $many = $cost->{handled} > PARTS ? $cost->{handled} : $all;
    my ($part) = sort { $a <=> $b }
                 map { cost($kind, $uri, int($many / PARTS))->{cpu} } 1 .. 3;

    cmp_ok($cost->{cpu}, '<', $part * PARTS * MARGIN + FLOOR, 'CPU is linear');

    note(sprintf '%d events of %d: %.1f ms of CPU, %.1f times that of a '
                 . 'sixteenth; %.1f ms in a turn, %d KB, %d lines, '
                 . '%d connections', $cost->{handled}, $all, $cost->{cpu},
                 $cost->{cpu} / $part, $cost->{turn}, $cost->{memory},
                 $cost->{lines}, $cost->{connections});
}


# of a request, which others do not share the worker with

sub cost {
    my ($kind, $uri, $n) = @_;
    my ($lines, $sockets) = (lines(), (turns())[2]);

    open my $out, '+<', $turns or die "$turns: $!";
    syswrite $out, pack 'q2', 0, 0;
    seek $out, 24, 0;
    syswrite $out, pack 'q', $sockets;
    close $out;

    Grip::Nginx::write_file("/proc/$worker/clear_refs", '5');

    my $answer = ask($kind->{host}, $uri, $kind->{first} . $kind->{event} x $n);

    # the turn that has ended it is over when there is another

    $nginx->stub_status($port);

    my ($all, $longest, undef, $most) = turns();
    my ($memory) = Grip::Nginx::read_file("/proc/$worker/status")
                   =~ /^VmHWM:\s+(\d+)/m;
    my ($handled) = Grip::Nginx::read_file("$nginx->{root}/logs/events.log")
                    =~ /(\d+)\n\z/;

    return { answer => $answer, cpu => $all / 1e6, turn => $longest / 1e6,
             memory => $memory - $idle, lines => lines() - $lines,
             connections => $most - $sockets, handled => $handled };
}

sub turns { return unpack 'q4', Grip::Nginx::read_file($turns) }

sub lines { return scalar(() = $nginx->log =~ /\n/g) }


sub request {
    my ($host, $uri, $body) = @_;
    my $headers = Grip::ws_headers('Content-Length' => length $body,
                                   Host => $host, Connection => 'close')
                  =~ s/\n/\r\n/gr;

    return "POST $uri HTTP/1.1\r\n$headers\r\n$body";
}

sub ask { return ($nginx->requests($port, request(@_)))[0] // 'nothing' }



# While the control server does not answer, as many clients as have a share wait
# for it, but for one, whose message has room as well.

sub shares {
    my ($n) = grep { $kinds[$_]{name} eq 'publish, ignored' } 0 .. $#kinds;
    my $many = int(SIZE / length $kinds[$n]{event});
    my ($handled) = counted();
    my ($before, @clients) = (0);

    Grip::Nginx::write_file($gate, '');

    for my $events (($many) x (QUEUE / SHARE - 1), 1) {
        my $client = IO::Socket::INET->new("127.0.0.1:$port")
            or die "cannot connect: $!";

        Grip::Function::put($client, request('up', "/$n",
                                          $kinds[$n]{event} x $events));
        push @clients, $client;

        $handled += $events;

        ok($nginx->wait_for(sub { (counted())[0] == $handled }),
           'all events are handled');

        my (undef, $items) = counted();
        my $taken = $items - $before;

        $before = $items;

        if ($events == 1) {
            is($taken, 1, 'there is room for another client');

        } else {
            cmp_ok($taken, '>', 1000, 'there is room for more than some');
            cmp_ok($taken * ITEM, '<=', SHARE, 'but for no more than a share');
        }
    }

    unlink $gate;

    my @answers = map { my $client = $_; local $/; scalar <$client> } @clients;

    is(scalar(grep { m{^HTTP/1\.1 200 } && !/CLOSE/ } @answers), @clients,
       'all are answered');
    is((counted())[1], 0, 'and nothing waits');
}


# events that were handled, and items that wait

sub counted {
    my $metrics = Grip::Metrics::read($nginx, $port,
                                      qw(server location type proxy));

    return map { $metrics->{$_} // 0 } 'grip_events_total{direction="in"}',
                                       'grip_publish_queue_items';
}
