# A response that was to be held, of which a filter behind ours has made an
# error: nothing of the hold goes with that.

use strict;
use warnings;

use lib 't/lib';
use Grip;
use Grip::Nginx;
use Test::More;

my $module = $ENV{TEST_NGINX_LOAD_MODULES}
    or plan skip_all => 'the module is linked in';

my @others = map { "/usr/lib/nginx/modules/${_}_module.so" }
             qw(ndk_http ngx_http_lua);

plan skip_all => 'nginx without Lua' if grep { !-f } @others;

my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $port = Grip::Nginx::port();

# the filters of what is loaded first are behind those of what follows

$ENV{GRIP_MODULE} = join('; load_module ', @others, $module);

my $started = eval {
    $nginx = Grip::Nginx->start(http => <<"END");
    grip_url http://127.0.0.1:5561/;
    grip_verify off;

    server {
        listen 127.0.0.1:$port;

        location / {
            grip_hold       sse;
            grip_channel    room;
            grip_hold_body  "data: hello\\n\\n";

            header_filter_by_lua_block {
                if ngx.status == 200 and ngx.var.arg_no then
                    ngx.exit(ngx.HTTP_FORBIDDEN)
                end
            }
        }
    }
END
};

plan skip_all => 'nginx that takes no Lua' if !$started;

sub ask {
    my ($uri) = @_;

    my ($answer) = $nginx->requests($port, "GET $uri HTTP/1.1\r\n"
                                    . "Host: localhost\r\n"
                                    . "Connection: close\r\n\r\n");

    return $answer;
}

like(ask('/'), qr/^Grip-Hold: stream\r\n.*\r\n\r\n:\n\ndata: hello\n\n$/ms,
     'it is held, behind a comment');

my $answer = ask('/?no=1');
my ($length) = $answer =~ /^Content-Length: (\d+)\r$/m;
my ($body) = $answer =~ /\r\n\r\n(.*)/s;

like($answer, qr/^HTTP\S+ 403 /, 'an error of another filter is its error');
unlike($answer, qr/^Grip-/m, 'it is not held');
like($body, qr/^<html>/, 'there is no comment in front');
is(length($body), $length, 'it is as long as it says');

done_testing();
