# The JSON contract: what a function is told, and what its actions do.

use lib 't/lib';
use Grip;
use Grip::Sink;
use Grip::Function;
use Test::Nginx::Socket 'no_plan';
use Grip::Events;
use JSON::PP;

$ENV{TEST_NGINX_SINK_PORT} = Grip::Sink::start();

sub url {
    my ($path) = @_;

    return "grip_url http://127.0.0.1:$ENV{TEST_NGINX_SINK_PORT}/$path/"
           . '?iss=pushpin&key=changeme;';
}

# "show" sends back what it was told, members in alphabetical order, "count" how
# many events there were, "which" where they went, "pong" a pong for each, and
# "metas" as many as a message says, "ends" so many actions; else a message says
# what to answer

my $json = JSON::PP->new->canonical->utf8;
my $inner = JSON::PP->new->canonical;

$ENV{TEST_NGINX_FUNCTION} = '127.0.0.1:' . Grip::Function::start(sub {
    my ($request) = @_;
    my $told = $json->decode($request->{body});

    die if $request->{headers}{'content-type'} ne 'application/json';

    return $json->encode([{ send => $inner->encode($told) =~ s/"/'/gr }])
        if $request->{uri} =~ /show/;

    return $json->encode([{ send => scalar(@{ $told->{events} }) . ': '
                                    . join(',', map { $_->{content} // $_->{event} }
                                                @{ $told->{events} }) }])
        if $request->{uri} =~ /count/;

    return $json->encode([{ send => "$request->{uri} "
                                    . $request->{headers}{'x-cmd'} . ': '
                                    . join(',', map { $_->{content} }
                                                @{ $told->{events} }) }])
        if $request->{uri} =~ /which/;

    return $json->encode([map { { pong => 'x' } } @{ $told->{events} }])
        if $request->{uri} =~ /pong/;

    return $json->encode([{ set_meta => { map { ("m$_" => '') }
                                              1 .. $told->{content} } }])
        if $request->{uri} =~ /metas/;

    return '[' . join(',', ('{"disconnect":true}') x $told->{content}) . ']'
        if $request->{uri} =~ /ends/;

    my $answer = $told->{content} // $told->{events}[-1]{content} // '';

    utf8::encode($answer) if $answer =~ /[^\x00-\xff]/;

    return $answer;
});

our $call = <<'CONFIG';
    location /ws {
        grip_websocket;
        grip_on any  { call /fn as=json; }
    }

    location /show {
        grip_websocket;
        grip_on any  { call /fn/show as=json; }
        grip_on ping { call /fn/show as=json; }
        grip_on poll { call /fn/show as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
CONFIG

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: the request of a function
--- config eval: $::call
--- ws
/show?room=tea
Host: example.com
Cookie: a=1; b=2
X-Two: 1
Accept-Language: de
Meta-Nick: bob
Meta-Full-Name: Bob "B"
OPEN
TEXT h\xc3\xa4 "quoted"\x00
BINARY \x00\xff
TEXT

/show
Host: x
PING p

/show
Host: x
CLOSE \x0f\xa0bye

/show
Host: x
CLOSE

/show
Host: x
DISCONNECT

/show
Host: x
--- answer
OPEN
TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','event':'open','headers':{'accept-language':'de','cookie':'a=1; b=2','host':'example.com','x-two':'1'},'meta':{'full-name':'Bob \\'B\\'','nick':'bob'},'uri':'/show?room=tea'}
TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','content':'h\xc3\xa4 \\'quoted\\'\\u0000','event':'text','headers':{'accept-language':'de','cookie':'a=1; b=2','host':'example.com','x-two':'1'},'meta':{'full-name':'Bob \\'B\\'','nick':'bob'},'uri':'/show?room=tea'}
TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','content-bin':'AP8=','event':'binary','headers':{'accept-language':'de','cookie':'a=1; b=2','host':'example.com','x-two':'1'},'meta':{'full-name':'Bob \\'B\\'','nick':'bob'},'uri':'/show?room=tea'}
TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','content':'','event':'text','headers':{'accept-language':'de','cookie':'a=1; b=2','host':'example.com','x-two':'1'},'meta':{'full-name':'Bob \\'B\\'','nick':'bob'},'uri':'/show?room=tea'}

TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','content-bin':'cA==','event':'ping','headers':{'host':'x'},'meta':{},'uri':'/show'}
PONG p

TEXT m:{'code':4000,'connection':'0f2d7c1e-1111-4222-8333-444455556666','event':'close','headers':{'host':'x'},'meta':{},'reason':'bye','uri':'/show'}
CLOSE \x0f\xa0bye

TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','event':'close','headers':{'host':'x'},'meta':{},'uri':'/show'}
CLOSE

200

TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','event':'poll','headers':{'host':'x'},'meta':{},'uri':'/show'}


=== TEST 2: unverified values are not told
--- config
    location /ws {
        grip_verify optional;
        grip_websocket;
        grip_on any { call /fn/show as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
Host: x
Grip-Sig:
Meta-Nick: bob
TEXT a
--- answer
TEXT m:{'content':'a','event':'text','headers':{'host':'x'},'meta':{},'uri':'/ws'}


=== TEST 3: nothing is nothing to do
--- config eval: $::call
--- ws
TEXT

TEXT []

TEXT  [ ] \n
--- answer
200

200

200


=== TEST 4: messages to the client
--- ws
TEXT [{"send":"a \u00e4\ud83d\ude00\u0000"},{"send":""},{"send_binary":"AP8="},{"send_binary":""},{"ping":"p"},{"pong":"q"}]

TEXT [{"close":true},{"send":"too late"}]
TEXT [{"send":"too late"}]

TEXT [{"close":{"code":4000,"reason":"bye \u00e4"}}]

TEXT [{"close":{"reason":"bye"}}]

TEXT [{"close":{}}]

TEXT [{"send":"first"},{"disconnect":true},{"send":"too late"}]

TEXT [{"close":{"code":1005,"reason":"x"}},{"send":"too late"}]

TEXT [{"close":{"reason":"<\u20ac x 42>"}},{"send":"too late"}]
--- answer
TEXT m:a \xc3\xa4\xf0\x9f\x98\x80\x00
TEXT m:
BINARY m:\x00\xff
BINARY m:
PING p
PONG q

CLOSE \x03\xe8

CLOSE \x0f\xa0bye \xc3\xa4

CLOSE \x03\xe8bye

CLOSE \x03\xe8

TEXT m:first
DISCONNECT

CLOSE \x03\xe8x

CLOSE \x03\xe8<\xe2\x82\xac x 41>
--- log
info: grip: "close" with a code that must not be sent, 1000 is sent instead


=== TEST 5: messages to the proxy
--- ws
TEXT [{"subscribe":"a"},{"subscribe":{"channel":"b","filters":["skip-self","skip-users"]}},{"subscribe":{"channel":"c","filters":[]}},{"unsubscribe":"d"},{"detach":true}]

TEXT [{"filter_meta":{"user":"bob","room":null}},{"filter_meta":{}}]

TEXT [{"keepalive":{"content":"x"}},{"keepalive":{"type":"ping","content-bin":"AP8=","timeout":30,"mode":"interval"}},{"keepalive":{"content":"y","mode":"idle","type":"binary"}}]

TEXT [{"subscribe":"a,b"},{"subscribe":""},{"send":"and on it goes"}]
--- answer
TEXT c:{"type":"subscribe","channel":"a"}
TEXT c:{"type":"subscribe","channel":"b","filters":["skip-self","skip-users"]}
TEXT c:{"type":"subscribe","channel":"c"}
TEXT c:{"type":"unsubscribe","channel":"d"}
TEXT c:{"type":"detach"}

TEXT c:{"type":"set-meta","name":"user","value":"bob"}
TEXT c:{"type":"set-meta","name":"room"}

TEXT c:{"type":"keep-alive","message-type":"text","content":"x"}
TEXT c:{"type":"keep-alive","message-type":"ping","content-bin":"AP8=","timeout":30,"mode":"interval"}
TEXT c:{"type":"keep-alive","message-type":"binary","content-bin":"eQ=="}

TEXT m:and on it goes
--- log
info: grip: "subscribe" skipped: invalid channel (the first of 2)


=== TEST 6: values that a filter needs cannot be left out
--- ws
TEXT [{"subscribe":{"channel":"a","filters":["x",""]}},{"subscribe":"b"}]

TEXT [{"send":"a"},{"filter_meta":{"":"x"}},{"send":"too late"}]
TEXT [{"send":"too late"}]

TEXT [{"set_meta":{"a":"b\\r\\nc","d":"e\u0000"}}]
--- answer
TEXT c:{"type":"subscribe","channel":"b"}

TEXT m:a
CLOSE \x03\xf0invalid filter meta

Set-Meta-a:
Set-Meta-d:
200
--- log
info: grip: "subscribe" skipped: invalid filter
info: grip: "filter_meta" closes the connection: no name
info: grip: "set_meta" deletes the meta: control characters in the value (the first of 2)


=== TEST 7: metas, seen by the next event
--- config eval: $::call
--- ws
Host: x
Meta-A: 1
Meta-B: 2
TEXT [{"set_meta":{"a":null,"Full_Name":"Bob","c":"\u00e4"}}]

/show
Host: x
Meta-B: 2
TEXT a
--- answer
Set-Meta-a: 
Set-Meta-Full-Name: Bob
Set-Meta-c: \xc3\xa4
= 

TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','content':'a','event':'text','headers':{'host':'x'},'meta':{'b':'2'},'uri':'/show'}


=== TEST 8: of one request, too
--- config
    location /ws {
        grip_websocket;
        grip_on text ~ show { call /fn/show as=json; }
        grip_on text        { call /fn as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
Host: x
Meta-A: 1
TEXT [{"set_meta":{"Full_Name":"Bob","a":null}}]
TEXT show
--- answer
Set-Meta-Full-Name: Bob
Set-Meta-a: 
TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','content':'show','event':'text','headers':{'host':'x'},'meta':{'full-name':'Bob'},'uri':'/ws'}


=== TEST 9: publishing
--- http_config eval
main::url('ok-8') . <<"END"
    server {
        listen $ENV{TEST_NGINX_SERVER_PORT};
        server_name sink;

        location / {
            proxy_pass http://127.0.0.1:$ENV{TEST_NGINX_SINK_PORT}/_body/;
        }
    }
END
--- config
    location /ws {
        grip_websocket;
        grip_prefix p-;
        grip_on text { call /fn as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
TEXT [{"publish":{"channel":"a","content":"x"}},{"publish":{"channel":"b","content-bin":"AP8=","id":"2","prev-id":"1","no-seq":true,"meta":{"sender":"bob","k":"v"}}}]

GET /ok-8/publish/
Host: sink

TEXT [{"publish":{"channel":"a","formats":["ws-message","sse"],"content":"x","no-seq":false,"meta":{},"on_error":"close"}}]

GET /ok-8/publish/
Host: sink

TEXT [{"publish":{"content":"x\\ny","channel":"a","formats":["http-stream"],"on_error":"ignore"}}]

GET /ok-8/publish/
Host: sink
--- answer
200

={"items":[{"channel":"p-a","formats":{"ws-message":{"content":"x"},"http-stream":{"content":"data: x\\n\\n"},"http-response":{"body":"x"}}},{"channel":"p-b","id":"2","prev-id":"1","no-seq":true,"meta":{"sender":"bob","k":"v"},"formats":{"ws-message":{"content-bin":"AP8="},"http-stream":{"content-bin":"AP8="},"http-response":{"body-bin":"AP8="}}}]}

200

={"items":[{"channel":"p-a","formats":{"ws-message":{"content":"x"},"http-stream":{"content":"data: x\\n\\n"}}}]}

200

~ "channel":"p-a","formats":\{"http-stream":\{"content":"x\\ny


=== TEST 10: a refused publish, heeded and ignored
--- http_config eval: main::url('status-500')
--- config
    location /ws {
        grip_websocket;
        grip_on any { call $call as=json; }
    }

    set $call /fn;
    if ($arg_open) { set $call /open; }

    location /fn   { internal; proxy_pass http://$TEST_NGINX_FUNCTION; }
    location /open { internal; return 200 '[{"publish":{"channel":"a","content":"x"}}]'; }
--- ws
TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x"}},{"send":"b"}]

TEXT [{"publish":{"channel":"a","content":"x","on_error":"ignore"}},{"send":"b"}]

/ws?open=1
OPEN
--- answer
TEXT m:a
TEXT m:b
CLOSE \x03\xf3publish failed

TEXT m:b

502
--- log
error: grip: publish to ...: 500, 1 items of 1 requests: refused: 500
error: grip: publish to ...: 500, 1 items of 1 requests: refused: 500
error: grip: publish to ...: 500, 1 items of 1 requests: refused: 500


=== TEST 11: an OPEN may be rejected, other events may not
--- config
    location /ws {
        grip_websocket;
        grip_on open { call /reject/$arg_how as=json; }
        grip_on text { call /reject/status as=json; }
    }

    location /batch {
        grip_websocket;
        grip_call_batch on;
        grip_on any { call /reject/status as=json; }
    }

    location /reject/status { internal; return 200 '[{"reject":403}]'; }
    location /reject/body   { internal; return 200 '[{"reject":{"body":"no\\n","status":429}},{"send":"x"}]'; }
    location /reject/none   { internal; return 200 '[{"reject":{"body":"no"}}]'; }
    location /reject/200    { internal; return 200 '[{"reject":200}]'; }
    location /reject/600    { internal; return 200 '[{"reject":{"status":600}}]'; }
--- ws
/ws?how=status
OPEN

/ws?how=body
OPEN
TEXT a

/ws?how=none
OPEN

/ws?how=200
OPEN

/ws?how=600
OPEN

TEXT a

/batch
OPEN
TEXT a

/batch
TEXT a
--- answer
403

429
= no\n

502

502

502

CLOSE \x03\xf3function failed

403

CLOSE \x03\xf3function failed
--- log
error: grip: function answered action "reject": "status" is missing
error: grip: function answered action "reject": the status is not 400-599
error: grip: function answered action "reject": "status" has a wrong type or value
error: grip: function answered action "reject": it is for "open" only
error: grip: function answered action "reject": it is for "open" only


=== TEST 12: answers that are no array of actions
--- config eval: $::call
--- ws
TEXT nonsense

TEXT [{"send":"a"}] x

TEXT [{"send":"a","send":"b"}]

TEXT {"send":"a"}

TEXT ["send"]

TEXT [{"send":"a"},{}]

TEXT [{"send":"a","ping":"b"}]

TEXT [{"send":"a"},{"fly":1}]

TEXT [{"f\\n\\u007fl":1}]

TEXT <[ x 3000>

TEXT [{"send":"\\ud8"}]
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed
--- log
error: grip: function answered invalid JSON at byte ...
error: grip: function answered invalid JSON at byte ...
error: grip: function answered invalid JSON at byte ...
error: grip: function answered JSON that is not an array of actions
error: grip: function answered an action that is not an object of one member
error: grip: function answered an action that is not an object of one member
error: grip: function answered an action that is not an object of one member
error: grip: function answered action "fly": it is unknown
error: grip: function answered action "f??l": it is unknown
error: grip: function answered invalid JSON at byte ...
error: grip: function answered invalid JSON at byte ...


=== TEST 13: wrong types and values are named, and nothing of the answer is done
--- config eval: $::call
--- ws
TEXT [{"send":"a"},{"send":1}]

TEXT [{"send":"a"},{"send_binary":"?"}]

TEXT [{"send":"a"},{"ping":null}]

TEXT [{"send":"a"},{"close":false}]

TEXT [{"send":"a"},{"close":{"code":"1000"}}]

TEXT [{"send":"a"},{"close":{"code":-1}}]

TEXT [{"send":"a"},{"close":{"code":1e3}}]

TEXT [{"send":"a"},{"close":{"reason":1}}]

TEXT [{"send":"a"},{"close":{"because":"x"}}]

TEXT [{"send":"a"},{"disconnect":1}]

TEXT [{"send":"a"},{"detach":{}}]

TEXT [{"send":"a"},{"subscribe":["a"]}]

TEXT [{"send":"a"},{"subscribe":{"filters":["a"]}}]

TEXT [{"send":"a"},{"subscribe":{"channel":1}}]

TEXT [{"send":"a"},{"subscribe":{"channel":"a","filters":"b"}}]

TEXT [{"send":"a"},{"subscribe":{"channel":"a","filters":[1]}}]

TEXT [{"send":"a"},{"unsubscribe":{"channel":"a"}}]

TEXT [{"send":"a"},{"keepalive":"x"}]

TEXT [{"send":"a"},{"keepalive":{"timeout":5}}]

TEXT [{"send":"a"},{"keepalive":{"content":"x","content-bin":"eA=="}}]

TEXT [{"send":"a"},{"keepalive":{"content":"x","timeout":0}}]

TEXT [{"send":"a"},{"keepalive":{"content":"x","timeout":2147483648}}]

TEXT [{"send":"a"},{"keepalive":{"content":"x","type":"close"}}]

TEXT [{"send":"a"},{"keepalive":{"content":"x","type":1}}]

TEXT [{"send":"a"},{"keepalive":{"content":"x","mode":"often"}}]

TEXT [{"send":"a"},{"keepalive":{"content":"x","mode":true}}]

TEXT [{"send":"a"},{"keepalive":{"content":"x","mode":"interval\u0000x"}}]

TEXT [{"send":"a"},{"publish":{"channel":"c","content":"x","on_error":"ignore\u0000"}}]

TEXT [{"send":"a"},{"set_meta":"a"}]

TEXT [{"send":"a"},{"set_meta":{"a":1}}]

TEXT [{"send":"a"},{"filter_meta":{"a":{}}}]

TEXT [{"send":"a"},{"publish":"x"}]

TEXT [{"send":"a"},{"publish":{"channel":"a"}}]

TEXT [{"send":"a"},{"publish":{"content":"a"}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":1}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content-bin":"?"}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","formats":"sse"}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","formats":[]}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","formats":["sse","http-stream"]}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","formats":[1]}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","id":1}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","prev-id":null}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","meta":"a"}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","meta":{"a":1}}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","no-seq":1}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","on_error":"reject"}}]

TEXT [{"send":"a"},{"publish":{"channel":"a","content":"x","no_seq":true}}]
--- answer
CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed
--- log
error: grip: function answered action "send": it is not a string
error: grip: function answered action "send_binary": it is not base64
error: grip: function answered action "ping": it is not a string
error: grip: function answered action "close": it is not true
error: grip: function answered action "close": "code" has a wrong type or value
error: grip: function answered action "close": "code" has a wrong type or value
error: grip: function answered action "close": "code" has a wrong type or value
error: grip: function answered action "close": "reason" has a wrong type or value
error: grip: function answered action "close": "because" is unknown
error: grip: function answered action "disconnect": it is not true
error: grip: function answered action "detach": it is not true
error: grip: function answered action "subscribe": it is not a string
error: grip: function answered action "subscribe": "channel" is missing
error: grip: function answered action "subscribe": "channel" has a wrong type or value
error: grip: function answered action "subscribe": "filters" has a wrong type or value
error: grip: function answered action "subscribe": "filters" has a wrong type or value
error: grip: function answered action "unsubscribe": it is not a string
error: grip: function answered action "keepalive": it is not an object
error: grip: function answered action "keepalive": "content" is missing
error: grip: function answered action "keepalive": "content-bin" has a wrong type or value
error: grip: function answered action "keepalive": "timeout" has a wrong type or value
error: grip: function answered action "keepalive": "timeout" has a wrong type or value
error: grip: function answered action "keepalive": "type" has a wrong type or value
error: grip: function answered action "keepalive": "type" has a wrong type or value
error: grip: function answered action "keepalive": "mode" has a wrong type or value
error: grip: function answered action "keepalive": "mode" has a wrong type or value
error: grip: function answered action "keepalive": "mode" has a wrong type or value
error: grip: function answered action "publish": "on_error" has a wrong type or value
error: grip: function answered action "set_meta": it is not an object
error: grip: function answered action "set_meta": it is not a string
error: grip: function answered action "filter_meta": it is not a string
error: grip: function answered action "publish": it is not an object
error: grip: function answered action "publish": "content" is missing
error: grip: function answered action "publish": "channel" is missing
error: grip: function answered action "publish": "content" has a wrong type or value
error: grip: function answered action "publish": "content-bin" has a wrong type or value
error: grip: function answered action "publish": "formats" has a wrong type or value
error: grip: function answered action "publish": "formats" has a wrong type or value
error: grip: function answered action "publish": "formats" has a wrong type or value
error: grip: function answered action "publish": "formats" has a wrong type or value
error: grip: function answered action "publish": "id" has a wrong type or value
error: grip: function answered action "publish": "prev-id" has a wrong type or value
error: grip: function answered action "publish": "meta" has a wrong type or value
error: grip: function answered action "publish": "meta" has a wrong type or value
error: grip: function answered action "publish": "no-seq" has a wrong type or value
error: grip: function answered action "publish": "on_error" has a wrong type or value
error: grip: function answered action "publish": "no_seq" is unknown


=== TEST 14: a batch of all events of a request
--- config
    grip_call_batch on;

    location /ws {
        grip_websocket;
        grip_on any { call /fn/count as=json; }
    }

    location /show {
        grip_websocket;
        grip_on any  { call /fn/show as=json; }
        grip_on ping { call /fn/show as=json; }
    }

    location /two {
        grip_websocket;
        grip_on text ~ ^a { call /fn/count as=json; }
        grip_on text ~ ^b { send b; }
        grip_on text ~ ^c { publish room c; call /fn as=json; }
        grip_on text ~ ^d { call /fn; }
        grip_on text ~ ^e { call /fn/show as=json; }
        grip_on any       { call /fn/count as=json; }
    }

    location /off {
        grip_call_batch off;
        grip_websocket;
        grip_on any { call /fn/show as=json; }
    }

    location /sizes {
        grip_max_message_size 3;
        grip_websocket;
        grip_on any { call /fn/count as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
/ws
OPEN
TEXT one
TEXT two
PING p
TEXT three

/ws
TEXT one
CLOSE \x0f\xa0bye
TEXT never

/ws
TEXT one
DISCONNECT

/show
Host: x
TEXT one

/show
Host: x
TEXT one
BINARY \x00
PING a
PING b
CLOSE \x0f\xa0bye

/two
TEXT a1
TEXT a2
TEXT b
TEXT a3
BINARY x
BINARY y

/off
Host: x
TEXT a

/sizes
TEXT abc
TEXT abcd
TEXT a

/sizes
TEXT abc
TEXT \xff
--- answer
OPEN
TEXT m:3: open,one,two
PONG p
TEXT m:1: three

TEXT m:2: one,close
CLOSE \x0f\xa0bye

200

TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','events':[{'content':'one','event':'text'}],'headers':{'host':'x'},'meta':{},'uri':'/show'}

TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','events':[{'content':'one','event':'text'},{'content-bin':'AA==','event':'binary'}],'headers':{'host':'x'},'meta':{},'uri':'/show'}
TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','events':[{'content-bin':'YQ==','event':'ping'},{'content-bin':'Yg==','event':'ping'}],'headers':{'host':'x'},'meta':{},'uri':'/show'}
PONG a
PONG b
TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','events':[{'code':4000,'event':'close','reason':'bye'}],'headers':{'host':'x'},'meta':{},'uri':'/show'}
CLOSE \x0f\xa0bye

TEXT m:2: a1,a2
TEXT m:b
TEXT m:1: a3
TEXT m:2: binary,binary

TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','content':'a','event':'text','headers':{'host':'x'},'meta':{},'uri':'/off'}

TEXT m:1: abc
CLOSE \x03\xf1message too big

TEXT m:1: abc
CLOSE \x03\xefinvalid UTF-8
--- log
info: grip: message of 4 bytes exceeds "grip_max_message_size"
info: grip: text message is not valid UTF-8


=== TEST 15: a hundred messages cost one call
--- config
    location /ws {
        grip_websocket;
        grip_call_batch on;
        grip_on any { call /fn/count as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws eval
CORE::join "\n", map { "TEXT $_" } 1 .. 100
--- answer eval
'TEXT m:100: ' . CORE::join ',', 1 .. 100


=== TEST 16: a batch fails as one, and is still owed its pongs when that is ignored
--- config
    grip_call_batch on;

    location /ws {
        grip_websocket;
        grip_on any  { call /none as=json; }
        grip_on ping { call /none as=json; }
    }

    location /ignore {
        grip_websocket;
        grip_on any  { call /none as=json on_error=ignore; }
        grip_on ping { call /none as=json on_error=ignore; }
    }

    location /none { internal; return 404; }
--- ws
/ws
TEXT a
TEXT b

/ws
OPEN
TEXT b

/ignore
PING a
PING b
CLOSE \x0f\xa0bye

/ignore
OPEN
TEXT a
--- answer
CLOSE \x03\xf3function failed

502

PONG a
PONG b
CLOSE \x0f\xa0bye

OPEN
--- log
error: grip: function "/none" failed: status 404
error: grip: function "/none" failed: status 404
error: grip: function "/none" failed: status 404 (the first of 2)
error: grip: function "/none" failed: status 404


=== TEST 17: a batch is of one URI, and its location sees what the last one captured
--- config
    grip_call_batch on;

    location /ws {
        grip_websocket;
        grip_on text ~ "^/(?<cmd>\w+)" { call /fn/which/$cmd as=json; }
    }

    location /one {
        grip_websocket;
        grip_on text ~ "^/(?<cmd>\w+)" { call /fn/which as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
        proxy_set_header X-Cmd [$cmd];
    }
--- ws
/ws
TEXT /aa 1
TEXT /aa 2
TEXT /bb 3
TEXT /b 4
TEXT /aa 5

/ws
TEXT /aa 1

/one
TEXT /aa 1
TEXT /bb 2
--- answer
TEXT m:/fn/which/aa [aa]: /aa 1,/aa 2
TEXT m:/fn/which/bb [bb]: /bb 3
TEXT m:/fn/which/b [b]: /b 4
TEXT m:/fn/which/aa [aa]: /aa 5

TEXT m:/fn/which/aa [aa]: /aa 1

TEXT m:/fn/which [bb]: /aa 1,/bb 2


=== TEST 18: each ping of a batch has one pong, from nginx or the function
--- config
    grip_call_batch on;

    location /ws {
        grip_websocket;
        grip_on ping { call /fn/pong as=json; }
    }

    location /unsafe {
        grip_websocket;
        grip_on ping { call /fn/../../x as=json on_error=ignore; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
/ws
PING a

/ws
PING a
PING b

/unsafe
PING a
PING b
PING c
--- answer
PONG x

PONG x
PONG x

PONG a
PONG b
PONG c
--- log
error: grip: function "/fn/../../x" failed: invalid URI


=== TEST 19: metas are actions, of which there are not too many
--- config
    location /ws {
        grip_websocket;
        grip_on text { call /fn/metas as=json; }
    }

    location /ends {
        grip_websocket;
        grip_on text { call /fn/ends as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws
TEXT 10001

TEXT 256
TEXT 256

TEXT 256
TEXT 257
TEXT 1

/ends
TEXT 10000

/ends
TEXT 10001
--- answer
CLOSE \x03\xf3function failed

Set-Meta-m1:
Set-Meta-m256:
200

Set-Meta-m1:
Set-Meta-m256:
! Set-Meta-m257
CLOSE \x03\xf3too many metas

DISCONNECT

CLOSE \x03\xf3function failed
--- log
error: grip: function answered action "set_meta": too many actions
error: grip: "set_meta" failed: more than 256 names in an answer
error: grip: function answered too many actions


=== TEST 20: a header whose name is not UTF-8 is not told
--- config
    ignore_invalid_headers off;

    location /ws {
        grip_websocket;
        grip_on text { call /fn/show as=json; }
    }

    location /fn {
        internal;
        proxy_pass http://$TEST_NGINX_FUNCTION;
    }
--- ws eval
"Host: x\nX-\xff: y\nTEXT a"
--- answer
TEXT m:{'connection':'0f2d7c1e-1111-4222-8333-444455556666','content':'a','event':'text','headers':{'host':'x'},'meta':{},'uri':'/ws'}


=== TEST 21: all that is JSON is taken
--- config eval: $::call
--- ws
TEXT [{"send":"<\\ud83d>"},{"send":"\\uDE00\\uD83D\\uDE00"}]

TEXT \xef\xbb\xbf[{"send":"x"}]

TEXT [{"send_binary":"aGVs\\nbG8=\\r\\n"}]

TEXT [{"send":"x"},{"close":{"code":18446744073709551616}}]

TEXT [{"send":1.5}, x]
--- answer
TEXT m:<\xef\xbf\xbd>
TEXT m:\xef\xbf\xbd\xf0\x9f\x98\x80

TEXT m:x

BINARY m:hello

CLOSE \x03\xf3function failed

CLOSE \x03\xf3function failed
--- log
error: grip: function answered action "close": "code" has a wrong type or value
error: grip: function answered invalid JSON at byte 16
