# TLS toward control URLs. The control URL is a TLS server of the same nginx,
# which tells in the path what it saw of the client, and passes on to a sink.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';
use File::Temp qw(tempdir);

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();
$ENV{TEST_NGINX_TLS} = Grip::Sink::unused_port();

my $certs = $ENV{TEST_NGINX_CERTS} = tempdir(CLEANUP => 1);

sub openssl {
    my $out = `cd $certs && openssl @_ 2>&1`;

    die "openssl @_:\n$out" if $?;
}

# a key and a certificate for a name, signed by an issuer

sub certificate {
    my ($name, $issuer, $extension) = @_;

    open my $out, '>', "$certs/$name.ext" or die $!;
    print $out $extension;
    close $out;

    my $signer = $issuer ? "-CA $issuer.pem -CAkey $issuer.key -CAcreateserial"
                         : "-signkey $name.key";

    openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
            . " -keyout $name.key -subj /CN=$name -out $name.csr");
    openssl("x509 -req -in $name.csr $signer -days 2 -extfile $name.ext"
            . " -out $name.pem");
}

certificate('ca', undef, "basicConstraints=critical,CA:true\n"
            . "keyUsage=keyCertSign,cRLSign\n");
certificate('between', 'ca', "basicConstraints=critical,CA:true\n");
certificate('localhost', 'between', "subjectAltName=DNS:localhost\n");
certificate('client', 'ca', "extendedKeyUsage=clientAuth\n");

