# Holds that resume: where they do, how much they get in one answer, and what is
# inherited; links, for which nobody has logged in.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use Grip::Sink;
use Test::More;

my $sink = Grip::Sink::start();
my ($port, $other) = map { Grip::Nginx::port() } 1 .. 2;
my $nginx;


sub start {
    my ($http) = @_;

    undef $nginx;
    $nginx = Grip::Nginx->start(http => <<"END");
        grip_url http://127.0.0.1:$sink/ok/;
        grip_verify off;
        client_max_body_size 1m;
        client_body_buffer_size 1m;
        $http
END
}


sub ask {
    my ($to, $text) = @_;

    return ($nginx->requests($to, $text))[0];
}

sub get {
    my ($path, @headers) = @_;
    my $to = ref $path ? $path->[0] : $port;

    $path = $path->[1] if ref $path;

    return ask($to, join "\r\n", "GET $path HTTP/1.0", 'Host: localhost',
                                 'Connection: close', @headers, '', '');
}

# returns the id

sub publish {
    my ($path, $text) = @_;
    my ($id) = ask($port, Grip::Nginx::post($path, $text))
               =~ /^Last-Event-ID: (\S+)\r$/m;

    return $id;
}

sub body { Grip::Nginx::body(shift) }

sub data { join ' ', body(shift) =~ /^data: (.*)$/mg }

sub link_of { $_[0] =~ /^Grip-Link: <([^>]+)>/m ? $1 : undef }


subtest 'a client is where it says first, or the proxy says' => sub {
    start(<<"END");
        grip_history_zone news:1m;
        server {
            listen 127.0.0.1:$port;
            grip_history news;
            location = /publish { grip_publish room; }
            location / {
                grip_hold sse;  grip_hold_body "";
                grip_channel room;
                location /from { grip_history_from \$arg_a \$arg_b; }
            }
        }
END

    my ($one, $two) = map { publish('/publish', $_) } qw(one two three);

    is(data(get("/from?a=$one&b=$two")), 'two three', 'the first value');
    is(data(get("/from?a=&b=$two")), 'three', 'that is not empty');
    is(data(get('/from', "Last-Event-ID: $one")), '', 'and nothing else');
    is(data(get('/', "Last-Event-ID: $one")), 'two three', 'or the header');
    is(data(get("/?a=$one")), '', 'and nothing else');

    for my $path ("/from?a=$one", '/') {
        is(data(get($path, "Last-Event-ID: $one",
                    "Grip-Last: other; last-id=5, room; last-id=$two")),
           'three', "$path: what the proxy says precedes that");
        is(data(get($path, "Last-Event-ID: $one", "Grip-Last: other; last-id=$two")),
           'two three', 'of its channel');
    }
};


subtest 'a prefix belongs to the channel of a hold' => sub {
    start(<<"END");
        grip_history_zone news:1m;
        server {
            listen 127.0.0.1:$port;
            grip_history news;
            grip_history_initial 9;
            grip_channel room;
            location = /publish  { grip_publish room; }
            location = /events   { grip_hold sse;  grip_hold_body "";  }
            location = /p/publish { grip_prefix p-; grip_publish room; }
            location = /p/events  { grip_prefix p-; grip_hold sse;  grip_hold_body "";  }
        }
END

    publish('/publish', 'out');
    my $id = publish('/p/publish', 'in');

    is(data(get('/events')), 'out', 'one has its items');
    is(data(get('/p/events')), 'in', 'the other has others');
    like(get('/p/events'), qr/^Grip-Channel: p-room; prev-id=$id\r$/m, 'its position');

    my $answer = get(link_of(get('/p/events')),
                     'Grip-Last: p-room; last-id=' . ($id =~ s/1$/0/r));

    is(data($answer), 'in', 'its link has its items');
    like($answer, qr/^Grip-Channel: p-room; prev-id=$id\r$/m, 'and its position');
};


