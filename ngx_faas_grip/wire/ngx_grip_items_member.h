
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_ITEMS_MEMBER_H_INCLUDED_
#define _NGX_GRIP_ITEMS_MEMBER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "text/ngx_grip_json_tree.h"
#include "wire/ngx_grip_items.h"


typedef enum {
    NGX_GRIP_MEMBER_STRING = 0,
    NGX_GRIP_MEMBER_NUMBER,
    NGX_GRIP_MEMBER_FLAG,
    NGX_GRIP_MEMBER_LIST,
    NGX_GRIP_MEMBER_STRINGS,
    NGX_GRIP_MEMBER_META,
    NGX_GRIP_MEMBER_HEADERS,
    NGX_GRIP_MEMBER_TYPE
} ngx_grip_items_member_e;


struct ngx_grip_items_s {
    ngx_grip_json_tree_t       tree;
    void                      *list;     /* of items, a value of the library */
    size_t                     next;
    const char                *owner;    /* what messages call the object that
                                            is being checked */
    char                      *text;     /* an error, or the last item */
    void                      *decoded[2];   /* contents, of one that was
                                                marked */
};


/* a member of an object, which may be absent */

typedef struct {
    const char                *name;
    ngx_grip_items_member_e    kind;
    size_t                     max;      /* of a number, or the length of
                                            a string, 0: any */
} ngx_grip_items_member_t;


/*
 * Whether a value of the JSON library is what the member may be.
 * NGX_DECLINED: items->text says what is wrong, a string to be freed.
 * NGX_ERROR: memory is out.
 */
ngx_int_t ngx_grip_items_member_check(ngx_grip_items_t *items,
    const ngx_grip_items_member_t *member, void *data);

/*
 * Whether no member of the object, which messages call so, is one that the
 * proxy takes for another.  Results as above.
 */
ngx_int_t ngx_grip_items_member_names(ngx_grip_items_t *items,
    const char *owner, void *object);

/* the channel of an item, as the proxy reads it: without a mark in front */
ngx_str_t ngx_grip_items_member_channel(void *item);

/*
 * Make items->text of "Invalid format: " and a text, or of the owner, the name
 * of its member and what that is wrong with.  NGX_DECLINED, or NGX_ERROR if
 * memory is out.
 */
ngx_int_t ngx_grip_items_member_fail(ngx_grip_items_t *items,
    const char *fmt, ...);
ngx_int_t ngx_grip_items_member_wrong(ngx_grip_items_t *items,
    const char *name, const char *what);


#endif /* _NGX_GRIP_ITEMS_MEMBER_H_INCLUDED_ */
