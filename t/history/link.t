# Links of streams: whom they are for, and how long they are good.

use strict;
use warnings;

use lib 't/lib';
use Digest::SHA qw(hmac_sha256);
use Grip::Nginx;
use Grip::Root;
use Grip::Sink;
use MIME::Base64 qw(decode_base64url encode_base64url);
use Test::More;

my $port = Grip::Nginx::port();
my $sink = Grip::Sink::start();
my $nginx;


sub configuration {
    my ($locations, $size) = @_;

    $size //= '1m';

    return <<"END";
    grip_history_zone news:$size;
    server {
        listen 127.0.0.1:$port;
        grip_history news;
        $locations
    }
END
}


# as anybody can make up who knows how links are written

sub forged {
    my ($location, $channel) = @_;

    return '/.grip/' . encode_base64url("\0" x 16
        . join '', map { pack('n', length) . $_ } $location, $channel, ('') x 3);
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


# workers that know nothing of those before, which have gone

sub reload {
    my @before = $nginx->log =~ /start worker process (\d+)/g;

    $nginx->reload;
    $nginx->wait_for(sub { !grep { kill 0, $_ } @before }) or die 'not over';
}


sub reconfigure {
    my ($locations, $size) = @_;
    my $file = "$nginx->{root}/nginx.conf";
    my $text = Grip::Nginx::read_file($file);

    $text =~ s/\n    grip_history_zone.*/"\n" . configuration($locations, $size) . '}'/es;
    Grip::Nginx::write_file($file, $text);

    reload();
}


sub get {
    my ($path, @headers) = @_;

    return ($nginx->requests($port, join "\r\n", "GET $path HTTP/1.1",
        'Host: localhost', 'Grip-Feature: link:gone', 'Connection: close',
        @headers, '', ''))[0];
}


# an answer after which the proxy ends a stream: no hold, no link, no content

sub ends {
    my ($answer, $name) = @_;

    like($answer, qr{^HTTP/1.1 200 .*\r\n\r\n\z}s, $name);
    unlike($answer, qr{^Grip-}m, "$name, and it is no hold");
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
    ends(get($link), 'but not without the location');
};

subtest 'a link ends the stream of a location that has responses now' => sub {
    reconfigure(stream('/a'));

    my $link = link_of(get('/a'));

    reconfigure(stream('/a') =~ s/sse;/response;/r);
    ends(get($link), 'which have no links');
};

subtest 'a link that is made up does not tell which locations there are' => sub {
    reconfigure(<<'END');
        grip_hold    sse;
        grip_channel room;
        error_page   404 =200 @here;

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

    ends($there, 'there is no such link');
    is($there, $not, 'whatever it names');
};

subtest 'a link that is made up ends streams of the proxy alone' => sub {
    reconfigure('grip_verify_key s3cret;' . stream('/'));

    my $path = forged('0  /', 'room');
    my $claims = join '.', map { encode_base64url($_) }
        '{"alg":"HS256"}', '{"exp":' . (time + 60) . '}';
    my $sig = "$claims." . encode_base64url(hmac_sha256($claims, 's3cret'));

    like(get($path), qr{^HTTP/1.1 404 }, 'unsigned');
    like(get($path, "Grip-Sig: $claims.x"), qr{^HTTP/1.1 404 }, 'forged');
    ends(get($path, "Grip-Sig: $sig"), 'signed');

    my $link = link_of(get('/', "Grip-Sig: $sig"));

    like(get($link), qr{^HTTP/1.1 403 }, 'a good one, unsigned');
    like(get($link, "Grip-Sig: $sig"), qr{^HTTP/1.1 200 }, 'signed');
};

subtest 'a link that was never written ends the stream' => sub {
    reconfigure(stream('/a'));

    my $link = link_of(get('/a'));
    my ($token) = $link =~ m{([^/]+)$};

    for my $text ('a', 'AAAA', 'A' x 22, substr($token, 0, -4), "$token.AAA",
                  "${token}AAA", $token =~ tr/-_/+\//r . '=',
                  encode_base64url("\0" x 16 . pack 'n a*', 9, '0  /a'))
    {
        ends(get("/.grip/$text"), substr $text, 0, 30);
    }

    like(($nginx->requests($port, "POST $link HTTP/1.1\r\nHost: localhost\r\n"
                                  . "Content-Length: 0\r\n"
                                  . "Connection: close\r\n\r\n"))[0],
         qr{^HTTP/1.1 404 }, 'nor is one that is not asked for by GET');
    like(get($link), qr{^HTTP/1.1 200 }, 'a good one is');
};

# the longest meta with a link, that link, and what a longer one gets

sub longest {
    my ($buffers, $shortest) = @_;
    my $link;

    reconfigure(<<"END");
        large_client_header_buffers 4 $buffers;
        location / {
            grip_hold        sse;
            grip_channel     room;
            grip_filter_meta user \$arg_user;
            grip_hold_body   "";
        }
END

    for my $length ($shortest .. $shortest + 200) {
        my $answer = get('/?user=' . 'x' x $length);
        my $next = link_of($answer) or return ($link, $answer);
        $link = $next;
    }

    return ($link, 'nothing');
}


subtest 'a link that could not be requested is none' => sub {
    for (['1k', 500, 1024 - length("GET  HTTP/1.1\r\n"),
          'its link of \d+ bytes exceeds the 1009 bytes for which '
          . '"large_client_header_buffers" has room'],
         ['32k', 12100, 16384,
          'its link of \d+ bytes exceeds the limit, 16384 bytes'])
    {
        my ($buffers, $shortest, $limit, $line) = @$_;
        my ($link, $answer) = longest($buffers, $shortest);

        # 33 bytes are 44 in base64

        cmp_ok(length($link), '<=', $limit - 44,
               'there is room for the position of a page');
        cmp_ok(length($link), '>', $limit - 48, 'but for no more');
        like(get($link), qr{^HTTP/1.1 200 }, 'the longest is answered');

        like($answer, qr{^Grip-Hold: stream}m, 'one that is longer is held');
        like($answer, qr{^Grip-Set-Meta: user="x+"}m, 'with its metas');
        like($answer, qr{^Grip-Channel: room\r$}m, 'but without a position');
        unlike($answer, qr{^Grip-Link}m, 'and without a link');

        my @lines = $nginx->log =~ /\[error\].* (grip: hold will not .*)/g;
        is(@lines, $buffers eq '1k' ? 1 : 2, 'there is one line');
        like($lines[-1], qr/ resume: $line/, 'which names the limit');
    }
};

subtest 'a link has the values that variables have for the client' => sub {
    reconfigure(<<'END');
        location / {
            grip_hold      sse;
            grip_channel   room;
            grip_keepalive ": $arg_tick";
            grip_link      /gone/$arg_who rel=gone;
            grip_hold_body "";
        }
        location /literal {
            grip_hold      sse;
            grip_channel   room;
            grip_keepalive tick;
            grip_link      /gone rel=gone;
            grip_hold_body "";
        }
END

    my $first = get('/?tick=tock&who=ann');
    my $second = get(link_of($first));

    for ($first, $second, get(link_of($second))) {
        like($_, qr{^Grip-Keep-Alive: : tock\r$}m, 'of what keeps it alive');
        like($_, qr{^Grip-Link: </gone/ann>; rel=gone\r$}m, 'of its end');
    }

    isnt(link_of(get('/?tick=tock&who=bob')), link_of($first),
         'and is for those that have the same');

    for my $literal (get('/literal'), get(link_of(get('/literal')))) {
        like($literal, qr{^Grip-Keep-Alive: tick\r$}m, 'or has none');
        like($literal, qr{^Grip-Link: </gone>; rel=gone\r$}m, 'of both');
    }
};

subtest 'a page tells of an item that was too large, and came after the first' => sub {
    reconfigure("grip_url http://127.0.0.1:$sink/ok/;\n" . stream('/') . <<'END');
        client_max_body_size    1m;
        client_body_buffer_size 1m;
        location = /publish { grip_publish room; }
END

    my $publish = sub {
        $nginx->requests($port, Grip::Nginx::post('/publish', $_)) for @_;
    };
    my $where = sub { return $_[0] =~ /^id: (\S+)/m ? $1 : '' };

    $publish->('first');
    my $after = $where->(get('/'));

    $publish->(map { $_ x 50_000 } 'b' .. 'd');
    my $page = get('/', "Last-Event-ID: $after");
    my $link = link_of($page);

    unlike($page, qr/^event: reset|^Grip-Hold/m, 'the first one is whole');

    $publish->('x' x 140_000, 'last');
    my @rest = (get($link));
    push @rest, get(link_of($rest[-1])) while $rest[-1] !~ /^Grip-Hold/m;

    my $rest = join '', @rest;
    my ($too_large) = $rest =~ /^event: reset\nid: (\S+)$/m;

    is(() = $rest =~ /^event: reset$/mg, 1, 'one of the others tells');
    like($too_large // '', qr/0{15}5\z/, 'of the fifth item');
    like($rest, qr/data: d+\n\nevent: reset\nid: \S+5\ndata: \n\n.*data: last/s,
         'in its place');
};

# a link's signature, what it signs, and where a worker keeps that

sub parts {
    my ($link) = @_;

    return unpack 'a16 a*', decode_base64url($link =~ s{.*/}{}r);
}

sub whole {
    return '/.grip/' . encode_base64url(join '', @_);
}

sub place {
    my ($text) = @_;
    my $hash = 2166136261;

    $hash = ($hash ^ $_) * 16777619 & 0xffffffff for unpack 'C*', $text;

    return ($hash ^ $hash >> 15) % 1024;
}


subtest 'links of one place in what a worker keeps are both good' => sub {
    reconfigure(<<'END');
        location / {
            grip_hold      sse;
            grip_channel   $arg_room;
            grip_hold_body "";
        }
END

    my $first = link_of(get('/?room=100000'));
    my ($mac, $text) = parts($first);
    my $room = 100001;

    $room++ until place($text =~ s/100000/$room/r) == place($text);

    my $second = link_of(get("/?room=$room"));
    my ($other_mac, $other) = parts($second);

    is(place($other), place($text), 'of two rooms');

    for (1 .. 2) {
        like(get($first), qr{^Grip-Channel: 100000;}m, 'the one');
        like(get($second), qr{^Grip-Channel: $room;}m, 'and the other');
    }

    for (get(whole($mac, $other)), get(whole($other_mac, $text)),
         get(whole("\0" x 16, $other)), get(whole($mac ^ "\1", $text)))
    {
        ends($_, 'but not with a signature of another');
    }

    like(get($first), qr{^Grip-Channel: 100000;}m, 'and the first still is');
};

subtest 'a link is none of a zone whose secret is another one' => sub {
    my $location = <<'END';
        location / {
            grip_hold      sse;
            grip_channel   room;
            grip_hold_body "";
        }
END

    reconfigure($location);

    my $link = link_of(get('/'));
    like(get($link), qr{^Grip-Channel: room;}m, 'it is good');

    reconfigure($location, '2m');
    ends(get($link), 'and not with another size');
    isnt(link_of(get('/')), $link, 'which has another one');
};

subtest 'no link goes out unsigned, and none is taken for a bad one' => sub {
    plan skip_all => 'sanitizers come first' if $ENV{GRIP_BUILD};

    my $file = Grip::Root::path() . '-macs';
    my $library = "$file.so";

    system($ENV{CC} || 'cc', qw(-O1 -fPIC -shared -o), $library, 't/lib/macs.c')
        == 0 or die "cannot build $library\n";

    my $there = configuration(<<'END');
        location / {
            grip_hold      sse;
            grip_channel   $arg_room;
            grip_hold_body "";
        }
END

    undef $nginx;
    $nginx = Grip::Nginx->start(http => $there,
        env => { GRIP_MACS => $file, LD_PRELOAD => $library });

    my $link = link_of(get('/?room=a'));

    # of a fresh worker, which has no key and no link, and of one that has a key

    for (['x', 'OpenSSL has no HMAC with SHA-256'], ['', 'OpenSSL failed']) {
        my ($content, $why) = @$_;

        reload();
        like(get('/?room=b'), qr{^HTTP/1.1 200 }, 'with a key') if !$content;

        Grip::Nginx::write_file($file, $content);

        for my $path ('/?room=c', $link) {
            my $answer = get($path);

            like($answer, qr{^HTTP/1.1 500 }, $path);
            unlike($answer, qr{^Grip-}m, 'and no hold');
        }

        unlink $file;
        is(scalar(() = $nginx->log
               =~ /\[error\].* grip: link of a hold not signed: $why/g),
           2, "two lines say that $why");
        like(get($link), qr{^Grip-Channel: a;}m, 'which was good');
    }

    unlink $library;
};

done_testing();
