
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * A JSON text as a tree of the JSON library, which does not take all that is
 * JSON: halves of surrogate pairs become U+FFFD, and so does U+0000 in names;
 * a byte order mark is skipped; and numbers stay what was written.  Those that
 * are no integers of at most 18 digits stand in the tree as reals, which count
 * them.
 */


#ifndef _NGX_GRIP_JSON_TREE_H_INCLUDED_
#define _NGX_GRIP_JSON_TREE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    void                     *root;          /* a value of the library */
    ngx_str_t                *numbers;       /* what the reals stand for */
    ngx_uint_t                nnumbers;
    ngx_str_t                 text;
    size_t                    error;         /* where it is no JSON */
} ngx_grip_json_tree_t;


/*
 * Reads a text of any type, with no name twice in an object if "unique" is
 * set: else the last one counts.  The text must stay as it is for as long as
 * the tree.  NGX_OK; NGX_DECLINED: it is not JSON, tree->error is an offset in
 * the text; NGX_ERROR: memory is out.  After each of these the tree may be
 * freed, and after NGX_OK it must be.
 */
ngx_int_t ngx_grip_json_tree_read(ngx_grip_json_tree_t *tree, ngx_str_t *text,
    ngx_uint_t unique);
void ngx_grip_json_tree_free(ngx_grip_json_tree_t *tree);

/*
 * The number as it was written where a real is now.  It lies in the text: a
 * number in an array or an object is followed by what is no part of one.
 */
ngx_str_t *ngx_grip_json_tree_number(ngx_grip_json_tree_t *tree,
    void *real);

/*
 * A value of the tree as JSON without blanks, its numbers as they were
 * written.  NGX_ERROR: memory is out.  The caller calls free() on text->data.
 */
ngx_int_t ngx_grip_json_tree_write(ngx_grip_json_tree_t *tree, void *value,
    ngx_str_t *text);

/* the text of a string, where it lies; empty of anything else, of NULL, too */
ngx_str_t ngx_grip_json_tree_text(void *value);

/* whether a value, which may be NULL, is this string, to its end */
ngx_uint_t ngx_grip_json_tree_is(void *value, const char *text);


#endif /* _NGX_GRIP_JSON_TREE_H_INCLUDED_ */
