/* The command line of the pipeline. */
#ifndef SLONANA_ARGUMENTS_H
#define SLONANA_ARGUMENTS_H

#include <stdint.h>

enum { MAX_THREADS = 64 };

struct arguments {
    double duration; /* seconds; 0 for no limit */
    uint64_t iterations; /* batches; 0 for no limit */
    uint64_t seed;
    unsigned threads;
};

/* Ends the program with one sentence and status 2 when the call is wrong. */
struct arguments parse_arguments(int count, char **values);

#endif
