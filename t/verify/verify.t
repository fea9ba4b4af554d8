# Which requests are believed to come through the proxy.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;
use Grip::Keys;
use MIME::Base64;

our $keys = $ENV{TEST_NGINX_KEYS} = Grip::Keys::make();
our $later = time + 3600;
our $hs = '{"typ":"JWT","alg":"HS256"}';


# a request of an OPEN for each token, to the location

sub opens {
    my ($uri, @tokens) = @_;

    return join "\n", map { "$uri\nGrip-Sig: $_\nOPEN\n" } @tokens;
}


# SOON is a token that expires a few seconds after its first block has begun,
# which has an nginx that runs

my ($expiry, $soon) = (0);

add_block_preprocessor(sub {
    my ($block) = @_;

    return if ($block->ws // '') !~ /SOON/;

    if (!$soon) {
        $expiry = time + 4;
        $soon = grip_sig(exp => $expiry);
    }

    $block->set_value(ws => $block->ws =~ s/SOON/$soon/gr);
});


sub wait_for_expiry {
    select undef, undef, undef, 0.05 while time < $expiry;
}


repeat_each(2);
run_tests();

__DATA__

=== TEST 1: signatures that are required when nothing is said and a key is known
--- config
    location /ws {
        grip_websocket;
    }

    location /plain {
        return 200 "$grip_verify";
    }
--- ws
OPEN

Grip-Sig:
OPEN

Grip-Sig: forged
OPEN

/plain

GET /plain

/plain
Grip-Sig: forged
--- answer
OPEN

403

403

=SUCCESS

=NONE

=FAILED:malformed token
--- log
info: grip: request refused: no "Grip-Sig" header
info: grip: request refused: "Grip-Sig": malformed token


=== TEST 2: and when no key is known
--- http_config
--- config
    location /ws {
        grip_websocket;
        grip_on open { send "$grip_meta_nick $grip_verify"; }
    }
--- ws
Grip-Sig:
Meta-Nick: bob
OPEN

Meta-Nick: bob
OPEN
--- answer
OPEN
TEXT m:bob NONE

OPEN
TEXT m:bob FAILED:no key
--- start_log
warn: the requests of "grip_websocket" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge events of any client, with any metas; ... in ...


=== TEST 3: on, optional and off in ordinary locations
--- config
    location /on       { grip_verify on;        return 200 "$grip_verify"; }
    location /optional { grip_verify optional;  return 200 "$grip_verify"; }
    location /off      { grip_verify off;       return 200 "$grip_verify"; }
    location /file     { grip_verify on;        root $TEST_NGINX_KEYS; }
--- ws
GET /file

GET /optional

GET /off
Grip-Sig: forged
--- answer
403

=NONE

=FAILED:malformed token
--- log
info: grip: request refused: no "Grip-Sig" header


=== TEST 4: on, optional and off for WebSockets
--- config
    location /on       { grip_verify on;        grip_websocket; }
    location /optional { grip_verify optional;  grip_websocket; }
    location /off      { grip_verify off;       grip_websocket; }
--- ws
/on
OPEN

/on
Grip-Sig:
OPEN

/on
Grip-Sig: a.b.c
OPEN

/optional
OPEN

/optional
Grip-Sig:
OPEN

/optional
Grip-Sig: a.b.c
OPEN

/off
Grip-Sig: a.b.c
OPEN

/off
Grip-Sig:
OPEN
--- answer
OPEN

403

403

OPEN

OPEN

403

OPEN

OPEN
--- log
info: grip: request refused: no "Grip-Sig" header
info: grip: request refused: "Grip-Sig": malformed ...
info: grip: request refused: "Grip-Sig": malformed ...


=== TEST 5: levels of grip_verify; what follows from a location is not inherited
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    grip_verify optional;

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name other;

        location /ws {
            grip_websocket;
        }
    }
--- config
    grip_verify off;

    location /ws {
        grip_websocket;

        location /ws/on {
            grip_verify on;
            grip_websocket;

            location /ws/on/deeper {
                grip_websocket;
            }
        }
    }
--- ws
Host: other
Grip-Sig:
OPEN

