package Grip::Mutation;

# Requests of a client that nobody has thought of: the same for the same seed.
#
#     my $plan = Grip::Mutation::plan($seed, $number);
#
# A plan has bytes; cuts, offsets before which there is a pause; requests, each
# with its method and whether a backend's answer passes through as it is; end,
# undef, or "reset" or "half" of the connection at the offset "at"; http2; and
# wild: whether the bytes are not those of whole requests any more.

use strict;
use warnings;

use Grip;

my @paths = qw(
    /ws /ws /ws /ws /bare /kept /call/plain /call/path /call/json /call/batch
    /call/small /call/gone /call/aws /lambda /lambda2 /hold /held /sse /resume
    /publish /numbered /control/publish/ /locked/publish/ /record/publish/
    /prod/@connections/a1 /metrics /why /signed /nobody
);

my @words = (
    'room', 'chat.v2', 'no', 'close', 'page', 'tea & milk', '../x', 'a,b', '%00',
    '%ff%fe', "\xc3\xa9", "\xff", '', '0', '65536', '-1', '1e9', '$room',
    '{"room":["a",1]}', 'x' x 300, '"', "\xf0\x9f\x98\x80", '%0d%0aX: y', '..',
    'Bearer x', 'user', '; filter=', 'last-id=7',
);

my @events = (
    'OPEN', 'DISCONNECT', 'CLOSE', "\0", [CLOSE => "\x03\xe8bye"],
    [CLOSE => "\0\0"], [CLOSE => "\x0f\xa0\xff"], [PING => 'p'],
    [PONG => 'x' x 130], [TEXT => 'hello'], [TEXT => '/nick bob the first'],
    [TEXT => '/nick '], [TEXT => '{"action":"leave"}'],
    [TEXT => '{"action":"state","x":"\u0000\ud83d"}'],
    [TEXT => '{"action":"cut"}'], [TEXT => "\xff\xfe"], [TEXT => ''],
    [BINARY => "\0\1\2\r\n"], [BINARY => ''], [TEXT => 'a/../b'],
    [TEXT => 'x' x 40000], [TEXT => 'y' x 3000], [TEXT => '[' x 100],
    [BINARY => "\xff" x 5000],
);

my @contents = (
    '{"content":"hi"}', '{"content-bin":"AP8="}', '{"action":"close","code":1}',
    '{"action":"send","content":7}', '{"action":"hint"}', '{"body":"x"}',
    '{"body":"x","headers":[["A","b"],["A","c"]]}', '{"content":"data: x\n\n"}',
    '{"body":"x","code":"200","headers":{"Content-Type":"text/x"}}', '[]', '1',
    '{"content":"\ud83d"}', '{"type":"ping"}', '{"action":"refresh"}',
);

my @headers = (
    'Connection-Id: %s', 'Connection-Id: a1', 'Meta-User: %s', 'Meta-%s: x',
    'Meta_User: y', 'Grip-Last: %s; last-id=%s', 'Grip-Last: room; last-id=7',
    'Grip-Feature: link:gone, %s', 'Sec-WebSocket-Protocol: %s, chat.v1',
    'Sec-WebSocket-Extensions: grip; %s', 'Accept: application/json',
    'Accept: %s', 'Cookie: a=%s', 'X-%s: 1', 'Authorization: Bearer %s',
    'Expect: 100-continue', 'Content-Type: %s', 'Content-Encoding: gzip',
    'If-None-Match: "%s"', 'Range: bytes=0-%s', 'Last-Event-ID: %s',
    'X-Forwarded-For: %s', 'Accept-Encoding: gzip', 'Transfer_Encoding: x',
);

my $valid = Grip::grip_sig();
my @tokens = (($valid) x 40, Grip::grip_sig(exp => 1),
              Grip::grip_sig(key => 'other'), Grip::grip_sig(iss => undef),
              'x.y.z', '', '..');


