
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Server-sent events.  protocol 7.
 */


#ifndef _NGX_GRIP_SSE_H_INCLUDED_
#define _NGX_GRIP_SSE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Writes content as one event and returns the number of bytes; with dst == NULL
 * only counts.  Event and id lines unless these are empty, their CR, LF and NUL
 * left out; then the lines of the content, which CRLF, CR or LF separate, as
 * "data: " lines, so that a last line end is not lost; then a blank line.
 * With json set it is the inside of a JSON string.
 */
size_t ngx_grip_sse_write(u_char *dst, ngx_str_t *event, ngx_str_t *id,
    ngx_str_t *content, ngx_uint_t json);

/*
 * The same in parts, for an id that is written without looking at it: a line,
 * name its "event: " or the like; the lines of the content, and the blank one.
 */
size_t ngx_grip_sse_line(u_char *dst, const char *name, ngx_str_t *value,
    ngx_uint_t json);
size_t ngx_grip_sse_data(u_char *dst, ngx_str_t *content, ngx_uint_t json);

/* whether these are a single one */
ngx_uint_t ngx_grip_sse_single(ngx_str_t *content);


#endif /* _NGX_GRIP_SSE_H_INCLUDED_ */