Host: other
Grip-Sig: x
OPEN

Grip-Sig: x
OPEN

/ws/on
Grip-Sig: x
OPEN

/ws/on/deeper
Grip-Sig: x
OPEN
--- answer
OPEN

403

OPEN

403

403
--- log
info: grip: request refused: "Grip-Sig": malformed token
info: grip: request refused: "Grip-Sig": malformed token
info: grip: request refused: "Grip-Sig": malformed token


=== TEST 6: the default of a WebSocket is not that of locations in it
--- config
    location /ws {
        grip_websocket;

        location /ws/plain {
            return 200 "$grip_verify";
        }
    }
--- ws
GET /ws/plain
--- answer
=NONE


=== TEST 7: tokens that are refused, and why
--- config
    location /ws {
        grip_websocket;
    }
--- ws eval
main::opens('/ws',
    grip_sig(key => 'other'),
    grip_sig(exp => time - 1),
    grip_sig(exp => undef),
    jwt('changeme', '{"exp":"' . $::later . '"}'),
    jwt('changeme', qq({"exp":$::later,"nbf":$::later})),
    jwt('changeme', qq({"exp":$::later,"nbf":"x"})),
    jwt('changeme', qq({"exp":$::later), $::hs),
    jwt('changeme', qq([$::later])),
    jwt('changeme', qq({"exp":$::later}), '{"alg":"none"}'),
    jwt('changeme', qq({"exp":$::later}), '{"alg":"HS512"}'),
    jwt('changeme', qq({"exp":$::later}), '{"alg":"hs256"}'),
    jwt('changeme', qq({"exp":$::later}), '{"typ":"JWT"}'),
    jwt('changeme', qq({"exp":$::later}), '{"alg":["HS256"]}'),
    jwt('changeme', qq({"exp":$::later}), '{"alg":"HS256","crit":["exp"]}'),
    jwt('changeme', qq({"exp":$::later}), 'x'),
    MIME::Base64::encode_base64url('{"alg":"none"}') . '.'
        . MIME::Base64::encode_base64url(qq({"exp":$::later})) . '.',
    grip_sig() . '=',
    grip_sig() . 'A',
    grip_sig() =~ s/\.[^.]*$//r,
    grip_sig() . '.x',
    'Bearer ' . grip_sig(),
    'a' x 5000)
--- answer eval
CORE::join "\n", ("403\n") x 22
--- log
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": expired
info: grip: request refused: "Grip-Sig": no expiry
info: grip: request refused: "Grip-Sig": no expiry
info: grip: request refused: "Grip-Sig": not yet valid
info: grip: request refused: "Grip-Sig": malformed claims
info: grip: request refused: "Grip-Sig": malformed claims
info: grip: request refused: "Grip-Sig": malformed claims
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": malformed header
info: grip: request refused: "Grip-Sig": malformed header
info: grip: request refused: "Grip-Sig": critical extension
info: grip: request refused: "Grip-Sig": malformed header
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": malformed ...
info: grip: request refused: "Grip-Sig": ...
info: grip: request refused: "Grip-Sig": malformed token
info: grip: request refused: "Grip-Sig": malformed signature
info: grip: request refused: "Grip-Sig": malformed header
info: grip: request refused: "Grip-Sig": token too long


=== TEST 8: the issuer, where one is asked for
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme&verify-iss=proxy;
--- config
    location /ws {
        grip_websocket;
        grip_on open { send "$grip_iss"; }
    }

    location /key {
        grip_verify_key changeme iss=a:b;
        grip_websocket;
        grip_on open { send "$grip_iss"; }
    }

    location /any {
        grip_verify_key changeme;
        grip_websocket;
        grip_on open { send "[$grip_iss]"; }
    }
--- ws eval
main::opens('/ws', map { grip_sig(iss => $_) } 'proxy', 'pushpin', undef)
. "\n" . main::opens('/key', map { grip_sig(iss => $_) } 'a:b', 'a', 'proxy')
. "\n" . main::opens('/any', map { grip_sig(iss => $_) } 'x', undef)
--- answer
OPEN
TEXT m:proxy

403

403

OPEN
TEXT m:a:b

403

403

OPEN
TEXT m:[x]

OPEN
TEXT m:[]
--- log
info: grip: request refused: "Grip-Sig": issuer mismatch
info: grip: request refused: "Grip-Sig": no issuer
info: grip: request refused: "Grip-Sig": issuer mismatch
info: grip: request refused: "Grip-Sig": issuer mismatch


=== TEST 9: ES256 and RS256, and that no key serves for another algorithm
--- http_config
--- config
    location /ec     { grip_verify_key file:$TEST_NGINX_KEYS/ec.pub;   grip_websocket; }
    location /rsa    { grip_verify_key file:$TEST_NGINX_KEYS/rsa.pub;  grip_websocket; }
    location /secret { grip_verify_key changeme;                       grip_websocket; }
--- ws eval
my $claims = qq({"exp":$::later,"iss":"pushpin"});
my $ec = Grip::Keys::sign("$::keys/ec.pem", $claims);
my $ec2 = Grip::Keys::sign("$::keys/ec2.pem", $claims);
my $rsa = Grip::Keys::sign("$::keys/rsa.pem", $claims);
my $hs = grip_sig();

main::opens('/ec', $ec, $ec2, $rsa, $hs,
    jwt(Grip::Keys::read_file("$::keys/ec.pub"), $claims),
    jwt(Grip::Keys::read_file("$::keys/ec.pub"), $claims, '{"alg":"ES256"}'),
    Grip::Keys::sign("$::keys/ec.pem", qq({"exp":1})))
. "\n" . main::opens('/rsa', $rsa, $ec, $hs,
    jwt(Grip::Keys::read_file("$::keys/rsa.pub"), $claims),
    jwt(Grip::Keys::read_file("$::keys/rsa.pub"), $claims, '{"alg":"RS256"}'))
. "\n" . main::opens('/secret', $hs, $ec, $rsa)
--- answer
OPEN

403

403

403

403

403

403

OPEN

403

403

403

403

OPEN

403

403
--- log
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": expired
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": ...
info: grip: request refused: "Grip-Sig": algorithm mismatch
info: grip: request refused: "Grip-Sig": algorithm mismatch


=== TEST 10: keys in base64, and several keys of which one will do
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
--- config eval
my $ec = MIME::Base64::encode_base64(Grip::Keys::read_file("$::keys/ec.pub"), '');

"location /base64 { grip_verify_key base64:" . MIME::Base64::encode_base64('secret', '') . ";
                    grip_websocket; }
 location /several { grip_verify_key one; grip_verify_key two iss=b;
                     grip_verify_key base64:$ec;
                     grip_websocket; grip_on open { send \$grip_iss; } }
 location /inherits { grip_websocket; }"
