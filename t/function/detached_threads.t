# A detached call whose time is up while a thread reads its file: it stays until
# the thread is back, which then goes no further.

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Nginx;
use Grip::Root;
use Test::More;

plan skip_all => 'sanitizers come first' if $ENV{GRIP_BUILD};

my $port = Grip::Nginx::port();
my $reads = Grip::Root::path() . '-reads';
my $library = "$reads.so";

system($ENV{CC} || 'cc', qw(-O1 -fPIC -shared -o), $library, 't/lib/reads.c')
    == 0 or die "cannot build $library\n";

# what is freed is overwritten

my $nginx = Grip::Nginx->start(
    env  => { GRIP_READS => $reads, LD_PRELOAD => $library,
              MALLOC_PERTURB_ => 165 },
    main => 'thread_pool default threads=2;',
    http => <<"END");
    log_format grip '\$request|\$status';
    access_log logs/requests.log grip;

    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_verify off;
    grip_call_detached_max 1;

    server {
        listen 127.0.0.1:$port;

        location /ws {
            access_log off;
            grip_websocket;
            grip_on text = cut { call /file.txt detached timeout=100ms; }
            grip_on text { call \$grip_message detached; }
        }

        location /file.txt {
            internal; root html; aio threads; output_buffers 2 4k; }
        location /return   { internal; return 204; }
    }
END

mkdir "$nginx->{root}/html";
Grip::Nginx::write_file("$nginx->{root}/html/file.txt", 'x' x 100_000);

my ($worker) = $nginx->log =~ /start worker process (\d+)/;

sub call {
    my ($uri) = @_;
    my $body = ws_events([TEXT => $uri]);

    my ($answer) = $nginx->requests($port,
        "POST /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        . ws_headers('Content-Length' => length $body) =~ s/\n/\r\n/gr
        . "\r\n$body");

    return Grip::Nginx::status($answer);
}

sub lines {
    return scalar(() = Grip::Nginx::read_file("$nginx->{root}/logs/requests.log")
                       =~ /^POST \Q$_[0]\E /mg);
}

sub waited {
    return scalar(() = $nginx->log
                       =~ /too many of this worker are running/g);
}

Grip::Nginx::write_file($reads, '');
chmod 0700, $reads or die "$reads: $!";

is(call('cut'), 200, 'a client is answered');

ok($nginx->wait_for(sub { -s $reads }), 'a thread reads');
ok($nginx->wait_for(sub {
       $nginx->log =~ m{detached function "/file.txt" failed: timed out}
   }), 'the call has no time left');

is(call('/return'), 200, 'another one, too');
is(waited(), 1, 'and counts as one that is running');
is(-s $reads, 1, 'while the thread is at work');

chmod 0600, $reads or die "$reads: $!";

ok($nginx->wait_for(sub {
       my $before = waited();

       call('/return');

       return waited() == $before;
   }), 'and is over when the thread is back');

is(-s $reads, 1, 'which has read no more of the file');
is(lines('/file.txt'), 1, 'the call has one line');
is(() = $nginx->log =~ /"\/file.txt" failed/g, 1, 'and failed once');

# the same without a fault

unlink $reads;
call('/file.txt');
ok($nginx->wait_for(sub { lines('/file.txt') == 2 }), 'another one ends');
like(Grip::Nginx::read_file("$nginx->{root}/logs/requests.log"),
     qr{^POST /file.txt \S+\|200$}m, 'well');

is(($nginx->log =~ /start worker process (\d+)/g)[-1], $worker,
   'by the same worker');

$nginx->stop('QUIT');
unlink $library;

is($nginx->alerts, '', 'no alerts');

done_testing();
