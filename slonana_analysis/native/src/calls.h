/* What every timed kernel looks like from outside. */
#ifndef SLONANA_CALLS_H
#define SLONANA_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* `model` is in whatever layout the kernel's own packing gave it. Returns an error code. */
typedef uint64_t (*kernel)(int32_t *out, const int32_t *input, const int32_t *model);

/* `count` is a power of two where rows are taken in turn. */
struct rows {
    int32_t *words;
    size_t count;
    size_t width;
};

struct calls {
    kernel function;
    const int32_t *model;
    struct rows inputs;
    struct rows outputs;
    int32_t zero;
};

#endif