subtest 'a link needs no login, and says what its location does' => sub {
    start(<<"END");
        grip_history_zone news:1m;
        server {
            listen 127.0.0.1:$port;
            grip_history news;
            auth_request /login;
            if (\$uri ~ ^/.grip) { return 404; }
            location / {
                grip_hold sse;  grip_hold_body "";
                grip_channel room filter=skip-self;
                grip_filter_meta user ann;
                grip_expose_headers X-One X-Two;
                grip_keepalive tick timeout=7s;
            }
            location = /login {
                internal;
                auth_request off;
                if (\$http_cookie != in) { return 403; }
                return 204;
            }
        }
END

    my $first = get('/', 'Cookie: in');

    is(Grip::Nginx::status(get('/')), 403, 'without a login there is nothing');

    my $answer = get(link_of($first));
    my $grip = sub { join '', sort $_[0] =~ /^(Grip-.*\n)/mg };

    is(Grip::Nginx::status($answer), 200, 'but the link');
    like($answer, qr/^Grip-Hold: stream\r$/m, 'which holds');
    is($grip->($answer), $grip->($first), 'as the location does');
    like($first, qr/^Grip-Set-Meta: user="ann"\r$/m, 'with its metas');
    like($first, qr/^Grip-Keep-Alive: .*tick/m, 'and so on');
};


subtest 'each value is inherited until it is set' => sub {
    my $locations = <<'END';
        location = /sse  { grip_hold sse;  grip_hold_body "";  grip_channel room; }
        location = /poll { grip_hold response;  grip_hold_body "";  grip_channel room; }
END

    start(<<"END");
        grip_history_zone news:1m;
        grip_history news;
        grip_history_from \$arg_a;
        grip_history_initial 1;
        grip_history_join ",";
        grip_history_lost continue;
        grip_history_reset first;
        grip_history_link /first/ timeout=7s;

        server {
            listen 127.0.0.1:$port;
            location = /publish { grip_publish room; }
            $locations
        }

        server {
            listen 127.0.0.1:$other;
            grip_history_from \$arg_b;
            grip_history_initial 2;
            grip_history_join "|";
            grip_history_lost gone;
            grip_history_reset second;
            grip_history_link /second/;
            $locations

            location /own/ {
                grip_history_from \$arg_c;
                grip_history_initial 0;
                grip_history_join "";
                grip_history_lost continue;
                grip_history_reset third;
                location = /own/sse  { grip_hold sse;  grip_hold_body "";  grip_channel room; }
                location = /own/poll { grip_hold response;  grip_hold_body "";  grip_channel room; }
            }
        }
END

    publish('/publish', $_) for qw(a b c);

    my $link = sub { [get(shift) =~ /^Grip-Link: <(\/\w+\/).*>; rel=next; timeout=(\d+)\r$/m] };
    my $at = sub { [$other, shift] };
    my $events = sub { join ' ', body(get(shift)) =~ /^(?:event|data): ?(.*)$/mg };

    is($events->('/sse'), 'c', 'the http block: the last items');
    is($events->('/sse?a=x'), 'first  a b c', 'where a client is, and an event');
    is(body(get('/poll?a=x')), 'a,b,c', 'what is lost, and between items');
    is_deeply($link->('/sse'), ['/first/', 7], 'links');

    is($events->($at->('/sse')), 'b c', 'the server: the last items');
    is($events->($at->('/sse?b=x')), 'second  a b c', 'where, and an event');
    is(body(get($at->('/poll'))), 'b|c', 'between items');
    is(Grip::Nginx::status(get($at->('/poll?b=x'))), 410, 'what is lost');
    is_deeply($link->($at->('/sse')), ['/second/', 120], 'links');

    is($events->($at->('/own/sse')), '', 'the location: the last items');
    is($events->($at->('/own/sse?c=x')), 'third  a b c', 'where, and an event');
    is(body(get($at->('/own/poll?c=x'))), 'abc', 'what is lost, and between items');
    is_deeply($link->($at->('/own/sse')), ['/second/', 120], 'links of the server');
};


