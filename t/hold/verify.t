# Holds are for what came through the proxy.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

my $good = grip_sig();
my $bad = grip_sig(key => 'other');

add_block_preprocessor(sub {
    my ($block) = @_;
    my $ws = $block->ws or return;

    $ws =~ s/^Signed$/Grip-Sig: $good/mg;
    $ws =~ s/^Forged$/Grip-Sig: $bad/mg;
    $block->set_value(ws => $ws);
});

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: with a known key a hold must be signed
--- config
    location /held {
        grip_hold       stream;
        grip_channel    room;
        grip_hold_body  "held\n";
    }
--- ws
GET /held
Signed

GET /held
Forged

GET /held
--- answer
Grip-Hold: stream
= held\n

403
! Grip-Hold

403
! Grip-Hold
--- log
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: no "Grip-Sig" header



=== TEST 2: optional, who comes without the proxy gets the response alone
--- config
    location /held {
        grip_verify     optional;
        grip_hold       stream;
        grip_channel    $arg_room;
        grip_hold_body  "held\n";
    }
--- ws
GET /held?room=x
Signed

GET /held?room=x

GET /held?room=x,y

GET /held?room=x
Forged
--- answer
Grip-Hold: stream
Grip-Channel: x
= held\n

! Grip-Hold
! Grip-Channel
= held\n

! Grip-Hold
= held\n

403
! Grip-Hold
--- log
info: grip: request refused: "Grip-Sig": signature mismatch



=== TEST 3: off, all is believed
--- config
    location /held {
        grip_verify     off;
        grip_hold       stream;
        grip_channel    room;
        grip_hold_body  "held\n";
    }
--- ws
GET /held

GET /held
Forged
--- answer
Grip-Hold: stream
= held\n

Grip-Hold: stream
= held\n



=== TEST 4: return answers before anything is refused, but is not held
--- config
    location /held {
        grip_hold     stream;
        grip_channel  room;
        return        200 "returned\n";
    }
--- ws
GET /held
Signed

GET /held

GET /held
Forged
--- answer
Grip-Hold: stream
= returned\n

! Grip-Hold
! Grip-Channel
= returned\n

! Grip-Hold
! Grip-Channel
= returned\n



=== TEST 5: grip_hold_body comes after what protects a location
--- config
    location /denied {
        deny            all;
        grip_hold       stream;
        grip_channel    room;
        grip_hold_body  "held\n";
    }

    location /auth {
        auth_request    /check;
        grip_hold       stream;
        grip_channel    room;
        grip_hold_body  "held\n";
    }

    location /check {
        if ($http_x_user = ann) { return 204; }
        return 401;
    }

    location /any {
        satisfy         any;
        auth_basic      closed;
        auth_basic_user_file /dev/null;
        grip_hold       stream;
        grip_channel    room;
        grip_hold_body  "held\n";
    }
--- ws
GET /denied
Signed

GET /auth
X-User: bob
Signed

GET /auth
X-User: ann
Signed

GET /any
Signed
--- answer
403
! Grip-Hold

401
! Grip-Hold

Grip-Hold: stream
= held\n

401
! Grip-Hold
--- log
error: access forbidden by rule



=== TEST 6: an answer that is cached for all is held for the signed only
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    proxy_cache_path $TEST_NGINX_SERVROOT/cache keys_zone=cache:1m;

    server {
        listen unix:$TEST_NGINX_SERVROOT/backend.sock;
        location / { return 200 "$request_id"; }
    }
--- config
    location /held {
        grip_verify        optional;
        grip_hold          stream;
        grip_channel       room;
        proxy_cache        cache;
        proxy_cache_valid  1m;
        proxy_pass         http://unix:$TEST_NGINX_SERVROOT/backend.sock;
        add_header         X-Cache $upstream_cache_status;
    }
--- ws
GET /held

GET /held
Signed

GET /held
--- answer
! Grip-Hold
~ .

Grip-Hold: stream
X-Cache: HIT
~ .

X-Cache: HIT
! Grip-Hold
! Grip-Channel
~ .
