
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Memory of the library jansson while a target runs.
 */


#ifndef _FUZZ_MEMORY_H_INCLUDED_
#define _FUZZ_MEMORY_H_INCLUDED_


#include <stddef.h>


void fuzz_memory_init(void);

/* what the library has allocated since the last end */
size_t fuzz_memory_bytes(void);

/* nothing of it is in use any more, else the target is broken */
void fuzz_memory_end(void);


#endif /* _FUZZ_MEMORY_H_INCLUDED_ */
