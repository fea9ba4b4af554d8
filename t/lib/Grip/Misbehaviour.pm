package Grip::Misbehaviour;

# Functions and control servers that answer anything, the same to the same
# request for the same seed:
#
#     my $port = Grip::Misbehaviour::start($seed);
#
# /fn/plain, /fn/json, /fn/aws, /fn/lambda and /fn/page are functions, all else
# is a control server.

use strict;
use warnings;

use Digest::MD5 qw(md5);
use Grip::Function;
use Grip::Mutation;
use Time::HiRes qw(sleep);

my @actions = (
    '{"send":"hi"}', '{"send":"\u0000\ud83d"}', '{"send_binary":"AP8="}',
    '{"subscribe":"room"}', '{"subscribe":{"channel":"r","filters":["f"]}}',
    '{"unsubscribe":"a,b"}', '{"set_meta":{"a":"b","c":"d\r\n","e":null}}',
    '{"filter_meta":{"user":"x"}}', '{"close":{"code":4000,"reason":"\u00e9"}}',
    '{"close":true}', '{"disconnect":true}', '{"detach":true}', '{"ping":"p"}',
    '{"pong":""}', '{"reject":{"status":403,"body":"no"}}', '{"reject":499}',
    '{"accept":{"subprotocol":"chat.v1","headers":{"X-A":["1","2"]}}}',
    '{"keepalive":{"content":"","type":"ping","timeout":20,"mode":"idle"}}',
    '{"publish":{"channel":"room","content":"x","id":"7","meta":{"a":"b"}}}',
    '{"publish":{"channel":"r","content-bin":"AP8=","on_error":"ignore"}}',
    '{"send":7}', '{"unknown":1}', '[]', '{}',
);

my @headers = (
    'Set-Meta-A: b', 'Set-Meta-User: ', 'Grip-Channel: room; filter=f',
    'Grip-Channel: a,b;;"', 'Grip-Unsubscribe: room', 'Grip-Close: 4000 bye',
    'Grip-Close: x', 'Set-Cookie: a=b', 'Content-Type: application/octet-stream',
    'Content-Type: application/websocket-events', 'Content-Encoding: gzip',
    'Sec-WebSocket-Protocol: chat.v1', 'Grip-Hold: stream', 'X-One: 1',
    'Content-Type: application/grip-instruct', 'ETag: "x"', 'Vary: *',
);

my @lambda = (
    '{"statusCode":200,"body":"hi","headers":{"X-A":"b"}}', '"text"', 'null',
    '{"statusCode":"201","multiValueHeaders":{"A":["b","c"]},"body":""}',
    '{"statusCode":200,"isBase64Encoded":true,"body":"T1BFTg0K",'
    . '"headers":{"Content-Type":"application/websocket-events"}}',
    '{"statusCode":200,"cookies":["a=b"],"body":"x"}', '{"statusCode":99}',
    '{"errorMessage":"no","errorType":"Error"}', '{"statusCode":200,"body":{}}',
    '{"statusCode":200,"body":"TEXT 3\r\nm:a\r\n","headers":{"content-type":'
    . '"application/websocket-events","Set-Meta-A":"b"}}',
);


sub start {
    my ($seed) = @_;

    return Grip::Function::start(sub { answer($seed, $_[0]) });
}


sub answer {
    my ($seed, $request) = @_;
    my ($status, $headers, $body, $wrong)
        = plan($seed, $request->{uri}, $request->{body});

    return misbehaves($request, $status, $headers, $body, $wrong)
        if defined $wrong;

    return ($status, $headers, $body);
}


# status, headers and body, and, unless all of it will be sent as it has to be,
# a number for what is wrong instead

sub plan {
    my ($seed, $uri, $content) = @_;

    srand($seed + unpack 'N', md5($uri, $content));

    my ($kind) = $uri =~ m{^/fn/(\w+)};
    my ($status, $headers, $body) = (200, '', "Published\n");

    if (defined $kind) {
        $headers = join '', map { Grip::Mutation::one_of(@headers) . "\r\n" }
                            1 .. int rand 3;
        $body = $kind eq 'json'
                ? '[' . join(',', map { Grip::Mutation::one_of(@actions) }
                             1 .. int rand 4) . ']'
              : $kind =~ /^(?:lambda|aws)$/ ? Grip::Mutation::one_of(@lambda)
              : Grip::Mutation::word();
    }

    $status = Grip::Mutation::one_of(100, 204, 206, 301, 304, 400, 401, 429, 500,
                                     503, 999)
        if Grip::Mutation::one_in(10);

    $body = Grip::Mutation::mutated($body) if Grip::Mutation::one_in(4);
    $body = '' if $status =~ /^(?:100|204|304)$/;

    return ($status, $headers, $body,
            Grip::Mutation::one_in(4) ? int rand 10 : undef);
}


# nothing: the connection is closed behind what was put

sub misbehaves {
    my ($request, $status, $headers, $body, $what) = @_;
    my $length = length $body;
    my $head = "HTTP/1.1 $status Status\r\n$headers";
    my $text = "${head}Content-Length: $length\r\n\r\n$body";

    if ($what == 0) {
        return;

    } elsif ($what == 1) {
        $text = substr $text, 0, int rand length $text;

    } elsif ($what == 2) {
        $text = "${head}Content-Length: " . ($length + 7) . "\r\n\r\n$body";

    } elsif ($what == 3) {
        $text = Grip::Mutation::mutated($text);

    } elsif ($what == 4) {
        $text = "${head}Transfer-Encoding: chunked\r\n\r\n"
                . Grip::Mutation::mutated(Grip::Mutation::chunked("$body."));

    } elsif ($what == 5) {
        $text = $head . 'X-Long: ' . 'x' x (1 + rand 20_000) . "\r\n\r\n";

    } elsif ($what == 6) {
        $text = "$head\r\n" . 'x' x rand 1_200_000;

    } elsif ($what == 7) {
        $text .= $text;

    } elsif ($what == 8) {
        # slower than anybody waits for, now and then
        sleep Grip::Mutation::one_in(8) ? 1.2 : rand 0.2;

    } else {
        for (1 .. 3) {
            Grip::Function::put($request->{fh}, substr $text, 0, 7, '');
            sleep rand 0.05;
        }
    }

    Grip::Function::put($request->{fh}, $text);

    return;
}

1;
