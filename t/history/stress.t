# Two workers that publish, evict, expire and resume at once, items of all sizes,
# alone and a hundred at a time, in zones that are always full: a client gets all
# that follows its position, whole and in order, or is told; ids are without a
# gap; and at the end all is counted and all memory can be used.  GRIP_STRESS=60
# does it for so many seconds.

use strict;
use warnings;

use lib 't/lib';
use Grip::Metrics;
use Grip::Nginx;
use Grip::Root;
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

use constant {
    SECONDS    => $ENV{GRIP_STRESS} || 2,
    PUBLISHERS => 3,
    READERS    => 3,
    LEAST      => 60,
};

# items of up to so many bytes, in so many channels; some of brief are too large

my %zones = (
    tiny  => { size => '64k channels=20', max => 4000, channels => 12 },
    few   => { size => '64k channels=5 items=20', max => 3000, channels => 12 },
    large => { size => '1m channels=20 bytes=2m', max => 200_000, channels => 4 },
    brief => { size => '64k channels=20 bytes=16k ttl=1s', max => 2200,
               channels => 12 },
);

my @zones = sort keys %zones;

# each has a twin of the same limits

my $directives = join '', map {
    "grip_history_zone $_:$zones{$_}{size}; "
    . "grip_history_zone ${_}_twin:$zones{$_}{size};\n"
} @zones;

my $locations = join '', map { <<"END" } map { ($_, "${_}_twin") } @zones;
        location = /$_/publish { grip_history $_;  grip_publish \$arg_channel; }
        location /$_/items/    { grip_history $_;  grip_control; }

        location /$_/ {
            grip_history $_;
            grip_hold response;
            grip_hold_body "";
            grip_channel \$arg_channel;
            grip_history_from \$arg_after;
            grip_history_join "|";

            location = /$_/all { grip_history_initial 10000; }
        }
END

my ($port, $control, $proxy) = map { Grip::Nginx::port() } 1 .. 3;

