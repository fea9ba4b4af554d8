
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The parts that the fuzz targets share.  A target is one function, which is
 * given an input and says by fuzz_holds() what must hold of it.  All memory
 * that it gets here is given back when it returns.
 */


#ifndef _FUZZ_H_INCLUDED_
#define _FUZZ_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>


/* between the fields of an input */
#define FUZZ_SEPARATOR   0x1e


typedef struct {
    u_char       *pos;
    u_char       *end;
    size_t        tried;         /* bytes, of which a target that makes more
                                    of its input says how many */
} fuzz_input_t;


/* edges of the module's code that were passed, bytes that were allocated */

typedef struct {
    size_t        edges;
    size_t        memory;
} fuzz_cost_t;


/* the target */
void fuzz_target(fuzz_input_t *in);

#define fuzz_holds(condition)                                                \
    ((condition) ? (void) 0 : fuzz_broken(#condition, __FILE__, __LINE__))

void fuzz_broken(const char *condition, const char *file, int line)
    __attribute__((noreturn));

/* of the target so far */
fuzz_cost_t fuzz_cost(void);

/*
 * Take the next byte, 0 at the end; the next field, up to a separator; and all
 * that is left.  Fields are copies that end where their memory does.
 */
ngx_uint_t fuzz_byte(fuzz_input_t *in);
ngx_str_t fuzz_field(fuzz_input_t *in);
ngx_str_t fuzz_rest(fuzz_input_t *in);

void *fuzz_alloc(size_t size);
ngx_str_t fuzz_copy(const void *data, size_t len);

/* a text of n bytes to be written, which ends where its memory does */
ngx_str_t fuzz_room(size_t len);

ngx_uint_t fuzz_same(ngx_str_t *one, ngx_str_t *other);
ngx_uint_t fuzz_is(ngx_str_t *text, const char *literal);

/* UTF-8 by the tables of the standard, read without haste */
ngx_uint_t fuzz_utf8(ngx_str_t *text);

/* whether the text has a byte below blank, but those, or DEL */
ngx_uint_t fuzz_has_controls(ngx_str_t *text, const char *but);

/*
 * JSON by the library's own rules; what follows needs no release.  A text that
 * is none breaks the target.
 */
json_t *fuzz_json(ngx_str_t *text);
json_t *fuzz_member(json_t *object, const char *name);
ngx_str_t fuzz_string(json_t *string);
ngx_uint_t fuzz_json_is(json_t *string, ngx_str_t *text);

/* the bytes that base64 with padding stands for; else it breaks the target */
ngx_str_t fuzz_base64(ngx_str_t *text);


#endif /* _FUZZ_H_INCLUDED_ */
