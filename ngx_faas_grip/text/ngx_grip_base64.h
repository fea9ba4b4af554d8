
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_BASE64_H_INCLUDED_
#define _NGX_GRIP_BASE64_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* enough for what len characters decode to */
#define ngx_grip_base64_decoded_max(len)     ((len) / 4 * 3 + 3)

#define ngx_grip_base64_len(len)             (((len) + 2) / 3 * 4)
#define ngx_grip_base64_url_len(len)          (((len) * 4 + 2) / 3)


/*
 * Decodes what people paste and programs write: either alphabet, padding or
 * none, in one line or several, and blanks for "+", as form decoding leaves
 * them.  dst may be the input itself.
 * NGX_ERROR if the text is not base64.
 */
ngx_int_t ngx_grip_base64_decode(u_char *dst, size_t *len, ngx_str_t *text);

/*
 * Decodes base64url as JWS wants it: no padding, and unused bits are zero,
 * so that each value has one spelling.  dst may be the input itself.
 */
ngx_int_t ngx_grip_base64_url_decode(u_char *dst, size_t *len, ngx_str_t *text);

/*
 * Encode, with padding in the plain alphabet and without in that of URLs, and
 * return the end of what they wrote, which is ngx_grip_base64_len(len) or
 * ngx_grip_base64_url_len(len) bytes.
 */
u_char *ngx_grip_base64_encode(u_char *dst, const u_char *src, size_t len);
u_char *ngx_grip_base64_url_encode(u_char *dst, const u_char *src, size_t len);


#endif /* _NGX_GRIP_BASE64_H_INCLUDED_ */
