# Clients that leave: before their body and within it, while a function runs or
# a proxy is slow to take a message, while the answer is sent, and with another
# request behind the first one; for each kind of request, by closing the
# connection, by resetting it, and by closing half of it.  Nobody is alarmed,
# nothing is stuck, and the next client is answered.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Function;
use Grip::Nginx;
use Grip::Root;
use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER SO_RCVBUF);
use Test::More;
use Time::HiRes qw(sleep);

# no allocator keeps what was freed, or leaves it as it was

$ENV{MALLOC_PERTURB_} = 165 if !$ENV{GRIP_BUILD};
$ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (), 'quarantine_size_mb=1';

# A function or a control server that is asked says so by a byte in "asked", and,
# while there is a file "gate", does not answer.

my $files = Grip::Root::path() . '-files';
mkdir $files;
unlink "$files/gate", "$files/asked";

my $hello = 'hello ' x 4000;
my $function = Grip::Function::start(sub {
    my ($request) = @_;
    my ($kind) = $request->{uri} =~ m{^/(\w+)};

    open my $out, '>>', "$files/asked" or die $!;
    syswrite $out, '.';

    sleep 0.01 while -e "$files/gate";

    return $kind eq 'json'    ? qq([{"send":"$hello"}])
         : $kind eq 'aws'     ? qq({"statusCode":200,"body":"$hello"})
         : $kind eq 'lambda'  ? qq({"statusCode":200,"body":")
                                . $hello x 20 . '"}'
         : $kind eq 'events'  ? '{"statusCode":200,"headers":{"Content-Type":'
                                . '"application/websocket-events"},"body":"'
                                . sprintf('TEXT %x\r\n%s\r\n', length $hello,
                                          $hello) . '"}'
         : $kind eq 'page'    ? $hello x 40
         : $kind eq 'control' ? 'Published'
         :                      $hello;
});

my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(http => <<"END");
    access_log off;
    client_max_body_size 1m;
    client_body_buffer_size 8k;
    lingering_timeout 1s;

    # nginx does not see who has left an answer that came before the body

    keepalive_timeout 2s;

    proxy_read_timeout 20s;
    grip_read_timeout 20s;
    grip_verify off;
    grip_url http://127.0.0.1:$function/control;

    upstream functions { server 127.0.0.1:$function; keepalive 4; }

    server {
        listen 127.0.0.1:$port;

        location = /status { stub_status; }

        location = /plain  { grip_websocket;  grip_on any { call /fn/plain; } }
        location = /json   { grip_websocket;
                             grip_on any { call /fn/json as=json; } }
        location = /aws    { grip_websocket;
                             grip_on any { call /fn/aws as=api-gateway reply; } }
        location = /batch  { grip_websocket;  grip_call_batch on;
                             grip_on any { call /fn/json as=json; } }
        location = /gone   { grip_websocket;
                             grip_on message { call /fn/json detached; } }
        location = /events { grip_lambda /fn/events; }
        location = /lambda { grip_lambda /fn/lambda; }
        location = /hold   { grip_hold stream;  grip_channel room;
                             proxy_pass http://functions/page; }
        location = /own    { grip_hold stream;  grip_channel room;
                             grip_hold_body "hello"; }
        location = /publish   { grip_publish room; }
        location = /publishes { grip_websocket;
                                grip_on any { publish room x; } }
        location = /both      { grip_websocket;
                                grip_on any { publish room x on_error=ignore;
                                              call /fn/plain; } }
        location = /echo      { grip_websocket;
                                grip_on text { send \$grip_message; } }
        location /items/      { grip_control; }

        location /fn/ { internal;  proxy_pass http://functions/; }
    }
END

my $texts = Grip::ws_events(map { [TEXT => "one $_"] } 1 .. 6);
my @kinds = (
    ['plain', '/plain', $texts],
    ['as=json', '/json', $texts],
    ['as=json, on open', '/json', Grip::ws_events('OPEN')],
    ['as=api-gateway', '/aws', $texts],
    ['a batch', '/batch', $texts],
    ['detached', '/gone', $texts],
    ['events for a Lambda function', '/events', $texts],
    ['a Lambda function', '/lambda'],
    ['a held page', '/hold'],
    ['a hold', '/own'],
    ['a publication', '/publish'],
    ['a rule that publishes', '/publishes', $texts],
    ['a rule that publishes and calls', '/both', $texts],
    ['an echo', '/echo', Grip::ws_events(map { [TEXT => $hello] } 1 .. 6)],
    ['items', '/items/publish/'],
);

# how a client leaves

my %leave = (
    closes => sub { close $_[0] },
    resets => sub { setsockopt $_[0], SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
                    close $_[0] },
    'closes half' => sub { shutdown $_[0], 1 },
);

my @memory;

for my $round (1, 2) {
    for my $kind (@kinds) {
        leaves($kind, $_) for sort keys %leave;

        like(ask($kind) // 'nothing', qr{^HTTP/1\.1 200 }s,
             "$kind->[0]: the next client is answered");
    }

    ok(alone(), 'no connection is left') or diag($nginx->stub_status($port));

    push @memory, $nginx->resident;
}

cmp_ok($memory[1], '<=', $memory[0] * 1.1 + 4096,
       'what clients took is given back') or diag("@memory KB");

is($nginx->started, 1, 'by the same worker');
$nginx->stop('QUIT');
is($nginx->alerts, '', 'nobody is alarmed');

done_testing();


# clients of one kind, one for each stage, all of which leave in one way

sub leaves {
    my ($kind, $how) = @_;
    my ($name, $uri) = @$kind;
    my $text = request($kind);
    my $head = index($text, "\r\n\r\n") + 4;
    my $leave = $leave{$how};
    my @half;

    my $left = sub {
        my ($client) = @_;

        $leave->($client);
        push @half, $client if $how eq 'closes half';
    };

    # before the body, and within it

    for my $length (10, $head, $head + 1, length($text) - 1) {
        my $client = client();

        put($client, substr $text, 0, $length);
        $left->($client);
    }

    # while somebody is asked, if anybody is

    if ($uri !~ m{^/(?:own|echo)}) {
        unlink "$files/asked";
        Grip::Nginx::write_file("$files/gate", '');

        my @clients = map { client() } 1, 2;

        put($clients[0], $text);
        put($clients[1], $text . $text);

        ok($nginx->wait_for(sub { -s "$files/asked" }),
           "$name: somebody is asked");

        $left->($_) for @clients;

        # a client that waits for a function is watched, and with it the POST
        # that goes beside it

        ok($uri =~ m{^/(?:publish|items)} || alone(),
           "$name: nobody is asked for who $how");

        unlink "$files/gate";
    }

    # when the answer has begun, of which the rest does not fit on the way,
    # and behind an answer, with another request, or the half of one

    for my $more ('', $text, substr $text, 0, $head + 1) {
        my $client = client();

        put($client, $text . $more);
        ok(IO::Select->new($client)->can_read(15), "$name: an answer begins");
        sysread $client, my $answer, 1;
        $left->($client);
    }

    # who has closed half of a connection is answered, or closed

    is(scalar(grep { !defined ends($_) } @half), 0, "$name: who $how is not stuck")
        if @half;
}


# nobody is connected but who asks for that

sub alone {
    return $nginx->wait_for(sub {
        $nginx->stub_status($port) =~ /^Active connections: 1 /;
    });
}

sub client {
    my $client = IO::Socket::INET->new(Proto => 'tcp') or die $!;

    setsockopt $client, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096;
    connect $client, Socket::pack_sockaddr_in($port,
                                              Socket::inet_aton('127.0.0.1'))
        or die "cannot connect: $!";

    return $client;
}

sub put {
    my ($client, $text) = @_;

    local $SIG{PIPE} = 'IGNORE';
    Grip::Function::put($client, $text);
}

# all until the end, undef if there is none in time

sub ends {
    my ($client) = @_;
    my $select = IO::Select->new($client);
    my $all = '';

    while ($select->can_read(15)) {
        return $all if !sysread $client, $all, 65536, length $all;
    }

    return undef;
}

sub ask {
    my ($kind) = @_;
    my $client = client();

    put($client, request($kind) =~ s/\r\n/\r\nConnection: close\r\n/r);

    return ends($client);
}


sub request {
    my ($kind) = @_;
    my (undef, $uri, $events) = @$kind;
    my $headers = defined $events ? Grip::ws_headers() =~ s/\n/\r\n/gr : '';
    my $body = $events // '{"items":[{"channel":"room","formats":'
                          . '{"ws-message":{"content":"x"}}}]}';

    return "POST $uri HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
           . length($body) . "\r\n$headers\r\n$body";
}
