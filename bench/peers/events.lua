-- WebSocket-over-HTTP as one would write it by hand in nginx with Lua: the
-- type is checked, each text is answered by itself, and a CLOSE by a CLOSE.

local find, format, match, sub = string.find, string.format, string.match,
                                 string.sub
local concat = table.concat

local events = {}


function events.echo()
    if ngx.var.content_type ~= "application/websocket-events" then
        return ngx.exit(415)
    end

    ngx.req.read_body()

    local body = ngx.req.get_body_data() or ""
    local out, n, at = {}, 0, 1

    while at <= #body do
        local last = find(body, "\r\n", at, true)

        if not last then
            return ngx.exit(400)
        end

        local line = sub(body, at, last - 1)
        local kind, size = match(line, "^(%u+) (%x+)$")
        local content = ""

        at = last + 2

        if kind then
            local len = tonumber(size, 16)

            content = sub(body, at, at + len - 1)
            at = at + len + 2
        else
            kind = line
        end

        if kind == "TEXT" then
            out[n + 1] = format("TEXT %x\r\nm:", #content + 2)
            out[n + 2] = content
            out[n + 3] = "\r\n"
            n = n + 3

        elseif kind == "OPEN" then
            n = n + 1
            out[n] = "OPEN\r\n"

        elseif kind == "CLOSE" then
            out[n + 1] = format("CLOSE %x\r\n", #content)
            out[n + 2] = content
            out[n + 3] = "\r\n"
            n = n + 3
        end
    end

    local answer = concat(out)

    ngx.header["Content-Type"] = "application/websocket-events"
    ngx.header["Content-Length"] = #answer
    ngx.print(answer)
end


return events
