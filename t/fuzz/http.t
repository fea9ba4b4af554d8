# Clients that send anything, in any way, to an nginx with all directives, whose
# functions and control servers answer anything; reloads in between.  Nobody is
# alarmed, whole requests are answered, nothing is stuck, and memory is bounded.
#
# FUZZ_HTTP_SECONDS says how long, or it is 20, FUZZ_HTTP_SEED what is sent.  A
# client that found something is left in build/fuzz/found.

use strict;
use warnings;

use lib 't/lib';
use Cwd qw(getcwd);
use File::Path qw(make_path);
use Grip::Docs;
use Grip::Fuzz;
use Grip::Misbehaviour;
use Grip::Nginx;
use Grip::Root;
use Test::More;
use Time::HiRes qw(sleep time);

use constant WORKERS => 2;

# seconds from one to the next

use constant RELOADS => 2;

my $seconds = $ENV{FUZZ_HTTP_SECONDS} || 20;
my $seed = $ENV{FUZZ_HTTP_SEED} || 1 + int rand 1_000_000;

# what was freed does not count as memory in use

$ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (),
                               'quarantine_size_mb=1', 'symbolize=0';

my $top = getcwd();
my $certs = Grip::Root::path() . '-certs';
my %at = (PORT => Grip::Nginx::port(), HTTP2 => Grip::Nginx::port(),
          TLS => Grip::Nginx::port(), NOBODY => Grip::Nginx::port(),
          FUNCTION => Grip::Misbehaviour::start($seed), CERTS => $certs,
          LOCATIONS => "$certs/locations");

certificate();

my %conf = map { ($_ => Grip::Docs::text("t/fuzz/http.$_") =~ s/\@([A-Z0-9]+)\@/$at{$1}/gr) }
           qw(conf locations);

Grip::Nginx::write_file($at{LOCATIONS}, $conf{locations});

is(join(' ', absent()), '', 'each directive and action is there');

my $nginx = Grip::Nginx->start(main => 'worker_processes ' . WORKERS . ';',
                               http => $conf{conf});
my $reloads = 0;
my $fuzz = Grip::Fuzz->new(seed => $seed, http1 => $at{PORT},
                           http2 => $at{HTTP2});

diag("seed $seed: make fuzz-http SECONDS=$seconds SEED=$seed");

# the first part has reloads, among clients of all kinds

my $end = time + $seconds * 0.7;
my $next = time + RELOADS;
my $quitting;

$fuzz->run(sub {
    return 0 if time >= $end;

    if (time >= $next) {
        $next = time + ($quitting ? reloaded() : reload());
    }

    return 1;
});

ok($nginx->wait_for(sub { !old() }), 'workers of before a reload are gone')
    or diag(join ' ', old());

# the same clients again and again

my $idle = sockets();
my (@memory, $clients);

for my $round (1 .. 3) {
    $fuzz->{number} = 1_000_000;
    $end = time + $seconds * 0.1;

    $fuzz->run(sub {
        $round == 1 ? time < $end : $fuzz->{number} < $clients;
    });

    $clients //= $fuzz->{number};

    ok($nginx->wait_for(sub { sockets() <= $idle }),
       'no connection is left') or diag(sockets(), " for $idle");
    push @memory, resident();
}

cmp_ok($memory[2], '<=', $memory[1] * 1.1 + 4096,
       'what clients took is given back') or diag("@memory KB");

is($fuzz->{bad}, '', 'whole requests are answered, and no client is stuck');

my $starts = () = $nginx->log =~ /start worker process /g;

is($starts, WORKERS * (1 + $reloads), 'no worker was ever replaced');

$nginx->stop('QUIT');
is($nginx->alerts, '', 'nobody is alarmed');

cmp_ok($fuzz->{answers}, '>', 100, 'there are answers');
diag("$fuzz->{clients} clients, $fuzz->{sent} requests, $fuzz->{answers}"
     . " answers (" . join(', ', map { "$_ $fuzz->{status}{$_}" }
                           sort keys %{ $fuzz->{status} })
     . "), $reloads reloads, closed where that may be: "
     . join(', ', map { "$fuzz->{excused}{$_} $_" }
                  sort keys %{ $fuzz->{excused} })
     . "; @memory KB");

Grip::Function::stop();
done_testing();


# whose names are nowhere in the configuration

sub absent {
    my $code = join '', map { Grip::Docs::text($_) }
                        glob 'ngx_faas_grip/*.c ngx_faas_grip/*/*.c';
    my $conf = $conf{conf} . $conf{locations};
    my %names;

    for my $table ($code =~ /ngx_command_t\s+\w+\[\] = \{(.*?)ngx_null_command/sg)
    {
        $names{$_} = 1 for $table =~ /\{ ngx_string\("(\w+)"\)/g;
    }

    return grep { $conf !~ /(?:^|[\s;{])$_[\s;]/m } sort keys %names;
}


sub certificate {
    make_path($certs);

    Grip::Nginx::write_file("$certs/ca.cnf", <<"END");
[ca]
default_ca = own
[own]
database = $certs/index
default_md = sha256
default_crl_days = 2
END
    Grip::Nginx::write_file("$certs/index", '');

    for ('req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'
         . ' -subj /CN=localhost -addext subjectAltName=DNS:localhost'
         . ' -keyout one.key -out one.pem',
         'ca -config ca.cnf -cert one.pem -keyfile one.key -gencrl -out crl.pem')
    {
        my $said = qx(cd '$certs' && openssl $_ 2>&1);

        die "openssl $_:\n$said" if $?;
    }
}


# These say in how many seconds to look again.  Those that end have closed what
# is idle, and accept nothing more, when they have said so.

sub reload {
    kill 'HUP', $nginx->{pid};
    $fuzz->reloads;
    $reloads++;
    $quitting = 1;

    return 0.1;
}

sub reloaded {
    my $quit = () = $nginx->log =~ /gracefully shutting down/g;

    return 0.1 if $quit < WORKERS * $reloads;

    $fuzz->reloaded;
    $quitting = 0;

    return RELOADS;
}


# processes that are the master's, the newest last

sub workers {
    my @pids = $nginx->log =~ /start worker process (\d+)/g;

    return @pids;
}

sub old {
    my @pids = workers();

    return grep { kill 0, $_ } @pids[0 .. $#pids - WORKERS];
}

sub newest {
    my @pids = workers();

    return @pids[-(WORKERS) .. -1];
}


# of workers, those that they listen at included

sub sockets {
    return scalar grep { (readlink // '') =~ /^socket:/ }
                  map { glob "/proc/$_/fd/*" } newest();
}

sub resident {
    my $all = 0;

    for (newest()) {
        $all += $nginx->resident($_);
    }

    return $all;
}
