# "grip_diagnose" tells of the request that it gets, and of the proxies.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Nginx;
use Grip::Sink;
use JSON::PP qw(decode_json);
use Test::More;

my $sink = Grip::Sink::start();
my $port = Grip::Nginx::port();
my $nginx;


sub start {
    my (%arg) = @_;

    my $zone = $arg{zone} // '';
    my $urls = $arg{urls}
               // "grip_url http://127.0.0.1:$sink/ok/a?iss=p&key=secret;";
    my $verify = $arg{verify} // '';
    my $here = $arg{here} // '';

    undef $nginx;

    return $nginx = Grip::Nginx->start(
        main => 'worker_processes ' . ($arg{workers} // 4) . ';', http => <<"END");
    $zone
    $urls
    $verify
    server {
        listen 127.0.0.1:$port reuseport;
        location = /diagnose { grip_diagnose; $here }
        location /publish    { grip_verify off; grip_publish room; }
    }
END
}


sub ask {
    my (@headers) = @_;

    return ($nginx->requests($port, join "\r\n", 'GET /diagnose HTTP/1.1',
        'Host: localhost', 'Connection: close', @headers, '', ''))[0];
}


sub text {
    return Grip::Nginx::body(ask(@_));
}


sub json {
    return decode_json(Grip::Nginx::body(ask('Accept: application/json', @_)));
}


sub publish {
    return ($nginx->requests($port, Grip::Nginx::post('/publish', 'x')))[0];
}


subtest 'the signer of the request, else why there is none' => sub {
    start(verify => 'grip_verify on;');

    like(text(), qr/^through a proxy: no\nsignature: none, no "Grip-Sig" header\n/,
         'a client without a proxy');

    my $good = Grip::grip_sig(key => 'secret', iss => 'p');
    my $bad = Grip::grip_sig(key => 'other', iss => 'p');

    like(text("Grip-Sig: $good", 'Grip-Feature: status, session'),
         qr/^through a proxy: yes\nsignature: success, by "p"\n/, 'one of the proxy');
    like(text("Grip-Sig: $bad"),
         qr/^through a proxy: unproven\nsignature: failed, signature mismatch\n/,
         'one that was signed with another key');
    like(text('Grip-Feature: status'),
         qr/^through a proxy: unproven\nsignature: none/,
         'one of a proxy that does not sign');

    like(text("Grip-Sig: $good", 'Grip-Feature: status, session'),
         qr/^features: status, session$/m, 'what the proxy announces');
    like(text(), qr/^features: none$/m, 'nothing without one');

    is_deeply(json("Grip-Sig: $good")->{request},
              { proxy => 'yes', signature => 'success', reason => '',
                iss => 'p', features => '' }, 'the same as JSON');
    is(json("Grip-Sig: $bad")->{request}{reason}, 'signature mismatch',
       'and why not');
};

subtest 'bytes of clients are escaped' => sub {
    my $bytes = "a\"b\\c\xff\x7f\t<x>";

    start();
    is(json("Grip-Feature: $bytes")->{request}{features},
       "a\"b\\c\x{fffd}??<x>", 'in JSON');
    like(text("Grip-Feature: $bytes"),
         qr/^features: a"b\\c\xef\xbf\xbd\?\?<x>$/m, 'in text');
};

subtest 'grip_verify in the location refuses' => sub {
    start(here => 'grip_verify on;');
    like(ask(), qr{^HTTP/1.1 403}, 'who is not verified');
};

subtest 'the last POST of all workers, where there is a zone' => sub {
    start(zone => 'grip_metrics_zone one:1m;');
    like(text(), qr/^proxy: http:\S+\/ok\/a, last POST of all workers: never$/m,
         'there was none');

    publish();

    for (1 .. 20) {
        like(text(), qr/last POST of all workers: 2xx, \d+ s ago$/m,
             'each worker knows') or last;
    }

    my $url = "http://user:password\@127.0.0.1:$sink/status-500/b";

    start(zone => 'grip_metrics_zone one:1m;',
          urls => "grip_url $url?x=token;");
    publish();

    my $all = json();

    is($all->{workers}, 'all', 'of all workers');
    is($all->{proxies}[0]{status}, '5xx', 'its status');
    cmp_ok($all->{proxies}[0]{age}, '<', 60, 'its age');
    unlike(text() . ask('Accept: application/json'),
           qr/user|password|token|secret/, 'and nothing secret');

    $nginx->reload;
    is(json()->{proxies}[0]{status}, '5xx', 'it outlives a reload');
};

subtest 'else of this worker' => sub {
    start(workers => 1);
    is_deeply([@{json()->{proxies}[0]}{qw(status age)}], [undef, undef],
              'it knows of none');
    publish();
    is(json()->{workers}, 'this', 'which is said');
    is(json()->{proxies}[0]{status}, '2xx', 'what it knows');
    like(text(), qr/last POST of this worker: 2xx, \d+ s ago$/m, 'as text');
};

subtest 'no proxy' => sub {
    start(urls => '', here => 'grip_verify off;');
    like(text(), qr/^proxy: no "grip_url"$/m, 'is said');
    is_deeply(json()->{proxies}, [], 'in JSON, too');
};

subtest 'versions and methods' => sub {
    start();
    like(text(), qr/^nginx [\d.]+, ngx_faas_grip \d+\.\d+\.\d+\n\z/m,
         'versions');
    like(($nginx->requests($port, Grip::Nginx::post('/diagnose', 'x')))[0],
         qr/^HTTP\/1.1 405 .*^Allow: GET, HEAD\r$/ms, 'only reading');
};

done_testing();