--- ws eval
main::opens('/base64', grip_sig(key => 'secret'), grip_sig())
. "\n" . main::opens('/several', grip_sig(key => 'one', iss => 'a'),
    grip_sig(key => 'two', iss => 'a'), grip_sig(key => 'two', iss => 'b'),
    Grip::Keys::sign("$::keys/ec.pem", qq({"exp":$::later,"iss":"c"})),
    grip_sig())
. "\n" . main::opens('/inherits', grip_sig(), grip_sig(key => 'one'))
--- answer
OPEN

403

OPEN
TEXT m:a

403

OPEN
TEXT m:b

OPEN
TEXT m:c

403

OPEN

403
--- log
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": ...
info: grip: request refused: "Grip-Sig": ...
info: grip: request refused: "Grip-Sig": signature mismatch


=== TEST 11: keys of several URLs, and of levels
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=one;
    grip_url http://127.0.0.1:5562/?iss=pushpin&key=two&verify-key=three;

    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name other;
        grip_url http://127.0.0.1:5561/?iss=pushpin&key=four;

        location /ws {
            grip_websocket;
        }
    }
--- config
    location /ws {
        grip_websocket;
    }

    location /own {
        grip_verify_key five;

        location /own/ws {
            grip_websocket;
        }
    }
--- ws eval
main::opens('/ws', map { grip_sig(key => $_) } qw(one two three four))
. "\n" . main::opens("/ws\nHost: other", map { grip_sig(key => $_) } qw(one four))
. "\n" . main::opens('/own/ws', map { grip_sig(key => $_) } qw(five one))
--- answer
OPEN

