package Grip::Events;

# WebSocket-over-HTTP in Test::Nginx files, as text:
#
#     use lib 't/lib';
#     use Grip;
#     use Test::Nginx::Socket 'no_plan';
#     use Grip::Events;
#
#     run_tests();
#
#     __DATA__
#
#     === TEST 1: a message is answered
#     --- config
#         location /ws { grip_websocket;  grip_on text { send hello; } }
#     --- ws
#     TEXT one
#     TEXT two\r\n
#     --- answer
#     TEXT m:hello
#     TEXT m:hello
#
# Blank lines separate requests, and their answers.  The requests go through
# one connection, the last one closes it.
#
# A request:      /uri             if it is not /ws
#                 GET /uri         of another method, without our headers
#                 Name: value      a header more, or another value of one
#                 Name:            one less
#                 = text           bytes of the body, as they are
#                 TYPE [content]   an event
#
# An answer:      status           if it is not 200
#                 Name: value      this header, once and exactly
#                 ! Name           no such header
#                 = text           the body begins, or goes on, like this
#                 ~ regex          the body matches; so it does each of these
#                 TYPE [content]   an event
#
# An answer without "=" and "~" lines is compared byte by byte, its type too;
# where it has another status than 200 its body may be anything.  Texts know
# \r, \n, \t, \\, \xHH, and <text x 1000> for many.
#
# --- log has all that nginx is to say at "warn" and above and all that the
# module says at "info" and above, as "level: text", where "..." stands for
# anything; nothing by default.  --- access has the lines of the file
# logs/requests.log in the same manner.
#
# --- start_log has what the start of nginx is to say.
#
# A block without --- config goes on with the nginx of the block before.

use strict;
use warnings;

use Grip;
use Test::More ();
use Test::Nginx::Socket;
use Time::HiRes qw(sleep);

my $url = 'http://127.0.0.1:5561/?iss=pushpin&key=changeme';
my $run = $Test::Nginx::Util::RunTestHelper;
my $current;   # block
my %position;  # of what is not yet read of a log

# logs are waited for here, and without need there is nothing to wait for

$Test::Nginx::Util::TestNginxSleep = 0.002;

no_shuffle();

add_block_preprocessor(\&prepare);

$Test::Nginx::Util::RunTestHelper = sub {
    my ($block) = @_;

    $run->(@_);

    check_log($block, 'log', 'error.log', \&error_line);
    check_log($block, 'access', 'requests.log', sub { $_[0] });
};


