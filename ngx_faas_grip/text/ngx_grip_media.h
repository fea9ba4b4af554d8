
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Media types, as headers name them.
 */


#ifndef _NGX_GRIP_MEDIA_H_INCLUDED_
#define _NGX_GRIP_MEDIA_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * The type of a value of Content-Type, or of an element of Accept: without
 * parameters, and blanks and tabs around it.  It points into the value, and is
 * empty if there is none.
 */
ngx_str_t ngx_grip_media_type(ngx_str_t *value);

/*
 * Whether that is the given one, in whatever letters, or one of the range
 * "type/" followed by an asterisk, or one at all of the range of two asterisks.
 */
ngx_uint_t ngx_grip_media_is(ngx_str_t *value, ngx_str_t *range);

/* whether content of that type is text, as it is for want of a type */
ngx_uint_t ngx_grip_media_is_text(ngx_str_t *value);


#endif /* _NGX_GRIP_MEDIA_H_INCLUDED_ */