sub plan {
    my ($seed, $number) = @_;

    srand($seed * 1_000_003 + $number);

    my $plan = { number => $number, bytes => '', requests => [],
                 http2 => one_in(5), wild => one_in(6) };
    my $count = one_in(3) ? 1 + int rand 4 : 1;

    for my $i (1 .. $count) {
        my $request = request($plan->{wild});

        push @{ $plan->{requests} }, $request;

        $plan->{bytes} .= $plan->{http2} ? http2($request, 2 * $i - 1)
                                         : http1($request);
    }

    if ($plan->{http2}) {
        # no limits of ours to what comes back
        substr $plan->{bytes}, 0, 0,
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            . frame(4, 0, 0, pack 'nN', 4, 0x7fffffff)
            . frame(8, 0, 0, pack 'N', 0x7f000000);
    }

    if ($plan->{wild}) {
        $plan->{bytes} = mutated($plan->{bytes});
    }

    my $len = length $plan->{bytes};

    $plan->{cuts} = [ sort { $a <=> $b } map { int rand $len }
                      1 .. (one_in(3) ? int rand 6 : 0) ];

    if (one_in(6)) {
        $plan->{end} = one_in(3) ? 'half' : 'reset';
        $plan->{at} = one_in(3) ? $len : int rand $len;
    }

    return $plan;
}


sub one_in {
    return rand($_[0]) < 1;
}

sub one_of {
    return $_[rand @_];
}

sub word {
    return join '', map { one_of(@words) } 1 .. (one_in(5) ? 2 : 1);
}


# some bytes gone, changed, doubled, from elsewhere

sub mutated {
    my ($text) = @_;

    for (1 .. 1 + int rand 4) {
        my $at = int rand 1 + length $text;
        my $len = one_in(3) ? int rand 200 : int rand 4;

        $len = length($text) - $at if $at + $len > length $text;

        my $what = int rand 5;

        if ($what == 0) {
            substr $text, $at, $len, '';

        } elsif ($what == 1) {
            substr $text, $at, $len, join '', map { chr rand 256 } 1 .. $len;

        } elsif ($what == 2) {
            substr $text, $at, 0, substr($text, $at, $len) x (1 + rand 20);

        } elsif ($what == 3) {
            substr $text, $at, 0, word();

        } else {
            substr $text, $at, $len, substr $text, rand length $text, $len;
        }
    }

    return $text;
}


sub request {
    my ($wild) = @_;
    my $path = one_of(@paths);
    my $posts = $path =~ m{^/(?:publish|numbered|control|locked|record|prod)};
    my $events = $path =~ m{^/(?:ws|bare|kept|call|lambda)} && !one_in(8);
    my $method = $events || $posts ? 'POST' : 'GET';
    my @lines = 'Host: ' . one_of(qw(one one two three));

    $method = one_of(qw(GET POST PUT DELETE HEAD OPTIONS PATCH)) if one_in(12);

    if ($events) {
        push @lines, 'Sec-WebSocket-Extensions: grip' if !one_in(12);
        push @lines, 'Grip-Sig: ' . one_of(@tokens) if !one_in(20);
        push @lines, 'Accept: application/websocket-events' if !one_in(8);
        push @lines, 'Connection-Id: a' . int rand 9 if !one_in(20);
        push @lines, 'Content-Type: application/websocket-events';
        push @lines, 'Meta-User: ' . escaped(word()) if one_in(3);

    } elsif (one_in($posts || $path eq '/metrics' ? 20 : 1.2)) {
        push @lines, 'Grip-Sig: ' . one_of(@tokens);
    }

    push @lines, 'Authorization: Bearer ' . one_of(@tokens)
        if $path =~ /locked/;

    while (one_in(3)) {
        my $line = one_of(@headers);

        $line =~ s/%s/escaped(word())/eg;
        push @lines, $line;
    }

    my $query = join '&', map { "$_=" . escaped(word()) }
                grep { one_in(3) }
                qw(room user id prev event json reason code refresh);

    my $body = $events                  ? events()
             : $path =~ m{/publish/$}   ? items()
             : $posts                   ? one_of(word(), 'x' x rand 100_000)
             : $method =~ /^(?:POST|PUT)$/ ? word() : '';

    $body = mutated($body) if one_in(6);

    return { method => $method, path => $path, lines => \@lines,
             query => $query, body => $body,
             passes => $path eq '/hold' };
}


