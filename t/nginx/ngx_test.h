
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_TEST_H_INCLUDED_
#define _NGX_TEST_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* what memory is full of that was just allocated, and that was given back */

#define NGX_TEST_NEW     '`'
#define NGX_TEST_OLD     '~'

/* stands in the environment, in configurations, and beside requests */

#define NGX_TEST_CANARY  "canary-Vq8tXz3Lw7"


/*
 * From now on the n-th allocation of nginx, of jansson or of OpenSSL fails, and
 * no other does; 0: none does.  Returns the number of allocations since the
 * last call.
 */
ngx_uint_t ngx_test_memory_arm(ngx_uint_t n);

/* whether the one that was to fail has failed */
ngx_uint_t ngx_test_memory_failed(void);

/*
 * Nothing that is sent from now on may have the text in it, which is copied.
 */
void ngx_test_output_keep(u_char *data, size_t len);


#endif /* _NGX_TEST_H_INCLUDED_ */