403

OPEN

403

403

OPEN

OPEN

403
--- log
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": signature mismatch


=== TEST 12: a token that is good
--- config
    location /ws {
        grip_websocket;
    }
--- ws eval
main::opens('/ws', grip_sig(exp => $::later))
--- answer
OPEN


=== TEST 13: and one that is good for some seconds
--- ws
Grip-Sig: SOON
OPEN

Grip-Sig: SOON
TEXT x
--- answer
OPEN

200


=== TEST 14: is refused as soon as it has expired
--- init
main::wait_for_expiry()
--- ws
Grip-Sig: SOON
TEXT x
--- answer
403
--- log
info: grip: request refused: "Grip-Sig": expired


=== TEST 15: a good token is good again, a changed one is not
--- config
    location /ws {
        grip_websocket;
        grip_on open { send "$grip_iss"; }
    }
--- ws eval
my $good = grip_sig(exp => $::later);
my $other = grip_sig(exp => $::later, iss => 'other');
my ($changed) = grip_sig(exp => $::later) =~ /^(.*)\./;

main::opens('/ws', $good, $good, $other, $good, $changed . '.AAAA', $good)
--- answer
OPEN
TEXT m:pushpin

OPEN
TEXT m:pushpin

OPEN
TEXT m:other

OPEN
TEXT m:pushpin

403

OPEN
TEXT m:pushpin
--- log
info: grip: request refused: "Grip-Sig": ...


=== TEST 16: claims that are good are good with another signature, if it is right
--- http_config
--- config
    location /ec {
        grip_verify_key  file:$TEST_NGINX_KEYS/ec.pub;
        grip_websocket;
        grip_on open { send "$grip_iss"; }
    }
--- ws eval
my $claims = qq({"exp":$::later,"iss":"pushpin"});
my $longer = qq({"exp":$::later,"iss":"pushpins"});

my ($one, $two) = map { Grip::Keys::sign("$::keys/ec.pem", $claims) } 1, 2;
my $wrong = Grip::Keys::sign("$::keys/ec2.pem", $claims);
my ($none) = $one =~ /^(.*\.)/;

die "the same signature twice" if $one eq $two;

main::opens('/ec', $one, $two, $two, $wrong, $none, "$one.", $one,
            Grip::Keys::sign("$::keys/ec.pem", $longer), $two)
--- answer
OPEN
TEXT m:pushpin

OPEN
TEXT m:pushpin

OPEN
TEXT m:pushpin

403

403

403

OPEN
TEXT m:pushpin

OPEN
TEXT m:pushpins

OPEN
TEXT m:pushpin
--- log
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": malformed signature



=== TEST 17: neither a password nor an address stands for a signature
--- config
    location /password {
        satisfy any;
        deny all;
        auth_basic closed;
        auth_basic_user_file $TEST_NGINX_KEYS/passwords;

        grip_websocket;
    }

    location /allow {
        satisfy any;
        allow all;
        grip_websocket;
    }

    location /deny {
        deny all;
        grip_websocket;
    }
--- init
Grip::Keys::write_file("$::keys/passwords", "bob:{PLAIN}secret\n")
--- ws
/password
OPEN

/password
Grip-Sig:
Authorization: Basic Ym9iOnNlY3JldA==
OPEN

/password
Authorization: Basic Ym9iOnNlY3JldA==
OPEN

/allow
Grip-Sig:
OPEN

/allow
OPEN

/deny
OPEN
--- answer
401

403

OPEN

403

OPEN

403
--- log
info: grip: request refused: no "Grip-Sig" header
info: grip: request refused: no "Grip-Sig" header
error: access forbidden by rule


=== TEST 18: $grip_verify decides in "if" and is seen in the log
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    log_format verify "$status $grip_verify $grip_iss";

    map $grip_verify $from_proxy { default 0; SUCCESS 1; }