my $nginx = Grip::Nginx->start(main => 'worker_processes 2;', http => <<"END");
    access_log off;
    client_body_buffer_size 512k;
    grip_verify off;
    grip_metrics_zone metrics:1m;
    grip_url http://127.0.0.1:$control/;
    $directives

    server { listen 127.0.0.1:$proxy;  location / { return 200; } }

    # what is published is known by what the proxy gets

    log_format items escape=none '\$request_body';

    server {
        listen 127.0.0.1:$control;
        client_max_body_size 10m;
        client_body_buffer_size 4m;

        location / { access_log logs/items.log items;
                     proxy_pass http://127.0.0.1:$proxy; }
    }

    server {
        listen 127.0.0.1:$port reuseport backlog=1024;
        add_header X-Worker \$pid always;
        location = /metrics { grip_metrics; }
$locations
    }
END

my $files = Grip::Root::path() . '-files';
mkdir $files;

srand($ENV{GRIP_SEED} // 1);

my $until = time + SECONDS;
my @children = ((map { run("published-$_", \&publisher) } 1 .. PUBLISHERS),
                (map { run("read-$_", \&reader) } 1 .. READERS));

waitpid $_, 0 for @children;

my @published = map { lines("published-$_") } 1 .. PUBLISHERS;
my @read = map { lines("read-$_") } 1 .. READERS;
my %workers = map { $_->[0] => 1 } @published;
my ($count) = sum(map { $_->[2] } @published);

diag("$count items, ", scalar @read, ' answers');

is(keys %workers, 2, 'both workers publish');
is(join(' ', grep { $_ != 200 } map { $_->[1] } @published), '',
   'all is published');


# the text of each id

my $log = '';

$nginx->wait_for(sub {
    $log = Grip::Nginx::read_file("$nginx->{root}/logs/items.log");
    $count <= (() = $log =~ /"prev-id":/g);
});

my @items = map { [/"id":"([^"]+)"/, /"body":"([^"]*)"/] }
            grep { /"id":/ } split /\{"channel":/, $log;

is(scalar @items, $count, 'each item leaves once');

my (%text, %last, @twice, @gaps);

for my $item (@items) {
    my ($id, $text) = @$item;
    my ($channel, $number) = $id =~ /^([0-9a-f]{16})-([0-9a-f]{16})$/;

    push @twice, $id if exists $text{$id};
    $text{$id} = head($text);
    $last{$channel} = hex $number if hex $number > ($last{$channel} // 0);
}

for my $channel (keys %last) {
    push @gaps, grep { !exists $text{$_} }
                map { sprintf '%s-%016x', $channel, $_ } 1 .. $last{$channel};
}

is("@twice", '', 'no id is of two items');
is("@gaps", '', 'no number is left out');


# what was answered to whom

my %seen;
my @wrong = grep {
    my (undef, $status, $after, $last, $texts) = @$_;

    $seen{$status}++;
    $status == 200 ? ($texts ne join ' ', between($after, $last))
                   : $status != 410;
} @read;

is(@wrong, 0, 'an answer has what follows the position, whole and in order')
    or diag(join "\n", map { "@$_" } @wrong[0 .. ($#wrong < 5 ? $#wrong : 5)]);
ok($seen{200}, 'there are answers');
ok($seen{410}, 'and clients that are told that they have missed something');


# all that there is, channel by channel; what is beyond the channels of few, or
# the time of brief, is counted until it is cleared

my $metrics = Grip::Metrics::read($nginx, $port);

for my $zone (qw(tiny large)) {
    my ($items, $bytes, $channels) = (0, 0, 0);

    for my $channel (1 .. $zones{$zone}{channels}) {
        my @texts = all($zone, $channel);

        $items += @texts;
        $bytes += length for @texts;
    }

    is($items, $metrics->{qq(grip_history_items{zone="$zone"})},
       "$zone: items are counted");
    is($bytes, $metrics->{qq(grip_history_bytes{zone="$zone"})}, 'and their bytes');
}


# the same items in new channels, in a zone that had others before and in one
# that had none; by now none need go by its time

my $file = "$nginx->{root}/nginx.conf";

Grip::Nginx::write_file($file, Grip::Nginx::read_file($file) =~ s/ ttl=1s//gr);
ok($nginx->reload, 'a reload keeps the zones');
ok($nginx->wait_for(sub { !grep { kill 0, $_ } keys %workers }),
   'and ends the workers');

for my $zone (map { ($_, "${_}_twin") } @zones) {
    my $text = 'x' x ($zone =~ /large/ ? 8000 : 400);

    for my $round (1 .. 10) {
        my ($status) = ask('POST', "/$zone/items/publish/", control(map {
            ['again ' . $_ % ($round < 3 ? 30 : 3), $text]
        } 1 .. 60));

        is($status, 200, "$zone: published") if $status != 200;
    }
}

my $again = Grip::Metrics::read($nginx, $port);

for my $zone (@zones) {
    my ($after, $fresh) = map {
        my $name = $_;

        join ', ', map {
            $again->{qq(grip_history_$_\{zone="$name"})} . " $_"
        } qw(channels items bytes);
    } $zone, "${zone}_twin";

    is($after, $fresh, "$zone: no memory is lost")
}

$nginx->stop('QUIT');
is($nginx->alerts, '', 'nobody is alarmed');

done_testing();


# a process that writes lines to a file

sub run {
    my ($name, $code) = @_;
    my $seed = int rand 1_000_000;
    my $pid = fork // die "fork: $!\n";

    return $pid if $pid;

    srand $seed;
    open my $out, '>', "$files/$name" or die $!;

    my $n = 0;

    $code->($out, $name) while ++$n < LEAST || time < $until;
    close $out;

    # without END blocks and destructors, which are the parent's

    exec 'true';
}

sub lines {
    my ($name) = @_;

    return map { [split /\t/, $_, -1] }
           split /\n/, Grip::Nginx::read_file("$files/$name");
}


sub sum {
    my $sum = 0;

    $sum += $_ for @_;

    return $sum;
}

my $number = 0;

sub publisher {
    my ($out, $name) = @_;
    my $zone = $zones[rand @zones];
    my ($channels, $max) = @{ $zones{$zone} }{qw(channels max)};
    my $some = $max < 10_000 && rand() < 0.5 ? 100 : 1;

    my @items = map {
        [1 + int rand $channels,
         text("$name." . ++$number, $some > 1 ? 400 : $max)]
    } 1 .. $some;

    my ($status, $header) = $some > 1
        ? ask('POST', "/$zone/items/publish/", control(@items))
        : ask('POST', "/$zone/publish?channel=$items[0][0]", $items[0][1]);

    print $out join("\t", $header =~ /^X-Worker: (\d+)/m, $status, $some), "\n";
}


sub control {
    return '{"items":[' . join(',', map {
        qq({"channel":"$_->[0]","formats":{"http-response":{"body":"$_->[1]"}}})
    } @_) . ']}';
}

# most are small

sub text {
    my ($name, $max) = @_;
    my $length = int rand(rand() < 0.5 ? 100 : $max);

    return "$name:$length:" . substr "$name," x ($length / length($name) + 1),
                                     0, $length;
}

# the name of a text that is whole

sub head {
    my ($text) = @_;
    my ($name, $length, $rest) = $text =~ /^([\w.-]+):(\d+):(.*)$/s
        or return 'broken';

    return $rest eq substr("$name," x ($length / length($name) + 1), 0, $length)
           ? $name : "broken:$name";
}


# goes on where it was, or at one of the positions before that

my %at;

sub reader {
    my ($out) = @_;
    my $zone = $zones[rand @zones];
    my $channel = 1 + int rand $zones{$zone}{channels};
    my $before = $at{"$zone $channel"} //= [];
    my $after = $before->[rand() < 0.5 ? -1 : rand @$before] // '';

    my ($status, $header, $body) = ask('GET', "/$zone/"
        . ($after eq '' ? 'all' : 'poll') . "?channel=$channel&after=$after");

    my ($last) = $header =~ /^(?:Last-Event-ID:|Grip-Channel:.*prev-id=) *([\w-]+)/mi;

    push @$before, $last if defined $last;
    shift @$before if @$before > 20;

    print $out join("\t", $header =~ /^X-Worker: (\d+)/m, $status, $after, $last // '',
                    join ' ', map { head($_) } split /\|/, $body), "\n"
        if $after ne '';
}


# the texts behind one position, up to another

sub between {
    my ($after, $last) = @_;
    my ($channel, $from) = $after =~ /^(.*)-(.*)$/;
    my ($same, $to) = $last =~ /^(.*)-(.*)$/ or return 'no position';

    # of a channel that there was not yet

    return 'another channel' if $same ne $channel && hex $from > 0;

    return map { $text{sprintf '%s-%016x', $same, $_} // 'unknown' }
           hex($from) + 1 .. hex $to;
}


# the contents that a channel has

sub all {
    my ($zone, $channel) = @_;
    my ($target, $after, @all) = ('all', '');

    for ( ;; ) {
        my ($status, $header, $body) =
            ask('GET', "/$zone/$target?channel=$channel&after=$after");

        my ($last) = $header =~ /^Last-Event-ID: (\S+)/mi;

        return @all if !defined $last || $last eq $after || $body eq '';

        push @all, split /\|/, $body, -1;
        ($target, $after) = ('poll', $last);
    }
}


sub ask {
    my ($method, $uri, $body) = @_;
    my $client = IO::Socket::INET->new("127.0.0.1:$port")
        or die "cannot connect: $!";
    my $answer = '';

    $body //= '';

    print $client "$method $uri HTTP/1.1\r\nHost: localhost\r\n"
                  . "Connection: close\r\nContent-Type:\r\n"
                  . 'Content-Length: ' . length($body) . "\r\n\r\n$body";

    do {
        IO::Select->new($client)->can_read(20) or die "no answer\n";
    } while sysread $client, $answer, 65536, length $answer;

    my ($header, $content) = split /\r\n\r\n/, $answer, 2;

    return ($answer =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none', $header // '',
            $content // '');
}
