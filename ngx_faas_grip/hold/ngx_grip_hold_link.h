
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Links of resumable holds have this behind their path, as base64url: a MAC,
 * and fields, each after its length in two bytes.
 */


#ifndef _NGX_GRIP_HOLD_LINK_H_INCLUDED_
#define _NGX_GRIP_HOLD_LINK_H_INCLUDED_


#include "keys/ngx_grip_key.h"


#define NGX_GRIP_HOLD_LINK_MAC  16


typedef struct {
    ngx_str_t    location;                   /* the name of a resumable one */
    ngx_str_t    channel;
    ngx_str_t    position;                   /* of a page, else empty */
    ngx_str_t    keepalive;                  /* of texts that hold variables, */
    ngx_str_t    gone;                       /* the values */
    ngx_str_t   *metas;                      /* headers; unused when read */
    ngx_uint_t   nmetas;
} ngx_grip_hold_link_t;


/*
 * Writes room for a MAC and the fields, of less than 64 KB each, and returns
 * the number of bytes; with dst == NULL only counts.
 */
size_t ngx_grip_hold_link_write(u_char *dst, ngx_grip_hold_link_t *link);

/* what is signed of the bytes, the fields */

static ngx_inline ngx_str_t
ngx_grip_hold_link_fields(ngx_str_t *bytes)
{
    ngx_str_t  fields;

    fields.len = bytes->len - NGX_GRIP_HOLD_LINK_MAC;
    fields.data = bytes->data + NGX_GRIP_HOLD_LINK_MAC;

    return fields;
}

/* fills the room for a MAC; NGX_ERROR: OpenSSL failed */
ngx_int_t ngx_grip_hold_link_sign(ngx_str_t *bytes, ngx_grip_key_t *key);

/*
 * Reads the fields, which point into the bytes, and sets *metas to those of
 * the metas, for ngx_grip_hold_link_next().  Nothing of it is to be believed
 * before ngx_grip_hold_link_verify().  NGX_DECLINED: this was never written.
 */
ngx_int_t ngx_grip_hold_link_read(ngx_grip_hold_link_t *link, ngx_str_t *bytes,
    ngx_str_t *metas);

/* takes the first field from fields; 0: there is no whole one */
ngx_uint_t ngx_grip_hold_link_next(ngx_str_t *fields, ngx_str_t *field);

/*
 * NGX_OK: what was read was signed by the key.  NGX_DECLINED: it was not.
 * NGX_ERROR: OpenSSL failed.
 */
ngx_int_t ngx_grip_hold_link_verify(ngx_str_t *bytes, ngx_grip_key_t *key);


#endif /* _NGX_GRIP_HOLD_LINK_H_INCLUDED_ */
