
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Fields of a request as maps of a Lambda event, which are objects of the JSON
 * library.
 */


#ifndef _NGX_GRIP_LAMBDA_MAP_H_INCLUDED_
#define _NGX_GRIP_LAMBDA_MAP_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "function/ngx_grip_fields.h"


/*
 * Fills the map of single values, and that of all values of a name unless it is
 * NULL; "apart" leaves out cookies.  It frees the fields.  NGX_ERROR: memory is
 * out.
 */
ngx_int_t ngx_grip_lambda_map_put(void *single, void *multi,
    ngx_grip_fields_t *fields, ngx_uint_t apart);


#endif /* _NGX_GRIP_LAMBDA_MAP_H_INCLUDED_ */
