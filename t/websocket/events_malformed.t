# Bodies that are not events: 400, and the log says what is wrong and where.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: unusual but valid events
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;

    log_format events "$status $grip_events_in";
--- config
    access_log logs/requests.log events;

    location /ws {
        grip_websocket;
        grip_on open { send "open [$grip_message]"; }
        grip_on any  { send "[$grip_message]"; }
    }
--- ws
= OPEN 0\r\n\r\n

= OPEN 1\r\nx\r\n

= TEXT 00000003\r\nabc\r\n

= TEXT A\r\n0123456789\r\nTEXT a\r\n0123456789\r\n

= TEXT\r\nTEXT 0\r\n\r\nBINARY\r\n

= FUTURE 3\r\nabc\r\nTEXT 1\r\na\r\ntext\r\nOTHER\r\n

= FUTURE\r\n
--- answer
OPEN
TEXT m:open []

OPEN
TEXT m:open []

TEXT m:[abc]

TEXT m:[0123456789]
TEXT m:[0123456789]

TEXT m:[]
TEXT m:[]
TEXT m:[]

TEXT m:[a]

200
--- access
200 1
200 1
200 1
200 2
200 3
200 1
200 0


=== TEST 2: a blank line
--- ws
= \r\nOPEN\r\n
--- answer
400
--- log
info: grip: invalid event at offset 0: no event type
--- access
400 0


=== TEST 3: a blank line between events
--- ws
= PING\r\n\r\nPING\r\n
--- answer
400
--- log
info: grip: invalid event at offset 6: no event type
--- access
400 0


=== TEST 4: a blank before the type
--- ws
= \x20OPEN\r\n
--- answer
400
--- log
info: grip: invalid event at offset 0: no event type
--- access
400 0


=== TEST 5: a NUL for a type
--- ws
= \x00\r\n
--- answer
400
--- log
info: grip: invalid event at offset 0: no event type
--- access
400 0


=== TEST 6: a body that is no event
--- ws
= \xff\xfe
--- answer
400
--- log
info: grip: invalid event at offset 0: no event type
--- access
400 0


=== TEST 7: LF alone after the type
--- ws
= OPEN\n
--- answer
400
--- log
info: grip: invalid event at offset 4: no CRLF after event type
--- access
400 0


=== TEST 8: CR alone after the type
--- ws
= OPEN\rPING\r\n
--- answer
400
--- log
info: grip: invalid event at offset 5: no CRLF after event type
--- access
400 0


=== TEST 9: the end after the type
--- ws
= OPEN
--- answer
400
--- log
info: grip: invalid event at offset 4: no CRLF after event type
--- access
400 0


=== TEST 10: the end within a CRLF
--- ws
= OPEN\r
--- answer
400
--- log
info: grip: invalid event at offset 5: no CRLF after event type
--- access
400 0


=== TEST 11: a TAB after the type
--- ws
= TEXT\t1\r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 4: no CRLF after event type
--- access
400 0


=== TEST 12: a type that does not end
--- ws
= <A x 33>\r\n
--- answer
400
--- log
info: grip: invalid event at offset 32: no CRLF after event type
--- access
400 0


=== TEST 13: no length
--- ws
= TEXT \r\n
--- answer
400
--- log
info: grip: invalid event at offset 5: no hexadecimal content length
--- access
400 0


=== TEST 14: a length that is not hexadecimal
--- ws
= TEXT zz\r\n\r\n
--- answer
400
--- log
info: grip: invalid event at offset 5: no hexadecimal content length
--- access
400 0


=== TEST 15: a negative length
--- ws
= TEXT -1\r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 5: no hexadecimal content length
--- access
400 0


=== TEST 16: a length with a sign
--- ws
= TEXT +1\r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 5: no hexadecimal content length
--- access
400 0


=== TEST 17: two blanks before the length
--- ws
= TEXT  1\r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 5: no hexadecimal content length
--- access
400 0


=== TEST 18: 0x before the length
--- ws
= TEXT 0x1\r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 6: no CRLF after content length
--- access
400 0


=== TEST 19: a blank after the length
--- ws
= TEXT 1 \r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 6: no CRLF after content length
--- access
400 0


=== TEST 20: two lengths
--- ws
= TEXT 1 4\r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 6: no CRLF after content length
--- access
400 0


=== TEST 21: LF alone after the length
--- ws
= TEXT 1\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 6: no CRLF after content length
--- access
400 0


=== TEST 22: more than eight digits
--- ws
= TEXT 000000001\r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 13: content length is too long
--- access
400 0


=== TEST 23: a length that would overflow
--- ws
= TEXT ffffffffffffffff\r\na\r\n
--- answer
400
--- log
info: grip: invalid event at offset 13: content length is too long
--- access
400 0


=== TEST 24: a length beyond the end
--- ws
= TEXT 4\r\nabc
--- answer
400
--- log
info: grip: invalid event at offset 5: content length is beyond the end
--- access
400 0


=== TEST 25: the longest length
--- ws
= TEXT ffffffff\r\nabc\r\n
--- answer
400
--- log
info: grip: invalid event at offset 5: content length is beyond the end
--- access
400 0


=== TEST 26: a length that is too small
--- ws
= TEXT 2\r\nabc\r\n
--- answer
400
--- log
info: grip: invalid event at offset 10: no CRLF after content
--- access
400 0


=== TEST 27: a length that is too large by one
--- ws
= TEXT 4\r\nabc\r\n
--- answer
400
--- log
info: grip: invalid event at offset 12: no CRLF after content
--- access
400 0


=== TEST 28: a length that takes the CRLF in
--- ws
= TEXT 5\r\nabc\r\n
--- answer
400
--- log
info: grip: invalid event at offset 13: no CRLF after content
--- access
400 0


=== TEST 29: no CRLF at the end
--- ws
= TEXT 3\r\nabc
--- answer
400
--- log
info: grip: invalid event at offset 11: no CRLF after content
--- access
400 0


=== TEST 30: a fault behind good events
--- ws
= TEXT 1\r\na\r\nTEXT 1\r\nb\r\nTEXT x\r\n
--- answer
400
--- log
info: grip: invalid event at offset 27: no hexadecimal content length
--- access
400 0


=== TEST 31: an unknown type with a fault
--- ws
= FUTURE 9\r\nabc\r\n
--- answer
400
--- log
info: grip: invalid event at offset 7: content length is beyond the end
--- access
400 0


=== TEST 32: OPEN after another event
--- ws
= TEXT 1\r\na\r\nOPEN\r\n
--- answer
400
--- log
info: grip: invalid event at offset 17: OPEN after another event
--- access
400 0


=== TEST 33: OPEN twice
--- ws
= OPEN\r\nOPEN\r\n
--- answer
400
--- log
info: grip: invalid event at offset 12: OPEN after another event
--- access
400 0
