#!/usr/bin/env perl

# Each ```nginx block of README.md and docs/*.md passes "nginx -t" without a
# warning.  A part of a configuration is put into the rest of one; the word
# behind "nginx" (file, http, server, location) says of what kind it is or, if
# there is none, its text does.
#
# An ```events block behind it is a conversation with an nginx of that very
# configuration; its notation is explained in docs/README.md.

use strict;
use warnings;

use lib 't/lib';

use File::Temp qw(tempdir);
use Grip;
use Grip::Docs;
use Grip::Sink;
use IO::Socket::UNIX;
use JSON::PP;
use MIME::Base64 ();
use Test::More;
use Time::HiRes qw(sleep);

my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $module = $ENV{TEST_NGINX_LOAD_MODULES};
my $url = 'http://127.0.0.1:5561/?iss=pushpin&key=changeme';
my $sizes = 'client_max_body_size 512k; client_body_buffer_size 512k;';
my $control = Grip::Sink::start();

my $dir = tempdir(CLEANUP => 1);
my @options = ('-p', $dir, '-c', "$dir/nginx.conf", '-e', "$dir/error.log");
my ($count, $pid) = (0);

my $json = JSON::PP->new->utf8->canonical;
my %short = (r => "\r", n => "\n", t => "\t", '\\' => '\\');


fixtures();

for my $file (Grip::Docs::files()) {
    my $example;

    for my $block (Grip::Docs::blocks($file)) {
        my $where = "$file:$block->{line}";

        if ($block->{kind} eq 'nginx') {
            stop();
            $example = example($block);
            undef $example if !check($example, $where);

        } elsif ($block->{kind} eq 'events' && $example) {
            start($example) if !$pid;
            converse($example, $block, $where);
        }
    }

    stop();
}

cmp_ok($count, '>', 20, 'there are examples');

done_testing();


# what the examples find in /etc/nginx

sub fixtures {
    chmod 0755, $dir;

    write_file("$dir/grip.key", "a secret of some length\n");
    write_file("$dir/next.key", "and the one after it\n");

    write_file("$dir/fastcgi_params", '');

    system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test "
           . "-keyout $dir/key.pem -out $dir/ca.pem 2>$dir/openssl.log && "
           . "openssl pkey -in $dir/key.pem -pubout -out $dir/realm.pem") == 0
        or die "openssl failed\n";

    for my $name (qw(site functions)) {
        link "$dir/ca.pem", "$dir/$name.pem";
        link "$dir/key.pem", "$dir/$name.key";
    }
}


sub write_file {
    my ($file, $text) = @_;

    open my $out, '>', $file or die "$file: $!\n";
    print $out $text;
    close $out or die "$file: $!\n";
}


# a whole configuration of an example

