
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A zone is nginx's slab, with a head at its end that the slab does not know.
 * The mutex is the slab's own: the master frees that one, and no other, when
 * the worker that has it dies (ngx_unlock_mutexes() in ngx_process.c).
 */


#include "zone/ngx_http_grip_zone.h"

#include <ngx_event.h>


static ngx_http_grip_zone_t *ngx_http_grip_zone_add(ngx_conf_t *cf,
    ngx_str_t *name, size_t size, ngx_http_grip_zone_kind_t *kind);
static ngx_int_t ngx_http_grip_zone_init(ngx_shm_zone_t *shm, void *data);
static void ngx_http_grip_zone_wait(ngx_slab_pool_t *pool);
static void ngx_http_grip_zone_begin(ngx_http_grip_zone_t *zone);


ngx_http_grip_zone_t *
ngx_http_grip_zone_declare(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_grip_zone_kind_t *kind)
{
    u_char                *p, *last;
    ssize_t                size;
    ngx_str_t              name, number;
    ngx_http_grip_zone_t  *zone;

    last = text->data + text->len;
    p = ngx_strlchr(text->data, last, ':');

    if (p == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid zone \"%V\", it must be NAME:SIZE", text);
        return NULL;
    }

    name.data = text->data;
    name.len = p - text->data;

    number.data = p + 1;
    number.len = last - number.data;

    /* "off" is what directives say that use none */

    if (name.len == 0 || ngx_strncmp(name.data, "off:", 4) == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid zone name \"%V\"",
                           &name);
        return NULL;
    }

    size = ngx_parse_size(&number);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid zone size \"%V\"",
                           &number);
        return NULL;
    }

    if (size < (ssize_t) (8 * ngx_pagesize) || (size_t) size < kind->size) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "zone \"%V\" is too small, "
                           "its size must be at least %uzk", &name,
                           ngx_max(8 * ngx_pagesize, kind->size + 1023) / 1024);
        return NULL;
    }

    zone = ngx_http_grip_zone_add(cf, &name, size, kind);
    if (zone == NULL) {
        return NULL;
    }

    if (zone->declared) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate zone \"%V\"",
                           &name);
        return NULL;
    }

    zone->declared = 1;

    return zone;
}


ngx_http_grip_zone_t *
ngx_http_grip_zone_refer(ngx_conf_t *cf, ngx_str_t *name,
    ngx_http_grip_zone_kind_t *kind)
{
    return ngx_http_grip_zone_add(cf, name, 0, kind);
}


static ngx_http_grip_zone_t *
ngx_http_grip_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size,
    ngx_http_grip_zone_kind_t *kind)
{
    ngx_shm_zone_t        *shm;
    ngx_http_grip_zone_t  *zone;

    shm = ngx_shared_memory_add(cf, name, size, kind);
    if (shm == NULL) {
        return NULL;
    }

    if (shm->data) {
        return shm->data;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_grip_zone_t));
    if (zone == NULL) {
        return NULL;
    }

    zone->name = *name;
    zone->kind = kind;
    zone->shm = shm;
    zone->file = cf->conf_file->file.name.data;
    zone->line = cf->conf_file->line;

    shm->init = ngx_http_grip_zone_init;
    shm->data = zone;

    return zone;
}


ngx_int_t
ngx_http_grip_zone_check(ngx_conf_t *cf)
{
    ngx_http_grip_zone_t  *zone;

    zone = NULL;

    for ( ;; ) {
        zone = ngx_http_grip_zone_next(cf->cycle, zone);

        if (zone == NULL) {
            return NGX_OK;
        }

        if (!zone->declared) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "unknown zone \"%V\" in %s:%ui", &zone->name,
                          zone->file, zone->line);
            return NGX_ERROR;
        }
    }
}


ngx_http_grip_zone_t *
ngx_http_grip_zone_next(ngx_cycle_t *cycle, ngx_http_grip_zone_t *zone)
{
    ngx_uint_t        i;
    ngx_shm_zone_t   *shm;
    ngx_list_part_t  *part;

    for (part = &cycle->shared_memory.part; part; part = part->next) {

        shm = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (shm[i].init != ngx_http_grip_zone_init) {
                continue;
            }

            if (zone == NULL) {
                return shm[i].data;
            }

            if (zone == shm[i].data) {
                zone = NULL;
            }
        }
    }

    return NULL;
}


size_t
ngx_http_grip_zone_used(ngx_http_grip_zone_t *zone)
{
    return zone->shm->shm.size - zone->pool->pfree * ngx_pagesize;
}


/* called by nginx in the master, before there are workers of this cycle */

