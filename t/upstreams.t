# Functions, pages and control servers that fail in each way: each kind of request
# has the outcome that is documented, in time, nobody is alarmed, and connections
# and memory are back where they were.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Faults;
use Grip::Nginx;
use Grip::Root;
use Test::More;
use Time::HiRes qw(time);

# seconds within which all that was asked at once is answered

use constant BOUND => 25;

# kinds at a time

use constant TOGETHER => 6;

# no allocator keeps what was freed, or leaves it as it was

$ENV{MALLOC_PERTURB_} = 165 if !$ENV{GRIP_BUILD};
$ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (), 'quarantine_size_mb=1';

my $lambda = '{"statusCode":200,"headers":{"Content-Type":"text/plain"},'
             . '"body":"hello"}';

my %at = Grip::Faults::start(
    plain   => 'hello',
    json    => '[{"send":"hello"}]',
    aws     => $lambda,
    lambda  => $lambda,
    events  => '{"statusCode":200,"headers":{"Content-Type":'
               . '"application/websocket-events"},"body":"TEXT 5\r\nhello\r\n"}',
    page    => 'hello',
    control => 'Published',
);

my @faults = (Grip::Faults::all(),
              qw(refused reset tls-cut tls-plain tls-untrusted));

my $port = Grip::Nginx::port();
my $tls = Grip::Nginx::port();

# two certificates, of which no one trusts the other

my $certs = Grip::Root::path() . '-certs';
mkdir $certs;

for my $name (qw(server other)) {
    my $said = qx(cd '$certs' && openssl req -x509 -newkey ec -nodes -days 2 \\
                  -pkeyopt ec_paramgen_curve:P-256 -subj /CN=$name \\
                  -keyout $name.key -out $name.pem 2>&1);

    die "openssl:\n$said" if $?;
}

# what a fault is to nginx: a right answer, none that has a header, none in
# time, one that is not whole, or one that is too large

my %class = (
    (map { $_ => 'right' } qw(none slow-head slow-body more chunks)),
    (map { $_ => 'late' } qw(stall-request stall-head)),
    (map { $_ => 'stalled' } qw(stall-headers stall-body)),
    (map { $_ => 'cut' } qw(long chunk-bad chunk-huge chunk-cut),
                         map { ("$_-headers", "$_-body") } qw(reset close)),
    endless => 'large', interim => 'interim', nonsense => 'nonsense',
);

my @kinds = kinds();

my $nginx = Grip::Nginx->start(http => conf());
my @memory;

for my $round (1, 2) {
    for (my $from = 0; $from < @kinds; $from += TOGETHER) {
        my @some = grep { defined } @kinds[$from .. $from + TOGETHER - 1];
        my $started = time;
        my @answers = $nginx->requests($port, map {
            my $kind = $_;
            map { request($_, $kind) } @faults
        } @some);

        cmp_ok(time - $started, '<', BOUND, 'all is answered in time');

        for my $kind (@some) {
            my @bad;

            for my $fault (@faults) {
                my $class = $class{$fault} // 'none';
                my $want = want($kind, $class);
                my $got = outcome(shift @answers);

                push @bad, "$fault: $got, not $want" if $got !~ /\A(?:$want)\z/;
            }

            is(join("\n", @bad), '', "$kind->{name}, with each fault");
        }
    }

    ok($nginx->wait_for(sub { $nginx->stub_status($port) =~ /^Active connections: 1 / }),
       'no connection is left') or diag($nginx->stub_status($port));

    push @memory, $nginx->resident;
}

cmp_ok($memory[1], '<=', $memory[0] * 1.1 + 4096,
       'what requests took is given back') or diag("@memory KB");

# requests have connections of their own, but for detached calls

my %said;

is(join("\n", grep { $said{$_}++ }
              $nginx->log =~ /(\*[1-9]\d* grip: .*?)(?: while |,|$)/mg),
   '', 'no line of the log is said twice');

is($nginx->started, 1, 'by the same worker');
$nginx->stop('QUIT');
is($nginx->alerts, '', 'nobody is alarmed');

