
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_GRIP_ITEMS_FIELD_H_INCLUDED_
#define _NGX_GRIP_ITEMS_FIELD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "wire/ngx_grip_items.h"
#include "text/ngx_grip_json_tree.h"


typedef enum {
    NGX_GRIP_FIELD_STRING = 0,
    NGX_GRIP_FIELD_NUMBER,
    NGX_GRIP_FIELD_FLAG,
    NGX_GRIP_FIELD_LIST,
    NGX_GRIP_FIELD_STRINGS,
    NGX_GRIP_FIELD_META,
    NGX_GRIP_FIELD_HEADERS,
    NGX_GRIP_FIELD_TYPE
} ngx_grip_field_e;


struct ngx_grip_items_s {
    ngx_grip_json_tree_t     tree;
    void                    *list;       /* of items, a value of the library */
    size_t                   next;
    char                    *text;       /* an error, or the last item */
};


/* a member of an object, which may be absent */

typedef struct {
    const char              *name;
    ngx_grip_field_e         kind;
    size_t                   max;        /* of a number, or the length of
                                            a string, 0: any */
} ngx_grip_field_t;


/*
 * Whether a member, a value of the JSON library, is what the field wants:
 * NGX_OK, NGX_DECLINED with items->text, or NGX_ERROR, as
 * ngx_grip_items_check().  The owner is what messages call the object.
 */
ngx_int_t ngx_grip_items_field(ngx_grip_items_t *items,
    const char *owner, const ngx_grip_field_t *field, void *member);

/*
 * Make items->text of "Invalid format: " and a text, or of a member's name and
 * what it is wrong with.  NGX_DECLINED, or NGX_ERROR if memory is out.
 */
ngx_int_t ngx_grip_items_fail(ngx_grip_items_t *items, const char *fmt, ...);
ngx_int_t ngx_grip_items_wrong(ngx_grip_items_t *items, const char *owner,
    const char *name, const char *what);


#endif /* _NGX_GRIP_ITEMS_FIELD_H_INCLUDED_ */
