
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_DOCUMENT_H_INCLUDED_
#define _NGX_GRIP_DOCUMENT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* what is deeper, longer or has more values is not parsed */
#define NGX_GRIP_DOCUMENT_DEPTH_MAX   64
#define NGX_GRIP_DOCUMENT_SIZE_MAX    1000000
#define NGX_GRIP_DOCUMENT_VALUES_MAX  65536


typedef struct ngx_grip_document_s  ngx_grip_document_t;


/*
 * Parses a JSON text of any type, as ngx_grip_json_tree_read() takes it.
 * NGX_OK: *doc must be freed, and the text stay as it is for as long.
 * NGX_DECLINED: it is not JSON, too deep, too long, has too many values or
 * duplicate keys.
 * NGX_ERROR: memory is out.  After these two *doc is NULL.
 */
ngx_int_t ngx_grip_document_parse(u_char *p, size_t len,
    ngx_grip_document_t **doc);
void ngx_grip_document_free(ngx_grip_document_t *doc);

/*
 * Follows the keys from the root: a member of an object, or, if the key is
 * a decimal integer, an element of an array.  NGX_OK: value is set to the
 * string, to a number as it was written, to "true" or "false", or to the JSON
 * without blanks of an object or array; it lives as long as the document.
 * NGX_DECLINED: absent or null.  NGX_ERROR: out of memory.
 */
ngx_int_t ngx_grip_document_lookup(ngx_grip_document_t *doc, ngx_str_t *keys,
    ngx_uint_t nkeys, ngx_str_t *value);


#endif /* _NGX_GRIP_DOCUMENT_H_INCLUDED_ */
