
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Memory of jansson, which allocates by the hundred where a target allocates
 * once; by the sanitizer's own allocator that would be most of a run.  Here
 * a block follows the one before, behind a header that nobody else may touch,
 * and is not used again before the target returns: what is read or written
 * beside it, or when it was given back, is seen as before, and what never is,
 * at once.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <sys/mman.h>
#include <sanitizer/asan_interface.h>

#include "fuzz.h"
#include "memory.h"


/* more than any input may take */
#define MEMORY_ROOM   (64 * 1024 * 1024)

#define MEMORY_ALIVE  0x6a616e73
#define MEMORY_FREED  0x66726565

#define memory_alone  __attribute__((no_sanitize("address")))


/* of the size that blocks are aligned to */

typedef struct {
    uint64_t  size;
    uint64_t  state;
} memory_block_t;


static void *memory_malloc(size_t size);
static void memory_free(void *p);


static u_char  *memory_room, *memory_pos, *memory_end;
static size_t   memory_blocks;
static size_t   memory_bytes;


void
fuzz_memory_init(void)
{
    memory_room = mmap(NULL, MEMORY_ROOM, PROT_READ|PROT_WRITE,
                       MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0);
    fuzz_holds(memory_room != MAP_FAILED);

    memory_pos = memory_room;
    memory_end = memory_room + MEMORY_ROOM;

    /* but for blocks that are in use, it is so ever after */

    __asan_poison_memory_region(memory_room, MEMORY_ROOM);

    json_set_alloc_funcs(memory_malloc, memory_free);
}


size_t
fuzz_memory_bytes(void)
{
    return memory_bytes;
}


void
fuzz_memory_end(void)
{
    /* all values, and texts of them, were given back */

    fuzz_holds(memory_blocks == 0);

    memory_pos = memory_room;
    memory_bytes = 0;
}


memory_alone
static void *
memory_malloc(size_t size)
{
    size_t           room;
    u_char          *p;
    memory_block_t  *block;

    fuzz_holds(size < MEMORY_ROOM);

    room = sizeof(memory_block_t) + ngx_align(size, sizeof(memory_block_t));

    /* the header of the next block stands behind this one */

    fuzz_holds(room + sizeof(memory_block_t)
               <= (size_t) (memory_end - memory_pos));

    block = (memory_block_t *) memory_pos;
    p = memory_pos + sizeof(memory_block_t);
    memory_pos += room;

    __asan_unpoison_memory_region(p, size);

    block->size = size;
    block->state = MEMORY_ALIVE;

    memory_blocks++;
    memory_bytes += size;

    return p;
}


memory_alone
static void
memory_free(void *p)
{
    memory_block_t  *block;

    if (p == NULL) {
        return;
    }

    block = (memory_block_t *) p - 1;

    fuzz_holds((u_char *) p > memory_room && (u_char *) p < memory_pos);
    fuzz_holds(block->state == MEMORY_ALIVE);

    block->state = MEMORY_FREED;
    memory_blocks--;

    __asan_poison_memory_region(p, block->size);
}
