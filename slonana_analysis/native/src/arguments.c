#define _GNU_SOURCE /* getopt_long */

#include "arguments.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] =
    "usage: pipeline (--duration SECONDS | --iterations N) [--seed S] [--threads T]\n"
    "A small validator-like workload to profile. Prints one line of JSON; with --iterations and\n"
    "--seed all but its times is always the same, whatever the number of threads.\n";

static const struct option OPTIONS[] = {
    {"duration", required_argument, NULL, 'd'},
    {"iterations", required_argument, NULL, 'i'},
    {"seed", required_argument, NULL, 's'},
    {"threads", required_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static _Noreturn void refuse(const char *problem, const char *argument)
{
    fprintf(stderr, "pipeline: %s '%s'; see pipeline --help\n", problem, argument);
    exit(2);
}

static uint64_t whole_number(const char *text, uint64_t low, uint64_t high, const char *problem)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    /* strtoull takes "-1" for a very large number. */
    if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || value < low || value > high)
        refuse(problem, text);
    return value;
}

static double positive_seconds(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || value <= 0)
        refuse("--duration needs a positive number of seconds, not", text);
    return value;
}

struct arguments parse_arguments(int count, char **values)
{
    struct arguments arguments = {.seed = 1, .threads = 1};
    opterr = 0;
    for (int option; (option = getopt_long(count, values, ":", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'd':
            arguments.duration = positive_seconds(optarg);
            break;
        case 'i':
            arguments.iterations = whole_number(
                optarg, 1, UINT64_MAX, "--iterations needs a positive whole number, not");
            break;
        case 's':
            arguments.seed =
                whole_number(optarg, 0, UINT64_MAX, "--seed needs a whole number, not");
            break;
        case 't':
            arguments.threads = (unsigned)whole_number(
                optarg, 1, MAX_THREADS, "--threads needs a whole number from 1 to 64, not");
            break;
        case 'h':
            fputs(USAGE, stdout);
            exit(0);
        case ':':
            refuse("a value is missing after", values[optind - 1]);
        default:
            refuse("there is no option", values[optind - 1]);
        }
    }
    if (optind < count)
        refuse("there is no place for", values[optind]);
    if (arguments.duration == 0 && arguments.iterations == 0) {
        fputs("pipeline: give --duration SECONDS or --iterations N\n", stderr);
        exit(2);
    }
    return arguments;
}
