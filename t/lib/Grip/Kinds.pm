package Grip::Kinds;

# Requests of each kind that the module has something to do with, to the
# configuration of t/fuzz, which has every directive, and to functions and
# control servers that do well:
#
#     use Grip::Kinds;
#
#     my $nginx = Grip::Kinds::start();
#
#     for my $kind (Grip::Kinds::all()) {
#         my ($name, @request) = @$kind;
#         my $answer = Grip::Kinds::ask(0, @request);
#
#         like($answer, Grip::Kinds::answer($name));
#     }

use strict;
use warnings;

use Grip ();
use Grip::Docs;
use Grip::Function;
use Grip::Nginx;
use Grip::Root;
use IO::Select;
use IO::Socket::INET;

my %at;

sub start {
    my $certs = Grip::Root::path() . '-files';
    mkdir $certs;

    my $function = Grip::Function::start(\&function);

    %at = (PORT => Grip::Nginx::port(), HTTP2 => Grip::Nginx::port(),
           TLS => Grip::Nginx::port(), NOBODY => Grip::Nginx::port(),
           FUNCTION => $function, CERTS => $certs,
           LOCATIONS => "$certs/locations");

    my ($conf, $locations) = map {
        Grip::Docs::text("t/fuzz/http.$_") =~ s/\@([A-Z0-9]+)\@/$at{$1}/gr
    } qw(conf locations);

    # that with TLS is for proxy/ssl.t

    $conf =~ s/^server \{(?:(?!^\}).)*\@?(?:ssl;|server_name three;).*?^\}\n//msg;

    Grip::Nginx::write_file($at{LOCATIONS}, <<"END");
$locations
location /status { stub_status; }
END

    return Grip::Nginx->start(http => "access_log off; $conf", @_);
}


my @events = qw(Sec-WebSocket-Extensions:grip Connection-Id:c1
                Content-Type:application/websocket-events Meta-User:u);

sub all {
    return (
        ['an OPEN', 'POST', '/ws?room=r&user=u', \@events,
         Grip::ws_events('OPEN')],
        ['a text for a rule with captures', 'POST', '/ws?room=r&id=i', \@events,
         Grip::ws_events([TEXT => '/say something else'])],
        ['a document', 'POST', '/ws?room=r', \@events,
         Grip::ws_events([TEXT => '{"action":"state","more":[1,"x"]}'])],
        ['texts that are published', 'POST', '/ws?room=r', \@events,
         Grip::ws_events([TEXT => 'one'], [BINARY => "\0\xff"])],
        ['control events', 'POST', '/ws?room=r', \@events,
         Grip::ws_events([PING => 'p'], [PONG => 'p'], 'DISCONNECT')],
        ['a CLOSE', 'POST', '/ws?room=r', \@events,
         Grip::ws_events([CLOSE => "\x03\xe8bye"])],
        ['events of two URLs', 'POST', '/ws?room=r', [@events, 'Host:two'],
         Grip::ws_events([TEXT => 'one'])],
        ['a rejection', 'POST', '/ws?room=no', \@events, Grip::ws_events('OPEN')],
        ['events in a file', 'POST', '/ws?room=r', \@events,
         Grip::ws_events(map { [TEXT => 'x' x 1000] } 1 .. 20)],
        ['a history of events', 'POST', '/kept?room=r', \@events,
         Grip::ws_events([TEXT => 'one'])],
        ['plain calls', 'POST', '/call/plain', \@events,
         Grip::ws_events([TEXT => 'one'], [TEXT => 'two'])],
        ['a call of a path', 'POST', '/call/path', \@events,
         Grip::ws_events([TEXT => 'one'])],
        ['calls as JSON', 'POST', '/call/json', \@events,
         Grip::ws_events('OPEN', [TEXT => 'one'])],
        ['a call for a batch', 'POST', '/call/batch', \@events,
         Grip::ws_events([TEXT => 'one'], [TEXT => 'two'])],
        ['a detached call', 'POST', '/call/gone', \@events,
         Grip::ws_events([TEXT => 'one'])],
        ['a detached call, and more', 'POST', '/call/gone', \@events,
         Grip::ws_events([TEXT => 'one'], [TEXT => 'two'], 'DISCONNECT')],
        ['an OPEN with a channel of its own', 'POST', '/bare', \@events,
         Grip::ws_events('OPEN')],
        ['an OPEN as API Gateway', 'POST', '/call/aws?user=u&room=r', \@events,
         Grip::ws_events('OPEN')],
        ['a message to a connection', 'POST', '/prod/@connections/c1',
         ['Host:two', 'Content-Type:text/plain'], 'one'],
        ['a connection that is closed', 'DELETE',
         '/prod/@connections/c1?code=4001&reason=bye', ['Host:two']],
        ['a call as API Gateway', 'POST', '/call/aws?user=u&room=r', \@events,
         Grip::ws_events([TEXT => '{"action":"a"}'])],
        ['events for a Lambda function', 'POST', '/lambda?room=r&user=u',
         \@events, Grip::ws_events('OPEN', [TEXT => 'one'])],
        ['a Lambda function', 'GET', '/lambda?room=r&user=u&a=b&a=c',
         ['Cookie:a=b', 'Accept:*/*']],
        ['a Lambda function, in the other format', 'POST', '/lambda2?a=b',
         ['Cookie:a=b', 'Content-Type:application/json'], '{"a":1}'],
        ['a held page', 'GET', '/hold?room=r&user=u&prev=1', ['Meta-User:u']],
        ['a held answer', 'GET', '/held?room=r&user=u', []],
        ['a held stream', 'GET', '/sse?room=r', ['Last-Event-ID:3']],
        ['a held stream that begins with messages', 'GET', sub {
            publish('missed');
            return '/sse?room=rr';
         }, []],
        ['a held stream that resumes', 'GET',
         sub { '/sse?room=rr&prev=' . missed() }, []],
        ['a held answer that resumes', 'GET',
         sub { '/resume?room=r&prev=' . missed() }, []],
        ['a link of a stream', 'GET', sub {
            my ($link) = ask(0, 'GET', '/sse?room=rr', [])
                             =~ /^Grip-Link: <([^>]+)>; rel=next/m;
            return ($link, 'Grip-Last:one-rr; last-id=' . missed());
         }, []],
        ['a publication', 'POST', '/publish?room=r&id=1&event=e&user=u',
         ['Host:two', 'Content-Type:text/plain'], "one\ntwo"],
        ['a publication that is kept', 'POST', '/numbered?room=r',
         ['Host:two', 'Content-Type:text/plain'], 'one'],
        ['items', 'POST', '/control/publish/', ['Host:two'],
         '{"items":[{"channel":"a","formats":{"http-stream":{"content":"x"},'
         . '"ws-message":{"content":"y"}}}]}'],
        ['items that are kept', 'POST', '/record/publish/', ['Host:two'],
         '{"items":[{"channel":"ra","formats":{"ws-message":{"content":"y"}}}]}'],
        ['items that need a token', 'POST', '/locked/publish/',
         ['Host:two', 'Authorization:Bearer '
          . Grip::jwt('changeme', '{"iss":"pushpin","exp":4102444800}')],
         '{"items":[{"channel":"a","formats":{"ws-message":{"content":"y"}}}]}'],
        ['items without a token', 'POST', '/locked/publish/', ['Host:two'],
         '{"items":[]}'],
        ['numbers', 'GET', '/metrics', ['Host:two']],
        ['a signature that is bad', 'GET', '/hold?room=r&bad=1', []],
        ['events with a signature that is bad', 'POST', '/ws?room=r&bad=1',
         \@events, Grip::ws_events([TEXT => 'one'])],
        ['a signature', 'GET', '/signed', ['Host:two']],
    );
}


