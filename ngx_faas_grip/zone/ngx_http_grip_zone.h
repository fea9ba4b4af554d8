
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Zones: memory that all workers share and that outlives a reload.  The
 * contents of one are its owner's matter, who says so by its kind.
 */


#ifndef _NGX_HTTP_GRIP_ZONE_H_INCLUDED_
#define _NGX_HTTP_GRIP_ZONE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_http_grip_zone_s  ngx_http_grip_zone_t;


/* static and of one owner: its address tells zones of this kind from others */

typedef struct {
    size_t                            size;      /* the least, 0: nginx's */

    /*
     * Fills a zone whose memory is empty, and sets *root to what it begins
     * with.  NGX_DECLINED: the zone is too small; NGX_ERROR: logged here what
     * is wrong.  Either keeps nginx from starting.
     *
     * Called with the zone locked: in the master when there was no such zone,
     * and in any worker, one of an older configuration too, after another one
     * was killed while it had the lock.  So it may allocate no more than it
     * did at the start.
     */
    ngx_int_t                       (*create)(ngx_http_grip_zone_t *zone,
                                              void **root);

    /*
     * Or NULL.  Called in the master, with the zone locked, when a reload keeps
     * it: "old" is the zone of the configuration before.  Workers of that go on
     * using the root, and nginx may yet fail to load this configuration, so
     * this may add and must not take away.  NGX_ERROR: logged here what is
     * wrong, the reload fails.
     */
    ngx_int_t                       (*keep)(ngx_http_grip_zone_t *zone,
                                            ngx_http_grip_zone_t *old,
                                            void *root);
} ngx_http_grip_zone_kind_t;


/* in shared memory, outside of what is emptied */

typedef struct {
    void                             *root;
    ngx_atomic_t                      dirty;     /* somebody has the lock, or
                                                    had it when killed */
} ngx_http_grip_zone_head_t;


struct ngx_http_grip_zone_s {
    ngx_str_t                         name;
    ngx_http_grip_zone_kind_t        *kind;
    void                             *data;      /* the owner's, of this
                                                    configuration */

    ngx_slab_pool_t                  *pool;      /* NULL in configurations that
                                                    are not in use yet */
    ngx_http_grip_zone_head_t        *head;
    ngx_shm_zone_t                   *shm;

    u_char                           *file;      /* where it was first named */
    ngx_uint_t                        line;
    unsigned                          declared:1;
};


/*
 * Declares a zone, given as "NAME:SIZE".  NULL: it was logged that the text is
 * none, the name taken, or the size too small; or memory is out.
 */
ngx_http_grip_zone_t *ngx_http_grip_zone_declare(ngx_conf_t *cf,
    ngx_str_t *text, ngx_http_grip_zone_kind_t *kind);

/*
 * The zone of a name, which may be declared later.  NULL: it was logged that
 * it is of another kind, or memory is out.
 */
ngx_http_grip_zone_t *ngx_http_grip_zone_refer(ngx_conf_t *cf, ngx_str_t *name,
    ngx_http_grip_zone_kind_t *kind);

/* once all is read: logs which zone was referred to and never declared */
ngx_int_t ngx_http_grip_zone_check(ngx_conf_t *cf);

/* the zone after that one, the first after NULL; NULL: there are no more */
ngx_http_grip_zone_t *ngx_http_grip_zone_next(ngx_cycle_t *cycle,
    ngx_http_grip_zone_t *zone);

/* the bytes of it that are in use, by pages; needs no lock */
size_t ngx_http_grip_zone_used(ngx_http_grip_zone_t *zone);

/* the rare part of the functions below */
ngx_int_t ngx_http_grip_zone_empty(ngx_http_grip_zone_t *zone);


/* the mutex is had: what follows, see ngx_http_grip_zone_lock() */

static ngx_inline void *
ngx_http_grip_zone_enter(ngx_http_grip_zone_t *zone)
{
    if (zone->head->dirty && ngx_http_grip_zone_empty(zone) != NGX_OK) {
        ngx_shmtx_unlock(&zone->pool->mutex);
        return NULL;
    }

    zone->head->dirty = 1;
    ngx_memory_barrier();

    return zone->head->root;
}


/*
 * Locks the zone for this process and returns its root, as it is now: pointers
 * that were read before may be of a content that is gone.  Memory is allocated
 * and freed by ngx_slab_alloc_locked(zone->pool, ...) and so on.
 *
 * A worker that is killed before it unlocks takes the content with it: who
 * locks next finds the zone empty.  NULL: that one could not be made anew,
 * which was logged, and the zone is not locked.
 *
 * The lock is not taken twice, and nothing is done with it that may take long:
 * no variable is evaluated, no memory of a pool is asked for.  It is for
 * workers: in the master, which could wait for ever, only the callbacks of the
 * kind have it.
 */
static ngx_inline void *
ngx_http_grip_zone_lock(ngx_http_grip_zone_t *zone)
{
    ngx_shmtx_lock(&zone->pool->mutex);

    return ngx_http_grip_zone_enter(zone);
}


static ngx_inline void
ngx_http_grip_zone_unlock(ngx_http_grip_zone_t *zone)
{
    ngx_memory_barrier();
    zone->head->dirty = 0;

    ngx_shmtx_unlock(&zone->pool->mutex);
}


/* the root without the lock, for what is read and counted atomically */

#define ngx_http_grip_zone_root(zone)  ((zone)->head->root)


#endif /* _NGX_HTTP_GRIP_ZONE_H_INCLUDED_ */
