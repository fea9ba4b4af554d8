
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_JSON_H_INCLUDED_
#define _NGX_GRIP_JSON_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Writes the text as the inside of a JSON string, without the quotes, and
 * returns the number of bytes written; with dst == NULL only counts.  The
 * text must be valid UTF-8.  Quote, backslash, control characters below
 * U+0020, and U+2028 and U+2029 are escaped, "/" and all others are not.
 */
size_t ngx_grip_json_escape(u_char *dst, u_char *src, size_t len);

/*
 * Parts of a text, of which each returns its number of bytes, and with
 * dst == NULL only counts: an unescaped value as a JSON string in its quotes,
 * two as one, any bytes as a JSON string of base64; members of an object,
 * "name":"value" of a pair, both given unescaped, the same and "name":42 with
 * a literal name that needs no escapes; a literal as it is.
 */
size_t ngx_grip_json_string(u_char *dst, ngx_str_t *value);
size_t ngx_grip_json_joined(u_char *dst, ngx_str_t *first, ngx_str_t *second);
size_t ngx_grip_json_base64(u_char *dst, ngx_str_t *value);
size_t ngx_grip_json_pair(u_char *dst, ngx_str_t *name, ngx_str_t *value);
size_t ngx_grip_json_member(u_char *dst, const char *name, ngx_str_t *value);
size_t ngx_grip_json_number(u_char *dst, const char *name, ngx_uint_t value);

/* here, for the length of a literal to be known when compiled */

static ngx_inline size_t
ngx_grip_json_literal(u_char *dst, const char *text)
{
    size_t  len;

    len = ngx_strlen(text);

    if (dst) {
        ngx_memcpy(dst, text, len);
    }

    return len;
}


/* a text that is known to need no escapes, inside of a string */

static ngx_inline size_t
ngx_grip_json_plain(u_char *dst, ngx_str_t *text)
{
    if (dst) {
        ngx_memcpy(dst, text->data, text->len);
    }

    return text->len;
}


/* where the part after n bytes goes: a pass that counts goes on counting */
#define ngx_grip_json_at(dst, n)      ((dst) ? (dst) + (n) : NULL)


#endif /* _NGX_GRIP_JSON_H_INCLUDED_ */
