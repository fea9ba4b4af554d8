# Errors and warnings of "nginx -t" for verification.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;
use Grip::Keys;
use MIME::Base64;

our $keys = Grip::Keys::make();

sub pem {
    my ($name) = @_;

    return encode_base64(Grip::Keys::read_file("$::keys/$name"), '');
}

{
    no strict 'refs';

    *{'Test::Base::Filter::pem'} = \&pem;
}

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: keys in every form
--- http eval
"grip_verify_key changeme;
grip_verify_key base64:Y2hhbmdlbWU= iss=pushpin;
grip_verify_key base64:" . pem('ec.pub') . ";
grip_verify_key file:$::keys/ec.pub;
grip_verify_key file:$::keys/rsa.pub iss=a;
grip_verify_key '{\"kty\":\"oct\",\"k\":\"Y2hhbmdlbWU\"}';
grip_verify_key fastly iss=fastly:5;
"
--- server
grip_verify on;
--- location
grip_websocket;


=== TEST 2: an empty key
--- server
grip_verify_key "";
--- says
emerg: invalid key in "grip_verify_key": empty in server.conf:1


=== TEST 3: base64 that is none
--- server
grip_verify_key base64:sec!ret;
--- says
emerg: invalid key in "grip_verify_key": not base64 in server.conf:1
--- secret
sec!ret


=== TEST 4: a file that is not there
--- location
grip_verify_key file:/nowhere/key.pem;
--- says
emerg: invalid key in "grip_verify_key": no such file in location.conf:1


=== TEST 5: a file beside nginx.conf
--- location
grip_verify_key file:key.txt;
grip_verify on;
--- files
>>> key.txt
secret


=== TEST 6: a PEM that is cut off
--- server
grip_verify_key "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
--- says
emerg: invalid key in "grip_verify_key": ...PEM... in server.conf:2
--- secret
MFkwEwYHKoZI


=== TEST 7: a curve that proxies do not sign on
--- server eval
"grip_verify_key file:$::keys/p384.pub;\n"
--- says
emerg: invalid key in "grip_verify_key": EC key of a curve other than P-256 in server.conf:1


=== TEST 8: an RSA key that is too short
--- server eval
"grip_verify_key file:$::keys/small.pub;\n"
--- says
emerg: invalid key in "grip_verify_key": RSA key of less than 2048 bits in server.conf:1


=== TEST 9: a JWK of another kind
--- server
grip_verify_key '{"kty":"OKP","crv":"Ed25519","x":"secret"}';
--- says
emerg: invalid key in "grip_verify_key": JWK ... in server.conf:1
--- secret
secret


=== TEST 10: Fastly's key without an issuer
--- server
grip_verify_key fastly;
--- says
emerg: "grip_verify_key" directive needs "iss=fastly:SERVICE-ID" with the key that all Fastly services share in server.conf:1


=== TEST 11: the same key, written out
--- server
grip_verify_key '{"kty":"EC","crv":"P-256","x":"CKo5A1ebyFcnmVV8SE5On-8G81JyBjSvcrx4VLetWCg","y":"7gwJqaU6N8TP88--twjkwoB36f-pT3QsmI46nPhjO7M"}';
--- says
emerg: "grip_verify_key" directive needs "iss=fastly:SERVICE-ID" with the key that all Fastly services share in server.conf:1


=== TEST 12: the same key in a URL, without an issuer
--- server
grip_url http://127.0.0.1:5561/?verify-key=%7B%22kty%22:%22EC%22,%22crv%22:%22P-256%22,%22x%22:%22CKo5A1ebyFcnmVV8SE5On-8G81JyBjSvcrx4VLetWCg%22,%22y%22:%227gwJqaU6N8TP88--twjkwoB36f-pT3QsmI46nPhjO7M%22%7D;
--- location
grip_websocket;
--- says
emerg: "verify-key" of http://127.0.0.1:5561 is the key that all Fastly services share, which needs "verify-iss" in server.conf:1


=== TEST 13: the same key in the environment
--- env
GRIP_VERIFY_KEY={"kty":"EC","crv":"P-256","x":"CKo5A1ebyFcnmVV8SE5On-8G81JyBjSvcrx4VLetWCg","y":"7gwJqaU6N8TP88--twjkwoB36f-pT3QsmI46nPhjO7M"}
--- location
grip_websocket;
--- says
emerg: the environment variable "GRIP_VERIFY_KEY" is the key that all Fastly services share, which needs an issuer: use "grip_verify_key fastly iss=..."


=== TEST 14: a key in the environment that is none
--- env
GRIP_VERIFY_KEY=base64:sec!ret
--- location
grip_websocket;
--- says
emerg: invalid key in the environment variable "GRIP_VERIFY_KEY": not base64
--- secret
sec!ret


