# Holds with a history: the headers of the first response, and the answers to
# those who say where they are and to links.

use lib 't/lib';
use Grip;
use Test::Nginx::Socket 'no_plan';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value(http_config => ($block->http_config || '')
                      . "grip_history_zone news:1m;\n"
                      . "grip_history news;\ngrip_verify off;\n");
});

repeat_each(1);
no_long_string();
run_tests();

__DATA__

=== TEST 1: a stream has a position and a link
--- config
    location = /events {
        grip_hold       sse;
        grip_channel    room;
        grip_hold_body  "";
    }
--- request
GET /events
--- response_headers_like
Grip-Channel: room; prev-id=[0-9a-f]{8}0{8}-0{16}
Grip-Link: </\.grip/[-\w]+>; rel=next; timeout=120
--- response_body_like
\A:\n\nid: [0-9a-f]{8}0{8}-0{16}\n$



=== TEST 2: the channel of a connection has no history
--- config
    location = /events {
        grip_hold       sse;
        grip_channel    connection-a1;
        grip_hold_body  "";
    }
--- request
GET /events
--- more_headers
Last-Event-ID: 5
--- response_headers
Grip-Channel: connection-a1
! Grip-Link