openssl('req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        . ' -keyout other.key -subj /CN=other -days 2 -out other.pem');

{
    open my $out, '>', "$certs/ca.cnf" or die $!;
    print $out <<"END";
[ca]
default_ca = own
[own]
database = $certs/index
default_md = sha256
default_crl_days = 2
END
    close $out;

    for my $ca (qw(ca between)) {
        open my $index, '>', "$certs/index" or die $!;

        openssl("ca -config ca.cnf -cert $ca.pem -keyfile $ca.key"
                . " -revoke localhost.pem") if $ca eq 'between';
        openssl("ca -config ca.cnf -cert $ca.pem -keyfile $ca.key -gencrl"
                . " -out $ca.crl");
    }
}

sub join_files {
    my ($to, @from) = @_;

    open my $out, '>', "$certs/$to" or die $!;

    for (@from) {
        open my $in, '<', "$certs/$_" or die $!;
        print {$out} readline $in;
    }
}

join_files('chain.pem', 'localhost.pem', 'between.pem');
join_files('crl.pem', 'ca.crl', 'between.crl');

add_block_preprocessor(sub {
    my ($block) = @_;

    delete $ENV{SSL_CERT_FILE};

    for (split /\n/, $block->environment // '') {
        my ($name, $value) = split /=/, $_, 2;

        $value =~ s/\$(TEST_NGINX_\w+)/$ENV{$1}/g;
        $ENV{$name} = $value;
    }

    $block->set_value(http_config => ($block->http_config // '') . <<'END');
        log_format saw '[$ssl_server_name] $ssl_protocol $ssl_cipher '
                       '[$ssl_client_s_dn] $ssl_session_reused '
                       '$connection_requests';

        server {
            listen  127.0.0.1:$TEST_NGINX_TLS ssl;

            ssl_certificate         $TEST_NGINX_CERTS/chain.pem;
            ssl_certificate_key     $TEST_NGINX_CERTS/localhost.key;
            ssl_protocols           TLSv1.2 TLSv1.3;
            ssl_session_cache       shared:TLS:1m;
            ssl_verify_client       optional;
            ssl_client_certificate  $TEST_NGINX_CERTS/ca.pem;

            location / {
                access_log  logs/tls.log saw;
                proxy_pass  http://$TEST_NGINX_SINK;
            }
        }
END

    return if $block->must_die;

    $block->set_value(config => ($block->config // '') . <<'END');
        location = /publish {
            grip_publish         room;
            grip_publish_format  ws-message;
        }

        location = /saw {
            alias  logs/tls.log;
        }
END
});

check_accum_error_log();
repeat_each(1);
no_long_string();
no_shuffle();
run_tests();

__DATA__

=== TEST 1: a certificate of somebody else is not believed
--- config
    grip_url  https://localhost:$TEST_NGINX_TLS/ok/1/?iss=me&key=secret;
--- request
POST /publish
hello
--- error_code: 502
--- error_log
upstream SSL certificate verify error: (20:
failed: 502, 1 items of 1 requests



=== TEST 2: one of an authority that is trusted is
--- config
    grip_url                      https://localhost:$TEST_NGINX_TLS/ok/2/;
    grip_ssl_trusted_certificate  $TEST_NGINX_CERTS/ca.pem;
--- request eval
["POST /publish\nhello", "GET /saw"]
--- response_body_like eval
["Published", '^\[localhost\] TLSv1\.3 \S+ \[-\] \. 1\n$']
--- no_error_log
SSL certificate verify error



=== TEST 3: the authorities of the system are trusted by default
--- environment
SSL_CERT_FILE=$TEST_NGINX_CERTS/ca.pem
--- config
    grip_url  https://localhost:$TEST_NGINX_TLS/ok/3/;
--- request
POST /publish
hello
--- response_body
Published
--- no_error_log
SSL certificate verify error



=== TEST 4: the name must match
--- config
    grip_url                      https://127.0.0.1:$TEST_NGINX_TLS/ok/4/;
    grip_ssl_trusted_certificate  $TEST_NGINX_CERTS/ca.pem;
--- request
POST /publish
hello
--- error_code: 502
--- error_log
upstream SSL certificate does not match "127.0.0.1"



=== TEST 5: or another be given
--- config
    grip_url                      https://127.0.0.1:$TEST_NGINX_TLS/ok/5/;
    grip_ssl_trusted_certificate  $TEST_NGINX_CERTS/ca.pem;
    grip_ssl_name                 localhost;
--- request eval
["POST /publish\nhello", "GET /saw"]
--- response_body_like eval
["Published", '^\[localhost\] ']



=== TEST 6: verification off, no server name
--- config
    grip_url              https://127.0.0.1:$TEST_NGINX_TLS/ok/6/;
    grip_ssl_verify       off;
    grip_ssl_server_name  off;
    grip_ssl_name         localhost;
--- request eval
["POST /publish\nhello", "GET /saw"]
--- response_body_like eval
["Published", '^\[-\] ']



=== TEST 7: protocol and ciphers
--- config
    grip_url            https://localhost:$TEST_NGINX_TLS/ok/7/;
    grip_ssl_verify     off;
    grip_ssl_protocols  TLSv1.2;
    grip_ssl_ciphers    ECDHE-ECDSA-AES256-GCM-SHA384;
--- request eval
["POST /publish\nhello", "GET /saw"]
--- response_body_like eval
["Published", ' TLSv1\.2 ECDHE-ECDSA-AES256-GCM-SHA384 ']



=== TEST 8: a certificate of our own
--- config
    grip_url                  https://localhost:$TEST_NGINX_TLS/ok/8/;
    grip_ssl_verify           off;
    grip_ssl_certificate      $TEST_NGINX_CERTS/client.pem;
    grip_ssl_certificate_key  $TEST_NGINX_CERTS/client.key;
--- request eval
["POST /publish\nhello", "GET /saw"]
--- response_body_like eval
["Published", '\[CN=client\]']



=== TEST 9: a session serves again
--- config
    grip_url            https://localhost:$TEST_NGINX_TLS/ok/9/;
    grip_ssl_verify     off;
    grip_ssl_protocols  TLSv1.2;
--- request eval
["POST /publish\nhello", "POST /publish\nhello", "GET /saw"]
--- response_body_like eval
["Published", "Published", ' \. 1\n.* r 1\n$']



=== TEST 10: or not
--- config
    grip_url                https://localhost:$TEST_NGINX_TLS/ok/10/;
    grip_ssl_verify         off;
    grip_ssl_protocols      TLSv1.2;
    grip_ssl_session_reuse  off;
--- request eval
["POST /publish\nhello", "POST /publish\nhello", "GET /saw"]
--- response_body_like eval
["Published", "Published", ' \. 1\n.* \. 1\n$']



=== TEST 11: a certificate that was revoked
--- config
    grip_url                      https://localhost:$TEST_NGINX_TLS/ok/11/;
    grip_ssl_trusted_certificate  $TEST_NGINX_CERTS/ca.pem;
    grip_ssl_crl                  $TEST_NGINX_CERTS/crl.pem;
--- request
POST /publish
hello
--- error_code: 502
--- error_log
upstream SSL certificate verify error: (23:certificate revoked)



=== TEST 12: a chain that is too long
--- config
    grip_url                      https://localhost:$TEST_NGINX_TLS/ok/12/;
    grip_ssl_trusted_certificate  $TEST_NGINX_CERTS/ca.pem;
    grip_ssl_verify_depth         0;
--- request
POST /publish
hello
--- error_code: 502
--- error_log
upstream SSL certificate verify error: (



=== TEST 13: connections are kept, TLS included
--- http_config
    upstream localhost {
        server     127.0.0.1:$TEST_NGINX_TLS;
        keepalive  2;
    }
--- config
    grip_url                      https://localhost/keep/13/;
    grip_ssl_trusted_certificate  $TEST_NGINX_CERTS/ca.pem;
    grip_ssl_session_reuse        off;
--- request eval
["POST /publish\nhello", "POST /publish\nhello", "GET /saw"]
--- response_body_like eval
["Published", "Published", ' \. 1\n.* \. 2\n$']
--- no_error_log
[error]



=== TEST 14: a server of its own mind
--- http_config
    grip_url                      https://localhost:$TEST_NGINX_TLS/ok/14/;
    grip_ssl_trusted_certificate  $TEST_NGINX_CERTS/other.pem;

    server {
        listen  unix:$TEST_NGINX_SERVROOT/logs/own.sock;
        grip_ssl_trusted_certificate  $TEST_NGINX_CERTS/ca.pem;
        location / { grip_publish room; }
    }
--- config
    location /own {
        proxy_pass  http://unix:$TEST_NGINX_SERVROOT/logs/own.sock;
    }
--- request eval
["POST /publish\nhello", "POST /own\nhello"]
--- error_code eval
[502, 200]



=== TEST 15: no context without an https URL
--- config
    grip_url                      http://$TEST_NGINX_SINK/ok/15/;
    grip_ssl_trusted_certificate  /nowhere/ca.pem;
--- request
POST /publish
hello
--- response_body
Published



=== TEST 16: a file that is not there
--- config
    grip_url                      https://localhost:$TEST_NGINX_TLS/;
    grip_ssl_trusted_certificate  /nowhere/ca.pem;
--- must_die
--- error_log
fopen(/nowhere/ca.pem, r)



=== TEST 17: a certificate without a key
--- config
    grip_url              https://localhost:$TEST_NGINX_TLS/;
    grip_ssl_certificate  $TEST_NGINX_CERTS/client.pem;
--- must_die
--- error_log
no "grip_ssl_certificate_key" is defined for certificate



=== TEST 18: a protocol that is none
--- config
    grip_ssl_protocols  TLSv9;
--- must_die
--- error_log
invalid value "TLSv9"