=== TEST 15: an empty issuer
--- server
grip_verify_key secret iss=;
--- says
emerg: invalid parameter "iss=" in server.conf:1


=== TEST 16: another parameter
--- server
grip_verify_key secret aud=me;
--- says
emerg: invalid parameter "aud=me" in server.conf:1


=== TEST 17: no key, three
--- server
grip_verify_key;
--- says
emerg: invalid number of arguments in "grip_verify_key" directive in server.conf:1


=== TEST 18: another mode
--- location
grip_verify maybe;
--- says
emerg: invalid value "maybe" in location.conf:1


=== TEST 19: twice
--- location
grip_verify on;
grip_verify off;
--- says
emerg: "grip_verify" directive is duplicate in location.conf:2


=== TEST 20: not in "if", by which a client could turn it off
--- location
if ($arg_x) {
    grip_verify off;
}
--- says
emerg: "grip_verify" directive is not allowed here in location.conf:2


=== TEST 21: on without a key
--- location
grip_verify on;
--- says
emerg: "grip_verify on" needs a key: of a "grip_url" or "grip_verify_key" in nginx.conf:...


=== TEST 22: on without a key in a server, of which a location has none
--- server
grip_verify on;
--- says
emerg: "grip_verify on" needs a key: of a "grip_url" or "grip_verify_key" in nginx.conf:...


=== TEST 23: on without a key in a server, of which each location has one
--- server
grip_verify on;
--- location
grip_verify_key secret;


=== TEST 24: on with a URL that has no key
--- server
grip_url http://127.0.0.1:5561/;
grip_verify on;
--- says
emerg: "grip_verify on" needs a key: of a "grip_url" or "grip_verify_key" in nginx.conf:...


=== TEST 25: one URL of several that cannot verify
--- server
grip_url http://127.0.0.1:5561/?iss=pushpin&key=one;
grip_url http://127.0.0.1:5562/;
--- location
grip_websocket;
--- says
warn: requests signed by the proxy of http://127.0.0.1:5562 cannot be verified: it has no key, unlike another "grip_url" in server.conf...


=== TEST 26: URLs that cannot verify, where a key is said apart
--- server
grip_url http://127.0.0.1:5561/?iss=pushpin&key=one;
grip_url http://127.0.0.1:5562/;
grip_verify_key one;
--- location
grip_websocket;


=== TEST 27: a key that everybody knows, to another machine
--- http
grip_url http://192.0.2.1:5561/?iss=pushpin&key=changeme;
--- says
warn: the key of http://192.0.2.1:5561 is the default of Pushpin: everybody knows it in http.conf:1


=== TEST 28: on the same machine
--- http
grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
grip_url http://localhost:5561/?iss=pushpin&key=changeme;
grip_url http://[::1]:5561/?iss=pushpin&key=changeme;


=== TEST 29: for verification only
--- http
grip_url http://192.0.2.1:5561/?verify-key=changeme;
--- says
warn: the key of http://192.0.2.1:5561 is the default of Pushpin: everybody knows it in http.conf:1


=== TEST 30: a key in the environment that is none, beside a URL
--- env
GRIP_URL=http://127.0.0.1:5561/
GRIP_VERIFY_KEY=file:/nowhere/key.pem
--- location
grip_websocket;
--- says
emerg: invalid key in the environment variable "GRIP_VERIFY_KEY": no such file


=== TEST 31: beside a URL with a key of its own
--- env
GRIP_URL=http://127.0.0.1:5561/?iss=pushpin&key=one
GRIP_VERIFY_KEY=base64:sec!ret
--- location
grip_websocket;
--- says
emerg: invalid key in the environment variable "GRIP_VERIFY_KEY": not base64
--- secret
sec!ret


=== TEST 32: beside a URL that is not in the environment
--- env
GRIP_VERIFY_KEY=-----BEGIN PUBLIC KEY-----
--- http
grip_url http://127.0.0.1:5561/?iss=pushpin&key=one;
--- location
grip_websocket;
--- says
emerg: invalid key in the environment variable "GRIP_VERIFY_KEY": ...PEM...


=== TEST 33: the key of all Fastly services in the environment, for a URL
--- env
GRIP_URL=http://127.0.0.1:5561/
GRIP_VERIFY_KEY={"kty":"EC","crv":"P-256","x":"CKo5A1ebyFcnmVV8SE5On-8G81JyBjSvcrx4VLetWCg","y":"7gwJqaU6N8TP88--twjkwoB36f-pT3QsmI46nPhjO7M"}
--- location
grip_websocket;
--- says
emerg: "GRIP_VERIFY_KEY" of http://127.0.0.1:5561 is the key that all Fastly services share, which needs "verify-iss" in the environment variable "GRIP_URL"


