# The parts of a subrequest that nginx keeps beyond its end, while the memory of
# its event is given back: the first event of each batch is over when the second
# one is handled.

use lib 't/lib';
use Grip;
use Grip::Function;
use Grip::Sink;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;

$ENV{TEST_NGINX_FUNCTION} = '127.0.0.1:' . Grip::Function::start(sub {
    my ($request) = @_;

    return (200, "Cache-Control: max-age=1\r\nContent-Type: text/html\r\n",
            "<!--#echo var='grip_message' --> $request->{body}");
});

$ENV{TEST_NGINX_SINK} = '127.0.0.1:' . Grip::Sink::start();

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: contexts that filters of headers give to the main request
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn; }
    }

    location /fn {
        internal;
        ssi on;
        charset utf-8;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
TEXT one
TEXT two
TEXT three
--- answer
TEXT m:<!--#echo var='grip_message' --> one
TEXT m:<!--#echo var='grip_message' --> two
TEXT m:<!--#echo var='grip_message' --> three


=== TEST 2: cleanups in which a context is looked for
--- config
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Forwarded-For;

    location /ws {
        grip_websocket;
        grip_on text = rule { send "$remote_addr $realip_remote_addr"; }
        grip_on text { call /fn; }
    }

    location /fn {
        internal;
        set_real_ip_from 192.0.2.0/24;
        try_files /nothing @fn;
    }

    location @fn { return 200 "$remote_addr $realip_remote_addr"; }
--- ws
X-Forwarded-For: 198.51.100.7, 192.0.2.1
TEXT rule
TEXT call
TEXT rule
TEXT call
--- answer
TEXT m:192.0.2.1 127.0.0.1
TEXT m:192.0.2.1 127.0.0.1
TEXT m:192.0.2.1 127.0.0.1
TEXT m:192.0.2.1 127.0.0.1


=== TEST 3: and addresses that the function's location alone believes
--- config
    location /ws {
        grip_websocket;
        grip_on text = rule { send $remote_addr; }
        grip_on text { call /fn; }
    }

    location /fn {
        internal;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Forwarded-For;
        try_files /nothing @fn;
    }

    location @fn { return 200 $remote_addr; }
--- ws
X-Forwarded-For: 192.0.2.1
TEXT call
TEXT rule
TEXT call
--- answer
TEXT m:192.0.2.1
TEXT m:127.0.0.1
TEXT m:192.0.2.1


=== TEST 4: values that the response, and the log, take from an event that is over
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    log_format grip "$grip_event|$grip_message|$kind|$first|$long";
    grip_json_set $kind kind;
    map $grip_message $long { default "long $grip_message"; }
--- config
    access_log logs/requests.log grip;

    location /open {
        grip_websocket;
        grip_on open { call /fn; }
        grip_on text { send never; }
    }

    location /reject {
        grip_websocket;
        grip_on open { reject 403 "not $grip_event"; }
        grip_on text { send never; }
    }

    location /ws {
        grip_websocket;
        grip_on text ~ "(?<first>.)" {
            set_meta last "$first $kind $long";
            send "$grip_meta_last <$long>";
        }
    }

    location /fn { internal; return 401 "away with $grip_event\n"; }
--- ws
/open
OPEN
TEXT a

/reject
OPEN
TEXT a

TEXT {"kind":"a"}
TEXT {"kind":"b"}
TEXT x
--- answer
401
= away with open\n

403
= not open

Set-Meta-last: x  long x
TEXT m:{ a long {"kind":"a"} <long {"kind":"a"}>
TEXT m:{ b long {"kind":"b"} <long {"kind":"b"}>
TEXT m:x  long x <long x>


=== TEST 5: texts that are longer than what an answer copies
--- config
    location /ws {
        grip_websocket;
        grip_on text = long { send "$http_x_long $grip_message"; }
        grip_on text = call { call /fn; }
        grip_on text        { send $grip_message; }
    }

    location /fn { internal; return 200 "$http_x_long $grip_message"; }
--- ws
X-Long: <x x 6000>
TEXT long
TEXT <y x 6000>
TEXT call
TEXT long
TEXT call
--- answer
TEXT m:<x x 6000> long
TEXT m:<y x 6000>
TEXT m:<x x 6000> call
TEXT m:<x x 6000> long
TEXT m:<x x 6000> call


=== TEST 6: events of which each publishes, and calls what publishes
--- http_config
    grip_url http://$TEST_NGINX_SINK/ok/;
--- config
    grip_verify off;

    location /ws {
        grip_websocket;
        grip_on text {
            publish room $grip_message;
            call /fn;
        }
    }

    location /fn {
        internal;
        log_subrequest on;
        grip_publish room;
        access_log logs/requests.log combined;
    }
--- ws
Grip-Sig:
TEXT a
TEXT b
TEXT c
TEXT d
--- answer
TEXT m:Published\n
TEXT m:Published\n
TEXT m:Published\n
TEXT m:Published\n


=== TEST 7: limits of the function's location, which are those of each call
--- http_config
    grip_url http://127.0.0.1:5561/?iss=pushpin&key=changeme;
    limit_conn_zone $server_name zone=calls:1m;
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn; }
    }

    location /fn {
        internal;
        limit_conn calls 1;
        auth_request /auth;
        try_files $uri @fn;
    }

    location @fn { limit_conn calls 1; error_page 418 =200 /page; return 418; }
    location /page { internal; return 200 "page of $grip_message"; }
    location /auth { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
--- ws
TEXT one
TEXT two
TEXT three
--- answer
TEXT m:page of one
TEXT m:page of two
TEXT m:page of three
