-- What wrk sends: the file that BENCH_CASE names returns a table of the
-- method, headers and body, and of tokens, if each request is to have another
-- one.  Prints the results as a line of JSON.

local case = dofile(os.getenv("BENCH_CASE"))

wrk.method = case.method
wrk.headers = case.headers
wrk.body = case.body


if case.tokens then
    local requests, n = {}, 0

    function init()
        for i, token in ipairs(case.tokens) do
            wrk.headers["Grip-Sig"] = token
            requests[i] = wrk.format()
        end
    end

    function request()
        n = n % #requests + 1
        return requests[n]
    end
end


function done(summary, latency)
    local errors = summary.errors

    io.write(string.format('{"requests":%d,"seconds":%.6f,"bytes":%d,'
                           .. '"errors":%d,"p50":%d,"p99":%d}\n',
                           summary.requests, summary.duration / 1e6,
                           summary.bytes,
                           errors.connect + errors.read + errors.write
                           + errors.status + errors.timeout,
                           latency:percentile(50), latency:percentile(99)))
end
