
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The state of a publication, for its own files.
 */


#ifndef _NGX_HTTP_GRIP_PUBLICATION_STATE_H_INCLUDED_
#define _NGX_HTTP_GRIP_PUBLICATION_STATE_H_INCLUDED_


#include "publish/ngx_http_grip_publication.h"


/* what one publisher did for the request */

typedef struct {
    ngx_uint_t                    status;    /* 0: nothing yet, 200, or that
                                                of the first failure */
    ngx_uint_t                    pending;
    size_t                        size;      /* of the queue, taken */
    ngx_msec_t                    start;
    ngx_msec_t                    time;
} ngx_http_grip_leg_t;


typedef struct {
    ngx_http_grip_publication_t  *publication;

    ngx_queue_t                   staged;    /* items */
    ngx_queue_t                   items;     /* on their way */

    ngx_event_t                   wake;
    ngx_msec_t                    start;     /* of the wait */

    unsigned                      waiting:1;

    ngx_http_grip_leg_t           legs[1];
} ngx_http_grip_publish_state_t;


#endif /* _NGX_HTTP_GRIP_PUBLICATION_STATE_H_INCLUDED_ */