sub publish {
    my ($text) = @_;

    ask(0, 'POST', '/numbered?room=r', ['Content-Type:text/plain'], $text)
        =~ m{^HTTP/1\.1 200 } or die "not published";
}


# the position of a client that has missed a message

sub missed {
    my ($position) = ask(0, 'GET', '/resume?room=r', [])
                         =~ /^Grip-Channel: one-rr; *prev-id=([^;\r]+)/m;

    publish('missed');

    return $position;
}


# what a kind is answered when nothing fails

sub answer {
    my ($name) = @_;

    return qr{^HTTP/1\.1 200 .*\bmissed\b}s
        if $name =~ /\b(?:begins|resumes|link)\b/;

    return $name =~ /\b(?:rejection|bad|without)\b/ ? qr{^HTTP/1\.1 40[13] }
           : $name =~ /\bis closed\b/ ? qr{^HTTP/1\.1 204 }
           : qr{^HTTP/1\.1 200 };
}


# the answer, undef if none comes and the connection is not closed

sub ask {
    my ($n, $method, $uri, $headers, $body) = @_;

    if (ref $uri) {
        ($uri, my @more) = $uri->();
        $headers = [@$headers, @more];
    }

    my $client = IO::Socket::INET->new("127.0.0.1:$at{PORT}")
        or die "cannot connect: $!";

    my %has = map { /^([^:]+):/ ? ($1 => 1) : () } @$headers;
    my @lines = map { s/:/: /r } @$headers;

    push @lines, "Host: one" if !$has{Host};
    push @lines, 'Content-Length: ' . length $body if defined $body;
    push @lines, "Test-Fail: $n" if $n;

    # in the order of the proxy, and what it says of a connection after that

    my $sig = $uri =~ m{^/(?:publish|numbered|control|locked|record|prod|metrics)}
              ? '' : 'Grip-Sig: ' . sig() . "\r\n";

    $sig =~ s/.(?=\r)/~/ if $uri =~ /bad=1/;

    my $own = qr/^(?:Meta-|Connection-Id|Content-Type: .*-events)/;

    local $SIG{PIPE} = 'IGNORE';

    syswrite $client, join("\r\n", "$method $uri HTTP/1.1",
                           (grep { !/$own/ } @lines), 'Connection: close',
                           "${sig}Grip-Feature: link:next",
                           'Grip-Last: r; last-id=3',
                           (grep { /$own/ } @lines))
                      . "\r\n\r\n" . ($body // '');

    my $answer = '';
    my $select = IO::Select->new($client);

    while ($select->can_read(15)) {
        return $answer
            if !sysread $client, $answer, 65536, length $answer;
    }

    return undef;
}

my $sig;

sub sig {
    return $sig //= Grip::grip_sig(exp => 4102444800);
}


# functions and control servers, which do well

sub function {
    my ($request) = @_;
    my $uri = $request->{uri};

    return "Published\n" if $uri =~ m{^/control};
    return '[{"send":"hi"},{"set_meta":{"a":"b"}},{"publish":{"channel":"r","content":"x"}}]'
        if $uri =~ m{^/fn/json};
    return '{"statusCode":200,"headers":{"Content-Type":"text/plain"},'
         . '"body":"hello"}' if $uri =~ m{^/fn/(?:lambda|aws)}
                                && $request->{body} !~ /websocket-events/;
    return '{"statusCode":200,"headers":{"Content-Type":'
         . '"application/websocket-events"},"body":"OPEN\r\nTEXT 5\r\nhello\r\n"}'
        if $uri =~ m{^/fn/lambda};
    return "hello $uri";
}


1;
