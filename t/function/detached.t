# Calls that nobody waits for: what they see, how they end, and what is left.

use strict;
use warnings;

use lib 't/lib';
use File::Temp;
use Grip;
use Grip::Function;
use Grip::Nginx;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Test::More;
use POSIX ();
use Time::HiRes qw(sleep time);

my $port = Grip::Nginx::port();
my $seen = Grip::Nginx::port();
my $dead = Grip::Nginx::port();

my $folder = File::Temp->newdir;

my $function = Grip::Function::start(sub {
    my ($request) = @_;
    my $uri = $request->{uri};

    sleep $1 if $uri =~ m{/sleep-([\d.]+)};

    return if $uri =~ m{/reset};
    return (500, '', 'no') if $uri =~ m{/fails};
    return (200, "Content-Length: 100\r\n", 'short') if $uri =~ m{/short};
    return (200, "X-Amz-Function-Error: Unhandled\r\n", '{"errorType":"E"}')
        if $uri =~ m{/throws};

    if ($uri =~ m{/stored}) {

        # what came is known to the test by nginx's log

        my $text = join '|', map { "$_=$request->{headers}{$_}" }
                             grep { /^(?:x-|meta-|grip-|connection-id)/ }
                             sort keys %{ $request->{headers} };

        my $log = IO::Socket::INET->new("127.0.0.1:$seen") or return;

        print $log "GET /seen HTTP/1.0\r\nX-Seen: $text|$request->{body}\r\n"
                   . "\r\n";
        local $/;
        <$log>;
    }

    return "answer" x ($uri =~ m{/large} ? 100_000 : 1);
});

my $nginx = Grip::Nginx->start(main => <<'MAIN', http => <<"END");
    worker_shutdown_timeout 2s;
    thread_pool default threads=2;
