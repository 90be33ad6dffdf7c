/* What both layouts of timers and watchers offer, so that one caller serves for both.
 *
 * `asynchronous_arrays.c` keeps them in arrays as the kernels in Python do, and
 * `asynchronous_objects.cpp` as the validator does. Programs and accounts are numbers; the latter
 * makes names of them, where the validator would be called with names. Timed functions return
 * nanoseconds; what they say is not timed lies outside the two readings of the clock.
 */
#ifndef SLONANA_ASYNCHRONOUS_H
#define SLONANA_ASYNCHRONOUS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MAX_TIMERS = 1024, MAX_TIMERS_PER_PROGRAM = 16 };
enum { MAX_WATCHERS = 256, MAX_WATCHERS_PER_PROGRAM = 32 };
enum { ONE_SHOT = 0, PERIODIC = 1, CONDITIONAL = 2, DEADLINE = 3 };
enum { PENDING = 0, COMPLETED = 2, CANCELLED = 3, EXPIRED = 4 };
enum { ANY_CHANGE, LAMPORT_CHANGE, DATA_CHANGE, OWNER_CHANGE, ABOVE, BELOW, PATTERN };
enum { PLAIN = 0, THRESHOLD = 1, PATTERN_OF_BYTES = 2 };

struct watcher_request {
    int32_t kind, program, account, trigger;
    uint64_t offset;
    int64_t threshold;
    const uint8_t *pattern;
    size_t length;
};

struct change {
    const uint8_t *old_data;
    size_t old_length;
    const uint8_t *new_data;
    size_t new_length;
    uint64_t old_lamports, new_lamports;
};

/* Null where there is no memory left. `programs` is more than the largest number of one. */
void *timers_new(int32_t programs);
void timers_free(void *timers);
int64_t timers_create(void *timers, int32_t program, int32_t mode, uint64_t slot, uint64_t period);
int32_t timers_cancel(void *timers, int64_t id);
/* `fired` receives the identifiers; it has room for MAX_TIMERS. */
int64_t timers_check(void *timers, uint64_t slot, int64_t *fired);
int64_t timers_clean_up(void *timers);

void *watchers_new(int32_t programs);
void watchers_free(void *watchers);
int64_t watchers_create(void *watchers, const struct watcher_request *request);
/* Likewise; there is room for all watchers of the account. */
int64_t watchers_check(void *watchers, int32_t account, const struct change *change, uint64_t slot,
                       int64_t *fired);

/* As the validator's benchmark: `count` one-shot timers over `programs` programs, each pass with
 * new timers, which are made and freed outside the timed part. `ids` is of the last pass. */
int64_t time_creates(int32_t count, int32_t programs, int64_t passes, int64_t *ids);
/* Cancel timers 1 to `count` in the order of `ids`; everything else is not timed. */
int64_t time_cancels(int32_t count, const int64_t *ids, int64_t passes);
/* Check consecutive slots; `fired` is increased by what ran. */
int64_t time_checks(void *timers, uint64_t first_slot, int64_t checks, int64_t *fired);
/* Check account 0 at consecutive slots. */
int64_t time_watcher_checks(void *watchers, const struct change *change, uint64_t first_slot,
                            int64_t checks, int64_t *fired);

#ifdef __cplusplus
}
#endif

static inline int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The slot of the benchmark's timer `i`, in a future that is never reached. */
static inline uint64_t benchmark_slot(int32_t i)
{
    return 1000 + (uint64_t)i;
}

#endif
