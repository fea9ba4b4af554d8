package Grip::Keys;

# Key pairs made by the openssl program, and tokens signed with them:
#
#     use Grip::Keys;
#
#     my $dir = Grip::Keys::make();
#
# makes ec.pem, ec2.pem, rsa.pem, p384.pem and small.pem (an RSA key of 1024
# bits) with the public keys beside them, ec.pub and so on, in a folder that
# goes with the process.
#
#     my $token = Grip::Keys::sign("$dir/ec.pem", '{"exp":...}');

use strict;
use warnings;

use File::Temp qw(tempdir);
use MIME::Base64 qw(encode_base64url);

my %kinds = (
    ec    => 'EC -pkeyopt ec_paramgen_curve:P-256',
    ec2   => 'EC -pkeyopt ec_paramgen_curve:P-256',
    p384  => 'EC -pkeyopt ec_paramgen_curve:P-384',
    rsa   => 'RSA -pkeyopt rsa_keygen_bits:2048',
    small => 'RSA -pkeyopt rsa_keygen_bits:1024',
);


sub make {
    my $dir = tempdir(CLEANUP => 1);

    chmod 0755, $dir;

    for my $name (sort keys %kinds) {
        my $file = "$dir/$name";

        openssl("genpkey -algorithm $kinds{$name} -out $file.pem");
        openssl("pkey -in $file.pem -pubout -out $file.pub");
    }

    return $dir;
}


sub openssl {
    my ($command) = @_;

    system("openssl $command 2> /dev/null") == 0
        or die "openssl $command failed\n";
}


# a token with these claims, whose header may be given, too

sub sign {
    my ($key, $claims, $header) = @_;
    my $ec = $key =~ m{/ec\d*\.pem$};

    $header //= $ec ? '{"typ":"JWT","alg":"ES256"}'
                    : '{"typ":"JWT","alg":"RS256"}';

    my $text = encode_base64url($header) . '.' . encode_base64url($claims);
    my $file = $key =~ s{[^/]*$}{text}r;

    write_file($file, $text);

    my $signature = `openssl dgst -sha256 -sign $key $file`;

    die "openssl dgst failed\n" if $? != 0;

    $signature = raw($signature) if $ec;

    return "$text." . encode_base64url($signature);
}


# the two numbers of a DER signature, 32 bytes each

sub raw {
    my ($der) = @_;
    my (undef, undef, @numbers) = unpack 'CC (x C/a)2', $der;

    return join '', map { substr "\0" x 32 . $_, -32 } @numbers;
}


sub read_file {
    my ($name) = @_;

    open my $file, '<', $name or die "$name: $!\n";

    return join '', <$file>;
}


sub write_file {
    my ($name, $text) = @_;

    open my $file, '>', $name or die "$name: $!\n";
    print $file $text;
    close $file or die "$name: $!\n";
}


1;
