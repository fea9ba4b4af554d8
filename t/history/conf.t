# The directives of histories, as nginx -t takes and refuses them.

use lib 't/lib';
use Grip;
use Test::Base 'no_plan';
use Grip::Conf;

run { Grip::Conf::check(shift) };

__DATA__

=== TEST 1: all parameters
--- http
grip_history_zone news:64m items=10 bytes=64k ttl=10m channels=1000;
grip_history news;
--- server
grip_history off;
--- location
grip_history news;
--- says


=== TEST 2: a history may be named before its zone
--- http
grip_history news;
grip_history_zone news:1m;
--- says


=== TEST 3: a history that is none
--- location
grip_history news;
--- says
emerg: unknown zone "news" in location.conf:1



=== TEST 4: a history twice
--- location
grip_history off;
grip_history off;
--- says
emerg: "grip_history" directive is duplicate in location.conf:2



=== TEST 5: a zone twice
--- http
grip_history_zone news:1m;
grip_history_zone news:1m;
--- says
emerg: duplicate zone "news" in http.conf:2



=== TEST 6: a zone without a size
--- http
grip_history_zone news;
--- says
emerg: invalid zone "news", it must be NAME:SIZE in http.conf:1



=== TEST 7: a zone that is too small
--- http
grip_history_zone news:32k;
--- says
emerg: zone "news" is too small, its size must be at least 64k in http.conf:1



=== TEST 8: a parameter that is none
--- http
grip_history_zone news:1m size=3;
--- says
emerg: invalid parameter "size=3" in http.conf:1



=== TEST 9: no items
--- http
grip_history_zone news:1m items=0;
--- says
emerg: invalid parameter "items=0" in http.conf:1



=== TEST 10: bytes of which an eighth is nothing
--- http
grip_history_zone news:1m bytes=1023;
--- says
emerg: invalid parameter "bytes=1023" in http.conf:1



=== TEST 11: no time
--- http
grip_history_zone news:1m ttl=0;
--- says
emerg: invalid parameter "ttl=0" in http.conf:1



=== TEST 12: more channels than there is room for
--- http
grip_history_zone news:1m channels=513;
--- says
emerg: a zone of that size can have 512 channels in http.conf:1



=== TEST 13: a parameter twice
--- http
grip_history_zone news:1m items=1 items=2;
--- says
emerg: duplicate parameter "items=2" in http.conf:1



=== TEST 14: ids of other than the history's making
--- http
grip_history_zone news:1m;
grip_url http://127.0.0.1:5561;
--- server
grip_history news;
grip_publish_id 5;
--- location
grip_publish room;
--- says
emerg: "grip_publish_id" is not allowed with "grip_history", which numbers items itself, for "grip_publish" in location.conf:1



=== TEST 15: previous ids of other than the history's making
--- http
grip_history_zone news:1m;
grip_url http://127.0.0.1:5561;
--- location
grip_publish room;
grip_history news;
grip_publish_prev_id $arg_id;
--- says
emerg: "grip_publish_prev_id" is not allowed with "grip_history", which numbers items itself, for "grip_publish" in location.conf:1



=== TEST 16: these without a history
--- http
grip_history_zone news:1m;
grip_history news;
grip_url http://127.0.0.1:5561;
--- location
grip_publish room;
grip_publish_id 5;
grip_history off;
--- says


=== TEST 17: ids in rules, in those of a server, too
--- http
grip_history_zone news:1m;
grip_url http://127.0.0.1:5561/?iss=a&key=b;
--- server
grip_on text {
    publish room x;
    publish room x id=5;
}
--- location
grip_websocket;
grip_history news;
--- says
emerg: "publish" may not have "id=", "prev_id=" or "no_seq" with "grip_history", which numbers items itself, in server.conf:3



=== TEST 18: items in no order
--- http
grip_history_zone news:1m;
grip_url http://127.0.0.1:5561/?iss=a&key=b;
--- location
grip_websocket;
grip_history news;
grip_on text { publish room x no_seq; }
--- says
emerg: "publish" may not have "id=", "prev_id=" or "no_seq" with "grip_history", which numbers items itself, in location.conf:3



=== TEST 19: all about holds
--- http
grip_history_zone news:1m;
grip_history news;
grip_history_link /links/ timeout=5s;
--- location
grip_hold sse;
grip_channel room filter=skip-self filter=skip-users filter=require-sub;
grip_hold_body "";
grip_verify off;
grip_history_from $arg_a $arg_b;
grip_history_initial 5;
grip_history_join ",";
grip_history_lost continue;
grip_history_reset lost;
--- says


=== TEST 20: several channels in a hold that resumes
--- http
grip_history_zone news:1m;
grip_history news;
--- location
grip_hold sse;
grip_channel a;
grip_channel b;
grip_hold_body "";
grip_verify off;
--- says
emerg: "grip_hold" with "grip_history" may not have more than one "grip_channel" in location.conf:3



=== TEST 21: an id of a hold that resumes
--- http
grip_history_zone news:1m;
grip_history news;
--- location
grip_hold response;
grip_channel a prev_id=5;
grip_hold_body "";
grip_verify off;
--- says
emerg: "grip_hold" with "grip_history" may not have "prev_id=" in location.conf:2



=== TEST 22: a link of a hold that resumes
--- http
grip_history_zone news:1m;
grip_history news;
--- location
grip_hold sse;
grip_channel a;
grip_link /next;
grip_hold_body "";
grip_verify off;
--- says
emerg: "grip_hold" with "grip_history" may not have "grip_link" in location.conf:2



