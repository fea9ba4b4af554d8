
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A value of the JSON library as a text.
 */


#ifndef _NGX_GRIP_JSON_DUMP_H_INCLUDED_
#define _NGX_GRIP_JSON_DUMP_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * JSON without blanks, of a value of any type.  The caller calls free() on
 * text->data, which is no memory of the library: other code of the process may
 * have given that an allocator.  NGX_ERROR: memory is out.
 */
ngx_int_t ngx_grip_json_dump(void *value, ngx_str_t *text);


#endif /* _NGX_GRIP_JSON_DUMP_H_INCLUDED_ */