=== TEST 34: where the URL says whose it is
--- env
GRIP_URL=http://127.0.0.1:5561/?verify-iss=fastly:5
GRIP_VERIFY_KEY={"kty":"EC","crv":"P-256","x":"CKo5A1ebyFcnmVV8SE5On-8G81JyBjSvcrx4VLetWCg","y":"7gwJqaU6N8TP88--twjkwoB36f-pT3QsmI46nPhjO7M"}
--- location
grip_websocket;


=== TEST 35: a key of the environment in a file beside nginx.conf
--- env
GRIP_VERIFY_KEY=file:key.txt
--- location
grip_websocket;
grip_verify on;
--- files
>>> key.txt
secret


=== TEST 36: a key in the environment that no URL asks for
--- env
GRIP_VERIFY_KEY=file:/nowhere/key.pem
--- http
grip_url http://127.0.0.1:5561/?verify-key=one;
--- location
grip_websocket;


=== TEST 37: a host of the environment that is not known
--- env
GRIP_URL=http://nowhere.invalid:5561/?iss=pushpin&key=one
--- location
grip_websocket;
--- says
emerg: host not found in upstream "nowhere.invalid" in the environment variable "GRIP_URL"


=== TEST 38: an upstream of the environment with a port
--- env
GRIP_URL=http://proxies:5561/?iss=pushpin&key=one
--- http
upstream proxies { server 127.0.0.1:5561; }
--- location
grip_websocket;
--- says
emerg: "grip_url" http://proxies:5561 names the upstream "proxies" and may not have a port in the environment variable "GRIP_URL"


=== TEST 39: a key in the environment that everybody knows
--- env
GRIP_URL=http://192.0.2.1:5561/?iss=pushpin&key=changeme
--- location
grip_websocket;
--- says
warn: the key of http://192.0.2.1:5561 is the default of Pushpin: everybody knows it in the environment variable "GRIP_URL"


=== TEST 40: an issuer to verify, and no key: the README form of Fastly's demos
--- server
grip_url https://192.0.2.1/service/5?key=token&verify-iss=fastly:5;
--- location
grip_websocket;
--- says
emerg: "verify-iss" of https://192.0.2.1 verifies nothing without a key: use "grip_verify_key fastly iss=fastly:5" in server.conf:1


=== TEST 41: where nothing is verified that would tell
--- http
grip_url https://192.0.2.1/service/5?key=token&verify-iss=fastly:5;
--- location
grip_publish room;
--- says
emerg: "verify-iss" of https://192.0.2.1 verifies nothing without a key: use "grip_verify_key fastly iss=fastly:5" in http.conf:1


=== TEST 42: in the environment
--- env
GRIP_URL=https://192.0.2.1/service/5?key=token&verify-iss=fastly:5
--- location
grip_websocket;
--- says
emerg: "verify-iss" of https://192.0.2.1 verifies nothing without a key: use "grip_verify_key fastly iss=fastly:5" in the environment variable "GRIP_URL"


=== TEST 43: an issuer that is not Fastly
--- server
grip_url http://127.0.0.1:5562/?iss=pushpin&key=one;
grip_url http://127.0.0.1:5561/?verify-iss=me;
grip_verify off;
--- location
grip_websocket;
--- says
emerg: "verify-iss" of http://127.0.0.1:5561 verifies nothing without a key: use "grip_verify_key KEY iss=me" in server.conf:2


=== TEST 44: a key only below the level of the URL
--- server
grip_url http://127.0.0.1:5561/?verify-iss=me;
--- location
grip_websocket;
grip_verify_key one iss=me;
--- says
emerg: "verify-iss" of http://127.0.0.1:5561 verifies nothing without a key: use "grip_verify_key KEY iss=me" in server.conf:1


=== TEST 45: a key beside it
--- server
grip_url https://192.0.2.1/service/5?key=token&verify-iss=fastly:5;
grip_verify_key fastly iss=fastly:5;
--- location
grip_websocket;


=== TEST 46: a key above it
--- http
grip_verify_key fastly iss=fastly:5;
--- server
grip_url https://192.0.2.1/service/5?key=token&verify-iss=fastly:5;
--- location
grip_websocket;


=== TEST 47: a key in the environment
--- env
GRIP_URL=http://127.0.0.1:5561/?key=token&verify-iss=me
GRIP_VERIFY_KEY=one
--- location
grip_websocket;


