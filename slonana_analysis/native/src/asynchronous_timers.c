/* Timers in the arrays and the wheel of the kernels in Python, so that language and layout can be
 * told apart. How the wheel works is said there, in `timer_wheel.py`. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "asynchronous.h"

enum { BITS = 6, BUCKETS = 1 << BITS, LEVELS = 11 };
enum { FIRST_BUCKET = MAX_TIMERS, DUE = FIRST_BUCKET + LEVELS * BUCKETS };
enum { NEXT, PREVIOUS };
enum { NOBODY = -1, HASH_MASK = MAX_TIMERS - 1 };

struct timer {
    uint64_t trigger_slot, period, last_slot;
    int64_t id, executions;
    int32_t program;
    int16_t next_of_hash;
    uint8_t mode, state;
    uint8_t padding[16];
};

struct timers {
    struct timer timers[MAX_TIMERS];
    uint64_t now;
    int64_t issued, stored, pending, executions, free, finished;
    int64_t occupied[LEVELS];
    int16_t links[DUE + 1][2];
    int16_t hashed[MAX_TIMERS];
    int32_t programs;
    int32_t of_program[];
};

static void clear(struct timers *all)
{
    for (int row = 0; row < MAX_TIMERS; row++) {
        all->links[row][NEXT] = (int16_t)(row + 1);
        all->hashed[row] = NOBODY;
    }
    all->links[MAX_TIMERS - 1][NEXT] = NOBODY;
    for (int head = FIRST_BUCKET; head <= DUE; head++)
        all->links[head][NEXT] = all->links[head][PREVIOUS] = (int16_t)head;
    memset(all->occupied, 0, sizeof all->occupied);
    memset(all->of_program, 0, (size_t)all->programs * sizeof all->of_program[0]);
    all->now = 0;
    all->issued = all->stored = all->pending = all->executions = all->free = 0;
    all->finished = NOBODY;
}

static inline void append(struct timers *all, int head, int row)
{
    int16_t last = all->links[head][PREVIOUS];
    all->links[row][NEXT] = (int16_t)head;
    all->links[row][PREVIOUS] = last;
    all->links[last][NEXT] = all->links[head][PREVIOUS] = (int16_t)row;
}

static inline void file_timer(struct timers *all, int row)
{
    uint64_t now = all->now, slot = all->timers[row].trigger_slot;
    if (slot <= now) {
        append(all, DUE, row);
        return;
    }
    uint64_t difference = (slot ^ now) >> BITS;
    int level = 0;
    for (; difference; difference >>= BITS, slot >>= BITS)
        level++;
    int bucket = (int)(slot & (BUCKETS - 1));
    all->occupied[level] |= (int64_t)((uint64_t)1 << bucket);
    append(all, FIRST_BUCKET + level * BUCKETS + bucket, row);
}

static inline void take_out(struct timers *all, int row)
{
    int16_t following = all->links[row][NEXT], before = all->links[row][PREVIOUS];
    all->links[before][NEXT] = following;
    all->links[following][PREVIOUS] = before;
    if (following == before && following >= FIRST_BUCKET && following < DUE) {
        int head = following - FIRST_BUCKET;
        all->occupied[head >> BITS] &= ~(int64_t)((uint64_t)1 << (head & (BUCKETS - 1)));
    }
}

static void empty(struct timers *all, int level, uint64_t buckets)
{
    uint64_t left = (uint64_t)all->occupied[level] & buckets;
    all->occupied[level] ^= (int64_t)left;
    for (; left; left &= left - 1) {
        int head = FIRST_BUCKET + level * BUCKETS + __builtin_ctzll(left);
        int16_t first = all->links[head][NEXT], last = all->links[head][PREVIOUS];
        int16_t before = all->links[DUE][PREVIOUS];
        all->links[before][NEXT] = first;
        all->links[first][PREVIOUS] = before;
        all->links[last][NEXT] = DUE;
        all->links[DUE][PREVIOUS] = last;
        all->links[head][NEXT] = all->links[head][PREVIOUS] = (int16_t)head;
    }
}

static void spread(struct timers *all, int level, int bucket)
{
    int head = FIRST_BUCKET + level * BUCKETS + bucket, row = all->links[head][NEXT];
    all->links[head][NEXT] = all->links[head][PREVIOUS] = (int16_t)head;
    all->occupied[level] &= ~(int64_t)((uint64_t)1 << bucket);
    while (row != head) {
        int following = all->links[row][NEXT];
        file_timer(all, row);
        row = following;
    }
}

static void advance(struct timers *all, uint64_t slot)
{
    uint64_t now = all->now;
    int top = 0, shift = 0;
    for (uint64_t difference = (slot ^ now) >> BITS; difference; difference >>= BITS) {
        empty(all, top++, ~(uint64_t)0);
        shift += BITS;
    }
    int first = (int)(now >> shift & (BUCKETS - 1)), last = (int)(slot >> shift & (BUCKETS - 1));
    empty(all, top, ((uint64_t)1 << last) - ((uint64_t)1 << first));
    all->now = slot;
    if ((uint64_t)all->occupied[top] >> last & 1)
        spread(all, top, last);
}

static int64_t create(struct timers *all, int32_t program, int32_t mode, uint64_t slot,
                      uint64_t period)
{
    if (all->of_program[program] >= MAX_TIMERS_PER_PROGRAM || all->stored >= MAX_TIMERS)
        return 0;
    if ((slot == 0 && mode != CONDITIONAL) || (mode == PERIODIC && period < 1))
        return 0;
    int row = (int)all->free;
    all->free = all->links[row][NEXT];
    int64_t id = ++all->issued;
    all->stored++;
    all->pending++;
    all->of_program[program]++;
    int16_t *hashed = &all->hashed[id & HASH_MASK];
    all->timers[row] = (struct timer){.trigger_slot = slot,
                                      .period = period,
                                      .id = id,
                                      .program = program,
                                      .next_of_hash = *hashed,
                                      .mode = (uint8_t)mode,
                                      .state = PENDING};
    *hashed = (int16_t)row;
    file_timer(all, row);
    return id;
}

static void finish(struct timers *all, int row)
{
    all->pending--;
    all->links[row][NEXT] = (int16_t)all->finished;
    all->finished = row;
}

static int32_t cancel(struct timers *all, int64_t id)
{
    int row = all->hashed[id & HASH_MASK];
    while (row != NOBODY && all->timers[row].id != id)
        row = all->timers[row].next_of_hash;
    if (row == NOBODY)
        return 0;
    if (all->timers[row].state == PENDING) {
        take_out(all, row);
        finish(all, row);
    }
    all->timers[row].state = CANCELLED;
    return 1;
}

static void run(struct timers *all, int row, uint64_t slot)
{
    struct timer *timer = &all->timers[row];
    timer->executions++;
    timer->last_slot = slot;
    if (timer->mode == ONE_SHOT) {
        take_out(all, row);
        finish(all, row);
        timer->state = COMPLETED;
    } else if (timer->mode == PERIODIC) {
        take_out(all, row);
        timer->trigger_slot = slot + timer->period;
        file_timer(all, row);
    }
}

static int64_t check(struct timers *all, uint64_t slot, int64_t fired[MAX_TIMERS])
{
    if (slot > all->now)
        advance(all, slot);
    int64_t count = 0;
    int row = all->links[DUE][NEXT], last = all->links[DUE][PREVIOUS];
    while (row != DUE) {
        int following = row == last ? DUE : all->links[row][NEXT];
        if (all->timers[row].trigger_slot <= slot) {
            fired[count++] = all->timers[row].id;
            run(all, row, slot);
        }
        row = following;
    }
    all->executions += count;
    return count;
}

static void leave_hash(struct timers *all, int row)
{
    int16_t *place = &all->hashed[all->timers[row].id & HASH_MASK];
    while (*place != row)
        place = &all->timers[*place].next_of_hash;
    *place = all->timers[row].next_of_hash;
}

static int64_t clean_up(struct timers *all)
{
    int64_t dropped = 0;
    for (int row = (int)all->finished; row != NOBODY; dropped++) {
        int following = all->links[row][NEXT];
        leave_hash(all, row);
        all->of_program[all->timers[row].program]--;
        all->executions -= all->timers[row].executions;
        all->links[row][NEXT] = (int16_t)all->free;
        all->free = row;
        row = following;
    }
    all->finished = NOBODY;
    all->stored -= dropped;
    return dropped;
}

void *timers_new(int32_t programs)
{
    struct timers *all;
    size_t size = sizeof *all + (size_t)programs * sizeof all->of_program[0];
    if (posix_memalign((void **)&all, 64, size) != 0)
        return NULL;
    all->programs = programs;
    clear(all);
    return all;
}

void timers_free(void *timers)
{
    free(timers);
}

int64_t timers_create(void *timers, int32_t program, int32_t mode, uint64_t slot, uint64_t period)
{
    return create(timers, program, mode, slot, period);
}

int32_t timers_cancel(void *timers, int64_t id)
{
    return cancel(timers, id);
}

int64_t timers_check(void *timers, uint64_t slot, int64_t *fired)
{
    return check(timers, slot, fired);
}

int64_t timers_clean_up(void *timers)
{
    return clean_up(timers);
}

int64_t time_creates(int32_t count, int32_t programs, int64_t passes, int64_t *ids)
{
    struct timers *all = timers_new(programs);
    if (all == NULL)
        return -1;
    int64_t elapsed = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        clear(all);
        int64_t begin = monotonic_ns();
        for (int32_t i = 0, program = 0; i < count; i++) {
            ids[i] = create(all, program, ONE_SHOT, benchmark_slot(i), 0);
            program = program + 1 == programs ? 0 : program + 1;
        }
        elapsed += monotonic_ns() - begin;
    }
    free(all);
    return elapsed;
}

int64_t time_cancels(int32_t count, const int64_t *ids, int64_t passes)
{
    struct timers *all = timers_new(MAX_TIMERS / MAX_TIMERS_PER_PROGRAM);
    if (all == NULL)
        return -1;
    int64_t elapsed = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        clear(all);
        for (int32_t i = 0; i < count; i++)
            create(all, i / MAX_TIMERS_PER_PROGRAM, ONE_SHOT, benchmark_slot(i), 0);
        int64_t begin = monotonic_ns();
        for (int32_t i = 0; i < count; i++)
            cancel(all, ids[i]);
        elapsed += monotonic_ns() - begin;
    }
    free(all);
    return elapsed;
}

int64_t time_checks(void *timers, uint64_t first_slot, int64_t checks, int64_t *fired)
{
    int64_t ids[MAX_TIMERS];
    int64_t begin = monotonic_ns();
    for (int64_t i = 0; i < checks; i++)
        *fired += check(timers, first_slot + (uint64_t)i, ids);
    return monotonic_ns() - begin;
}