static ngx_int_t
ngx_http_grip_zone_init(ngx_shm_zone_t *shm, void *data)
{
    ngx_http_grip_zone_t *old = data;

    void                  *root;
    u_char                *end;
    ngx_int_t              rc;
    ngx_http_grip_zone_t  *zone;

    zone = shm->data;

    end = shm->shm.addr + shm->shm.size - sizeof(ngx_http_grip_zone_head_t);

    zone->pool = (ngx_slab_pool_t *) shm->shm.addr;
    zone->head = (ngx_http_grip_zone_head_t *)
                              ((uintptr_t) end & ~(sizeof(ngx_atomic_t) - 1));

    if (old == NULL) {
        ngx_http_grip_zone_begin(zone);

        /* a new zone is one that somebody has left half done */

        zone->head->root = NULL;
        zone->head->dirty = 1;
    }

    ngx_http_grip_zone_wait(zone->pool);

    root = ngx_http_grip_zone_enter(zone);
    if (root == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_OK;

    if (old && zone->kind->keep) {
        rc = zone->kind->keep(zone, old, root);
    }

    ngx_http_grip_zone_unlock(zone);

    return rc;
}


/*
 * The mutex for the master, which waits for it in vain when the worker that has
 * it dies: while the configuration is read signals are blocked, the one of that
 * death, too, upon which nginx would free the mutex.
 */

static void
ngx_http_grip_zone_wait(ngx_slab_pool_t *pool)
{
#if (NGX_HAVE_ATOMIC_OPS)
    ngx_pid_t  pid;
    siginfo_t  info;

    while (!ngx_shmtx_trylock(&pool->mutex)) {

        pid = (ngx_pid_t) *pool->mutex.lock;
        info.si_pid = 0;

        /* nginx is still to see how it ended, so that is left as it is */

        if (pid
            && waitid(P_PID, pid, &info, WEXITED|WNOHANG|WNOWAIT) == 0
            && info.si_pid == pid)
        {
            (void) ngx_shmtx_force_unlock(&pool->mutex, pid);
            continue;
        }

        ngx_msleep(1);
    }

#else

    /* a lock of a file, which goes with its process */

    ngx_shmtx_lock(&pool->mutex);

#endif
}


/* says why a zone begins empty if there was one before: ngx_cycle is the old */

static void
ngx_http_grip_zone_begin(ngx_http_grip_zone_t *zone)
{
    ngx_uint_t        i;
    ngx_shm_zone_t   *shm;
    ngx_list_part_t  *part;

    if (ngx_is_init_cycle(ngx_cycle)) {

        if (ngx_inherited) {
            ngx_log_error(NGX_LOG_WARN, zone->shm->shm.log, 0,
                          "grip: zone \"%V\" begins empty after the binary "
                          "upgrade", &zone->name);
        }

        return;
    }

    part = (ngx_list_part_t *) &ngx_cycle->shared_memory.part;

    for ( /* void */ ; part; part = part->next) {

        shm = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (shm[i].shm.name.len != zone->name.len
                || ngx_strncmp(shm[i].shm.name.data, zone->name.data,
                               zone->name.len)
                   != 0)
            {
                continue;
            }

            if (shm[i].shm.size != zone->shm->shm.size) {
                ngx_log_error(NGX_LOG_WARN, zone->shm->shm.log, 0,
                              "grip: zone \"%V\" begins empty, as its size has "
                              "changed from %uz to %uz", &zone->name,
                              shm[i].shm.size, zone->shm->shm.size);

            } else {
                ngx_log_error(NGX_LOG_WARN, zone->shm->shm.log, 0,
                              "grip: zone \"%V\" begins empty, as it had "
                              "another use or the module has changed",
                              &zone->name);
            }

            return;
        }
    }
}


ngx_int_t
ngx_http_grip_zone_empty(ngx_http_grip_zone_t *zone)
{
    void       *root;
    ngx_int_t   rc;

    if (zone->head->root) {
        ngx_log_error(NGX_LOG_ERR, zone->shm->shm.log, 0,
                      "grip: zone \"%V\" was emptied: a worker was killed "
                      "while it had the lock", &zone->name);
    }

    zone->head->root = NULL;

    zone->pool->end = (u_char *) zone->head;
    ngx_slab_init(zone->pool);

    /* an owner knows what it does when its zone is full */

    zone->pool->log_nomem = 0;

    rc = zone->kind->create(zone, &root);

    if (rc == NGX_OK) {
        zone->head->root = root;
        return NGX_OK;
    }

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm->shm.log, 0,
                      "zone \"%V\" is too small", &zone->name);
    }

    return NGX_ERROR;
}
