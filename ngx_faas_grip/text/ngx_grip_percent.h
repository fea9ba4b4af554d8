
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_PERCENT_H_INCLUDED_
#define _NGX_GRIP_PERCENT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Decodes percent-encoding in place; in a form, "+" stands for a blank.
 * NGX_ERROR if a "%" is not followed by two hex digits.
 */
ngx_int_t ngx_grip_percent_decode(ngx_str_t *text, ngx_uint_t form);

/*
 * Writes the text of a URI as one: what none may hold is percent-encoded, so
 * are "#", as what is requested has no fragment, a "%" that begins no
 * percent-encoding, and the characters of "more", which are reserved ones.
 * Returns the length; dst NULL only counts.
 */
size_t ngx_grip_percent_uri(u_char *dst, ngx_str_t *text, const char *more);

/*
 * Whether the path of a URI is in canonical form, so that a proxy that compares
 * bytes and nginx, which decodes and normalises it, mean the same: it begins
 * with "/", has neither "." nor ".." segments, nor empty ones but the last, no
 * backslash and no fragment, and is percent-encoded where it has to be and not
 * in unreserved characters (RFC 3986) nor "/".  Hex digits may have any case;
 * whether a reserved character is encoded is left open, and so is the query.
 */
ngx_uint_t ngx_grip_percent_canonical(ngx_str_t *uri);


#endif /* _NGX_GRIP_PERCENT_H_INCLUDED_ */
