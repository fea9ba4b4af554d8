# Errors and warnings of "nginx -t" for the settings of connections to control
# URLs.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: all settings
--- http
grip_url https://127.0.0.1:5561/;
grip_connect_timeout 1s;
grip_send_timeout 1m;
grip_read_timeout 100ms;
grip_bind 127.0.0.1;
grip_queue_size 1m;
grip_ssl_verify off;
grip_ssl_verify_depth 2;
grip_ssl_name example.com;
grip_ssl_server_name off;
grip_ssl_protocols TLSv1.2 TLSv1.3;
grip_ssl_ciphers HIGH;
grip_ssl_session_reuse off;
--- server
grip_connect_timeout 2s;
grip_send_timeout 2s;
grip_read_timeout 2s;
grip_bind off;
grip_queue_size 2m;
grip_ssl_verify on;
grip_ssl_verify_depth 1;
grip_ssl_name example.org;
grip_ssl_server_name on;
grip_ssl_protocols TLSv1.3;
grip_ssl_ciphers DEFAULT;
grip_ssl_session_reuse on;


=== TEST 2: grip_connect_timeout that is no time
--- http
grip_connect_timeout soon;
--- says
emerg: "grip_connect_timeout" directive invalid value in http.conf:1


=== TEST 3: grip_connect_timeout twice
--- server
grip_connect_timeout 1s;
grip_connect_timeout 2s;
--- says
emerg: "grip_connect_timeout" directive is duplicate in server.conf:2


=== TEST 4: grip_connect_timeout in a location
--- location
grip_connect_timeout 1s;
--- says
emerg: "grip_connect_timeout" directive is not allowed here in location.conf:1


=== TEST 5: grip_send_timeout that is no time
--- http
grip_send_timeout soon;
--- says
emerg: "grip_send_timeout" directive invalid value in http.conf:1


=== TEST 6: grip_send_timeout twice
--- server
grip_send_timeout 1s;
grip_send_timeout 2s;
--- says
emerg: "grip_send_timeout" directive is duplicate in server.conf:2


=== TEST 7: grip_send_timeout in a location
--- location
grip_send_timeout 1s;
--- says
emerg: "grip_send_timeout" directive is not allowed here in location.conf:1


=== TEST 8: grip_read_timeout that is no time
--- http
grip_read_timeout soon;
--- says
emerg: "grip_read_timeout" directive invalid value in http.conf:1


=== TEST 9: grip_read_timeout twice
--- server
grip_read_timeout 1s;
grip_read_timeout 2s;
--- says
emerg: "grip_read_timeout" directive is duplicate in server.conf:2


=== TEST 10: grip_read_timeout in a location
--- location
grip_read_timeout 1s;
--- says
emerg: "grip_read_timeout" directive is not allowed here in location.conf:1


=== TEST 11: grip_queue_size that is no size
--- http
grip_queue_size large;
--- says
emerg: "grip_queue_size" directive invalid value in http.conf:1


=== TEST 12: grip_queue_size twice
--- server
grip_queue_size 1m;
grip_queue_size 2m;
--- says
emerg: "grip_queue_size" directive is duplicate in server.conf:2


=== TEST 13: grip_queue_size in a location
--- location
grip_queue_size 1m;
--- says
emerg: "grip_queue_size" directive is not allowed here in location.conf:1


=== TEST 14: grip_bind that is no address
--- http
grip_bind nowhere;
--- says
emerg: invalid address "nowhere" in http.conf:1


=== TEST 15: grip_bind twice
--- server
grip_bind off;
grip_bind off;
--- says
emerg: "grip_bind" directive is duplicate in server.conf:2


=== TEST 16: grip_bind in a location
--- location
grip_bind off;
--- says
emerg: "grip_bind" directive is not allowed here in location.conf:1


=== TEST 17: grip_ssl_verify that is neither on nor off
--- http
grip_ssl_verify maybe;
--- says
emerg: invalid value "maybe" in "grip_ssl_verify" directive, it must be "on" or "off" in http.conf:1


=== TEST 18: grip_ssl_verify twice
--- server
grip_ssl_verify on;
grip_ssl_verify off;
--- says
emerg: "grip_ssl_verify" directive is duplicate in server.conf:2