MAIN
    log_format grip '\$request|\$status|\$uri|\$remote_addr|\$grip_message';
    log_format seen '\$http_x_seen';
    access_log logs/requests.log grip;

    client_body_buffer_size 512k;
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_verify off;
    grip_json_set \$kind kind;
    map \$grip_message \$mapped { default "map \$grip_message"; }

    grip_call_detached_max 64;
    keepalive_requests 100000;

    upstream functions { server 127.0.0.1:$function; keepalive 4; }

    proxy_cache_path logs/cache keys_zone=cache:1m;

    server { listen 127.0.0.1:$seen;
             location /seen { access_log logs/seen.log seen; return 204; } }

    server {
        listen 127.0.0.1:$port;

        location = /status { access_log off; stub_status; }

        location /ws {
            grip_websocket;

            grip_on text ~ "^see (?<what>.*)" {
                set_meta b "\$what";
                call /fn/stored detached;
            }
            grip_on text \$kind = k { call /fn/stored as=json detached; }
            grip_on text ~ "^timeout" { call /fn/sleep-20 detached timeout=300ms; }
            grip_on text ~ "^file"    { call /file.txt detached; }
            grip_on text ~ "^(?<what>/.*)" { call \$what detached; }
            grip_on text { send "\$grip_message"; }
            grip_on gone { call /fn/gone detached; }
        }

        location /batch {
            grip_websocket;
            grip_call_batch on;
            grip_on message { call /fn/stored as=json detached; }
        }

        location /fn/ {
            internal;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Scheme \$scheme;
            proxy_set_header X-Message \$grip_message;
            proxy_set_header X-Event \$grip_event;
            proxy_set_header X-Id \$grip_connection_id;
            proxy_set_header X-Meta \$grip_meta_a/\$grip_meta_b;
            proxy_set_header X-Mapped \$mapped;
            proxy_set_header X-What \$what;
            proxy_set_header X-Kind \$kind;
            proxy_pass http://functions;
        }

        location /dead { internal; proxy_pass http://127.0.0.1:$dead; }
        location /grpc { internal; grpc_pass 127.0.0.1:$dead; }
        location /fastcgi { internal; fastcgi_pass 127.0.0.1:$dead; }
        location /uwsgi { internal; uwsgi_pass 127.0.0.1:$dead; }
        location /lambda { internal; grip_lambda /fn/stored; }
        location /return { internal; return 200 "\$grip_message"; }
        location /denied { deny all; return 204; }
        location /none { internal; return 404; }
        location /cut { internal; return 444; }
        location /moved { internal; error_page 404 = /return; return 404; }
        location /mirror {
            internal; mirror /fn/sleep-0.3; proxy_pass http://functions/fn/; }
        location /stale {
            internal;
            proxy_cache cache;
            proxy_cache_methods POST;
            proxy_cache_key stale;
            proxy_cache_valid 200 1s;
            proxy_cache_use_stale updating;
            proxy_cache_background_update on;
            error_page 502 = /cut;
            proxy_pass http://unix:$folder/once:/;
        }
        location /file.txt { internal; root html; aio threads; }
        location /limited {
            internal; limit_req zone=slow burst=5; proxy_pass http://functions/fn/; }
        location /aio/ {
            internal; alias html/; aio threads; output_buffers 2 4k; }
    }

    limit_req_zone \$server_name zone=slow:1m rate=5r/s;
END

mkdir "$nginx->{root}/html";
Grip::Nginx::write_file("$nginx->{root}/html/file.txt", 'x' x 300_000);

sub request {
    my ($uri, @events) = @_;
    my $headers = (ref $events[0] eq 'HASH') ? shift @events : {};
    my $body = ws_events(map { [TEXT => $_] } @events);

    return "POST $uri HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           . ws_headers('Content-Length' => length $body, %$headers)
             =~ s/\n/\r\n/gr
           . "\r\n$body";
}


# the answers to the texts, each an event of the one request

sub answer {
    my $started = time;
    my ($answer) = $nginx->requests($port, request(@_));

    return (Grip::Nginx::body($answer // ''), time - $started);
}


sub lines {
    my ($name) = @_;
    my $text = eval { Grip::Nginx::read_file("$nginx->{root}/logs/$name") } // '';
    return split /\n/, $text;
}


sub calls { grep { !m{ /(?:ws|batch|status)\b} } lines('requests.log') }

# waits until the file has so many lines more than that

sub wait_lines {
    my ($what, $n) = @_;
    $nginx->wait_for(sub { $what->() >= $n });
}

my ($body, $time);


# what a function sees

($body, $time) = answer('/ws', { 'Meta-a' => 'one' }, 'see {"kind":"k"}', 'x');

is($body, ws_events([TEXT => 'm:x']), 'the next event is answered');

wait_lines(sub { scalar calls() }, 1);

is((lines('seen.log'))[0],
   'connection-id=0f2d7c1e-1111-4222-8333-444455556666|grip-event=text|'
   . 'meta-a=one|meta-b={\x22kind\x22:\x22k\x22}|x-event=text|'
   . 'x-id=0f2d7c1e-1111-4222-8333-444455556666|'
   . 'x-mapped=map see {\x22kind\x22:\x22k\x22}|'
   . 'x-message=see {\x22kind\x22:\x22k\x22}|'
   . 'x-meta=one/{\x22kind\x22:\x22k\x22}|x-scheme=http|'
   . 'x-what={\x22kind\x22:\x22k\x22}|see {\x22kind\x22:\x22k\x22}',
   'a function sees its event, after the request is gone');

is((calls())[0],
   'POST /fn/stored HTTP/1.1|200|/fn/stored|127.0.0.1|'
   . 'see {\x22kind\x22:\x22k\x22}', 'and has a line of its own');

answer('/ws', '{"kind":"k"}');
wait_lines(sub { scalar lines('seen.log') }, 2);
like((lines('seen.log'))[1],
     qr/x-kind=k\|.*\\x22event\\x22:\\x22TEXT\\x22.*content/i,
     'as=json, and with a look into the message');

answer('/batch', 'a', 'b', 'c');
wait_lines(sub { scalar calls() }, 3);
like((lines('seen.log'))[2], qr/events.*content.*a.*content.*b.*content.*c/,
     'a batch in one call');

# the call of the last event is made when its client has the answer

($body) = answer('/ws', { 'Meta-a' => 'one' }, 'see alone');
wait_lines(sub { scalar lines('seen.log') }, 4);

is($body, '', 'an event alone is answered');
like((lines('seen.log'))[3],
     qr{meta-a=one\|meta-b=alone\|.*
        \|x-mapped=map\ see\ alone\|x-message=see\ alone
        \|x-meta=one/alone\|.*\|x-what=alone\|see\ alone$}x,
     'and its function sees what its rule has made');

# whose own line may be later than that of its function

wait_lines(sub { scalar calls() }, 4);


# newer nginx says so of an answer that breaks off

use constant CUT_OFF => '(?:200|502)';

# every kind of location, and of end

my @kinds = (
    ['/return', 200], ['/none', 404], ['/cut', '\d+'], ['/moved', 200],
    ['/denied', 204], ['/dead', 502], ['/grpc', 502], ['/fastcgi', 502],
    ['/uwsgi', 502], ['/lambda', 500], ['/fn/reset', 502], ['/fn/fails', 500],
    ['/fn/short', CUT_OFF], ['/fn/throws', 200], ['/fn/large', 200],
    ['/mirror', 200],
    ['/aio/file.txt', 200], ['/limited', 200], ['/limited', 200],
    ['timeout', 504], ['/fn/x%2Fy?a=b', 200],
);

for my $kind (@kinds) {
    my ($uri, $status) = @$kind;
    my $before = calls();

    my ($body) = answer('/ws', $uri, 'next');

    is($body, ws_events([TEXT => 'm:next']), "$uri is not waited for");

    wait_lines(sub { scalar calls() }, $before + 1);

    my @calls = calls();

    like($calls[-1], qr/^POST \S+ HTTP\/1\.1\|$status\|/, "$uri ends");
    is(scalar @calls, $before + 1, 'in one line');
}

my ($invalid) = answer('/ws', '/fn/%00', 'next');
is($invalid, ws_events([TEXT => 'm:next']), 'a URI that is none');


# a subrequest in the background that nginx ends by the end of all: of what is
# to go on then, nothing does

my $once = IO::Socket::UNIX->new(Local => "$folder/once", Listen => 1)
    or die "cannot listen: $!";
my $pid = fork // die "cannot fork: $!";

if (!$pid) {
    my $peer = $once->accept;
    my $text = '';

    sysread $peer, $text, 65536, length $text until $text =~ /\r\n\r\n/;
    syswrite $peer, "HTTP/1.0 200 OK\r\n\r\nonce";
    POSIX::_exit(0);
}

my $stale = sub { scalar grep { m{/stale HTTP/1\.1\|200} } calls() };

answer('/ws', '/stale', 'next');
ok($nginx->wait_for(sub { $stale->() == 1 }), 'a function is cached');

close $once;
waitpid $pid, 0;
sleep 2.1;

answer('/ws', '/stale', 'next');
ok($nginx->wait_for(sub { $stale->() == 2 }), 'it is called when that is old');
like($nginx->log, qr{detached function "/stale" failed: torn down},
     'and ends with the update in the background');


# one line of many failures, of one request

my $failures = () = $nginx->log =~ /grip: detached function/g;
answer('/ws', ('/none') x 5);
sleep 0.2;
my $then = () = $nginx->log =~ /grip: detached function/g;
is($then, $failures + 1, 'of the failures of a request one is logged');
like($nginx->log, qr{\[error\].*detached function "/none" failed: status 404},
     'with its status');
like($nginx->log, qr{\[error\].*detached function "/fn/throws" failed: it returned an error},
     'with what a runtime says of its function');
like($nginx->log, qr{\[error\].*grip: "grip_lambda" in a subrequest},
     'with what its location cannot do');
like($nginx->log, qr{\[error\].*detached function "/fn/sleep-20" failed: timed out},
     'or with what else became of it');


# ten messages behind a function that takes its time

($body, $time) = answer('/ws', '/fn/sleep-1', map { "m$_" } 1 .. 10);

is($body, ws_events(map { [TEXT => "m:m$_"] } 1 .. 10), 'ten messages behind');
cmp_ok($time, '<', 0.9, 'a function of a second are not delayed');


# limits

($body, $time) = answer('/ws', { 'Connection-Id' => 'another' },
                         ('/fn/sleep-1') x 17, 'last');

is($body, ws_events([TEXT => 'm:last']), 'the seventeenth call');
cmp_ok($time, '>', 0.9, 'is waited for');

my @warned = $nginx->log =~ /\[warn\].*?(waiting for .*? are running)/g;

is_deeply(\@warned, ['waiting for detached function "/fn/sleep-1": too many '
                     . 'of this request are running'],
          'which a line says');

sleep 1.2;


# back to where it was

like($nginx->stub_status($port),
     qr/^Active connections: 1 \n.*Reading: 0 Writing: 1 Waiting: 0/s,
     'stub_status counts none of them');


# a reload waits for them, and a function that outlasts it is cut

answer('/ws', '/fn/sleep-1?over', '/fn/sleep-9?cut');

$nginx->reload;

$nginx->wait_for(sub { 2 == grep { /\?(?:over|cut)/ } calls() });

my @calls = grep { /\?(?:over|cut)/ } calls();

like($calls[0], qr/over HTTP\/1\.1\|200/, 'a call ends after a reload');
like($calls[1], qr/cut HTTP\/1\.1\|504/,
     'or with "worker_shutdown_timeout", if that is earlier');
like($nginx->log, qr{"/fn/sleep-9\?cut" failed: the worker shuts down},
     'of which a line tells');

answer('/ws', '/fn/sleep-9', '/mirror', '/aio/file.txt');
$nginx->stop('TERM');

my @alerts = grep { /\[(?:alert|emerg|crit)\]/ } split /\n/, $nginx->log;

is(join("\n", @alerts), '', 'no alerts');

done_testing();
