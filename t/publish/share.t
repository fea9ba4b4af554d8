# One request takes its share of the queue of a control URL, and leaves the
# rest to the others.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use Grip::Sink;
use Test::More;

my $sink = Grip::Sink::start();
my $port = Grip::Nginx::port();

my $number = 0;
my ($nginx, $path);

sub start {
    my ($behaviour, $settings) = @_;

    $path = "/$behaviour/" . ++$number . '/';

    $nginx = Grip::Nginx->start(http => <<"END");
        client_max_body_size     2m;
        client_body_buffer_size  2m;

        server {
            listen         127.0.0.1:$port;
            grip_verify    off;
            grip_url       http://127.0.0.1:$sink$path;
            $settings

            location /ws {
                grip_websocket;
                grip_on open   { publish room open format=ws-message;
                                 publish room open format=ws-message; }
                grip_on text   { publish room \$grip_message
                                         format=ws-message; }
                grip_on binary { publish room x type=text format=ws-message
                                         on_error=ignore;
                                 send ok; }
            }

            location /two     { grip_publish room room;
                                 grip_publish_format ws-message; }
            location /control { grip_control; }
        }
END
}

sub events {
    my ($text) = @_;

    return Grip::Nginx::post('/ws', $text) =~ s/\r\n\r\n/
        "\r\nContent-Type: application\/websocket-events"
        . "\r\nConnection-Id: 1"
        . "\r\nSec-WebSocket-Extensions: grip\r\n\r\n"/er;
}

sub text { return events("TEXT 1\r\nx\r\n" x $_[0]) }

sub publish { return $nginx->requests($port, @_) }

sub statuses { return join ' ', map { Grip::Nginx::status($_) } @_ }

sub items {
    my $log = Grip::Sink::ask('log', $path . 'publish/');
    my $items = 0;

    $items += /^\d+ (\d+)/ ? $1 : 0 for split /\n/, $log;

    return $items;
}

sub lines { return scalar(() = $nginx->log =~ /\[error\].*share of/g) }

sub finish {
    is($nginx->alerts, '', 'no alerts');
    $nginx->stop;
}


subtest 'clients with thousands of messages leave room for another' => sub {
    start('slow-200', '');

    my @answers = publish((map { { text => text(12000) } } 1 .. 4),
                          { text => text(1), at => 0.1 });
    my $other = pop @answers;

    is(statuses(@answers, $other), '200 200 200 200 200', 'all are answered');
    is(scalar(grep { /CLOSE .*\r\n\x03\xf3publish failed\r\n\z/ } @answers), 4,
       'those who took too much are closed');
    unlike($other, qr/CLOSE/, 'the other one is not');
    is(lines(), 4, 'a line each');
    unlike($nginx->log, qr/wait there already/, 'the queue was never full');
    cmp_ok(items(), '>', 4 * 2000, 'what came before was published');

    finish();
};


subtest 'there is room again when items have left' => sub {
    start('slow-50', 'grip_queue_size 16k;');

    is(statuses(map { publish(text(5)) } 1 .. 3), '200 200 200', 'sent');
    unlike($nginx->log, qr/\[error\]/, 'no error');
    is(items(), 15, 'all is published');

    finish();
};


subtest 'an ignored failure lets the connection go on' => sub {
    start('slow-50', 'grip_queue_size 80k;');

    my ($answer) = publish(events("BINARY 1\r\nx\r\n" x 1000));

    is(scalar(() = $answer =~ /TEXT 4\r\nm:ok/g), 1000, 'every event is run');
    unlike($answer, qr/CLOSE/, 'and the connection lives');
    is(lines(), 1, 'one line');
    like($nginx->log, qr/share of "grip_queue_size" \(the first of \d{3}\)/,
         'with the number');
    cmp_ok(items(), '<', 100, 'the share is published');
    cmp_ok(items(), '>', 10, 'and that is not nothing');

    finish();
};


subtest 'a message that is larger than a share' => sub {
    start('ok', '');

    my $large = 'x' x 999_900;

    is(statuses(publish(Grip::Nginx::post('/two', 'x' x 500_000))), '200',
       'two that are a share');
    is(statuses(publish(Grip::Nginx::post('/two', 'x' x 600_000))), '503',
       'two that are more');
    is(statuses(publish(events("TEXT f41dc\r\n$large\r\n"))), '200',
       'one of a million bytes');
    is(items(), 3, 'they are published');

    $nginx->stop;

    start('ok', 'grip_queue_size 8k;');

    is(statuses(publish(Grip::Nginx::post('/two', 'x' x 3000))), '503',
       'two in a small queue');
    is(statuses(publish(Grip::Nginx::post('/control/publish/',
        '{"items":[' . join(',', map {
            '{"channel":"a","formats":{"ws-message":{"content":"'
            . 'x' x 3000 . '"}}}' } 1 .. 2) . ']}'))), '200',
       'two by the control API');

    my ($answer) = publish(events("OPEN\r\n"));

    is(statuses($answer), '200', 'two small ones on OPEN');

    $nginx->stop;

    start('ok', 'grip_queue_size 1k;');

    is(statuses(publish(events("OPEN\r\n"))), '502',
       'two that are too much on OPEN');

    finish();
};


done_testing();
