# Texts that must not be sent are seen, in each form that they may have: by the
# nginx of this folder, which does nothing about it but report.

use strict;
use warnings;

use lib 't/lib';
use Grip ();
use Grip::Nginx;
use MIME::Base64 qw(encode_base64 encode_base64url);
use Test::More;

plan skip_all => 'for "make BUILD=asan" and "make BUILD=canary"'
    if !$ENV{GRIP_BUILD};

my $reports = $ENV{TEST_REPORTS};
my $canary = 'canary-Vq8tXz3Lw7';
my $key = 'a key that is kept!';

my %texts = (
    canary => $canary,
    key    => $key,
    new    => '`' x 24,
    old    => '~' x 24,
);

my %forms = (
    'as it is'  => sub { "before $_[0] behind" },
    'in JSON'   => sub { $_[0] =~ s/(.)/sprintf '\u%04x', ord $1/ger },
    'in a URI'  => sub { $_[0] =~ s/(\W)/sprintf '%%%02x', ord $1/ger },
    'in a URI, each byte' => sub { $_[0] =~ s/(.)/sprintf '%%%02X', ord $1/ger },
    map {
        my $before = 'x' x $_;
        ("in base64 behind $_ bytes", sub { encode_base64("$before$_[0]yyy", '') },
         "in base64url behind $_ bytes", sub { encode_base64url("$before$_[0]y") })
    } 0 .. 2
);

my $port = Grip::Nginx::port();
my (%found, %says);


for my $text (keys %texts) {
    for my $form (keys %forms) {
        my $name = "$text-$form" =~ tr/ ,/-/dr;

        $says{$name} = $forms{$form}->($texts{$text});
    }
}

$says{nothing} = 'canary, a key, ' . '`' x 8 . '~' x 8
                 . encode_base64('x' x 100, '');

my $locations = join '', map {
    (my $value = $says{$_}) =~ s/\\/\\\\/g;
    qq(        location = /$_ { return 200 '$value'; }\n)
} sort keys %says;

my $nginx = Grip::Nginx->start(http => <<"END");
    server {
        listen 127.0.0.1:$port;
        grip_verify_key "$key";
$locations
    }
END

for my $name (sort keys %says) {
    my ($answer) = $nginx->requests($port, "GET /$name HTTP/1.0\r\n\r\n");

    is(Grip::Nginx::body($answer), $says{$name}, "$name is sent");

    my @files = glob "$reports.foreign.*";

    if ($name eq 'nothing') {
        is("@files", '', 'and nothing is wrong about it');

    } else {
        is(scalar @files, 1, 'and seen');
        like(Grip::Nginx::read_file($files[0] || ''),
             qr/^foreign memory is sent/, 'and reported');
    }

    unlink @files;
}

$nginx->stop;
is($nginx->alerts, '', 'nothing alarming in the log');

done_testing();
