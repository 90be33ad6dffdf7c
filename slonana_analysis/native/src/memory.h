/* Allocation that ends the program with one sentence when there is no memory left. */
#ifndef SLONANA_MEMORY_H
#define SLONANA_MEMORY_H

#include <stdio.h>
#include <stdlib.h>

static inline void *allocated(void *memory)
{
    if (memory == NULL) {
        fputs("pipeline: out of memory; use fewer threads or free some\n", stderr);
        exit(3);
    }
    return memory;
}

static inline void *allocate(size_t size)
{
    return allocated(malloc(size));
}

static inline void *allocate_zeroed(size_t count, size_t size)
{
    return allocated(calloc(count, size));
}

#endif