=== TEST 19: grip_ssl_server_name that is neither on nor off
--- http
grip_ssl_server_name maybe;
--- says
emerg: invalid value "maybe" in "grip_ssl_server_name" directive, it must be "on" or "off" in http.conf:1


=== TEST 20: grip_ssl_server_name twice
--- server
grip_ssl_server_name on;
grip_ssl_server_name off;
--- says
emerg: "grip_ssl_server_name" directive is duplicate in server.conf:2


=== TEST 21: grip_ssl_session_reuse that is neither on nor off
--- http
grip_ssl_session_reuse maybe;
--- says
emerg: invalid value "maybe" in "grip_ssl_session_reuse" directive, it must be "on" or "off" in http.conf:1


=== TEST 22: grip_ssl_session_reuse twice
--- server
grip_ssl_session_reuse on;
grip_ssl_session_reuse off;
--- says
emerg: "grip_ssl_session_reuse" directive is duplicate in server.conf:2


=== TEST 23: grip_ssl_verify_depth that is no number
--- http
grip_ssl_verify_depth deep;
--- says
emerg: "grip_ssl_verify_depth" directive invalid number in http.conf:1


=== TEST 24: grip_ssl_verify_depth twice
--- server
grip_ssl_verify_depth 1;
grip_ssl_verify_depth 2;
--- says
emerg: "grip_ssl_verify_depth" directive is duplicate in server.conf:2


=== TEST 25: grip_ssl_protocols of which one is none
--- http
grip_ssl_protocols TLSv1.2 TLSv9;
--- says
emerg: invalid value "TLSv9" in http.conf:1


=== TEST 26: grip_ssl_ciphers that are none
--- http
grip_url https://127.0.0.1:5561/;
grip_ssl_ciphers NONSENSE;
grip_ssl_verify off;
--- says
emerg: ...NONSENSE...no cipher match...


=== TEST 27: grip_ssl_trusted_certificate that is not there
--- http
grip_url https://127.0.0.1:5561/;
grip_ssl_trusted_certificate /nowhere/file.pem;
--- says
emerg: .../nowhere/file.pem...No such file...


=== TEST 28: grip_ssl_crl that is not there
--- http
grip_url https://127.0.0.1:5561/;
grip_ssl_crl /nowhere/file.pem;
--- says
emerg: .../nowhere/file.pem...No such file...


=== TEST 29: grip_ssl_certificate that is not there
--- http
grip_url https://127.0.0.1:5561/;
grip_ssl_certificate_key /nowhere/key.pem;
grip_ssl_certificate /nowhere/file.pem;
--- says
emerg: .../nowhere/file.pem...No such file...


=== TEST 30: grip_ssl_certificate_key that is not there
--- http
grip_url https://127.0.0.1:5561/;
grip_ssl_certificate /nowhere/file.pem;
grip_ssl_certificate_key /nowhere/file.pem;
--- says
emerg: .../nowhere/file.pem...No such file...


=== TEST 31: grip_ssl_trusted_certificate twice
--- server
grip_ssl_trusted_certificate a;
grip_ssl_trusted_certificate b;
--- says
emerg: "grip_ssl_trusted_certificate" directive is duplicate in server.conf:2


=== TEST 32: grip_ssl_crl twice
--- server
grip_ssl_crl a;
grip_ssl_crl b;
--- says
emerg: "grip_ssl_crl" directive is duplicate in server.conf:2


=== TEST 33: grip_ssl_name twice
--- server
grip_ssl_name a;
grip_ssl_name b;
--- says
emerg: "grip_ssl_name" directive is duplicate in server.conf:2


=== TEST 34: grip_ssl_ciphers twice
--- server
grip_ssl_ciphers a;
grip_ssl_ciphers b;
--- says
emerg: "grip_ssl_ciphers" directive is duplicate in server.conf:2


=== TEST 35: grip_ssl_certificate twice
--- server
grip_ssl_certificate a;
grip_ssl_certificate b;
--- says
emerg: "grip_ssl_certificate" directive is duplicate in server.conf:2


=== TEST 36: grip_ssl_certificate_key twice
--- server
grip_ssl_certificate_key a;
grip_ssl_certificate_key b;
--- says
emerg: "grip_ssl_certificate_key" directive is duplicate in server.conf:2
