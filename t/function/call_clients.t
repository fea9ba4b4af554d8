# Clients that leave during a call, and workers that do.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Function;
use Grip::Nginx;
use Grip::Sink;
use Test::More;

my $port = Grip::Nginx::port();
my $sink = Grip::Sink::start();

my $function = Grip::Function::start(sub {
    my ($request) = @_;
    my ($ms) = $request->{uri} =~ /(\d+)$/;

    select undef, undef, undef, $ms / 1000;

    return '[{"send":"done"},{"publish":{"channel":"c","content":"done"}}]'
        if $request->{uri} =~ /json/;

    # the first half, and much later the rest

    Grip::Function::put($request->{fh}, "HTTP/1.1 200 OK\r\n"
                        . "Content-Length: 10\r\n\r\nhalf ");
    select undef, undef, undef, $ms / 1000;
    Grip::Function::put($request->{fh}, 'whole');

    return;
});

my $nginx = Grip::Nginx->start(http => <<"END");
    grip_url http://127.0.0.1:$sink/ok/?iss=pushpin&key=changeme;
    client_body_buffer_size 512k;

    map \$arg_a \$unbuffered { default ""; unbuffered /unbuffered; }

    server {
        listen 127.0.0.1:$port;

        location /plain {
            grip_websocket;
            grip_on any { call /fn\$unbuffered/plain/\$arg_ms; }
        }

        location /json {
            grip_websocket;
            grip_on text   { publish c before; call /fn/json/\$arg_ms as=json; }
            grip_on binary { call /fn/json/\$arg_ms as=json; }
        }

        location /fn/ {
            internal;
            proxy_pass http://127.0.0.1:$function;
        }

        location /fn/unbuffered/ {
            internal;
            proxy_buffering off;
            proxy_pass http://127.0.0.1:$function;
        }

        location /ready { return 200 ready; }
    }
END


# a request as the proxy sends it

sub events {
    my ($uri, @events) = @_;
    my $body = Grip::ws_events(@events);
    my $headers = Grip::ws_headers('Content-Length' => length $body,
                                   Host => 'localhost', Connection => 'close')
                  =~ s/\n/\r\n/gr;

    return "POST $uri HTTP/1.1\r\n$headers\r\n$body";
}


sub answered {
    my ($answer) = @_;

    return defined $answer ? Grip::Nginx::body($answer) : 'gone';
}


# the client leaves before the header of the answer, within it, after it

my @requests;

for my $uri ('/plain?ms=100', '/plain?ms=100&a=unbuffered', '/json?ms=200') {
    for my $at (0.05, 0.15, 0.19, 0.21) {
        push @requests, { reset_at => $at,
                          text => events($uri, [TEXT => 'a'], [BINARY => 'b'],
                                         [TEXT => 'c']) };
    }

    push @requests, events($uri, [TEXT => 'a'], [BINARY => 'b']);
}

my @answers = map { answered($_) } $nginx->requests($port, @requests);
my $plain = Grip::ws_events([TEXT => 'm:half whole'], [TEXT => 'm:half whole']);
my $json = Grip::ws_events([TEXT => 'm:done'], [TEXT => 'm:done']);

is_deeply(\@answers, [('gone') x 4, $plain, ('gone') x 4, $plain,
                      ('gone') x 4, $json],
          'one that stays is answered, no matter which leave');

# nginx's own way to say that a client has left

my $logged = sub {
    [sort map { /" (\d{3}) / }
     split /\n/, Grip::Nginx::read_file("$nginx->{root}/logs/access.log")]
};

$nginx->wait_for(sub { @{ $logged->() } >= 15 });
is_deeply($logged->(), [(200) x 3, (499) x 12], 'and the log says which did');


# new workers, while the old ones call

if (!fork) {
    select undef, undef, undef, 0.1;
    $nginx->reload;
    delete $nginx->{pid};
    require POSIX;
    POSIX::_exit(0);
}

@answers = map { answered($_) }
           $nginx->requests($port, events('/plain?ms=150', [TEXT => 'a']),
                            events('/json?ms=300', [TEXT => 'a'],
                                   [BINARY => 'b'], [TEXT => 'c']),
                            { at => 0.6, text => events('/json?ms=1',
                                                        [BINARY => 'd']) });
wait;

is_deeply(\@answers, [Grip::ws_events([TEXT => 'm:half whole']),
                      Grip::ws_events(([TEXT => 'm:done']) x 3),
                      Grip::ws_events([TEXT => 'm:done'])],
          'a call outlives a reload, and so do those that follow it');


is(scalar(grep { Grip::Nginx::status($_) eq '200' }
          $nginx->requests($port, ("GET /ready HTTP/1.1\r\nHost: x\r\n"
                                   . "Connection: close\r\n\r\n") x 4)),
   4, 'the workers are well');

$nginx->stop('QUIT');

is($nginx->alerts, '', 'no alerts');

done_testing();
