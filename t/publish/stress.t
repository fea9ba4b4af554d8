# Many requests at once, whose clients vanish at random while nginx reloads:
# what was acknowledged is at the sink, and nothing without an id is twice.

use strict;
use warnings;

use lib 't/lib';
use Grip::Nginx;
use Grip::Sink;
use Test::More;

my $sink = Grip::Sink::start();
my ($port, $dead) = (Grip::Nginx::port(), Grip::Sink::unused_port());
my $seed = $ENV{GRIP_SEED} || time;

srand $seed;
diag("GRIP_SEED=$seed repeats this run") if $ENV{GRIP_SEED};

my $nginx = Grip::Nginx->start(main => 'worker_shutdown_timeout 500ms;',
                               http => <<"END");
    grip_read_timeout    300ms;
    grip_publish_format  ws-message;

    server {
        listen  127.0.0.1:$port backlog=4096;

        grip_url  http://127.0.0.1:$sink/slow-10/;
        grip_url  http://127.0.0.1:$sink/refuse-400/;
        grip_url  http://127.0.0.1:$sink/hang/;
        grip_url  http://127.0.0.1:$sink/reset/;
        grip_url  http://127.0.0.1:$sink/nonsense/;
        grip_url  http://127.0.0.1:$dead/;

        location /publish {
            grip_publish          room;
            grip_publish_id       \$arg_id;
            grip_publish_prev_id  \$arg_id;
            grip_publish_require  any;
        }

        location /watched {
            mirror      /publish;
            proxy_pass  http://127.0.0.1:$sink/slow-100/origin/;
        }
    }
END

my $clients = 1200;
my (@requests, @bodies);

for my $i (1 .. $clients) {
    my $id = rand() < 0.5 ? $i : '';
    my $body = ($id ? 'id' : 'plain') . $i . (rand() < 0.01 ? 'BAD' : '');
    my $path = rand() < 0.3 ? 'watched' : 'publish';
    my $at = rand 3;

    push @bodies, $path eq 'publish' ? $body : undef;
    push @requests, {
        text => Grip::Nginx::post("/$path?id=$id", $body),
        at => $at,
        rand() < 0.3 ? (reset_at => $at + rand 0.5) : (),
    };
}

my $pid = fork;

if (!$pid) {
    select(undef, undef, undef, 0.7), $nginx->reload for 1 .. 4;
    delete $nginx->{pid};
    require POSIX;
    POSIX::_exit(0);
}

my @answers = $nginx->requests($port, @requests);
waitpid $pid, 0;

my @acknowledged = map { $bodies[$_] }
                   grep { defined $bodies[$_]
                          && Grip::Nginx::status($answers[$_]) eq '200' }
                   0 .. $#answers;

cmp_ok(scalar @acknowledged, '>', 100, 'requests were published');

my %seen;

for my $path ('/slow-10/', '/refuse-400/') {
    my @posts = split /\n/, Grip::Sink::ask('log', $path . 'publish/');

    for (@posts) {
        my (undef, undef, @items) = split;

        # of a refused POST nothing is published

        next if $path =~ /refuse/ && grep { /BAD/ } @items;
        $seen{$path}{$_}++ for @items;
    }

    is(join(' ', grep { /plain/ && $seen{$path}{$_} > 1 }
                      keys %{ $seen{$path} }),
       '', "$path: nothing twice without an id");

    cmp_ok(scalar @posts, '<', $clients, "$path: fewer POSTs than items");
}

is(join(' ', grep { !$seen{'/slow-10/'}{$_} && !$seen{'/refuse-400/'}{$_} }
                  @acknowledged),
   '', 'nothing is lost that was acknowledged');

is($nginx->alerts, '', 'no alerts');

$nginx->stop;

done_testing();