subtest 'as much is kept as is said, or by default' => sub {
    my $server = <<"END";
        server {
            listen 127.0.0.1:$port;
            grip_history news;
            grip_history_from \$arg_after;
            location = /publish     { grip_publish \$arg_channel; }
            location /many/         { grip_control; }
            location = /poll        { grip_hold response;  grip_hold_body "";  grip_channel \$arg_channel; }
            location = /all         { grip_hold response;  grip_hold_body "";  grip_channel \$arg_channel;
                                      grip_history_initial 9999; }
        }
END

    start("grip_history_zone news:4m;\n$server");

    my $items = join ',', map {
        qq({"channel":"many","formats":{"http-response":{"body":"$_"}}})
    } 1 .. 1001;

    is(Grip::Nginx::status(ask($port, Grip::Nginx::post('/many/publish/', qq({"items":[$items]})))),
       200, 'many are published');
    is(body(get('/all?channel=many')), join("\n", 2 .. 1001), 'a thousand are kept');

    my $large = 'x' x 131072;
    my @ids = map { publish('/publish?channel=large', $large) } 1 .. 9;

    unlike($nginx->log, qr/not kept/, 'an eighth of a megabyte is kept');
    is(Grip::Nginx::status(get("/poll?channel=large&after=$ids[0]")), 200, 'and eight of them');
    is(Grip::Nginx::status(get('/poll?channel=large&after=' . $ids[0] =~ s/1$/0/r)), 410,
       'and not nine');

    publish('/publish?channel=large', "${large}x");
    is(scalar(() = $nginx->log =~ /\[warn\].*an item of \d+ bytes is published but not kept/g),
       1, 'a byte more is not, with a line');

    my $file = "$nginx->{root}/nginx.conf";
    my @before = $nginx->log =~ /start worker process (\d+)/g;

    Grip::Nginx::write_file($file, Grip::Nginx::read_file($file)
                                   =~ s/news:4m/news:4m items=3/r);
    $nginx->reload;
    ok($nginx->wait_for(sub { !grep { kill 0, $_ } @before }), 'after a reload');

    publish('/publish?channel=many', 'new');
    is(body(get('/all?channel=many')), "1000\n1001\nnew", 'there is another limit');
};


subtest 'an answer has as much as is copied in one go, and a link' => sub {
    start(<<"END");
        grip_history_zone few:1m items=3;
        grip_history_zone news:1m;
        server {
            listen 127.0.0.1:$port;
            grip_history news;
            grip_channel room;
            location = /publish     { grip_publish room; }
            location = /events      { grip_hold sse;  grip_hold_body "";  }
            location = /few/publish { grip_history few;  grip_publish room; }
            location = /few/raw     { grip_history few;  grip_hold stream;  grip_hold_body "";  }
        }
END

    my ($first) = map { publish('/publish', $_ . 'x' x 9990) } 10 .. 29;
    my $answer = get('/events', 'Last-Event-ID: ' . $first =~ s/1$/0/r);
    my (@texts, @positions, $longest);

    for ($longest = 0; @positions < 9; $answer = get(link_of($answer))) {
        my $length = length body($answer);

        $longest = $length if $length > $longest;
        push @texts, body($answer) =~ /^data: (\d\d)x{9990}$/mg;
        last if $answer =~ /^Grip-Hold/m;
        push @positions, link_of($answer);
    }

    is("@texts", join(' ', 10 .. 29), 'all come, once, in order');
    is(@positions, 3, 'in four answers');
    cmp_ok($longest, '<=', 65536 + 1024, 'none of which is longer than it may be');

    publish('/few/publish', $_) for 1 .. 5;

    is(body(get('/few/raw', 'Last-Event-ID: x')) =~ s/^id: .*\n//mgr,
       join('', map { "data: $_\n\n" } 3 .. 5),
       'a raw stream that is too far behind goes on with what is kept');
};

done_testing();