# for a line of a header, or a query

sub escaped {
    my ($text) = @_;

    $text =~ s/([\x00-\x20#?]|[\x7f-\xff])/sprintf '%%%02x', ord $1/eg
        if !one_in(4) || $text =~ /[\x00-\x20#?\x7f]/;

    return $text;
}


sub events {
    my $count = one_in(8) ? int rand 120 : 1 + int rand 5;
    my $body = join '', map { Grip::ws_events(one_of(@events)) } 1 .. $count;

    $body = "OPEN\r\n$body" if one_in(3);

    return substr $body, 0, 300_000;
}


sub items {
    my @items = map {
        my $formats = join ',', map { qq("$_":) . one_of(@contents) }
                      grep { one_in(2) }
                      qw(ws-message http-stream http-response other);

        '{' . join(',', '"channel":"r' . int(rand 30) . '"',
                   one_in(4) ? '"id":"' . one_of(7, 'x', '\u0000') . '"' : (),
                   one_in(4) ? '"prev-id":"6"' : (),
                   one_in(4) ? '"meta":{"a":"b"}' : (),
                   one_in(4) ? '"no-seq":true' : (),
                   qq("formats":{$formats})) . '}'
    } 1 .. (one_in(6) ? int rand 200 : 1 + rand 3);

    return '{"items":[' . join(',', @items) . ']}';
}


sub http1 {
    my ($request) = @_;
    my $body = $request->{body};
    my $target = $request->{path}
                 . ($request->{query} ne '' ? "?$request->{query}" : '');
    my @lines = @{ $request->{lines} };

    if ($body eq '') {
        push @lines, 'Content-Length: 0' if $request->{method} eq 'POST';

    } elsif (one_in(4)) {
        push @lines, 'Transfer-Encoding: chunked';
        $body = chunked($body);

    } else {
        push @lines, 'Content-Length: ' . length $body;
    }

    return "$request->{method} $target HTTP/1.1\r\n"
           . join('', map { "$_\r\n" } @lines) . "\r\n$body";
}

sub chunked {
    my ($text) = @_;
    my $chunks = '';

    while (length $text) {
        my $part = substr $text, 0, 1 + int rand 5000, '';

        $chunks .= sprintf "%x\r\n%s\r\n", length $part, $part;
    }

    return $chunks . "0\r\n\r\n";
}


# without tables, and no more than a stream's window

sub http2 {
    my ($request, $stream) = @_;
    my $body = substr $request->{body}, 0, 30_000;
    my %host = map { /^Host: (.*)/ ? (host => $1) : () } @{ $request->{lines} };
    my $block = field(':method', $request->{method}) . field(':scheme', 'http')
                . field(':path', $request->{path}
                        . ($request->{query} ne '' ? "?$request->{query}" : ''))
                . field(':authority', $host{host});

    for (@{ $request->{lines} }) {
        my ($name, $value) = /^([^:]+): (.*)$/s;

        $block .= field(lc $name, $value)
            if defined $name && $name !~ /^(?:host|expect)$/i;
    }

    # a method without a body, or its length, ends with the header

    my $frames = frame(1, $body eq '' ? 5 : 4, $stream, $block);

    while (length $body) {
        my $part = substr $body, 0, 1 + int rand 16_000, '';

        $frames .= frame(0, length $body ? 0 : 1, $stream, $part);
    }

    return $frames;
}

sub field {
    my ($name, $value) = @_;

    return "\0" . integer(length $name) . $name
           . integer(length $value) . $value;
}

sub integer {
    my ($n) = @_;

    return chr $n if $n < 127;

    my $text = chr 127;

    for ($n -= 127; $n >= 128; $n >>= 7) {
        $text .= chr($n % 128 + 128);
    }

    return $text . chr $n;
}

sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags,
                                                         $stream) . $payload;
}

1;
