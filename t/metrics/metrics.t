# Metrics, and how they are shown: over reloads, by several workers, as text and
# as JSON.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Metrics;
use Grip::Nginx;
use Grip::Sink;
use JSON::PP qw(decode_json encode_json);
use Test::More;

my $sink = Grip::Sink::start();
my $port = Grip::Nginx::port();
my $nginx;


sub start {
    my ($locations, %arg) = @_;

    my $http = $arg{http} // '';
    my $verify = $arg{verify} // 'grip_verify off;';
    my $zone = $arg{zone} // 'grip_metrics_zone one:1m;';
    my $page = exists $arg{zone} ? '' : 'location = /metrics { grip_metrics; }';

    undef $nginx;

    return $nginx = Grip::Nginx->start(
        main => $arg{main} // 'worker_processes 2;', http => <<"END");
    client_body_buffer_size 512k;
    lingering_close off;  # or a client sees the end before it is counted
    $verify
    $zone
    $http
    server {
        listen 127.0.0.1:$port;
        server_name first second;
        $locations
        $page
    }
END
}


# the answer to events

sub ask {
    my ($path, @events) = @_;
    my $body = Grip::ws_events(@events);

    return ($nginx->requests($port, "POST $path HTTP/1.1\r\nHost: localhost\r\n"
        . "Connection: close\r\n"
        . Grip::ws_headers('Content-Length' => length $body) =~ s/\n/\r\n/gr
        . "\r\n$body"))[0];
}


sub get {
    my ($path, @headers) = @_;

    return ($nginx->requests($port, join "\r\n", "GET $path HTTP/1.1",
        'Host: localhost', 'Connection: close', @headers, '', ''))[0];
}


sub publish {
    my ($path, $text) = @_;

    return ($nginx->requests($port, Grip::Nginx::post($path, $text)))[0];
}


# the values of a family by their labels, but those

sub of {
    my ($family, @drop) = @_;
    my $metrics = Grip::Metrics::read($nginx, $port, @drop);

    return { map { s/^\Q$family\E(?=\{|$)//r => $metrics->{$_} }
             grep { /^\Q$family\E(?:\{|$)/ } keys %$metrics };
}


# those of one location

sub only {
    my ($family, $location) = @_;
    my $all = of($family, 'server');

    return { map { s/location="\Q$location\E",//r => $all->{$_} }
             grep { /location="\Q$location\E"/ } keys %$all };
}


# with a text in the place of another one; the workers before are gone then

sub reload {
    my ($from, $to) = @_;
    my $file = "$nginx->{root}/nginx.conf";
    my $text = Grip::Nginx::read_file($file);
    my @before = $nginx->log =~ /start worker process (\d+)/g;

    if (defined $from) {
        $text =~ s/\Q$from\E/$to/ or die "no $from";
        Grip::Nginx::write_file($file, $text);
    }

    $nginx->reload;
    $nginx->wait_for(sub { !grep { kill 0, $_ } @before }) or die 'not over';
}


subtest 'requests by kind, status and place' => sub {
    start(<<'END');
        location /ws         { grip_websocket; }
        location ~ ^/(a|"x)  { grip_hold stream; grip_channel a;
                               grip_hold_body x; }
        location /file       { grip_hold response; grip_channel a;
                               return 404; }
        location /plain      { return 200; }
END

    ask('/ws', [TEXT => 'x']) for 1 .. 20;
    get('/ws');
    get('/a');
    get('/file');
    get('/plain');

    is_deeply(of('grip_requests_total', 'server'), {
        '{location="/ws",kind="websocket",status="2xx"}' => 20,
        '{location="/ws",kind="websocket",status="4xx"}' => 1,
        '{location="^/(a|\"x)",kind="hold",status="2xx"}' => 1,
        '{location="/file",kind="hold",status="4xx"}' => 1,
    }, 'by all workers') or diag(Grip::Metrics::page($nginx, $port));

    is_deeply([sort keys %{of('grip_requests_total', qw(location kind status))}],
              ['{server="first"}'], 'by the first name of the server');
};

subtest 'events and rules' => sub {
    start(<<'END');
        grip_on text = shared { send everywhere; }

        location /ws {
            grip_websocket;
            grip_on open           { }
            grip_on text = two     { send 1; send 2; }
            grip_on message        { send_binary x; }
            grip_on any if=$arg_no { send x; }
        }

        location /shared { grip_websocket; }
        location /reject { grip_websocket;  grip_on open { reject 403; } }

        location /batch { grip_websocket;  grip_call_batch on;
                          grip_on text { call /fn as=json; } }
        location /fn    { return 200 '{"actions":[{"do":"send","text":"m"}]}'; }

        location /lambda { grip_lambda /function; }
        location /function { default_type application/json;
                             return 200 '{"statusCode":200}'; }
END

    ask('/ws', 'OPEN', [TEXT => 'two'], [TEXT => 'x'], [BINARY => 'x'],
        [PING => ''], [PONG => ''], [CLOSE => "\x03\xe8"]);
    ask('/ws', 'DISCONNECT') for 1 .. 2;

    is_deeply(only('grip_events_total', '/ws'), {
        '{direction="in",type="open"}' => 1,
        '{direction="in",type="text"}' => 2,
        '{direction="in",type="binary"}' => 1,
        '{direction="in",type="ping"}' => 1,
        '{direction="in",type="pong"}' => 1,
        '{direction="in",type="close"}' => 1,
        '{direction="in",type="disconnect"}' => 2,
        '{direction="out",type="open"}' => 1,
        '{direction="out",type="text"}' => 2,
        '{direction="out",type="binary"}' => 2,
        '{direction="out",type="pong"}' => 1,
        '{direction="out",type="close"}' => 1,
    }, 'events in and out');

    is_deeply(only('grip_rule_hits_total', '/ws'), {
        '{event="open",rule="1"}' => 1,
        '{event="text",rule="2"}' => 1,
        '{event="message",rule="3"}' => 2,
    }, 'rules by their number in the location');

    ask('/shared', [TEXT => 'shared']) for 1 .. 3;
    is_deeply(only('grip_rule_hits_total', '/shared'),
              { '{event="text",rule="1"}' => 3 },
              'rules of the server count where they take an event');

    ask('/reject', 'OPEN');
    is_deeply(only('grip_events_total', '/reject'),
              { '{direction="in",type="open"}' => 1 },
              'what is not sent is not counted');

    ask('/batch', map { [TEXT => $_] } 1 .. 5);
    is_deeply(only('grip_rule_hits_total', '/batch'),
              { '{event="text",rule="1"}' => 5 }, 'events of a batched call');
    is(only('grip_events_total', '/batch')
       ->{'{direction="in",type="text"}'}, 5, 'all of them');

    ask('/lambda', [TEXT => 'a'], [TEXT => 'b']);
    is(only('grip_events_total', '/lambda')
       ->{'{direction="in",type="text"}'}, 2, 'events of a Lambda function');
    is_deeply(only('grip_rule_hits_total', '/lambda'), {}, 'which has no rule');
};

subtest 'calls by status and time' => sub {
    start(<<'END' =~ s/LONG/'x' x 500/er);
        location /ws {
            grip_websocket;
            grip_on text = var  { call /fn/$grip_message?x=$grip_message; }
            grip_on text = bad  { call /bad on_error=ignore; }
            grip_on text = cut  { call /long on_error=ignore; }
            grip_call_buffer_size 400;
        }

        location /lambda { grip_lambda /lambda-fn; grip_call_buffer_size 1k; }

        location /fn        { return 200 x; }
        location /bad       { return 503; }
        location /long      { return 200 LONG; }
        location /lambda-fn { default_type application/json;
                              return 200 '{"statusCode":200}'; }
END

    ask('/ws', [TEXT => 'var']) for 1 .. 3;
    ask('/ws', [TEXT => 'bad']);
    ask('/ws', [TEXT => 'cut']);
    get('/lambda');

    is_deeply(of('grip_calls_total'), {
        '{call="/fn/$grip_message",status="2xx"}' => 3,
        '{call="/bad",status="5xx"}' => 1,
        '{call="/long",status="none"}' => 1,
        '{call="/lambda-fn",status="2xx"}' => 1,
    }, 'by the location as it is written');

    my %count = %{of('grip_call_duration_seconds_count')};

    is_deeply(\%count, { '{call="/fn/$grip_message"}' => 3,
                         '{call="/bad"}' => 1, '{call="/long"}' => 1,
                         '{call="/lambda-fn"}' => 1 }, 'durations of all');
    is(of('grip_call_duration_seconds_bucket')
       ->{'{call="/bad",le="+Inf"}'}, 1, 'in buckets');

    is_deeply(of('grip_refusals_total'),
              { '{server="first",limit="call_buffer_size"}' => 1 },
              'an answer that is too large');
};

subtest 'refusals by limits' => sub {
    start(<<'END');
        location /ws {
            grip_websocket;
            grip_max_message_size 10;
            grip_max_send_size 20;
            grip_max_events 4;
            grip_on text { send 012345678901234567890; }
        }
END

    ask('/ws', [TEXT => 'x' x 11]);
    ask('/ws', [TEXT => 'x']);
    ask('/ws', map { 'PONG' } 1 .. 5);

    is_deeply(of('grip_refusals_total', 'server'),
              { '{limit="max_message_size"}' => 1,
                '{limit="max_send_size"}' => 1,
                '{limit="max_events"}' => 1 }, 'by limit');
};

subtest 'refusals by limits of the proxy' => sub {
    start(<<'END', http => "grip_url http://127.0.0.1:$sink/ok/;");
        client_max_body_size 2m;
        client_body_buffer_size 2m;
        grip_max_message_size off;
        grip_max_send_size off;

        location /answer   { grip_websocket;
                             grip_on text { send $grip_message; } }
        location /control  { grip_websocket;
                             grip_on text { subscribe $grip_message; } }
        location /publish  { grip_publish a; }
        location /held     { grip_hold response;  grip_channel a; }
        location /lambda   { grip_lambda /function; }
        location /function { default_type application/json;  error_page 405 =200
                             $uri;  try_files /function /function; }
END

    mkdir "$nginx->{root}/html";
    Grip::Nginx::write_file("$nginx->{root}/html/held", 'x' x 100_001);
    Grip::Nginx::write_file("$nginx->{root}/html/function", encode_json({
        statusCode => 200,
        headers => { 'Content-Type' => 'application/websocket-events' },
        body => sprintf("TEXT %x\r\nc:%s\r\n", 16_385, 'x' x 16_383),
    }));

    my $counted = sub { of('grip_refusals_total', 'server') };

    ask('/answer', [TEXT => 'x' x 1_000_000]);
    is_deeply($counted->(), { '{limit="answer"}' => 1 }, 'an answer');

    ask('/control', [TEXT => 'x' x 16_384]);
    is($counted->()->{'{limit="control_message"}'}, 1, 'a control message');

    ask('/lambda', [TEXT => 'x']);
    is($counted->()->{'{limit="control_message"}'}, 2, 'of a function, too');

    get('/held');
    is($counted->()->{'{limit="held_response"}'}, 1, 'a held response');

    publish('/publish', 'x' x 1_000_000);
    is($counted->()->{'{limit="item"}'}, 1, 'an item');

    is(keys %{$counted->()}, 4, 'and nothing else');
};

subtest 'holds by mode' => sub {
    start(<<'END');
        grip_channel a;
        location /stream   { grip_hold stream;    grip_hold_body x; }
        location /response { grip_hold response;  grip_hold_body x; }
        location /sse      { grip_hold sse;       grip_hold_body ""; }
        location /none     { grip_hold stream;    return 404; }
END

    get("/$_") for qw(stream stream response sse none);

    is_deeply(of('grip_holds_total', 'server'), {
        '{location="/stream",mode="stream"}' => 2,
        '{location="/response",mode="response"}' => 1,
        '{location="/sse",mode="sse"}' => 1,
    }, 'what is held, and nothing else');
};

subtest 'signatures by verdict and reason' => sub {
    start(<<'END', verify => 'grip_verify_key changeme iss=pushpin;');
        location /ws   { grip_websocket; }
        location /hold { grip_hold stream; grip_channel a; grip_hold_body x; }
        location /on   { grip_verify on; return 204; }
END

    my @with = map { "Grip-Sig: $_" }
               Grip::grip_sig(), Grip::grip_sig(key => 'other'),
               Grip::grip_sig(exp => 1), Grip::grip_sig(iss => 'other'),
               Grip::grip_sig(exp => undef), 'x', 'x.y.z';

    get('/hold', $_) for @with;
    get('/hold');
    get('/on');
    get('/ws', $with[0]);

    is_deeply(of('grip_signatures_total'), {
        '{server="first",reason="",verdict="success"}' => 2,
        '{server="first",reason="",verdict="none"}' => 1,
        '{server="first",verdict="failed",reason="signature mismatch"}' => 1,
        '{server="first",verdict="failed",reason="expired"}' => 1,
        '{server="first",verdict="failed",reason="issuer mismatch"}' => 1,
        '{server="first",verdict="failed",reason="no expiry"}' => 1,
        '{server="first",verdict="failed",reason="malformed"}' => 2,
    }, 'each request once') or diag(Grip::Metrics::page($nginx, $port));
};

subtest 'publishing by proxy' => sub {
    start('location /publish { grip_publish a; grip_publish_require any; }'
          . 'location /large { grip_publish a; client_max_body_size 1m; }',
          http => <<"END");
    grip_url http://127.0.0.1:$sink/ok-a/?iss=pushpin&key=changeme;
    grip_url http://127.0.0.1:$sink/status-500/;
    grip_queue_size 4k;
END

    publish('/publish', 'x') for 1 .. 3;
    publish('/large', 'x' x 5000);

    my ($ok, $bad) = map { "http://127.0.0.1:$sink/$_" } 'ok-a', 'status-500';

    is_deeply(of('grip_publish_items_total'),
              { qq({proxy="$ok",status="2xx"}) => 3,
                qq({proxy="$bad",status="5xx"}) => 3 }, 'items')
        or diag(Grip::Metrics::page($nginx, $port));
    is_deeply(of('grip_publish_posts_total'),
              { qq({proxy="$ok",status="2xx"}) => 3,
                qq({proxy="$bad",status="5xx"}) => 3 }, 'POSTs');
    is_deeply(of('grip_publish_duration_seconds_count'),
              { qq({proxy="$ok"}) => 3, qq({proxy="$bad"}) => 3 }, 'durations');
    is_deeply(of('grip_publish_queue_items'), {}, 'nothing waits');

    my $items = Grip::Nginx::body(($nginx->requests($sink,
        "GET /_body/ok-a/publish/ HTTP/1.0\r\n\r\n"))[0]);
    my $length = length($items) - length '{"items":[]}';

    is(of('grip_publish_bytes_total')->{qq({proxy="$ok",status="2xx"})},
       3 * $length, 'bytes of items');

    is_deeply(of('grip_refusals_total', 'server'),
              { '{limit="queue_size"}' => 2 }, 'what has no room');
};

subtest 'items that wait are those of workers that live' => sub {
    start('location /publish { grip_publish a; }',
          main => 'worker_processes 1;', http => <<"END");
    grip_url http://127.0.0.1:$sink/hang/?iss=pushpin&key=changeme;
    grip_read_timeout 60s;
END

    my @clients = map {
        my $client = IO::Socket::INET->new("127.0.0.1:$port") or die $!;

        syswrite $client, Grip::Nginx::post('/publish', 'x');
        $client;
    } 1 .. 3;

    my $waiting = sub {
        of('grip_publish_queue_items', 'proxy')->{''} // 0
    };

    ok($nginx->wait_for(sub { $waiting->() == 3 }), 'three wait');

    # of another worker, while the first one finishes

    my ($worker) = $nginx->log =~ /start worker process (\d+)/;

    $nginx->reload;
    $nginx->wait_for(sub { $nginx->log =~ /gracefully shutting down/ });
    is($waiting->(), 3, 'and are seen after a reload');

    kill 'KILL', $worker;
    ok($nginx->wait_for(sub { $waiting->() == 0 }),
       'and are gone with their worker');
};

subtest 'contents of histories, and resumptions' => sub {
    start(<<'END', http => <<"END_HTTP");
        location /publish { grip_publish $arg_channel; grip_history small; }
        location /events {
            grip_hold      sse;
            grip_channel   a;
            grip_history   small;
            grip_hold_body "";
        }
END
    grip_url http://127.0.0.1:$sink/ok-history;
    grip_history_zone small:64k items=3;
    grip_history_zone empty:64k;
END_HTTP

    my $has = sub {
        my ($what, $name) = @_;

        is_deeply(of("grip_history_$what"), $_[2], $name)
            or diag(Grip::Metrics::page($nginx, $port));
    };

    my $small = '{zone="small"}';

    like(get('/metrics'), qr/^grip_history_items\{zone="empty"\} 0$/m,
         'each zone, from the start');

    publish("/publish?channel=$_", 'hello') for qw(a a a a b);

    $has->(channels => 'channels', { $small => 2 });
    $has->(items => 'items', { $small => 4 });
    $has->(bytes => 'their contents', { $small => 20 });
    $has->(evictions_total => 'what has reached its limit is no eviction', {});

    my ($id) = publish('/publish?channel=a', 'hello')
               =~ /^Last-Event-ID: (\S+)\r$/m;

    get('/events');
    get('/events', "Last-Event-ID: $_") for $id, $id, 'nonsense';

    $has->(resumes_total => 'who says where he is', { $small => 3 });
    $has->(lost_total => 'and has missed something', { $small => 1 });

    publish('/publish?channel=c', 'x' x 20000) for 1 .. 4;

    cmp_ok(of('grip_history_evictions_total')->{$small}, '>', 0,
           'what has to go for want of room');

    $nginx->reload;
    $has->(lost_total => 'a reload keeps all', { $small => 1 });
};

subtest 'values of names that remain outlive a reload' => sub {
    start(<<'END');
        location /one { grip_websocket; }
        location /two { grip_websocket; }
END

    ask('/one', [TEXT => 'x']) for 1 .. 3;
    ask('/two', [TEXT => 'x']) for 1 .. 5;

    my @drop = qw(server kind status);
    my $one = '{location="/one"}';

    is_deeply(of('grip_requests_total', @drop),
              { $one => 3, '{location="/two"}' => 5 }, 'counted');

    reload();
    is_deeply(of('grip_requests_total', @drop),
              { $one => 3, '{location="/two"}' => 5 }, 'and still there');

    # in another order, and with others

    reload('location /one', 'location /0 { grip_websocket; } location /three');
    reload('location /two', 'location /one');
    ask('/three', [TEXT => 'x']);
    is_deeply(of('grip_requests_total', @drop),
              { $one => 3, '{location="/three"}' => 1 }, 'names, not places');

    reload('location /three', 'location /two');
    is_deeply(of('grip_requests_total', @drop),
              { $one => 3, '{location="/two"}' => 5 },
              'a name that comes back soon has its values');

    reload('location /two', 'location /four');
    reload('location /four', 'location /five');
    reload('location /five', 'location /six');
    reload('location /six', 'location /two');
    is_deeply(of('grip_requests_total', @drop), { $one => 3 },
              'one that comes back late may have lost them');

    is($nginx->alerts, '', 'nothing went wrong');
};

subtest 'names that come and go take no more memory' => sub {
    start('location /n0 { grip_websocket; }');

    my $used = sub {
        Grip::Metrics::read($nginx, $port)->{'grip_zone_bytes{zone="one"}'}
    };

    reload("location /n$_ ", 'location /n' . ($_ + 1) . ' ') for 0 .. 3;

    my $before = $used->();

    reload("location /n$_ ", 'location /n' . ($_ + 1) . ' ') for 4 .. 9;

    is($used->(), $before, 'as much as before');
    is_deeply(of('grip_requests_total'), {}, 'and begin with nothing');
};

subtest 'each of several zones has all' => sub {
    start('location /ws { grip_websocket; }'
          . 'location = /metrics { grip_metrics one; }'
          . 'location = /two { grip_metrics two; }',
          zone => 'grip_metrics_zone one:1m; grip_metrics_zone two:512k;');

    ask('/ws', [TEXT => 'x']) for 1 .. 4;

    like(get('/metrics'), qr/^grip_requests_total\{.*2xx"\} 4$/m, 'the one');
    like(get('/two'), qr/^grip_requests_total\{.*2xx"\} 4$/m, 'the other');
    like(get('/two'), qr/^grip_zone_size_bytes\{zone="one"\}\ 1048576
                          \ngrip_zone_size_bytes\{zone="two"\}\ 524288$/mx,
         'and the sizes of both');
};

subtest 'the page' => sub {
    start('location /ws { grip_websocket; }');
    ask('/ws', [TEXT => 'x']);

    like(Grip::Metrics::page($nginx, $port), qr{
        ^Content-Type:\ text/plain;\ version=0\.0\.4;\ charset=utf-8\r\n
        .*\r\n\r\n\#\ HELP\ grip_requests_total\ [^\n]+\n
        \#\ TYPE\ grip_requests_total\ counter\n
        grip_requests_total\{}msx, 'text');

    my $json = sub {
        my ($accept) = @_;
        my $answer = Grip::Metrics::page($nginx, $port, "Accept: $accept");

        return $answer =~ m{^Content-Type: application/json\r$}m
               ? decode_json(Grip::Nginx::body($answer)) : undef;
    };

    my $all = $json->('application/json');

    is_deeply([grep { $_->{value} } @{$all->{grip_requests_total}}],
              [{ labels => { server => 'first', location => '/ws',
                             kind => 'websocket', status => '2xx' },
                 value => 1 }], 'JSON');
    ok($json->('text/html, application/json;q=0.9'), 'for who names it');
    is($json->('*/*'), undef, 'text for any');
    is($json->('application/openmetrics-text;version=1.0.0,text/plain;q=0.5'),
       undef, 'and for Prometheus');

    is(Grip::Nginx::status(get('/metrics', 'Grip-Sig: x')), 403,
       'nothing for what came through the proxy');
    like($nginx->log, qr/"grip_metrics" refused a request that came through/,
         'which is logged');

    my ($head) = $nginx->requests($port, "HEAD /metrics HTTP/1.0\r\n\r\n");
    like($head, qr/^HTTP.*200.*\r\n\r\n\z/s, 'HEAD has no body');

    my ($post) = $nginx->requests($port,
                                  Grip::Nginx::post('/metrics', 'x'));
    is(Grip::Nginx::status($post), 405, 'no POST');
    like($post, qr/^Allow: GET, HEAD\r$/m, 'but those');
};

subtest 'an "if" counts for its location' => sub {
    start('location /ws { grip_websocket; if ($arg_a) { set $x 1; } }');
    ask('/ws?a=1', [TEXT => 'x']);
    ask('/ws', [TEXT => 'x']);

    is_deeply(of('grip_requests_total', 'server'),
              { '{location="/ws",kind="websocket",status="2xx"}' => 2 }, 'both');
};

subtest 'more workers than slots' => sub {
    start('location /ws { grip_websocket; }', main => 'worker_processes 70;');
    ask('/ws', [TEXT => 'x']) for 1 .. 150;

    is_deeply(of('grip_requests_total', qw(server location kind)),
              { '{status="2xx"}' => 150 }, 'nothing is lost');
};

subtest 'without a zone there is none' => sub {
    start('location /ws { grip_websocket; }', zone => '');

    my @workers = $nginx->log =~ /start worker process (\d+)/g;
    my $shared = sub {
        my $maps = Grip::Nginx::read_file("/proc/$workers[0]/maps");
        return scalar(() = $maps =~ m{^\S+ rw-s .*zero}mg);
    };

    my $none = $shared->();

    like(ask('/ws', [TEXT => 'x']), qr/^HTTP.*200/, 'it works');

    start('location /ws { grip_websocket; }');
    @workers = $nginx->log =~ /start worker process (\d+)/g;

    is($shared->() - $none, 1, 'and shares no memory');
};

done_testing();
