
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Media types: a range, and a value.
 */


#include "lib/fuzz.h"
#include "text/ngx_grip_media.h"


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t   range, value, type;
    ngx_uint_t  is;

    static ngx_str_t  any = ngx_string("*/*");

    range = fuzz_field(in);
    value = fuzz_rest(in);

    type = ngx_grip_media_type(&value);

    fuzz_holds(type.data >= value.data
               && type.data + type.len <= value.data + value.len);
    fuzz_holds(type.len == 0 || memchr(type.data, ';', type.len) == NULL);

    is = ngx_grip_media_is(&value, &range);

    fuzz_holds(is == ngx_grip_media_is(&type, &range));
    fuzz_holds(ngx_grip_media_is(&value, &any) == (type.len != 0));
    fuzz_holds(ngx_grip_media_is(&value, &type)
               || (type.len > 1 && type.data[type.len - 1] == '*'));

    fuzz_holds(ngx_grip_media_is_text(&value)
               == ngx_grip_media_is_text(&type));
    fuzz_holds(ngx_grip_media_is_text(&type) || type.len != 0);
}
