
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Runs a target, and sees to it that its work and its memory are linear in the
 * input: the edges of the module's code that it passes, and the bytes that it
 * allocates, are counted.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <sanitizer/allocator_interface.h>

#include "fuzz.h"
#include "memory.h"


/* for each byte of an input, and for any input */
#define FUZZ_EDGES_PER_BYTE   2000
#define FUZZ_EDGES            400000
#define FUZZ_MEMORY_PER_BYTE  1500
#define FUZZ_MEMORY           600000


typedef struct fuzz_block_s  fuzz_block_t;

struct fuzz_block_s {
    fuzz_block_t  *next;
    json_t        *json;
    void          *data;
};


int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __wrap___sanitizer_cov_trace_pc(void);

static void fuzz_malloc(const volatile void *p, size_t size);
static void fuzz_free(const volatile void *p);
static void fuzz_keep(void *data, json_t *json);
static size_t fuzz_utf8_char(u_char *p, size_t len);


static fuzz_block_t  *fuzz_blocks;
static size_t         fuzz_edges;
static size_t         fuzz_memory;


/* each edge of the code that is compiled for it calls this */

__attribute__((no_sanitize("address", "undefined", "coverage")))
void
__wrap___sanitizer_cov_trace_pc(void)
{
    fuzz_edges++;
}


__attribute__((no_sanitize("address", "undefined", "coverage")))
static void
fuzz_malloc(const volatile void *p, size_t size)
{
    fuzz_memory += size;
}


__attribute__((no_sanitize("address", "undefined", "coverage")))
static void
fuzz_free(const volatile void *p)
{
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    __sanitizer_install_malloc_and_free_hooks(fuzz_malloc, fuzz_free);
    fuzz_memory_init();

    /* the order of members, and with it each run, is then the same */

    json_object_seed(1);

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t      text;
    fuzz_cost_t    cost;
    fuzz_block_t  *block;
    fuzz_input_t   in;

    text = fuzz_copy(data, size);

    in.pos = text.data;
    in.end = text.data + size;
    in.tried = size;

    fuzz_edges = 0;
    fuzz_memory = 0;

    fuzz_target(&in);

    cost = fuzz_cost();

    if (getenv("FUZZ_COSTS")) {
        printf("%zu bytes: %zu edges, %zu bytes of memory\n", in.tried,
               cost.edges, cost.memory);
    }

    fuzz_holds(cost.edges <= FUZZ_EDGES + FUZZ_EDGES_PER_BYTE * in.tried);
    fuzz_holds(cost.memory <= FUZZ_MEMORY + FUZZ_MEMORY_PER_BYTE * in.tried);

    while (fuzz_blocks) {
        block = fuzz_blocks;
        fuzz_blocks = block->next;

        json_decref(block->json);
        free(block->data);
        free(block);
    }

    fuzz_memory_end();

    return 0;
}


void
fuzz_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s (%zu edges, %zu bytes)\n", file,
            line, condition, fuzz_edges, fuzz_memory + fuzz_memory_bytes());
    abort();
}


fuzz_cost_t
fuzz_cost(void)
{
    fuzz_cost_t  cost;

    cost.edges = fuzz_edges;
    cost.memory = fuzz_memory + fuzz_memory_bytes();

    return cost;
}


static void
fuzz_keep(void *data, json_t *json)
{
    fuzz_block_t  *block;

    block = malloc(sizeof(fuzz_block_t));
    fuzz_holds(block != NULL);

    block->data = data;
    block->json = json;
    block->next = fuzz_blocks;

    fuzz_blocks = block;
}


void *
fuzz_alloc(size_t size)
{
    void  *p;

    p = malloc(size);
    fuzz_holds(p != NULL);

    fuzz_keep(p, NULL);

    return p;
}


ngx_str_t
fuzz_room(size_t len)
{
    ngx_str_t  text;

    text.len = len;
    text.data = fuzz_alloc(len);

    return text;
}


ngx_str_t
fuzz_copy(const void *data, size_t len)
{
    ngx_str_t  text;

    text = fuzz_room(len);

    if (len) {
        memcpy(text.data, data, len);
    }

    return text;
}


ngx_uint_t
fuzz_byte(fuzz_input_t *in)
{
    return in->pos < in->end ? *in->pos++ : 0;
}


ngx_str_t
fuzz_field(fuzz_input_t *in)
{
    u_char     *p;
    ngx_str_t   field;

    for (p = in->pos; p < in->end && *p != FUZZ_SEPARATOR; p++) { /* void */ }

    field = fuzz_copy(in->pos, p - in->pos);

    in->pos = (p < in->end) ? p + 1 : p;

    return field;
}


