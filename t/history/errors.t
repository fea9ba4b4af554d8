# Requests that could resume and fail.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use Grip::Sink;
use Test::More;

my $sink = Grip::Sink::start();
my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(http => <<"END");
    grip_history_zone news:1m;
    grip_url http://127.0.0.1:$sink/ok/;
    grip_verify off;
    server {
        listen 127.0.0.1:$port;
        grip_history news;
        location = /publish { grip_publish room; }
        location = /poll {
            grip_hold            response;
            grip_channel         room;
            grip_history_initial 1;
            grip_hold_body       "";
        }
    }
END


sub post {
    my ($path, @lines) = @_;

    return ($nginx->requests($port, join "\r\n", "POST $path HTTP/1.1",
        'Host: localhost', 'Connection: close', @lines))[0];
}

post('/publish', 'Content-Length: 4', '', 'item');

like(post('/poll', 'Content-Length: 4', '', 'body'),
     qr{^HTTP/1.1 200 .*^Last-Event-ID: .*\r\n\r\nitem\z}ms,
     'who polls with a body gets what was missed');

my $answer = post('/poll', 'Transfer-Encoding: chunked', '', 'no size', '');

like($answer, qr{^HTTP/1.1 400 .*</html>\r\n\z}s,
     'who sends none that can be read gets an error and no item');
unlike($answer, qr{^Last-Event-ID}m, 'and no position');

done_testing();
