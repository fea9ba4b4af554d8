# The proxy's connections over a graceful shutdown: an old worker does not
# close them as idle, answers the next request on each, and goes with the last.

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Nginx;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IPC::Open2;
use Test::More;
use Time::HiRes qw(sleep time);

my ($port, $tls, $h2) = map { Grip::Nginx::port() } 1 .. 3;
my $certs = tempdir(CLEANUP => 1);
my ($nginx, $old);

system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
       . " -keyout $certs/key -out $certs/crt -subj /CN=localhost -days 2"
       . " 2>/dev/null") == 0
    or die "no certificate\n";


# one worker, whose process is $old until a reload

sub start {
    my (%arg) = @_;

    undef $nginx;

    $nginx = Grip::Nginx->start(
        main => "worker_processes 1;\n" . ($arg{main} // ''),
        connections => $arg{connections},
        http => <<"END");
    grip_url http://127.0.0.1:1/?iss=pushpin&key=changeme;

    ssl_certificate      $certs/crt;
    ssl_certificate_key  $certs/key;
    ${\($arg{http} // '')}

    server {
        listen 127.0.0.1:$port;
        listen 127.0.0.1:$tls ssl;

        location /ws {
            grip_websocket;
            grip_on text { send "\$pid \$grip_message"; }
        }

        location /unverified {
            grip_websocket;
            grip_verify off;
            grip_on text { send "\$pid \$grip_message"; }
        }

        location /held {
            grip_hold response;
            grip_verify off;
            grip_channel room;
            grip_hold_body "\$pid held";
        }

        location /app { return 200 "\$pid app"; }
        location /off { grip_verify off;  return 200 "\$pid app"; }
        location /moved { error_page 404 =200 /app;  return 404; }
    }

    server {
        listen 127.0.0.1:$h2 http2;
        location / { return 200 "h2 app"; }
    }
END

    ($old) = $nginx->log =~ /start worker process (\d+)/;
}

# SIGHUP, until the old worker has closed what it closes at once

sub reload {
    $nginx->reload or die "no new worker\n";

    $nginx->wait_for(sub { $nginx->log =~ /gracefully shutting down/ })
        or die "the old worker was not told\n";

    sleep 0.2;
}

# seconds until the old worker has gone

sub gone_after {
    my $start = time;

    $nginx->wait_for(sub { $nginx->log =~ /process $old exited with code 0/ })
        or return 'never';

    return time - $start;
}


sub events {
    my ($path, %headers) = @_;
    my $body = ws_events([TEXT => 'hello']);

    return "POST $path HTTP/1.1\r\nHost: localhost\r\n"
           . ws_headers('Content-Length' => length $body, %headers)
             =~ s/\n/\r\n/gr
           . "\r\n$body";
}

sub get {
    my ($path, $sig) = @_;

    return "GET $path HTTP/1.1\r\nHost: localhost\r\n"
           . ($sig ? "Grip-Sig: $sig\r\n" : '') . "\r\n";
}


# a connection: what is written to, what is read from, and what was read

sub connection {
    my ($to) = (@_, $port);
    my $fh = IO::Socket::INET->new("127.0.0.1:$to") or die $!;

    return { in => $fh, out => $fh, read => '' };
}

sub tls_connection {
    open2(my $out, my $in, "exec openssl s_client -quiet"
                           . " -connect 127.0.0.1:$tls 2>/dev/null");

    return { in => $in, out => $out, read => '' };
}

sub more {
    my ($c) = @_;

    local $SIG{ALRM} = sub { die "nothing comes\n" };
    alarm 10;
    my $n = sysread $c->{out}, $c->{read}, 65536, length $c->{read};
    alarm 0;

    return $n;
}

# the next answer, or '' at the end

sub answer {
    my ($c) = @_;

    while ($c->{read} !~ /\A(.*?\r\n\r\n)/s
           || length $c->{read} < length($1)
                                  + ($1 =~ /^Content-Length: (\d+)/m)[0])
    {
        return '' if !more($c);
    }

    my ($header) = $c->{read} =~ /\A(.*?\r\n\r\n)/s;
    my ($length) = $header =~ /^Content-Length: (\d+)/m;

    return substr $c->{read}, 0, length($header) + $length, '';
}

sub ask {
    my ($c, @requests) = @_;

    local $SIG{PIPE} = 'IGNORE';
    syswrite $c->{in}, join '', @requests;

    return answer($c);
}

# whether the peer closes it within so many seconds

sub closed {
    my ($c, $seconds) = @_;
    my $bits = '';

    vec($bits, fileno $c->{out}, 1) = 1;

    return select($bits, undef, undef, $seconds // 0) && !more($c) ? 1 : 0;
}

# an HTTP/2 connection on which a signed request was answered

sub h2_frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1)
           . pack('CCN', $type, $flags, $stream) . $payload;
}

sub h2_connection {
    my ($sig) = @_;
    my $c = connection($h2);

    # lengths up to 126 take one byte, up to 254 two

    my $fields = "\x82\x86\x84\x01\x09localhost\x00\x08grip-sig\x7f"
                 . chr(length($sig) - 127) . $sig;

    syswrite $c->{in}, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                       . h2_frame(4, 0, 0, '') . h2_frame(1, 5, 1, $fields);

    more($c) until $c->{read} =~ /h2 app/;

    return $c;
}

sub h2_goaway {
    my ($c) = @_;

    while (more($c)) { }

    return $c->{read} =~ /\x07\x00\x00\x00\x00\x00.{8}\z/s;
}


# a status, by whom, and whether more may be asked

sub summary {
    my ($answer) = @_;

    return join ' ', $answer =~ m{\AHTTP/1\.1 (\d+)},
                     $answer =~ /\b$old (?:hello|app|held)/ ? 'old' : 'other',
                     $answer =~ /^Connection: close\r$/m ? 'close' : 'kept';
}


# ---- who is spared

my $sig = grip_sig();
my $forged = grip_sig(key => 'guessed');

my %spared = (
    'events' => events('/ws'),
    'events over TLS' => events('/ws'),
    'events that nobody verifies' => events('/unverified', 'Grip-Sig' => undef),
    'a hold that nobody verifies' => get('/held'),
    'a signed request for something else' => get('/app', $sig),
    'a signed request where verification is off' => get('/off', $sig),
    'a signed request that went elsewhere' => get('/moved', $sig),
    'HTTP/1.0' => get('/app', $sig)
                  =~ s/1\.1\r\n/1.0\r\nConnection: keep-alive\r\n/r,
);

my %others = (
    'a plain request' => get('/app'),
    'a plain request where verification is off' => get('/off'),
    'a forged request' => get('/app', $forged),
);

start();

my %idle = map { ($_ => /TLS/ ? tls_connection() : connection()) }
               keys %spared, keys %others;

is(summary(ask($idle{$_}, $spared{$_} // $others{$_})), '200 old kept',
   "$_: the connection is kept")
    for sort keys %idle;

my $both = connection();

ask($both, get('/app', $sig));
is(summary(ask($both, get('/app'))), '200 old kept',
   'signed, then plain: the connection is kept');

my $piped = connection();

is(summary(ask($piped, events('/ws'), get('/app'))), '200 old kept',
   'pipelined: the first is answered');
is(summary(answer($piped)), '200 old kept', 'the second is answered');

my $streams = h2_connection($sig);

reload();

is(closed($idle{$_}), 1, "$_: idle, hence closed") for sort keys %others;

ok(h2_goaway($streams), 'HTTP/2: told to go away');

is(summary(ask($idle{$_}, $spared{$_})), '200 old close',
   "$_: answered by the old worker, and for the last time")
    for sort keys %spared;

is(closed($_, 5), 1, 'and closed') for map { $idle{$_} } sort keys %spared;

is(summary(ask($both, get('/app'))), '200 old close',
   'signed, then plain: it is the connection that is spared');

unlike($nginx->log, qr/process $old exited/, 'the old worker is still there');

is(summary(ask($piped, events('/ws'), get('/app'))), '200 old close',
   'pipelined: the first is answered, for the last time');
is(answer($piped), '', 'the second is not, as ever');

undef %idle;
undef $_ for $both, $piped, $streams;

cmp_ok(gone_after(), '<', 4, 'with its last connection the old worker goes');

is(summary(ask(connection(), events('/ws'))), '200 other kept',
   'new connections go to the new one');

is($nginx->alerts, '', 'nothing to complain of');


# ---- how long an old worker lives

start(http => 'keepalive_timeout 2s;');

my $c = connection();

ask($c, events('/ws'));
reload();

is(closed($c), 0, 'within keepalive_timeout it is open');
is(closed($c, 5), 1, 'after that it is closed');
cmp_ok(gone_after(), '<', 3, 'and the old worker goes');
is($nginx->alerts, '', 'nothing to complain of');


start(main => 'worker_shutdown_timeout 1s;');

$c = connection();

ask($c, events('/ws'));
reload();

is(closed($c), 0, 'within worker_shutdown_timeout it is open');
is(closed($c, 5), 1, 'after that it is closed');
cmp_ok(gone_after(), '<', 3, 'and the old worker goes');
is($nginx->alerts, '', 'nothing to complain of');


# ---- a connection that becomes idle later

SKIP: {
    my ($version) = `$nginx->{binary} -v 2>&1` =~ m{/(\S+)};

    skip 'keepalive_min_timeout came with nginx 1.27.4', 6
        if eval "v$version" lt v1.27.4;

    start(http => 'keepalive_min_timeout 500ms;');

    my ($proxy, $plain) = (connection(), connection());

    for (1, 2) {
        ask($proxy, events('/ws'));
        ask($plain, get('/app'));
        sleep 0.2;
    }

    is(closed($_), 0, 'nobody closes it') for $proxy, $plain;

    sleep 0.6;
    reload();

    is(closed($plain), 1, 'after keepalive_min_timeout: idle, hence closed');
    is(summary(ask($proxy, events('/ws'))), '200 old close',
       'but for the connections of the proxy');
    undef $proxy;

    cmp_ok(gone_after(), '<', 4, 'with its last connection the old worker goes');
    is($nginx->alerts, '', 'nothing to complain of');
}


# ---- a shortage: connections of the proxy are given up as any other

start(connections => 32);

my @kept;

for (1 .. 60) {
    push @kept, connection();
    $kept[-1]{answer} = summary(ask($kept[-1], events('/ws')));
}

is(join(', ', grep { $_ ne '200 old kept' } map { $_->{answer} } @kept), '',
   'more connections than there may be: all are answered');

like($nginx->log, qr/worker_connections are not enough, reusing/,
     'the idle ones are used again');

cmp_ok(scalar(grep { closed($_) } @kept), '>=', 30, 'and are closed');

is($nginx->alerts, '', 'nothing to complain of');


# ---- the proxy goes first

start();

@kept = map { connection() } 1 .. 3;
ask($_, events('/ws')) for @kept;
reload();
shutdown $_->{in}, 2 for @kept;

cmp_ok(gone_after(), '<', 5, 'without connections the old worker goes');
is($nginx->alerts, '', 'nothing to complain of');

done_testing();
