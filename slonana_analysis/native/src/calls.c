/* One loop for every kernel, whoever compiled it.
 *
 * Kernels are reached through a pointer that no compiler can see through, so none of them is
 * inlined, and none of their work is hoisted or dropped. A call therefore costs the same for all.
 */
#define _POSIX_C_SOURCE 200809L

#include <time.h>

#include "calls.h"

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What a call costs when the kernel does next to nothing. */
uint64_t empty_kernel(int32_t *out, const int32_t *input, const int32_t *model)
{
    (void)model;
    *out = *input;
    return 0;
}

/* Independent calls: the processor may begin the next one before this one is done. */
static void call_in_turn(const struct calls *calls, int64_t first, int64_t inner)
{
    const struct rows in = calls->inputs, out = calls->outputs;
    for (int64_t i = first; i < first + inner; i++)
        calls->function(out.words + ((size_t)i & (out.count - 1)) * out.width,
                        in.words + ((size_t)i & (in.count - 1)) * in.width, calls->model);
}

/* Chained calls: which input comes next depends on what this one wrote, by `zero`, which is 0. */
static void call_in_chain(const struct calls *calls, int64_t first, int64_t inner)
{
    const struct rows in = calls->inputs, out = calls->outputs;
    size_t carried = 0;
    for (int64_t i = first; i < first + inner; i++) {
        int32_t *row = out.words + ((size_t)i & (out.count - 1)) * out.width;
        calls->function(row, in.words + (((size_t)i + carried) & (in.count - 1)) * in.width,
                        calls->model);
        carried = (size_t)((row[0] ^ row[out.width - 1]) & calls->zero);
    }
}

int64_t time_calls(const struct calls *calls, int64_t first, int64_t inner, int chained)
{
    int64_t begin = now_ns();
    if (chained)
        call_in_chain(calls, first, inner);
    else
        call_in_turn(calls, first, inner);
    return now_ns() - begin;
}

/* Every input once, in order; the first code that is not 0, or 0. */
uint64_t call_rows(const struct calls *calls)
{
    const struct rows in = calls->inputs, out = calls->outputs;
    uint64_t failed = 0;
    for (size_t i = 0; i < in.count; i++) {
        uint64_t code =
            calls->function(out.words + i * out.width, in.words + i * in.width, calls->model);
        failed = failed ? failed : code;
    }
    return failed;
}
