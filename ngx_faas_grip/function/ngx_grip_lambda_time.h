
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The time of an event in the words of Lambda.
 */


#ifndef _NGX_GRIP_LAMBDA_TIME_H_INCLUDED_
#define _NGX_GRIP_LAMBDA_TIME_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* bytes, whatever the year */
#define NGX_GRIP_LAMBDA_TIME_SIZE  96


/*
 * Writes it to text, which has room for that size: "29/Feb/2020:23:59:59
 * +0000" and a NUL.  NGX_ERROR: it is beyond all years.
 */
ngx_int_t ngx_grip_lambda_time(char *text, time_t sec);


#endif /* _NGX_GRIP_LAMBDA_TIME_H_INCLUDED_ */
