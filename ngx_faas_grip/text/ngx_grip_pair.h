
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_PAIR_H_INCLUDED_
#define _NGX_GRIP_PAIR_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_str_t     name;
    ngx_str_t     value;
} ngx_grip_pair_t;


#endif /* _NGX_GRIP_PAIR_H_INCLUDED_ */
