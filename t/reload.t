# Reloads under traffic: no request fails, and nginx has nothing to say.

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Nginx;
use Grip::Sink;
use Test::More;

my $sink = Grip::Sink::start();
my $port = Grip::Nginx::port();

my $nginx = Grip::Nginx->start(main => 'worker_processes 2;', http => <<"END");
    client_body_buffer_size 512k;
    grip_url http://127.0.0.1:$sink/slow-20/?iss=pushpin&key=changeme;

    server {
        listen 127.0.0.1:$port;

        location /ws {
            grip_websocket;
            grip_on text ~ "^publish (.*)" { publish room "\$1" format=ws-message;
                                             send "\$1"; }
            grip_on text                   { send "\$grip_message"; }
        }
    }
END


sub post {
    my ($text) = @_;
    my $body = ws_events([TEXT => $text]);

    return "POST /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           . ws_headers('Content-Length' => length $body) =~ s/\n/\r\n/gr
           . "\r\n$body";
}


# for two seconds: every 5 ms a message, of which every other is published

my @requests = map { { at => $_ * 0.005,
                       text => post(($_ % 2 ? 'publish ' : '') . "n$_") } }
                   1 .. 400;

my $pid = fork // die "fork: $!\n";

if (!$pid) {
    for (1 .. 6) {
        select undef, undef, undef, 0.3;
        kill 'HUP', $nginx->{pid};
    }

    # without END blocks and destructors, which are the parent's

    exec 'true';
}

my @answers = $nginx->requests($port, @requests);

waitpid $pid, 0;

my @failed = grep {
    my $n = $_;
    my $want = ws_events([TEXT => "m:n$n"]);
    ($answers[$n - 1] // '') !~ m{^HTTP/1.1 200 .*\r\n\r\n\Q$want\E$}s
} 1 .. 400;

is_deeply(\@failed, [], 'every request has its own answer')
    or diag($answers[$failed[0] - 1] // 'nothing');

my @log = Grip::Nginx::body(($nginx->requests($sink,
              "GET /_log/slow-20/publish/ HTTP/1.1\r\n\r\n"))[0])
          =~ /\bn(\d+)/g;

is(join(' ', sort { $a <=> $b } @log),
   join(' ', grep { $_ % 2 } 1 .. 400),
   'and every message was published once');

my $reloads = () = $nginx->log =~ /\(SIGHUP\) received/g;

cmp_ok($reloads, '>=', 3, 'there were reloads');

$nginx->stop('QUIT');

is(join('', grep { /\[(?:warn|error|crit|alert|emerg)\]/ }
                  map { "$_\n" } split /\n/, $nginx->log), '',
   'nothing to complain of');

done_testing();
