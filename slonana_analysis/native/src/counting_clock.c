/* A clock that counts instructions: loaded before the C library under valgrind's callgrind, it
 * turns the two readings around a timed loop into callgrind's own commands. What is counted is
 * therefore the very code that is timed elsewhere, and any loop that reads clock_gettime can be.
 *
 * Unless it is armed it is an ordinary clock, so the rest of the process does not notice.
 */
#define _GNU_SOURCE

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

/* Of this thread since it armed the clock; NOT_ARMED otherwise. */
enum { NOT_ARMED = -1 };
static _Thread_local int readings = NOT_ARMED;

/* Translating code anew for counting costs a fraction of a second, so batches share one region. */
void counting_begin(void)
{
    CALLGRIND_START_INSTRUMENTATION;
}

void counting_end(void)
{
    CALLGRIND_STOP_INSTRUMENTATION;
}

/* The next two readings of this thread begin and end a count. */
void counting_arm(void)
{
    readings = 0;
}

/* Returns how many readings there were: after a good count, two. */
int counting_disarm(void)
{
    int seen = readings;
    readings = NOT_ARMED;
    return seen;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (readings == 1)
        CALLGRIND_DUMP_STATS;
    int status = (int)syscall(SYS_clock_gettime, clock, now);
    if (readings == 0)
        CALLGRIND_ZERO_STATS;
    if (readings != NOT_ARMED)
        readings++;
    return status;
}
