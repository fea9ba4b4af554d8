# Links of streams: whom they are for, and how long they are good.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use MIME::Base64 qw(encode_base64url);
use Test::More;

my $port = Grip::Nginx::port();
my $nginx;


sub configuration {
    my ($locations) = @_;

    return <<"END";
    grip_history_zone news:1m;
    server {
        listen 127.0.0.1:$port;
        grip_history news;
        grip_verify  off;
        $locations
    }
END
}


# as anybody can make up who knows how links are written

sub forged {
    my ($location, $channel) = @_;

    return '/.grip/' . encode_base64url("\0" x 16
        . join '', map { pack('n', length) . $_ } $location, $channel, '');
}


sub stream {
    my ($location) = @_;

    return <<"END";
        location $location {
            grip_hold      sse;
            grip_channel   room;
            grip_hold_body "";
        }
END
}


sub reconfigure {
    my ($locations) = @_;
    my $file = "$nginx->{root}/nginx.conf";
    my @before = $nginx->log =~ /start worker process (\d+)/g;

    my $text = Grip::Nginx::read_file($file);

    $text =~ s/\n    grip_history_zone.*/"\n" . configuration($locations) . '}'/es;
    Grip::Nginx::write_file($file, $text);

    $nginx->reload;
    $nginx->wait_for(sub { !grep { kill 0, $_ } @before }) or die 'not over';
}


sub get {
    my ($path) = @_;

    return ($nginx->requests($port, join "\r\n", "GET $path HTTP/1.1",
        'Host: localhost', 'Connection: close', '', ''))[0];
}


sub link_of {
    my ($answer) = @_;

    return $answer =~ /^Grip-Link: <([^>]+)>/m ? $1 : undef;
}


subtest 'a link is good after a reload that adds other locations' => sub {
    $nginx = Grip::Nginx->start(main => 'worker_processes 2;',
                                http => configuration(stream('/a')));

    my $link = link_of(get('/a'));

    like(get($link), qr{^HTTP/1.1 200 }, 'it is answered');

    reconfigure(stream('/ab') . stream('= /a') . stream('/a'));
    like(get($link), qr{^HTTP/1.1 200 }, 'and so it is then');
    is(link_of(get($link)), $link, 'by the same location');

    reconfigure(stream('/ab'));
    like(get($link), qr{^HTTP/1.1 404 }, 'but not without the location');
};

subtest 'a link that is made up does not tell which locations there are' => sub {
    reconfigure(<<'END');
        location /secret {
            grip_verify     on;
            grip_verify_key s3cret;
            error_page      404 =200 @here;
            grip_hold       sse;
            grip_channel    room;
            grip_hold_body  "";
        }
        location @here { return 200 here; }
END

    my ($there, $not) = map { get(forged($_, 'room')) =~ s/^Date:.*//mr }
        '0  /secret', '0  /nothing';

    like($there, qr{^HTTP/1.1 404 }, 'there is no such link');
    is($there, $not, 'whatever it names');
};

done_testing();
