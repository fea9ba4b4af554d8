# A function in Python, behind uwsgi_pass.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket;
use Grip::Events;
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(sleep);

my $dir = $ENV{TEST_NGINX_UWSGI} = tempdir(CLEANUP => 1);
my $pid;

open my $out, '>', "$dir/function.py" or die $!;
print $out <<'END';
def application(environ, start_response):
    length = int(environ['CONTENT_LENGTH'] or 0)
    body = environ['wsgi.input'].read(length)
    names = sorted(name for name in environ if name.startswith('HTTP_'))

    start_response('200 OK', [('Content-Type', 'application/octet-stream'),
                              ('Set-Meta-Seen', environ['HTTP_GRIP_EVENT'])])

    return ['{} {} {} {}|{}|'.format(
                environ['REQUEST_METHOD'], environ['REQUEST_URI'],
                length, environ['CONTENT_TYPE'],
                ' '.join(name + '=' + environ[name] for name in names)
            ).encode(), body]
END
close $out;

$pid = fork;

if (!$pid) {
    open STDOUT, '>', "$dir/log";
    open STDERR, '>&', \*STDOUT;
    exec 'uwsgi', '--plugin', 'python3', '--socket', "$dir/uwsgi.sock",
         '--chmod-socket=666', '--wsgi-file', "$dir/function.py",
         '--master', '--no-orphans', '--processes', '2', '--need-app',
         '--die-on-term';
    exit 127;
}

END {
    my $status = $?;

    if ($pid) {
        kill 'TERM', $pid;
        waitpid $pid, 0;
    }

    $? = $status;
}

my $ready;

for (1 .. 200) {
    last if $ready = IO::Socket::UNIX->new(Peer => "$dir/uwsgi.sock");
    sleep 0.05;
}

if (!$ready) {
    open my $log, '<', "$dir/log";
    die "uwsgi did not start:\n", <$log>;
}

close $ready;
plan('no_plan');

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: the request arrives whole
--- config
    location /ws {
        grip_websocket;
        grip_on any { call /fn/$grip_event?a=b; }
    }

    location /fn/ {
        internal;
        include /etc/nginx/uwsgi_params;
        uwsgi_pass unix:$TEST_NGINX_UWSGI/uwsgi.sock;
    }
--- ws
Host: x
Cookie: a=1
Meta-Nick: bob
TEXT h\xc3\xa4
BINARY \x00\xff\r\n
TEXT
TEXT last
--- answer
Set-Meta-Seen: text
BINARY m:POST /fn/text?a=b 3 text/plain; charset=utf-8|HTTP_CONNECTION_ID=0f2d7c1e-1111-4222-8333-444455556666 HTTP_CONTENT_LENGTH=3 HTTP_CONTENT_TYPE=text/plain; charset=utf-8 HTTP_COOKIE=a=1 HTTP_GRIP_EVENT=text HTTP_HOST=x HTTP_META_NICK=bob|h\xc3\xa4
BINARY m:POST /fn/binary?a=b 4 application/octet-stream|HTTP_CONNECTION_ID=0f2d7c1e-1111-4222-8333-444455556666 HTTP_CONTENT_LENGTH=4 HTTP_CONTENT_TYPE=application/octet-stream HTTP_COOKIE=a=1 HTTP_GRIP_EVENT=binary HTTP_HOST=x HTTP_META_NICK=bob HTTP_META_SEEN=text|\x00\xff\r\n
BINARY m:POST /fn/text?a=b 0 text/plain; charset=utf-8|HTTP_CONNECTION_ID=0f2d7c1e-1111-4222-8333-444455556666 HTTP_CONTENT_LENGTH=0 HTTP_CONTENT_TYPE=text/plain; charset=utf-8 HTTP_COOKIE=a=1 HTTP_GRIP_EVENT=text HTTP_HOST=x HTTP_META_NICK=bob HTTP_META_SEEN=binary|
BINARY m:POST /fn/text?a=b 4 text/plain; charset=utf-8|HTTP_CONNECTION_ID=0f2d7c1e-1111-4222-8333-444455556666 HTTP_CONTENT_LENGTH=4 HTTP_CONTENT_TYPE=text/plain; charset=utf-8 HTTP_COOKIE=a=1 HTTP_GRIP_EVENT=text HTTP_HOST=x HTTP_META_NICK=bob HTTP_META_SEEN=text|last
