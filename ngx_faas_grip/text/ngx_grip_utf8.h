
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_UTF8_H_INCLUDED_
#define _NGX_GRIP_UTF8_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Whether the bytes are well-formed UTF-8 (Unicode table 3-7: no overlong
 * forms, no surrogates, nothing above U+10FFFF).
 */
ngx_uint_t ngx_grip_utf8_valid(u_char *p, size_t len);

/*
 * Copies as much of the text as max bytes hold without cutting a character,
 * and returns their number.  Bytes that are not well-formed UTF-8 become
 * U+FFFD, one for all that follow each other.
 */
size_t ngx_grip_utf8_copy(u_char *dst, size_t max, ngx_str_t *text);

/*
 * The proxy leaves out of texts that it reads a byte order mark in front, whose
 * length this is, 0 without; and of the elements of a list, white space around
 * them, that beyond ASCII as well.
 */
size_t ngx_grip_utf8_mark(ngx_str_t *text);
void ngx_grip_utf8_trim(ngx_str_t *text);


#endif /* _NGX_GRIP_UTF8_H_INCLUDED_ */
