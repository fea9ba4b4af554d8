
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_KEY_TEXT_H_INCLUDED_
#define _NGX_GRIP_KEY_TEXT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* longer key files are refused */
#define NGX_GRIP_KEY_TEXT_MAX         65536


/*
 * Gets the bytes that a configured key stands for: those of "base64:..."
 * decoded, of "file:PATH" without one line end at the end of the file, else
 * the value itself.  text->data is malloc'ed, and never empty.  NGX_ERROR:
 * nothing is held, *err is a literal that says why.
 */
ngx_int_t ngx_grip_key_text_read(ngx_str_t *value, ngx_str_t *text,
    const char **err);

/*
 * Frees the bytes, and leaves no copy of them in memory.
 */
void ngx_grip_key_text_free(ngx_str_t *text);


#endif /* _NGX_GRIP_KEY_TEXT_H_INCLUDED_ */