=== TEST 23: a filter that a history does not know
--- http
grip_history_zone news:1m;
grip_history news;
--- location
grip_hold sse;
grip_channel a filter=build-id;
grip_hold_body "";
grip_verify off;
--- says
emerg: "grip_hold" with "grip_history" may not have filters other than "skip-self", "skip-users" and "require-sub" in location.conf:2



=== TEST 24: positions twice
--- location
grip_history_from a;
grip_history_from b;
--- says
emerg: "grip_history_from" directive is duplicate in location.conf:2



=== TEST 25: a number of last items that is none
--- location
grip_history_initial -1;
--- says
emerg: invalid number "-1" in location.conf:1



=== TEST 26: a separator with a variable
--- location
grip_history_join $a;
--- says
emerg: invalid separator "$a" in location.conf:1



=== TEST 27: a loss that is none
--- location
grip_history_lost maybe;
--- says
emerg: invalid value "maybe" in location.conf:1



=== TEST 28: an event without a name
--- location
grip_history_reset "";
--- says
emerg: invalid event name "" in location.conf:1



=== TEST 29: a prefix of links that is none
--- server
grip_history_link .grip;
--- says
emerg: invalid prefix ".grip" in server.conf:1



=== TEST 30: a time of links that is none
--- server
grip_history_link /.grip/ timeout=0;
--- says
emerg: invalid parameter "timeout=0", the minimum is 1 second in server.conf:1



=== TEST 31: a number of last items twice
--- location
grip_history_initial 1;
grip_history_initial 1;
--- says
emerg: "grip_history_initial" directive is duplicate in location.conf:2



=== TEST 32: a separator twice
--- location
grip_history_join ",";
grip_history_join ",";
--- says
emerg: "grip_history_join" directive is duplicate in location.conf:2



=== TEST 33: a loss twice
--- location
grip_history_lost gone;
grip_history_lost gone;
--- says
emerg: "grip_history_lost" directive is duplicate in location.conf:2



=== TEST 34: an event twice
--- location
grip_history_reset a;
grip_history_reset b;
--- says
emerg: "grip_history_reset" directive is duplicate in location.conf:2



=== TEST 35: a prefix of links twice
--- server
grip_history_link /a/;
grip_history_link /b/;
--- says
emerg: "grip_history_link" directive is duplicate in server.conf:2



=== TEST 36: a parameter of links that is none
--- server
grip_history_link /a/ time=1;
--- says
emerg: invalid parameter "time=1" in server.conf:1



=== TEST 37: a machine that has no random numbers
--- env eval
"OPENSSL_CONF=$Grip::Conf::root/openssl.cnf"
--- files
>>> openssl.cnf
openssl_conf = init
[init]
random = random
[random]
random = none
--- http
grip_history_zone news:64k;
--- says
emerg: RAND_bytes() failed for history "news"



=== TEST 38: a prefix of links that does not end with a slash
--- server
grip_history_link /grip;
--- says
emerg: invalid prefix "/grip" in server.conf:1



=== TEST 39: a prefix of links that does not begin with one
--- server
grip_history_link grip/;
--- says
emerg: invalid prefix "grip/" in server.conf:1



=== TEST 40: a prefix of links that is all paths
--- server
grip_history_link /;
--- says
emerg: invalid prefix "/" in server.conf:1



=== TEST 41: a prefix of links with two slashes in a row
--- server
grip_history_link /a//b/;
--- says
emerg: invalid prefix "/a//b/" in server.conf:1



=== TEST 42: a prefix of links that goes up
--- server
grip_history_link /a/../b/;
--- says
emerg: invalid prefix "/a/../b/" in server.conf:1



=== TEST 43: a prefix of links with a dot for a segment
--- server
grip_history_link /a/./b/;
--- says
emerg: invalid prefix "/a/./b/" in server.conf:1



=== TEST 44: a prefix of links with what is escaped
--- server
grip_history_link /a%20b/;
--- says
emerg: invalid prefix "/a%20b/" in server.conf:1



=== TEST 45: an event of a variable
--- location
grip_history_reset $a;
--- says
emerg: invalid event name "$a" in location.conf:1



=== TEST 46: an event of two lines
--- location
grip_history_reset "a
b";
--- says
emerg: invalid event name "a



=== TEST 47: a number that is none
--- http
grip_history_zone news:1m items=many;
--- says
emerg: invalid parameter "items=many" in http.conf:1



=== TEST 48: more items than can be counted
--- http
grip_history_zone news:1m items=2147483648;
--- says
emerg: invalid parameter "items=2147483648" in http.conf:1



=== TEST 49: more bytes than can be counted
--- http
grip_history_zone news:1m bytes=2g;
--- says
emerg: invalid parameter "bytes=2g" in http.conf:1



=== TEST 50: more time than can be counted
--- http
grip_history_zone news:1m ttl=1073741824;
--- says
emerg: invalid parameter "ttl=1073741824" in http.conf:1



=== TEST 51: as many channels as there is room for
--- http
grip_history_zone news:1m channels=512;
--- says



=== TEST 52: more last items than can be counted
--- location
grip_history_initial 2147483648;
--- says
emerg: invalid number "2147483648" in location.conf:1



=== TEST 53: the most of each
--- http
grip_history_zone news:1m items=2147483647 bytes=2147483647 ttl=1073741823;
grip_history_initial 2147483647;
--- says



=== TEST 54: an id of a stream that resumes, for which no link is asked
--- http
grip_history_zone news:1m;
grip_history news;
--- location
grip_hold stream;
grip_channel a prev_id=5;
grip_hold_body "";
grip_verify off;
--- says
emerg: "grip_hold" with "grip_history" may not have "prev_id=" in location.conf:2