sub prepare {
    my ($block) = @_;

    my $init = $block->init // '';

    $current = $block;

    if (defined $block->config) {
        $block->set_value(init => "Grip::Events::started(); $init");
        $block->set_value(suppress_stderr => 1) if $block->start_log;
        $block->set_value(http_config => "client_body_buffer_size 512k;\n"
            . ($block->http_config // "grip_url $url;\n"));

    } else {
        $block->set_value(init => "Grip::Events::forget_logs(); $init");
    }

    return if !defined $block->ws;

    my @requests = split /\n\n+/, $block->ws;
    my @answers = map { answer($_) } split /\n\n+/, $block->answer;

    die $block->name . ": as many requests as answers are needed\n"
        if @requests != @answers;

    my $last = pop @requests;

    $block->set_value(raw_request => join '',
        (map { request($_, 'keep-alive') } @requests),
        request($last, 'close'));

    if (@requests) {
        $block->set_value(pipelined_requests => [@requests, $last]);
    }

    for my $what (qw(error_code raw_response_headers_like response_body)) {
        my @values = map { $_->{$what} } @answers;

        $block->set_value($what, @requests ? \@values : $values[0]);
    }
}


sub request {
    my ($text, $connection) = @_;
    my ($method, $uri, $body) = ('POST', '/ws', '');
    my %headers;

    for my $line (split /\n/, $text) {

        if ($line =~ m{^(?:([A-Z]+) )?(/\S*)$}) {
            ($method, $uri) = ($1 // 'POST', $2);

        } elsif ($line =~ /^([\w\x80-\xff-]+):(?: (.*))?$/) {
            $headers{$1} = defined $2 ? plain($2) : undef;

        } elsif ($line =~ /^= ?(.*)/) {
            $body .= plain($1);

        } else {
            $body .= event($line);
        }
    }

    my $chunked = defined $headers{'Transfer-Encoding'};

    my $header = $method eq 'POST' ? ws_headers(%headers)
               : join '', map { "$_: $headers{$_}\n" }
                          grep { defined $headers{$_} } sort keys %headers;

    $header .= 'Content-Length: ' . length($body) . "\n"
        if $method eq 'POST' && !$chunked
            && !exists $headers{'Content-Length'};

    $header .= "Host: localhost\n" if !exists $headers{Host};
    $header .= "Connection: $connection\n" if !exists $headers{Connection};

    $header =~ s/\n/\r\n/g;

    return "$method $uri HTTP/1.1\r\n$header\r\n$body";
}


sub answer {
    my ($text) = @_;
    my ($code, $header, $events, $body) = (200, '\A', '');
    my (%headers, @like);

    for my $line (split /\n/, $text) {

        if ($line =~ /^(\d{3})$/) {
            $code = $1;

        } elsif ($line =~ /^! ([\w-]+)$/) {
            $header .= "(?!.*\n(?i:$1):)";

        } elsif ($line =~ /^([\w-]+):(?: (.*))?$/) {
            push @{ $headers{$1} }, plain($2 // '');

        } elsif ($line =~ /^= ?(.*)/) {
            $body = ($body // '') . plain($1);

        } elsif ($line =~ /^~ (.*)/) {
            push @like, "(?=.*(?:$1))";

        } else {
            $events .= event($line);
        }
    }

    if ($code == 200 && !defined $body && !@like) {
        $body = $events;
        $headers{'Content-Type'} //= ['application/websocket-events'];
    }

    $header .= header($_, @{ $headers{$_} }) for sort keys %headers;

    return { error_code => $code, raw_response_headers_like => $header,
             response_body => $body // do { my $all = join '', @like;
                                            qr/\A$all/s } };
}


sub header {
    my ($name, @values) = @_;
    my $lines = join '.*', map { "\n\Q$name: $_\E\r" } @values;
    my $more = @values + 1;

    return "(?=.*$lines)(?!(?:.*\n(?i:$name):){$more})";
}


sub event {
    my ($line) = @_;
    my ($type, $content) = split / /, $line, 2;

    return defined $content ? ws_events([$type => plain($content)])
                            : ws_events($type);
}


sub plain {
    my ($text) = @_;
    my %short = (r => "\r", n => "\n", t => "\t", '\\' => '\\');

    $text =~ s/\\(?:x([0-9a-f]{2})|([rnt\\]))/
               defined $1 ? chr hex $1 : $short{$2}/gex;
    $text =~ s/<([^<>]*) x (\d+)>/$1 x $2/ge;

    return $text;
}


# whether the levels of refusals are those that were logged

our $levels = 0;

sub error_line {
    my ($line) = @_;

    $line =~ /\[(info|notice|warn|error|crit|alert|emerg)\][ ]
              (?:\d+\#\d+:[ ](?:\*\d+[ ])?)?(.*)/x or return;

    my ($level, $text) = ($1, $2);

    return if $level =~ /^(info|notice)$/ && $text !~ /^grip: /;

    $text =~ s/(?: while [^"]*)?, client: .*//;

    # the first of a kind in a minute is louder, and has advice: t/verify/louder.t

    $level = 'info'
        if !$levels && $level eq 'warn'
           && ($text =~ s/^(grip: (?:request refused|not a WebSocket).*?)(?:; .*)?$/$1/
               || $text =~ /^grip: (?:publish|"grip_(?:publish|control)") refused/);

    return "$level: $text\n";
}


# what a file of the folder "logs" got since the last time

sub check_log {
    my ($block, $section, $name, $filter) = @_;
    my $path = server_root() . "/logs/$name";
    my $expected = $block->$section;
    my ($got, $pattern, $tries) = ('');

    return if $section eq 'access' && !defined $expected;

    $expected = Test::Nginx::Util::expand_env_in_text($expected // '', $block->name, {});

    $pattern = join '.*', map { quotemeta } split /\.\.\./, $expected, -1;

    for ($tries = 0; $tries < 40; $tries++) {
        $got = '';

        if (open my $file, '<', $path) {
            seek $file, $position{$path} || 0, 0 if -s $path;
            $got = join '', map { $filter->($_) } <$file>;
        }

        last if $got =~ /^$pattern$/;
        sleep 0.02;
    }

    Test::More::like($got, qr/^$pattern$/, $block->name . " - $section");

    $position{$path} = -s $path || 0;
}


sub started {
    %position = ();

    check_log($current, 'start_log', 'error.log', \&error_line);
}


sub forget_logs {
    for my $name (qw(error.log requests.log)) {
        my $path = server_root() . "/logs/$name";

        truncate $path, 0 if -f $path;
        $position{$path} = 0;
    }
}


1;