--- config
    access_log logs/requests.log verify;

    location /if {
        if ($grip_verify != SUCCESS) {
            return 402;
        }

        return 200 proxied;
    }

    location /map {
        return 200 $from_proxy;
    }
--- ws
/if

GET /if

/if
Grip-Sig: x

/map

GET /map
--- answer
=proxied

402

402

=1

=0
--- access
200 SUCCESS pushpin
402 NONE -
402 FAILED:malformed token -
200 SUCCESS pushpin
200 NONE -


=== TEST 19: the verdict stays with the request when it goes elsewhere
--- config
    location /ws {
        grip_websocket;
        error_page 415 = @app;
        error_page 403 /denied;
    }

    location @app {
        return 200 "app $grip_verify $grip_meta_nick";
    }

    location = /denied {
        return 403 "denied $grip_verify";
    }

    location /rewrite {
        grip_verify optional;
        rewrite ^ /target last;
    }

    location /try {
        grip_verify on;
        try_files /none /target;
    }

    location /target {
        return 200 "target $grip_verify $grip_meta_nick";
    }
--- ws
/ws
Content-Type: text/plain
Meta-Nick: root

/ws
Grip-Sig: x
Meta-Nick: bob

/rewrite
Meta-Nick: bob

/try
Meta-Nick: bob

/try
Grip-Sig:
--- answer
=app SUCCESS 

403
=denied FAILED:malformed token

=target SUCCESS bob

=target SUCCESS bob

403
--- log
info: grip: not a WebSocket-over-HTTP request
info: grip: request refused: "Grip-Sig": malformed token
info: grip: request refused: no "Grip-Sig" header


=== TEST 20: but where it goes has keys of its own
--- config
    location /one {
        grip_verify_key one;
        grip_verify on;
        try_files /none /two;
    }

    location = /two {
        grip_verify_key two;
        grip_websocket;
    }

    location /three {
        grip_verify_key one;
        grip_verify optional;
        try_files /none /four;
    }

    location = /four {
        grip_verify_key two;
        return 200 "$grip_verify [$grip_meta_nick]";
    }
--- ws eval
main::opens('/one', map { grip_sig(key => $_) } qw(one two))
. "\n" . main::opens("/three\nMeta-Nick: bob", grip_sig(key => 'one'))
--- answer
403

403

=FAILED:signature mismatch []
--- log
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": signature mismatch


=== TEST 21: "if" opens no way around
--- config
    location /ws {
        grip_websocket;

        set $x "";

        if ($arg_x) {
            set $x 1;
        }

        if ($http_x_add) {
            add_header X-Added yes;
        }

        grip_on open { send "[$x][$grip_meta_nick]"; }
    }
--- ws
/ws?x=1
Grip-Sig:
OPEN

/ws?x=1
X-Add: 1
Grip-Sig: x
OPEN

/ws?x=1
X-Add: 1
Meta-Nick: bob
OPEN
--- answer
403

403

X-Added: yes
OPEN
TEXT m:[1][bob]
--- log
info: grip: request refused: no "Grip-Sig" header
info: grip: request refused: "Grip-Sig": malformed token


=== TEST 22: a subrequest is not verified once more
--- config
    location /ws {
        auth_request /auth;
        grip_websocket;
    }

    location = /key {
        auth_request /auth;
        alias $TEST_NGINX_KEYS/ec.pub;
    }

    location = /auth {
        internal;
        grip_verify on;
        grip_verify_key other;
        alias $TEST_NGINX_KEYS/ec.pub;
    }
--- ws
OPEN

GET /key
--- answer
OPEN

~ PUBLIC KEY


=== TEST 23: of two signatures the first one counts
--- config
    location /ws {
        grip_websocket;
    }
--- raw_request eval
my $post = sub {
    "POST /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Content-Length: 6\r\n$_[0]"
    . ws_headers('Grip-Sig' => undef) =~ s/\n/\r\n/gr . "\r\nOPEN\r\n"
};

$post->("Grip-Sig: x\r\nGrip-Sig: " . grip_sig() . "\r\n")
--- error_code: 403
--- log
info: grip: request refused: "Grip-Sig": malformed token
