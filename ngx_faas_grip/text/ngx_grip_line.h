
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Texts of one line, as values of headers and messages of the log are.  Blanks
 * are spaces and tabs.
 */


#ifndef _NGX_GRIP_LINE_H_INCLUDED_
#define _NGX_GRIP_LINE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* whether it may stand in a header: it has no control characters but tabs */
ngx_uint_t ngx_grip_line_valid(ngx_str_t *text);

/* takes the blanks off both ends */
void ngx_grip_line_trim(ngx_str_t *text);

/*
 * Takes what precedes the separator, or all, off the text, the separator, too,
 * and returns it; both are without blanks around, and point into the text.
 */
ngx_str_t ngx_grip_line_cut(ngx_str_t *text, u_char separator);

/* writes that character over control characters: a log is read by lines */
void ngx_grip_line_mask(ngx_str_t *text, u_char with);

/*
 * Writes the text in double quotes, with a backslash before those that it has,
 * and before backslashes, and returns the end: 2 * text->len + 2 bytes at most.
 */
u_char *ngx_grip_line_quote(u_char *dst, ngx_str_t *text);


#endif /* _NGX_GRIP_LINE_H_INCLUDED_ */