done_testing();


# Newer versions of nginx pass over an interim answer of a function or a page.

sub kinds {
    my $text = Grip::ws_events([TEXT => 'one']);
    my $two = Grip::ws_events([TEXT => 'one'], [TEXT => 'two']);
    my $more = $two . Grip::ws_events([BINARY => 'three']);
    my $open = Grip::ws_events('OPEN');

    my $message = qr/TEXT 7\|m:hello\|/;
    my $after = qr/TEXT 7\|m:after\|/;
    my $closed = qr/CLOSE 11\|\x03\xf3function failed\|/;
    my $told = qr/TEXT \w+\|m:\{"message": "Internal server error".*\}\|/;

    my $published = qr/200 Published\n/;
    my $unpublished = qr/CLOSE 10\|\x03\xf3publish failed\|/;

    return (
        kind('plain', '/plain', $text, calls("200 $message", "200 $closed")),
        kind('plain, on open', '/plain', $open,
             calls("200 OPEN\\|$message", 502, 504)),
        kind('as=json', '/json', $text, calls("200 $message", "200 $closed")),
        kind('as=json, on open', '/json', $open,
             calls("200 OPEN\\|$message", 502, 504)),
        kind('as=api-gateway', '/aws', $text,
             calls("200 $message", "200 $told")),
        kind('as=api-gateway, on open', '/aws', $open,
             calls('200 OPEN\|', 502)),
        kind('a batch', '/batch', $two, calls("200 $message", "200 $closed")),
        kind('on_error=ignore', '/ignore', $more,
             calls("200 $message$message$after", "200 $after")),
        kind('on_error=ignore, on open', '/ignore', $open,
             calls("200 OPEN\\|$message", '200 OPEN\|')),
        kind('on_error=close, on open', '/close', $open,
             calls("200 OPEN\\|$message", "200 OPEN\\|$closed")),
        kind('detached', '/gone', $more,
             calls("200 $after", "200 $after")),
        kind('events for a Lambda function', '/events', $text,
             calls('200 TEXT 5\|hello\|', "200 $closed")),
        kind('a Lambda function', '/lambda', undef,
             calls('200 hello', 502, 504)),
        kind('a held page', '/hold', undef, {
                 right => qr/200 (?:hello|5\|hello\|0\|\|)/, none => 502,
                 late => 504, cut => qr/closed|200(?: \S*)?\.\.\./,
                 large => qr/200 \d{7} bytes/, interim => qr/100.*|200 hello/,
                 nonsense => qr/no HTTP.*|502/s }),
        kind('a publication', '/publish', undef,
             publishes($published, 502, 504)),
        kind('a rule that publishes', '/publishes', $text,
             publishes(200, "200 $unpublished", "200 $unpublished")),
        kind('a rule that publishes, on open', '/publishes', $open,
             publishes('200 OPEN\|', 502, 504)),
        kind('items', '/items/publish/', undef,
             publishes($published, 502, 504)),
    );
}

sub kind {
    my ($name, $uri, $body, $want) = @_;

    return { name => $name, uri => $uri, body => $body, want => $want };
}

# on a busy machine the header of an answer that stalls may be late, too

sub want {
    my ($kind, $class) = @_;
    my $want = $kind->{want};

    return $class eq 'stalled' ? qr/$want->{cut}|$want->{late}/
                               : qr/$want->{$class}/;
}

sub calls {
    my ($right, $failed, $late) = @_;

    return { right => $right, late => $late // $failed,
             (map { $_ => $failed } qw(none cut large nonsense)),
             interim => "$right|$failed" };
}

# the status says whether an item was taken

sub publishes {
    my ($right, $failed, $late) = @_;

    return { (map { $_ => $right } qw(right cut large interim)),
             none => $failed, nonsense => $failed, late => $late };
}