ngx_str_t
fuzz_rest(fuzz_input_t *in)
{
    ngx_str_t  rest;

    rest = fuzz_copy(in->pos, in->end - in->pos);
    in->pos = in->end;

    return rest;
}


ngx_uint_t
fuzz_same(ngx_str_t *one, ngx_str_t *other)
{
    return one->len == other->len
           && (one->len == 0 || memcmp(one->data, other->data, one->len) == 0);
}


ngx_uint_t
fuzz_is(ngx_str_t *text, const char *literal)
{
    return text->len == strlen(literal)
           && memcmp(text->data, literal, text->len) == 0;
}


ngx_uint_t
fuzz_utf8(ngx_str_t *text)
{
    size_t  i, n;

    for (i = 0; i < text->len; i += n) {
        n = fuzz_utf8_char(text->data + i, text->len - i);

        if (n == 0) {
            return 0;
        }
    }

    return 1;
}


/* the length of the character, which is the shortest form of what it is */

static size_t
fuzz_utf8_char(u_char *p, size_t len)
{
    size_t     i, n;
    uint32_t   ch;

    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    if (p[0] < 0x80) {
        return 1;
    }

    n = (p[0] >= 0xf0) ? 4 : (p[0] >= 0xe0) ? 3 : 2;

    if (p[0] < 0xc0 || p[0] > 0xf7 || n > len) {
        return 0;
    }

    ch = p[0] & (0x7f >> n);

    for (i = 1; i < n; i++) {

        if (p[i] < 0x80 || p[i] > 0xbf) {
            return 0;
        }

        ch = ch << 6 | (p[i] & 0x3f);
    }

    return (ch < least[n] || ch > 0x10ffff || (ch >= 0xd800 && ch <= 0xdfff))
           ? 0 : n;
}


ngx_uint_t
fuzz_has_controls(ngx_str_t *text, const char *but)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if ((ch < ' ' || ch == 0x7f)
            && (ch == '\0' || strchr(but, ch) == NULL))
        {
            return 1;
        }
    }

    return 0;
}


json_t *
fuzz_json(ngx_str_t *text)
{
    size_t         flags;
    json_t        *json;
    json_error_t   error;

    flags = JSON_DECODE_ANY|JSON_ALLOW_NUL|JSON_REJECT_DUPLICATES;

    json = json_loadb((char *) text->data, text->len, flags, &error);

    /* an integer may be larger than those of the library */

    if (json == NULL && json_error_code(&error) == json_error_numeric_overflow)
    {
        json = json_loadb((char *) text->data, text->len,
                          flags|JSON_DECODE_INT_AS_REAL, &error);
    }

    if (json == NULL) {
        fprintf(stderr, "%s in: %.*s\n", error.text, (int) text->len,
                (char *) text->data);
    }

    fuzz_holds(json != NULL);
    fuzz_keep(NULL, json);

    return json;
}


json_t *
fuzz_member(json_t *object, const char *name)
{
    fuzz_holds(json_is_object(object));

    return json_object_get(object, name);
}


ngx_str_t
fuzz_string(json_t *string)
{
    ngx_str_t  text;

    fuzz_holds(json_is_string(string));

    text.len = json_string_length(string);
    text.data = (u_char *) json_string_value(string);

    return text;
}


ngx_uint_t
fuzz_json_is(json_t *string, ngx_str_t *text)
{
    ngx_str_t  value;

    value = fuzz_string(string);

    return fuzz_same(&value, text);
}


ngx_str_t
fuzz_base64(ngx_str_t *text)
{
    const char   *p;
    size_t        i;
    u_char        ch;
    uint32_t      bits;
    ngx_str_t     bytes;

    static const char  chars[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    fuzz_holds(text->len % 4 == 0);

    bytes = fuzz_room(text->len / 4 * 3);
    bytes.len = 0;
    bits = 0;

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if (ch == '=') {
            fuzz_holds(i >= text->len - 2 && i % 4 >= 2);
            break;
        }

        p = ch ? strchr(chars, ch) : NULL;
        fuzz_holds(p != NULL);

        bits = bits << 6 | (uint32_t) (p - chars);

        if (i % 4) {
            bytes.data[bytes.len++] = (u_char) (bits >> (6 - 2 * (i % 4)));
        }
    }

    return bytes;
}
