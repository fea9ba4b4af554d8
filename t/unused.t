# The module loaded and not used: nginx answers as it does without.

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Nginx;
use Cwd qw(getcwd);
use Test::More;

my $module = $ENV{TEST_NGINX_LOAD_MODULES}
    or plan skip_all => 'the module is linked in';

# the environment would make nginx fail if anybody looked at it

my %env = (GRIP_URL => 'nonsense', GRIP_VERIFY_KEY => 'base64:!',
           GRIP_PREFIX => 'a,b', TEST_PASSES => 'to workers');

my $folder = getcwd() . '/t';
my @ports = map { Grip::Nginx::port() } 0 .. 1;

sub conf {
    my ($port) = @_;

    return <<"END";
    gzip on;
    gzip_types *;
    gzip_min_length 1;
    etag on;
    error_page 404 /404;

    upstream app {
        server 127.0.0.1:$port;
        keepalive 4;
    }

    map \$http_grip_sig \$sig { default "\$http_grip_sig"; "" none; }

    server {
        listen 127.0.0.1:$port;
        root html;

        location /static/  { alias $folder/; autoindex on; }
        location /return   { return 200 "\$sig \$http_connection_id \$request_body"; }
        location /proxy/   { proxy_pass http://app/; proxy_http_version 1.1;
                             proxy_set_header Connection ""; }
        location /auth     { auth_request /return; return 204; }
        location /satisfy  { satisfy any; deny all; auth_basic x;
                             auth_basic_user_file none; }
        location /limited  { if (\$arg_a) { return 410 "\$arg_a"; }
                             limit_except GET { deny all; } }
        location /add      { default_type text/html; add_before_body /return;
                             return 200 "body"; }
        location /held     { add_header Grip-Hold stream;
                             add_header Grip-Channel a; return 200 "x"; }
        location /redirect { rewrite ^ /return last; }
        location /ssi      { ssi on; ssi_types *;
                             return 200 '<!--# include virtual="/return" -->'; }
        location = /404    { internal; return 404 "none of \$uri"; }
    }
END
}


sub request {
    my ($method, $uri, $headers, $body) = @_;

    return "$method $uri HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           . $headers . (defined $body ? 'Content-Length: ' . length($body)
                                         . "\r\n" : '')
           . "\r\n" . ($body // '');
}


my $grip = ws_headers() =~ s/\n/\r\n/gr;

my @requests = (
    (map { my $uri = $_;
           (request('GET', $uri, ''),
            request('GET', $uri, $grip),
            request('GET', $uri, "Accept-Encoding: gzip\r\n"),
            request('HEAD', $uri, $grip),
            request('POST', $uri, $grip, ws_events('OPEN')),
            request('POST', $uri, '', 'x' x 100000),
            request('OPTIONS', $uri, '')) }
         qw(/ /none /static/ /static/unused.t /return /proxy/return
            /proxy/none /auth /satisfy /limited /limited?a=b /add /held
            /redirect /ssi /404)),
    request('GET', '/static/unused.t', "Range: bytes=0-9\r\n"),
    request('GET', '/static/unused.t', "Range: bytes=0-9,20-29\r\n"),
    request('GET', '/static/unused.t', "Range: bytes=1000000-\r\n"),
    request('GET', '/static/unused.t',
            "If-Modified-Since: Fri, 31 Dec 2100 00:00:00 GMT\r\n"),
    "GET / HTTP/1.0\r\n\r\n",
    "POST /return HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "NONSENSE\r\n\r\n",
);

my (@answers, @logs);

for my $with (0, 1) {
    local $ENV{GRIP_MODULE} = $with ? $module : '';

    my $nginx = Grip::Nginx->start(http => conf($ports[$with]),
                                   env => \%env);
    my @got = $nginx->requests($ports[$with], @requests);

    $nginx->stop('QUIT');

    s/^Date: .*\r\n//m, s/\b$ports[$with]\b/PORT/g for @got;

    push @answers, \@got;
    push @logs, join '', map { s/^.{20}//r =~ s/\d+#\d+: (?:\*\d+ )?//r
                               =~ s/\b$ports[$with]\b/PORT/gr
                               =~ s/unused-\d/ROOT/gr }
                         grep { !/\[(?:notice|info)\]/ } map { "$_\n" }
                         split /\n/, $nginx->log;
}

for my $i (0 .. $#requests) {
    my ($line) = $requests[$i] =~ /^(.*?)\r\n/;

    is($answers[1][$i], $answers[0][$i], $line);
}

ok((grep { /^HTTP\/1.1 200/ } @{ $answers[0] }) > 20, 'answers of all kinds');

is(join('', sort split /(?<=\n)/, $logs[1]),
   join('', sort split /(?<=\n)/, $logs[0]), 'the log');

done_testing();
