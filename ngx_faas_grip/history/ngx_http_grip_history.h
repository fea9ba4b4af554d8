
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Histories: zones with what was published, and the ids of that.
 */


#ifndef _NGX_HTTP_GRIP_HISTORY_H_INCLUDED_
#define _NGX_HTTP_GRIP_HISTORY_H_INCLUDED_


#include "history/ngx_grip_history_store.h"
#include "request/ngx_http_grip.h"
#include "zone/ngx_http_grip_zone.h"


/* of channels; longer ones are not kept, nor is a hold on one resumed */
#define NGX_HTTP_GRIP_HISTORY_NAME  4096

/* bytes that are copied in one go while others wait for the zone */
#define NGX_HTTP_GRIP_HISTORY_COPY  65536


/* what an item has in the place of its ids until these are known */

typedef struct {
    ngx_str_t  id;
    ngx_str_t  prev;
} ngx_http_grip_history_marks_t;


/* the directives */
char *ngx_http_grip_history_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_history_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* the series of all zones, for postconfiguration; NGX_ERROR as for others */
ngx_int_t ngx_http_grip_history_zone_metrics(ngx_conf_t *cf);

/*
 * Keeps a record of a channel, whose name is given in full, and writes its id
 * and the one before it, NGX_GRIP_HISTORY_ID_LEN bytes each.  NGX_DECLINED: it
 * is too large, and was given the id alone.  NGX_ERROR: the zone is unusable,
 * which was logged.
 */
ngx_int_t ngx_http_grip_history_append(ngx_http_grip_zone_t *zone,
    ngx_str_t *channel, u_char *record, size_t size, u_char *id, u_char *prev);

/*
 * Asks the history.  The records are in memory of the worker, good until the
 * next question; the last may be cut.  NGX_ERROR: the zone is unusable, which
 * was logged.
 */
ngx_int_t ngx_http_grip_history_read(ngx_http_grip_zone_t *zone,
    ngx_grip_history_query_t *query, u_char **records);

/* the zone's secret, NGX_GRIP_HISTORY_SECRET bytes; NGX_ERROR as above */
ngx_int_t ngx_http_grip_history_secret(ngx_http_grip_zone_t *zone,
    u_char *secret);

/*
 * Marks to be written into an item.  They are random and each worker's own, so
 * that no content can hold them.  NULL: there was no randomness.
 */
ngx_http_grip_history_marks_t *ngx_http_grip_history_marks(ngx_log_t *log);

/* puts the ids in the place of all marks */
void ngx_http_grip_history_stamp(ngx_str_t *json, u_char *id, u_char *prev);


#endif /* _NGX_HTTP_GRIP_HISTORY_H_INCLUDED_ */
