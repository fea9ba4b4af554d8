package Grip;

# The parts that the Test::Nginx files share.  To be used before
# Test::Nginx::Socket:
#
#     use lib 't/lib';
#     use Grip;
#     use Test::Nginx::Socket 'no_plan';
#
# Each file gets a port and a server root of its own, so that files can run
# beside each other.

use strict;
use warnings;

use Cwd qw(getcwd);
use Digest::SHA qw(hmac_sha256);
use Exporter;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use Grip::Root;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64url);

our @ISA = qw(Exporter);
our @EXPORT = qw(grip_sig jwt ws_events ws_headers);


# to the test file, and to where "eval" sections of its blocks are evaluated

sub import {
    no strict 'refs';

    *{"Test::Base::Filter::$_"} = \&$_ for @EXPORT;

    Grip->export_to_level(1, @_);
}


# below the ports that the system hands out by itself, which start at 32768

sub free_port {
    for my $i (0 .. 999) {
        my $port = 20000 + ($$ * 7 + $i) % 12000;

        return $port if IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                              LocalPort => $port,
                                              Listen => 1);
    }

    die "no free port\n";
}


BEGIN {
    die "use Grip before Test::Nginx::Socket\n"
        if $INC{'Test/Nginx/Util.pm'};

    my $module = $ENV{GRIP_MODULE};
    my $default = getcwd() . '/build/ngx_http_faas_grip_module.so';

    $module = -f $default ? $default : '' if !defined $module;
    $ENV{TEST_NGINX_LOAD_MODULES} = $module;

    delete @ENV{qw(GRIP_URL GRIP_VERIFY_KEY GRIP_PREFIX)};

    if (!$ENV{TEST_NGINX_SERVROOT}) {
        $ENV{TEST_NGINX_SERVROOT} = Grip::Root::path();
        make_path(dirname($ENV{TEST_NGINX_SERVROOT}));
    }

    if (!$ENV{TEST_NGINX_PORT} && !$ENV{TEST_NGINX_SERVER_PORT}) {
        $ENV{TEST_NGINX_PORT} = free_port();
    }

    # the server root may be where nobody else can read

    if ($> == 0 && !$ENV{TEST_NGINX_WORKER_USER}) {
        $ENV{TEST_NGINX_WORKER_USER} = 'root';
    }
}


# Test::Nginx trims a body unless its length is given, and events end with
# CRLF; and it closes no connection where it sees a Connection-Id

use Test::Nginx::Util qw(add_block_preprocessor);

add_block_preprocessor(sub {
    my ($block) = @_;
    my $request = $block->request;
    my $headers = $block->more_headers;

    return if !defined $request || !defined $headers;

    my @requests = ref $request ? @$request : $request;
    my @headers = map { ref $headers ? $headers->[$_] : $headers }
                  0 .. $#requests;

    for my $i (0 .. $#requests) {
        next if ref $requests[$i] || !defined $headers[$i]
                || $headers[$i] !~ m{^Content-Type: application/websocket-ev}mi
                || $headers[$i] =~ /^(?:Content-Length|Transfer-Encoding):/mi;

        my ($body) = $requests[$i] =~ /\A[^\n]*\n(.*)\z/s;

        $headers[$i] =~ s/\s*\z/\n/;
        $headers[$i] .= 'Content-Length: ' . length($body // '') . "\n";
        $headers[$i] .= "Connection: close\n"
            if $headers[$i] !~ /^Connection:/mi;
    }

    $block->set_value(more_headers => ref $request ? \@headers : $headers[0]);
});


# jwt(key, claims as JSON, header as JSON): a token signed by HS256

sub jwt {
    my ($key, $claims, $header) = @_;

    $header = '{"typ":"JWT","alg":"HS256"}' if !defined $header;

    my $text = encode_base64url($header) . '.' . encode_base64url($claims);

    return $text . '.' . encode_base64url(hmac_sha256($text, $key));
}


# grip_sig(key => , iss => , exp => ): what Pushpin sends as Grip-Sig; an
# undefined iss or exp is left out

sub grip_sig {
    my %arg = (key => 'changeme', iss => 'pushpin', exp => time + 3600, @_);
    my @claims;

    push @claims, qq("exp":$arg{exp}) if defined $arg{exp};
    push @claims, qq("iss":"$arg{iss}") if defined $arg{iss};

    return jwt($arg{key}, '{' . join(',', @claims) . '}');
}


# ws_events('OPEN', [TEXT => 'hello'], ...): a WebSocket-over-HTTP body

sub ws_events {
    return join '', map {
        ref $_ ? sprintf("%s %x\r\n%s\r\n", $_->[0], length $_->[1], $_->[1])
               : "$_\r\n"
    } @_;
}


# ws_headers(name => value, ...): the headers with which Pushpin delivers such
# a body, with these added or, when undefined, left out; for more_headers

sub ws_headers {
    my @headers = ('Sec-WebSocket-Extensions' => 'grip',
                   'Grip-Sig' => grip_sig(),
                   'Accept' => 'application/websocket-events',
                   'Connection-Id' => '0f2d7c1e-1111-4222-8333-444455556666',
                   'Content-Type' => 'application/websocket-events');
    my %arg = @_;
    my $text = '';

    while (my ($name, $value) = splice @headers, 0, 2) {
        $value = delete $arg{$name} if exists $arg{$name};
        $text .= "$name: $value\n" if defined $value;
    }

    return $text . join '', map { "$_: $arg{$_}\n" }
                            grep { defined $arg{$_} } sort keys %arg;
}


1;
