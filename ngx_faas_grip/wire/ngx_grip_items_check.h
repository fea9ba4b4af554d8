
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_ITEMS_CHECK_H_INCLUDED_
#define _NGX_GRIP_ITEMS_CHECK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "wire/ngx_grip_items.h"


/*
 * Checks a value of the JSON library for all that the proxy knows of items.
 * NGX_DECLINED: items->text says what is wrong, a string to be freed.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_grip_items_check(ngx_grip_items_t *items, void *value);


#endif /* _NGX_GRIP_ITEMS_CHECK_H_INCLUDED_ */
