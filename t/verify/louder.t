# The first refusal of each kind in a minute is heard at nginx's usual level, and
# says where to look; what clients repeat is not.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

$Grip::Events::levels = 1;

run_tests();

__DATA__

=== TEST 1: signatures
--- http_config
    grip_url http://127.0.0.1:5561/?key=changeme&verify-key=changeme&verify-iss=pushpin;
--- config
    location /ws { grip_websocket; }
--- ws eval
join "\n", map { "/ws\nGrip-Sig:$_\nOPEN\n" }
               ('', map { " $_" } grip_sig(key => 'other'), 'x',
                                  grip_sig(exp => time - 1),
                                  grip_sig(iss => 'other')) x 2
--- answer eval
join "\n", ("403\n") x 10
--- log
warn: grip: request refused: no "Grip-Sig" header; the client does not use the proxy, or the proxy does not sign, see its "sig_key"
warn: grip: request refused: "Grip-Sig": signature mismatch; the proxy may sign with another key than that of "grip_url" or "grip_verify_key"
info: grip: request refused: "Grip-Sig": malformed token
warn: grip: request refused: "Grip-Sig": expired; the clocks of the proxy and of this machine may differ
warn: grip: request refused: "Grip-Sig": issuer mismatch; see "verify-iss=" of "grip_url" and "iss=" of "grip_verify_key"
info: grip: request refused: no "Grip-Sig" header
info: grip: request refused: "Grip-Sig": signature mismatch
info: grip: request refused: "Grip-Sig": malformed token
info: grip: request refused: "Grip-Sig": expired
info: grip: request refused: "Grip-Sig": issuer mismatch


=== TEST 2: requests without events, and publications that are refused
--- config
    location /open {
        grip_verify off;
        grip_websocket;
    }

    location /publish { grip_publish $arg_channel; }
--- ws
GET /open

GET /open

POST /publish
a

POST /publish
a
--- answer
415

415

403

403
--- log
warn: grip: not a WebSocket-over-HTTP request; the route of the proxy may lack "over_http", or the client does not use the proxy
info: grip: not a WebSocket-over-HTTP request
warn: grip: "grip_publish" refused a request that came through the proxy
info: grip: "grip_publish" refused a request that came through the proxy


=== TEST 3: of several keys the refusal that tells most
--- http_config
    grip_verify_key changeme iss=one;
    grip_verify_key other;
    grip_verify_key base64:AAAA;
--- config
    location /ws { grip_websocket; }
--- ws eval
join "\n", map { "/ws\nGrip-Sig:$_\nOPEN\n" }
               map { " $_" } grip_sig(iss => 'two'),
                             grip_sig(key => 'other', exp => 1)
--- answer eval
join "\n", ("403\n") x 2
--- log
warn: grip: request refused: "Grip-Sig": issuer mismatch; ...
warn: grip: request refused: "Grip-Sig": expired; ...
