# Items that a proxy has not got are sent again for a while, and it is told of
# them, within the queue, in which there is room for new ones.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use Grip::Sink;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

my $sink = Grip::Sink::start();
my $port = Grip::Nginx::port();
my ($nginx, @paths);
my $number = 0;


sub start {
    my ($size, @behaviours) = @_;

    @paths = map { "/$_/" . ++$number . '/' } @behaviours;

    my $urls = join ' ', map { "grip_url http://127.0.0.1:$sink$_;" } @paths;

    undef $nginx;
    $nginx = Grip::Nginx->start(http => <<"END");
        grip_history_zone news:1m;
        grip_queue_size $size;
        grip_read_timeout 60s;
        $urls

        server {
            listen 127.0.0.1:$port;

            grip_publish_require any;
            location = /publish {
                grip_publish        \$arg_channel;
                grip_publish_format ws-message;
                grip_history        news;
            }

            location = /control/publish { grip_control;  grip_history news; }
        }
END
}


sub request {
    my ($channel, $text) = @_;

    return Grip::Nginx::post("/publish?channel=$channel", $text);
}

sub publish { Grip::Nginx::status($nginx->requests($port, request(@_))) }

# what a proxy got last

sub last_post { return Grip::Sink::ask('body', "$_[0]publish/") }

sub hints {
    my %channels = map { ($_ => 1) } split /\n/, Grip::Sink::ask('hints', "$_[0]publish/");

    return join ' ', sort keys %channels;
}


subtest 'many items of a channel are not sent again and again' => sub {
    start('8m', 'status-500');

    my $items = join ',', ('{"channel":"a","formats":{"ws-message":{"content":"x"}}}') x 500;

    is(Grip::Nginx::status($nginx->requests($port, Grip::Nginx::post('/control/publish',
           qq({"items":[$items]})))), 502, 'they fail');

    my @posts = split /\n/, Grip::Sink::ask('log', "$paths[0]publish/");

    cmp_ok(scalar @posts, '<', 10, 'in a few POSTs, ' . @posts);
};


subtest 'what has failed gives way to what is new' => sub {
    start('16k', 'refuse-500');

    my %seen;
    my $text = 'BAD' . 'x' x 1500;

    $seen{publish('one', $text)}++ for 1 .. 20;
    is_deeply(\%seen, { 502 => 20 }, 'an item of a channel that has failed is sent');

    %seen = ();
    $seen{publish("room$_", 'BAD')}++ for 1 .. 300;
    is_deeply(\%seen, { 502 => 300 }, 'and so are those of others');

    is(publish('good', 'x' x 9000), 200, 'and so is a large one');
    unlike($nginx->log, qr/wait there already/, 'the queue was never full');
};


subtest 'an item that has failed is sent again for five seconds' => sub {
    start('1m', 'refuse-500');

    is(publish('room', 'BAD'), 502, 'refused');
    is(publish('room', 'good'), 502, 'and so is the next one, with it');
    like(last_post($paths[0]), qr/BAD.*good/, 'in order');

    sleep 5.1;

    is(publish('room', 'later'), 200, 'but not one that comes later');
    unlike(last_post($paths[0]), qr/BAD/, 'without it');
    is(hints($paths[0]), 'room', 'with a hint');
};


subtest 'a proxy that had no room for an item is told of it' => sub {
    start('8k', 'gate', 'ok');

    my ($gate, $ok) = @paths;
    my @clients;

    my $got = sub {
        my ($path) = @_;

        return scalar(() = Grip::Sink::ask('log', "${path}publish/") =~ /x{600}/g);
    };

    # each has an answer when both proxies have

    for my $room (1 .. 12) {
        my $client = IO::Socket::INET->new("127.0.0.1:$port") or die $!;

        print $client request("room$room", 'x' x 600);
        push @clients, $client;
        $nginx->wait_for(sub { $got->($ok) == $room }) or last;
    }

    is($got->($ok), 12, 'one has got all');
    like($nginx->log, qr/wait there already/, 'there is no room for the other');

    Grip::Sink::ask('leave', "${gate}publish/");

    like(join('', <$_>), qr{^HTTP/1.1 200 }, 'published') for @clients;

    is(publish('other', 'y'), 200, 'and another one');

    my $missed = 12 - $got->($gate);

    cmp_ok($missed, '>', 3, 'there are those that it has missed');
    is(hints($gate), join(' ', sort map { "room$_" } 13 - $missed .. 12),
       'of all of them');
};


subtest 'an item for which there is no room while a hint is under way' => sub {
    start('8k', 'gate', 'ok');

    my ($gate, $ok) = @paths;
    my (@clients, %sent);

    my $posts = sub { scalar(() = Grip::Sink::ask('log', "${gate}publish/") =~ /\n/g) };

    # until the other proxy has it

    my $send = sub {
        my ($room) = @_;
        my $client = IO::Socket::INET->new("127.0.0.1:$port") or die $!;

        print $client request($room, $room . 'x' x 600);
        push @clients, $client;
        $sent{$room}++;

        $nginx->wait_for(sub {
            (() = Grip::Sink::ask('log', "${ok}publish/") =~ /\b${room}x/g) == $sent{$room}
        }) or die "$room has not come";
    };

    my $full = sub { scalar(() = $nginx->log =~ /wait there already/g) };

    $send->("room$_") for 1 .. 12;
    is($full->(), 1, 'there is no room');

    Grip::Sink::ask('open', "${gate}publish/");
    ok($nginx->wait_for(sub { $posts->() == 2 }), 'the next POST');

    my ($room) = hints($gate) =~ /(\w+)$/;

    ok($room, 'has hints');

    $send->($room) for 1 .. 6;
    Grip::Sink::ask('leave', "${gate}publish/");
    like(join('', <$_>), qr{^HTTP/1.1 200 }, 'published') for @clients;

    is(publish('other', 'y'), 200, 'and another one');
    cmp_ok(scalar(() = Grip::Sink::ask('hints', "${gate}publish/") =~ /^$room$/mg), '>', 1,
           'there is another hint');
};

done_testing();