sub example {
    my ($block) = @_;
    my $text = $block->{text};
    my $kind = $block->{args}[0] || kind($text);
    my ($location) = $text =~ m{location (?:= )?(/[^\s\$]*)};

    if ($kind eq 'location') {
        $text = "location / {\n$text}\n";
    }

    if ($kind eq 'location' || $kind eq 'server') {
        $text = "server {\nlisten 8080;\n$sizes\n$text}\n";

    } elsif ($kind eq 'http' && $text !~ /^\s*server \{/m) {
        $text .= "server {\nlisten 8080;\n"
                 . "location / {\n$sizes\ngrip_websocket;\n}\n}\n";
    }

    $text = "http {\n$text}\n" if $kind ne 'file';
    $text = here($text);
    $text =~ s/^\s*(?:load_module|user|error_log) .*;$//mg;
    $text .= "events {}\n" if $text !~ /^events /m;

    my $n = ++$count;

    $text =~ s{http://127\.0\.0\.1:5561/}{http://127.0.0.1:$control/ok-$n/}g;
    $text =~ s{listen ([^;]*);}{address(split ' ', $1)}ge;

    for my $port ($text =~ m{listen unix:.*?(\d+)\.sock}g) {
        my $socket = "unix:$dir/$port.sock";

        $text =~ s{(_pass +https?://)127\.0\.0\.1:$port(/?)}
                  {$1$socket@{[$2 && ":$2"]}}g;
        $text =~ s{(server +)127\.0\.0\.1:$port\b}{$1$socket}g;
    }

    my $main = "daemon off;\nmaster_process off;\npid $dir/nginx.pid;\n"
               . "error_log $dir/error.log info;\n";

    $main = "load_module $module;\n$main" if $module;

    write_file("$dir/nginx.conf", $main . $text);

    return { n => $n, uri => $location // '/', text => $text,
             socket => $text =~ m{listen unix:([^\s;]*)} ? $1 : undef };
}


sub kind {
    my ($text) = @_;

    return 'file' if $text =~ /^http \{/m;
    return 'http' if $text =~ /^(?:server|upstream|map|geo) .*\{/m;
    return 'server' if $text =~ /^location /m;
    return 'location';
}


# names of elsewhere stand for this machine, and paths for our folder

sub here {
    my ($text) = @_;
    my $temp = join '', map { "${_}_temp_path $dir/temp;\n" }
                        qw(client_body proxy fastcgi uwsgi scgi);

    $temp .= "grip_url $url;\n" if $text !~ /^\s*grip_url /m;
    $temp .= "access_log off;\n" if $text !~ /^\s*access_log /m;

    $text =~ s/^http \{\n/http {\n$temp/m;
    $text =~ s{(_(?:url|pass) +https?://)[\w.-]+\.(?:com|io|net|org)\b}
              {${1}127.0.0.1}g;
    $text =~ s{/(?:etc|var/log)/nginx/}{$dir/}g;

    return $text;
}


sub address {
    my ($address, @params) = @_;
    my ($port) = $address =~ /(\d+)$/;

    return join(' ', 'listen', "unix:$dir/$port.sock",
                grep { $_ eq 'default_server' } @params) . ';';
}


sub check {
    my ($example, $where) = @_;

    open my $in, '-|', "$nginx @options -t 2>&1"
        or die "nginx: $!\n";

    my @said = grep { !/test is successful$|syntax is ok$/ } <$in>;
    my $passed = close $in;

    ok($passed && !@said, "$where: nginx -t")
        or diag(@said, $example->{text});

    return $passed;
}


sub start {
    my ($example) = @_;

    unlink glob("$dir/*.sock"), "$dir/error.log";

    $pid = fork;
    die "fork: $!\n" if !defined $pid;

    if ($pid == 0) {
        open STDERR, '>', "$dir/stderr";
        exec $nginx, @options or die "$nginx: $!\n";
    }

    for (1 .. 100) {
        return if connection($example);
        sleep 0.05;
    }

    die "nginx did not start:\n" . Grip::Docs::text("$dir/stderr");
}


sub stop {
    return if !$pid;

    kill 'TERM', $pid;
    waitpid $pid, 0;
    undef $pid;

    my @bad = grep { /\[(?:alert|crit|emerg)\]/ }
              split /^/, Grip::Docs::text("$dir/error.log");

    is(join('', @bad), '', 'nothing worse than an error was logged');
}

END {
    kill 'TERM', $pid if $pid;
}


sub connection {
    my ($example) = @_;

    return IO::Socket::UNIX->new(Peer => $example->{peer}
                                         // $example->{socket});
}


# a conversation: requests with their answers, blank lines between them

sub converse {
    my ($example, $block, $where) = @_;
    my $n = 0;

    for my $text (split /\n\n+/, $block->{text}) {
        my @lines = split /\n/, $text;
        my @request = grep { /^>/ } @lines;
        my @expected = expected(grep { !/^>/ } @lines);

        $n++;

        my $before = posts($example);
        my $answer = ask($example, request($example, @request));
        my @got = answered($answer, @expected);

        push @got, items($example) if posts($example) > $before;

        is(join("\n", @got), join("\n", @expected), "$where: request $n")
            or diag(Grip::Docs::text("$dir/error.log"));
    }
}


sub request {
    my ($example, @lines) = @_;
    my ($method, $body, $port) = ('POST', '');
    my %headers;

    for (@lines) {
        s/^> ?//;

        if (m{^(GET|HEAD|OPTIONS|POST|PUT) (?:http://[^/:]+:(\d+))?(/\S*)$}) {
            ($method, $port, $example->{uri}) = ($1, $2, $3);

        } elsif (/^([\w-]+):(?: (.*))?$/) {
            $headers{$1} = $2;

        } elsif (/^\| ?(.*)/) {
            $body .= "$1\n";
            $headers{'Content-Type'} //= undef;

        } elsif ($_ ne '') {
            $body .= event($_);
        }
    }

    if ($method ne 'POST') {
        $headers{'Content-Type'} //= undef;
    }

    %headers = (%headers, Host => 'localhost', Connection => 'close',
                'Content-Length' => length $body);

    # who names a server is not the proxy

    my $headers = $port ? join '', map { "$_: $headers{$_}\n" }
                                   grep { defined $headers{$_} }
                                   sort keys %headers
                        : ws_headers(%headers);

    $headers =~ s/\n/\r\n/g;
    $example->{peer} = $port ? "$dir/$port.sock" : undef;

    return "$method $example->{uri} HTTP/1.1\r\n$headers\r\n$body";
}


sub event {
    my ($type, $content) = split / /, $_[0], 2;

    return ws_events($type) if !defined $content;

    if ($type eq 'CLOSE') {
        my ($code, $reason) = split / /, $content, 2;
        $content = pack('n', $code) . ($reason // '');
    }

    return ws_events([$type => plain($content)]);
}


sub plain {
    my ($text) = @_;

    $text =~ s/\\(?:x([0-9a-f]{2})|([rnt\\]))/
               defined $1 ? chr hex $1 : $short{$2}/gex;

    return $text;
}


sub visible {
    my ($text) = @_;

    $text =~ s/([\\\x00-\x1f\x7f])/sprintf '\\x%02x', ord $1/ge;

    return $text;
}


sub ask {
    my ($example, $request) = @_;
    my $peer = connection($example) or die "connect: $!\n";

    local $SIG{PIPE} = 'IGNORE';

    print $peer $request;
    $peer->flush;

    local $/;

    return <$peer> // '';
}


# in one order, and in one spelling: status, headers, the rest

sub expected {
    my (@status, @headers, @rest);

    for (@_) {
        if (/^< 200$/) {
            next;

        } elsif (/^< \d+$/) {
            push @status, $_;

        } elsif (/^< [\w-]+:/) {
            push @headers, $_;

        } elsif (/^< ([A-Z]+) (.*)/ && $1 ne 'CLOSE') {
            push @rest, "< $1 " . visible(plain($2));

        } elsif (/^\* (\{.*)/) {
            push @rest, '* ' . $json->encode($json->decode($1));

        } elsif (/^\* (\S+ [A-Z]+) (.*)/) {
            push @rest, "* $1 " . visible(plain($2));

        } else {
            push @rest, $_;
        }
    }

    return @status, sort(@headers), @rest;
}


sub answered {
    my ($answer, @expected) = @_;
    my ($head, $body) = split /\r\n\r\n/, $answer, 2;

    return 'no answer' if !defined $body;

    my ($status, @headers) = split /\r\n/, $head;

    ($status) = $status =~ / (\d+)/;

    my %wanted = map { /^< ([\w-]+):/ ? (lc $1 => 1) : () } @expected;
    my $events = grep { m{^Content-Type: application/websocket-events$} }
                 @headers;
    my @shown;

    for (@headers) {
        my ($name) = /^([\w-]+):/;

        push @shown, '< ' . s/:\s+$/:/r
            if $wanted{lc $name}
               || $name =~ /^(?:Set-Meta-|Grip-|Keep-Alive-Interval
                             |Sec-WebSocket-Protocol)/xi;
    }

    $body = unchunked($body) if $head =~ /^Transfer-Encoding: chunked/mi;

    my @rest = $events ? events($body)
                       : map { s/\n//r } map { "< | $_" =~ s/ $//r }
                         split /^/, $body;

    # the page that nginx makes of an error is of no interest

    @rest = () if !$events && $status >= 400
                  && !grep { /^< \|/ } @expected;

    return ($status == 200 ? () : "< $status"), sort(@shown), @rest;
}


sub unchunked {
    my ($body) = @_;
    my $text = '';

    while ($body =~ s/^([0-9a-f]+)\r\n//) {
        $text .= substr $body, 0, hex $1, '';
        $body =~ s/^\r\n//;
    }

    return $text;
}


sub events {
    my ($body) = @_;
    my @lines;

    while ($body =~ s/^([A-Z]+)(?: ([0-9a-f]+))?\r\n//) {
        my ($type, $length) = ($1, $2);

        if (!defined $length) {
            push @lines, "< $type";
            next;
        }

        my $content = substr $body, 0, hex $length, '';
        $body =~ s/^\r\n//;

        if ($type eq 'CLOSE') {
            $content = join ' ', unpack('n', $content),
                            length $content > 2 ? substr $content, 2 : ();
        }

        push @lines, "< $type " . visible($content);
    }

    push @lines, "< invalid events: $body" if $body ne '';

    return @lines;
}


# what the control URL got

sub posts {
    my ($example) = @_;

    return scalar(() = sunk($example, '_log') =~ /\n/g);
}


# an item of nothing but a content, in the formats that this has by default, is
# shown by its content

sub items {
    my ($example) = @_;
    my @lines;

    for my $item (@{ $json->decode(sunk($example, '_body'))->{items} }) {
        my $message = $item->{formats}{'ws-message'};
        my ($text, $bin) = @$message{'content', 'content-bin'};

        if (defined $text && same($item, {
                'ws-message' => { content => $text },
                'http-stream' => { content => framed($text) },
                'http-response' => { body => $text } }))
        {
            utf8::encode($text);
            push @lines, "* $item->{channel} TEXT " . visible($text);

        } elsif (defined $bin && same($item, {
                     'ws-message' => { 'content-bin' => $bin },
                     'http-stream' => { 'content-bin' => $bin },
                     'http-response' => { 'body-bin' => $bin } }))
        {
            push @lines, "* $item->{channel} BINARY "
                         . visible(MIME::Base64::decode($bin));

        } else {
            push @lines, '* ' . $json->encode($item);
        }
    }

    return @lines;
}


sub same {
    my ($item, $formats) = @_;

    return $json->encode($item)
           eq $json->encode({ channel => $item->{channel},
                              formats => $formats });
}


sub framed {
    my ($text) = @_;

    return join('', map { "data: $_\n" } split /\n/, $text, -1) . "\n";
}


sub sunk {
    my ($example, $what) = @_;
    my $peer = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$control")
        or die "sink: $!\n";

    print $peer "GET /$what/ok-$example->{n}/publish/ HTTP/1.0\r\n\r\n";
    $peer->flush;

    local $/;

    return (split /\r\n\r\n/, <$peer>, 2)[1];
}
