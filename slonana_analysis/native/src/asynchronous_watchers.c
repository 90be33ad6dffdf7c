/* Watchers in the table of the kernels in Python: a row for each property, a column for each
 * watcher of an account, and one comparison of old and new data for all that ask. */
#define _POSIX_C_SOURCE 200809L

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "asynchronous.h"

enum { ID, TRIGGER, ACTIVE, LAST_SLOT, EXECUTIONS, OFFSET, LIMIT, PATTERN_START, LENGTH, ROWS };
/* Not a power of two: rows would lie in the same places of the cache. */
enum { ACCOUNTS = 64, COLUMNS = 1016, PATTERN_BYTES = 1 << 16 };
enum { UNKNOWN = -1 };

struct account {
    uint64_t table[ROWS][COLUMNS];
    int64_t count;
    uint8_t *state;
    size_t state_room;
};

struct watchers {
    int64_t issued;
    size_t patterns_used;
    uint8_t patterns[PATTERN_BYTES];
    struct account accounts[ACCOUNTS];
    int32_t of_program[];
};

static bool fits(uint64_t offset, uint64_t length, size_t size)
{
    return length <= size && offset <= size - length;
}

static int64_t number(const uint8_t *data, size_t size, uint64_t offset)
{
    int64_t value = 0;
    if (fits(offset, sizeof value, size))
        memcpy(&value, data + offset, sizeof value);
    return value;
}

static bool crosses(const struct account *of, int64_t column, const struct change *change)
{
    uint64_t offset = of->table[OFFSET][column];
    if (!fits(offset, 8, change->new_length))
        return false;
    int64_t was = number(change->old_data, change->old_length, offset);
    int64_t is = number(change->new_data, change->new_length, offset);
    int64_t limit = (int64_t)of->table[LIMIT][column];
    if (of->table[TRIGGER][column] == ABOVE)
        return was <= limit && is > limit;
    return was >= limit && is < limit;
}

static bool matches(const uint8_t *pattern, size_t length, uint64_t offset, const uint8_t *data,
                    size_t size)
{
    return fits(offset, length, size) && memcmp(pattern, data + offset, length) == 0;
}

static bool appears(const struct watchers *all, const struct account *of, int64_t column,
                    const struct change *change)
{
    const uint8_t *pattern = all->patterns + of->table[PATTERN_START][column];
    size_t length = of->table[LENGTH][column];
    uint64_t offset = of->table[OFFSET][column];
    return matches(pattern, length, offset, change->new_data, change->new_length) &&
           !matches(pattern, length, offset, change->old_data, change->old_length);
}

static bool differ(const struct change *change)
{
    return change->old_length != change->new_length ||
           memcmp(change->old_data, change->new_data, change->new_length) != 0;
}

static int64_t check(struct watchers *all, struct account *of, const struct change *change,
                     uint64_t slot, int64_t *fired)
{
    bool lamports_differ = change->old_lamports != change->new_lamports;
    int data_differ = UNKNOWN;
    int64_t found = 0;
    for (int64_t column = 0; column < of->count; column++) {
        if (of->table[LAST_SLOT][column] == slot || !of->table[ACTIVE][column])
            continue;
        uint64_t trigger = of->table[TRIGGER][column];
        bool fires = false;
        if (trigger <= OWNER_CHANGE) {
            fires = trigger <= LAMPORT_CHANGE && lamports_differ;
            if (!fires && trigger != LAMPORT_CHANGE) {
                if (data_differ == UNKNOWN)
                    data_differ = differ(change);
                fires = data_differ;
            }
        } else if (trigger == PATTERN) {
            fires = appears(all, of, column, change);
        } else if (trigger <= BELOW) {
            fires = crosses(of, column, change);
        }
        if (fires) {
            of->table[LAST_SLOT][column] = slot;
            of->table[EXECUTIONS][column]++;
            fired[found++] = column;
        }
    }
    return found;
}

/* One copy for all that fired. */
static void keep_state(struct account *of, const struct change *change)
{
    if (of->state_room < change->new_length) {
        uint8_t *larger = realloc(of->state, change->new_length);
        if (larger == NULL)
            return;
        of->state = larger;
        of->state_room = change->new_length;
    }
    memcpy(of->state, change->new_data, change->new_length);
}

void *watchers_new(int32_t programs)
{
    struct watchers *all;
    return calloc(1, sizeof *all + (size_t)programs * sizeof all->of_program[0]);
}

void watchers_free(void *watchers)
{
    struct watchers *all = watchers;
    for (int account = 0; all != NULL && account < ACCOUNTS; account++)
        free(all->accounts[account].state);
    free(all);
}

static bool acceptable(const struct watchers *all, const struct watcher_request *request)
{
    if (all->of_program[request->program] >= MAX_WATCHERS_PER_PROGRAM)
        return false;
    if (request->kind == PLAIN)
        return all->issued < MAX_WATCHERS;
    if (request->kind == THRESHOLD)
        return request->trigger == ABOVE || request->trigger == BELOW;
    return request->length > 0 && request->length <= PATTERN_BYTES - all->patterns_used;
}

int64_t watchers_create(void *watchers, const struct watcher_request *request)
{
    struct watchers *all = watchers;
    if (!acceptable(all, request) || request->account >= ACCOUNTS)
        return 0;
    struct account *of = &all->accounts[request->account];
    if (of->count == COLUMNS)
        return 0;
    int64_t column = of->count++;
    bool pattern = request->kind == PATTERN_OF_BYTES;
    of->table[ID][column] = (uint64_t)++all->issued;
    of->table[TRIGGER][column] = pattern ? PATTERN : (uint64_t)request->trigger;
    of->table[ACTIVE][column] = 1;
    of->table[OFFSET][column] = request->kind == PLAIN ? 0 : request->offset;
    of->table[LIMIT][column] = request->kind == THRESHOLD ? (uint64_t)request->threshold : 0;
    of->table[PATTERN_START][column] = all->patterns_used;
    of->table[LENGTH][column] = pattern ? request->length : 0;
    if (pattern) {
        memcpy(all->patterns + all->patterns_used, request->pattern, request->length);
        all->patterns_used += request->length;
    }
    all->of_program[request->program]++;
    return all->issued;
}

int64_t watchers_check(void *watchers, int32_t account, const struct change *change, uint64_t slot,
                       int64_t *fired)
{
    struct watchers *all = watchers;
    if (account >= ACCOUNTS)
        return 0;
    struct account *of = &all->accounts[account];
    int64_t count = check(all, of, change, slot, fired);
    for (int64_t place = 0; place < count; place++)
        fired[place] = (int64_t)of->table[ID][fired[place]];
    return count;
}

int64_t time_watcher_checks(void *watchers, const struct change *change, uint64_t first_slot,
                            int64_t checks, int64_t *fired)
{
    struct watchers *all = watchers;
    struct account *of = &all->accounts[0];
    int64_t columns[COLUMNS];
    int64_t begin = monotonic_ns();
    for (int64_t i = 0; i < checks; i++) {
        int64_t count = check(all, of, change, first_slot + (uint64_t)i, columns);
        if (count)
            keep_state(of, change);
        *fired += count;
        __asm__ volatile("" : : "r"(columns), "r"(of->state) : "memory");
    }
    return monotonic_ns() - begin;
}
