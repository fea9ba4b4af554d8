package Grip::Nginx;

# An nginx of a test's own, for what takes more than one client at a time:
#
#     use lib 't/lib';
#     use Grip::Nginx;
#
#     my $nginx = Grip::Nginx->start(http => '...', main => '...');
#     my @answers = $nginx->requests($port, $request, $request, ...);
#     like($nginx->log, qr/.../);
#
# A request is the text of one, or { text => , at => , reset_at => }; all are
# sent at once, or so many seconds later, or once a function is true, and the
# answers come back in their order, undef where the connection was reset by us.
# With "daemon => 1" it can be upgraded.

use strict;
use warnings;

use Cwd qw(getcwd);
use File::Path qw(make_path remove_tree);
use Grip::Root;
use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep time);

my $number = 0;

# a port that is free now

sub port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        or die "no free port: $!";

    return $socket->sockport;
}

sub start {
    my ($class, %arg) = @_;

    my $root = Grip::Root::path() . '-' . ++$number;

    remove_tree($root);
    make_path("$root/logs");

    my $module = $ENV{GRIP_MODULE};
    my $default = getcwd() . '/build/ngx_http_faas_grip_module.so';

    $module = -f $default ? $default : '' if !defined $module;

    my $load = $module ? "load_module $module;" : '';
    my $main = $arg{main} || '';
    my $connections = $arg{connections} || 4096;
    my $daemon = $arg{daemon} ? 'on' : 'off';
    my $user = $> == 0 ? 'user root;' : '';

    write_file("$root/nginx.conf", <<"END");
$load
daemon $daemon;
$user
pid $root/logs/nginx.pid;
error_log $root/logs/error.log info;
$main
events { worker_connections $connections; }
http {
    access_log $root/logs/access.log;
    client_body_temp_path $root/body;
    proxy_temp_path $root/proxy;
    fastcgi_temp_path $root/fastcgi;
    uwsgi_temp_path $root/uwsgi;
    scgi_temp_path $root/scgi;
$arg{http}
}
END

    my $self = bless {
        root => $root,
        binary => $ENV{TEST_NGINX_BINARY} || 'nginx',
        daemon => $arg{daemon},
    }, $class;

    # a new binary is started by the name that nginx has for itself

    if ($arg{daemon} && $self->{binary} !~ m{/}) {
        ($self->{binary}) = grep { -x } map { "$_/$self->{binary}" }
                            split(/:/, $ENV{PATH}), '/usr/sbin';
    }

    local @ENV{keys %{ $arg{env} || {} }} = values %{ $arg{env} || {} };

    $self->{pid} = fork;
    die "cannot fork: $!" unless defined $self->{pid};

    if (!$self->{pid}) {
        open STDERR, '>', "$root/logs/stderr";
        exec $self->{binary}, '-p', $root, '-c', "$root/nginx.conf"
            or exit 127;
    }

    # the log names them all, for tests that kill, stop or count them

    my ($workers) = $main =~ /\bworker_processes\s+(\d+)/;

    $self->wait_for(sub { $self->started >= ($workers // 1) })
        or die "nginx did not start:\n", read_file("$root/logs/stderr");

    if ($arg{daemon}) {
        waitpid $self->{pid}, 0;
        $self->{pid} = $self->master;
    }

    return $self;
}

# by the file that names it

sub master {
    my ($self) = @_;

    return read_file("$self->{root}/logs/nginx.pid") + 0;
}

# a new binary, beside the old one, whose master is returned

sub upgrade {
    my ($self) = @_;

    my $old = $self->{pid};
    my $before = $self->started;
    my ($workers) = read_file("$self->{root}/nginx.conf")
                    =~ /\bworker_processes\s+(\d+)/;

    kill 'USR2', $old;

    $self->wait_for(sub {
        my $new = -s "$self->{root}/logs/nginx.pid" ? $self->master : $old;

        return $new != $old && $self->started >= $before + ($workers // 1);
    }) or die "no new binary:\n", $self->log;

    $self->{pid} = $self->master;

    return $old;
}

sub write_file {
    my ($name, $text) = @_;

    open my $out, '>', $name or die "$name: $!";
    print $out $text;
    close $out or die "$name: $!";
}

sub read_file {
    my ($name) = @_;

    open my $in, '<', $name or return '';
    local $/;

    my $text = <$in>;

    return defined $text ? $text : '';
}

# waits for a condition, ten seconds at most

sub wait_for {
    my ($self, $condition) = @_;

    for (1 .. 500) {
        return 1 if $condition->();
        sleep 0.02;
    }

    return 0;
}

sub log {
    my ($self) = @_;

    return read_file("$self->{root}/logs/error.log");
}

# the lines that nobody wants to see

sub alerts {
    my ($self) = @_;

    return join '', grep { /\[(?:alert|emerg|crit)\]|on signal|Sanitizer/ }
                    map { "$_\n" } split /\n/, $self->log
                    . read_file("$self->{root}/logs/stderr");
}

# new workers, of which the old ones know

sub reload {
    my ($self) = @_;

    my $before = $self->started;
    my ($workers) = read_file("$self->{root}/nginx.conf")
                    =~ /\bworker_processes\s+(\d+)/;

    kill 'HUP', $self->{pid};

    return $self->wait_for(sub {
        $self->started >= $before + ($workers // 1);
    });
}

# how many workers the master has started

sub started {
    my ($self) = @_;

    return scalar(() = $self->log =~ /start worker process \d+$/mg);
}

# the page of "location = /status { stub_status; }"

sub stub_status {
    my ($self, $port) = @_;

    return body(($self->requests($port, "GET /status HTTP/1.1\r\nHost: a\r\n"
                                        . "Connection: close\r\n\r\n"))[0]);
}

# KB that a process has in memory, the first worker if none is named

sub resident {
    my ($self, $pid) = @_;

    ($pid) = $self->log =~ /start worker process (\d+)/ if !defined $pid;

    return read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m
           ? $1 : die "no memory of process $pid\n";
}

sub stop {
    my ($self, $signal) = @_;

    return unless $self->{pid};

    my $pid = delete $self->{pid};

    kill $signal || 'TERM', $pid;

    if ($self->{daemon}) {
        $self->wait_for(sub { !kill 0, $pid }) or die "it does not end\n";

    } else {
        waitpid $pid, 0;
    }
}

sub DESTROY {
    my ($self) = @_;

    local $?;
    $self->stop;
}

sub requests {
    my ($self, $port, @requests) = @_;

    my $start = time;
    my @clients = map { { at => 0, ref $_ ? %$_ : (text => $_) } } @requests;
    my @open = @clients;

    while (@open && time - $start < 30) {
        my $now = time - $start;
        my $select = IO::Select->new;

        for my $c (grep { !$_->{fh} && due($_->{at}, $now) } @open) {
            $c->{fh} = IO::Socket::INET->new("127.0.0.1:$port")
                or die "cannot connect: $!";
            $c->{answer} = '';
            syswrite $c->{fh}, $c->{text};
        }

        for my $c (grep { $_->{fh} && defined $_->{reset_at}
                          && due($_->{reset_at}, $now) } @open)
        {
            setsockopt $c->{fh}, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
            close $c->{fh};
            $c->{answer} = undef;
            $c->{over} = 1;
        }

        my %of = map { ($_->{fh}, $_) }
                 grep { $_->{fh} && !$_->{over} } @open;

        $select->add(map { $_->{fh} } values %of);

        sleep 0.005 if !$select->count;

        for my $fh ($select->can_read(0.005)) {
            my $c = $of{$fh};

            if (!sysread $fh, $c->{answer}, 65536, length $c->{answer}) {
                close $fh;
                $c->{over} = 1;
            }
        }

        @open = grep { !$_->{over} } @open;
    }

    return map { $_->{answer} } @clients;
}

sub due {
    my ($at, $now) = @_;

    return ref $at ? $at->() : $at <= $now;
}

# a POST of the body, for requests()

sub post {
    my ($path, $body) = @_;

    return "POST $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

# the body, or the status, of an answer

sub body   { $_[0] =~ /\r\n\r\n(.*)\z/s ? $1 : undef }
sub status { defined $_[0] && $_[0] =~ m{^HTTP/1.1 (\d+)} ? $1 : 'none' }

1;