sub request {
    my ($fault, $kind) = @_;
    my $events = $kind->{body};
    my $headers = defined $events ? Grip::ws_headers() =~ s/\n/\r\n/gr : '';
    my $body = $events // '{"items":[{"channel":"room","formats":'
                          . '{"ws-message":{"content":"x"}}}]}';

    return "POST $kind->{uri} HTTP/1.1\r\nHost: $fault\r\n"
           . "Connection: close\r\nContent-Length: " . length($body)
           . "\r\n$headers\r\n$body";
}


# status and body, as one line; dots for what is missing

sub outcome {
    my ($answer) = @_;

    return 'closed' if $answer eq '';

    my ($status) = $answer =~ m{^HTTP/1.1 (\d+)} or return "no HTTP: $answer";
    my $body = (Grip::Nginx::body($answer) // 'no header');
    my ($length) = $answer =~ /^Content-Length: (\d+)/mi;
    my $cut = $answer =~ /^Transfer-Encoding:/mi ? $body !~ /\r\n0\r\n\r\n\z/
              : defined $length && length $body < $length;

    $body = length($body) . ' bytes' if length $body > 1000;
    $body =~ s/<html>.*//s;
    $body =~ s/\r\n/|/g;

    return $status . (length $body || $cut ? " $body" : '')
           . ($cut ? '...' : '');
}


sub conf {
    my $servers = join '', map { server($_) } @faults;

    return <<"END";
    access_log off;
    client_body_buffer_size 64k;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_connect_timeout 10s;
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate $certs/other.pem;
    grip_connect_timeout 10s;
    grip_verify off;

    upstream functions { server 127.0.0.1:$at{HTTP}; keepalive 4; }

    server { listen 127.0.0.1:$tls ssl;
             ssl_certificate $certs/server.pem;
             ssl_certificate_key $certs/server.key;
             return 200 hello; }

    server { listen 127.0.0.1:$port default_server;
             location = /status { stub_status; } }

    $servers
END
}


sub server {
    my ($fault) = @_;
    my $timeout = $fault =~ /^stall/ ? '300ms' : '20s';
    my %special = (
        refused         => "http://127.0.0.1:$at{NOBODY}",
        reset           => "http://127.0.0.1:$at{RESET}",
        'tls-cut'       => "https://127.0.0.1:$at{CUT}",
        'tls-plain'     => "https://127.0.0.1:$at{PLAIN}",
        'tls-untrusted' => "https://127.0.0.1:$tls",
    );
    my $functions = $special{$fault} // 'http://functions';
    my $control = $special{$fault} // "http://127.0.0.1:$at{HTTP}";

    return <<"END";
    server {
        listen 127.0.0.1:$port;
        server_name $fault;

        grip_url $control/control/$fault;
        grip_read_timeout $timeout;
        grip_queue_size 2k;
        proxy_read_timeout $timeout;

        location = /plain  { grip_websocket;  grip_on any { call /fn/plain; } }
        location = /json   { grip_websocket;
                             grip_on any { call /fn/json as=json; } }
        location = /aws    { grip_websocket;
                             grip_on any { call /fn/aws as=api-gateway reply; } }
        location = /batch  { grip_websocket;  grip_call_batch on;
                             grip_on any { call /fn/json as=json; } }
        location = /ignore { grip_websocket;
                             grip_on binary { send after; }
                             grip_on any { call /fn/json as=json
                                                on_error=ignore; } }
        location = /close  { grip_websocket;
                             grip_on open { call /fn/json as=json
                                                 on_error=close; } }
        location = /gone   { grip_websocket;
                             grip_on binary  { send after; }
                             grip_on message { call /fn/json detached; } }
        location = /events { grip_lambda /fn/events; }
        location = /lambda { grip_lambda /fn/lambda; }
        location = /hold   { grip_hold stream;  grip_channel room;
                             proxy_pass $functions/page/$fault; }
        location = /publish   { grip_publish room; }
        location = /publishes { grip_websocket;
                                grip_on any { publish room x; } }
        location /items/   { grip_control; }

        location ~ ^/fn/(.+) { internal;  proxy_pass $functions/\$1/$fault; }
    }
END
}