=== TEST 48: a key in it
--- server
grip_url http://127.0.0.1:5561/?iss=a&key=one&verify-iss=me;
grip_url http://127.0.0.1:5561/?verify-key=one&verify-iss=me;
--- location
grip_websocket;


=== TEST 49: nothing is verified, and nobody said so
--- http
grip_url http://127.0.0.1:5561/;
--- location
grip_on text { send x; }
grip_websocket;
--- says
warn: the requests of "grip_websocket" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge events of any client, with any metas; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in location.conf:2


=== TEST 50: a URL whose key is for publishing alone
--- http
grip_url http://127.0.0.1:5561/?key=token;
--- location
grip_websocket;
--- says
warn: the requests of "grip_websocket" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge events of any client, with any metas; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in location.conf:1


=== TEST 51: no URL at all, but a mode
--- server
grip_verify optional;
location /off { grip_verify off; grip_websocket; }
--- location
grip_websocket;
--- says
warn: the requests of "grip_websocket" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge events of any client, with any metas; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in location.conf:1


=== TEST 52: a hold
--- http
grip_url http://127.0.0.1:5561/;
--- location
grip_hold sse;
grip_channel room;
--- says
warn: the requests of "grip_hold" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge what a client has received; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in location.conf:1


=== TEST 53: a function
--- http
grip_url http://127.0.0.1:5561/;
--- location
grip_lambda /invoke;
--- says
warn: the requests of "grip_lambda" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge events of any client, with any metas; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in location.conf:1


=== TEST 54: several: the first, and how many more
--- http
grip_url http://127.0.0.1:5561/;
--- server
location /off { grip_verify off; grip_websocket; }
location /publish { grip_publish room; }
location /a { grip_websocket; }
location /b { grip_hold stream; grip_channel a; grip_hold_body ""; }
location /c { grip_verify_key one; grip_websocket; location /c/d { grip_lambda /x; } location /c/e { grip_verify_key one; } }
location /c2 { proxy_pass http://127.0.0.1:1; location /c2/d { grip_lambda /x; } }
location /control/ { grip_control; }
--- location
grip_websocket;
--- says
warn: the requests of "grip_websocket" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge events of any client, with any metas; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in server.conf:3, and in 3 more locations


=== TEST 55: the blocks of a location are no more locations
--- http
grip_url http://127.0.0.1:5561/;
--- server
if ($arg_y) {
    set $y z;
}
--- location
grip_websocket;
if ($arg_x) {
    set $x y;
}
limit_except POST {
    deny all;
}
--- says
warn: the requests of "grip_websocket" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge events of any client, with any metas; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in location.conf:1


=== TEST 56: a hold from above, in two locations
--- http
grip_url http://127.0.0.1:5561/;
--- server
grip_hold stream;
grip_channel room;
location /off { grip_verify off; }
location /none { grip_hold off; }
location /publish { grip_publish room; }
location /else { if ($arg_x) { set $x y; } }
--- says
warn: the requests of "grip_hold" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge what a client has received; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in server.conf:1, and in 1 more location


=== TEST 57: a server without a location
--- http
server {
    listen unix:conf.sock;
    grip_url http://127.0.0.1:5561/;
    grip_hold stream;
    grip_channel room;
}
--- says
warn: the requests of "grip_hold" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge what a client has received; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in http.conf:4


=== TEST 58: an environment that has lost its URL
--- env
GRIP_URL=
GRIP_PREFIX=a-
--- location
grip_websocket;
--- says
warn: the requests of "grip_websocket" are not verified: without a key, anybody who reaches nginx can pose as the proxy and forge events of any client, with any metas; give "grip_url" a key, use "grip_verify_key", or say "grip_verify off" in location.conf:1


=== TEST 59: off, at whichever level
--- http
grip_url http://127.0.0.1:5561/;
grip_verify off;
grip_hold sse;
grip_channel room;
--- server
location /fn { grip_lambda /x; }
--- location
grip_websocket;


=== TEST 60: off above, and on
--- http
grip_verify off;
--- location
grip_websocket;
grip_verify on;
--- says
emerg: "grip_verify on" needs a key: of a "grip_url" or "grip_verify_key" in nginx.conf...


=== TEST 61: an issuer that is a variable
--- server
grip_verify_key secret iss=$who;
--- says
emerg: invalid parameter "iss=$who" in server.conf:1


=== TEST 62: a key that looks like a variable
--- server
grip_verify_key $secret;
--- says
emerg: "grip_verify_key" directive takes no variables, a key that looks like one is written as "base64:..." in server.conf:1


=== TEST 63: one that only begins so
--- server
grip_verify_key $ecret!;
--- location
grip_websocket;
