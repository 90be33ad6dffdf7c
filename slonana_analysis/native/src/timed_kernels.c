/* The kernels in C, timed: the competent -O3 -march=native opponent of the kernels in Python.
 *
 * Every time_* function repeats its kernel `inner` times between two readings of the clock and
 * returns the elapsed nanoseconds. The repetitions walk through `inputs`, whose number is a power
 * of two, beginning with input `first`. As in the Python harness the compiler may inline the
 * kernel into the loop, but it can neither skip nor merge repetitions: HIDE makes it forget what
 * it knows about the input, SINK makes it believe that the output is read, and both that any
 * memory may have changed.
 */
#define _POSIX_C_SOURCE 200809L

#include <time.h>

#include "kernels.h"

#define HIDE(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")
#define SINK(value) __asm__ volatile("" : : "r"(value) : "memory")

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The loop without a kernel: what the harness itself takes. */
int64_t time_empty(int32_t *out, const int32_t *inputs, size_t input_count, size_t width,
                   int64_t first, int64_t inner)
{
    int64_t begin = now_ns();
    for (int64_t i = first; i < first + inner; i++) {
        const int32_t *values = inputs + ((size_t)i & (input_count - 1)) * width;
        HIDE(values);
        SINK(out);
    }
    return now_ns() - begin;
}

int64_t time_relu(int32_t *out, const int32_t *inputs, size_t input_count, size_t width,
                  int64_t first, int64_t inner)
{
    int64_t begin = now_ns();
    for (int64_t i = first; i < first + inner; i++) {
        const int32_t *values = inputs + ((size_t)i & (input_count - 1)) * width;
        HIDE(values);
        relu(out, values, width);
        SINK(out);
    }
    return now_ns() - begin;
}

int64_t time_dense(int32_t *out, const int32_t *inputs, size_t input_count,
                   const int16_t *weights, const int32_t *bias, size_t rows, size_t columns,
                   int64_t first, int64_t inner)
{
    int64_t begin = now_ns();
    for (int64_t i = first; i < first + inner; i++) {
        const int32_t *values = inputs + ((size_t)i & (input_count - 1)) * columns;
        HIDE(values);
        dense_forward(out, values, weights, bias, rows, columns);
        SINK(out);
    }
    return now_ns() - begin;
}

int64_t time_tree(int32_t *value, const int32_t *inputs, size_t input_count, size_t feature_count,
                  const struct tree_node *nodes, size_t node_count, uint32_t max_depth,
                  int64_t first, int64_t inner)
{
    int64_t begin = now_ns();
    for (int64_t i = first; i < first + inner; i++) {
        const int32_t *features = inputs + ((size_t)i & (input_count - 1)) * feature_count;
        HIDE(features);
        uint64_t code =
            decision_tree(features, feature_count, nodes, node_count, max_depth, value);
        SINK(code);
        SINK(value);
    }
    return now_ns() - begin;
}

/* The same kernels once over every input, for comparing results. */

void relu_rows(int32_t *out, const int32_t *inputs, size_t input_count, size_t width)
{
    for (size_t i = 0; i < input_count; i++)
        relu(out + i * width, inputs + i * width, width);
}

void dense_rows(int32_t *out, const int32_t *inputs, size_t input_count, const int16_t *weights,
                const int32_t *bias, size_t rows, size_t columns)
{
    for (size_t i = 0; i < input_count; i++)
        dense_forward(out + i * rows, inputs + i * columns, weights, bias, rows, columns);
}

void tree_rows(int64_t *codes, int32_t *values, const int32_t *inputs, size_t input_count,
               size_t feature_count, const struct tree_node *nodes, size_t node_count,
               uint32_t max_depth)
{
    for (size_t i = 0; i < input_count; i++)
        codes[i] = (int64_t)decision_tree(inputs + i * feature_count, feature_count, nodes,
                                          node_count, max_depth, values + i);
}

void multiply_rows(int32_t *out, const int32_t *a, const int32_t *b, size_t count, int32_t scale)
{
    for (size_t i = 0; i < count; i++)
        out[i] = fixed_multiply(a[i], b[i], scale);
}

void divide_rows(int32_t *out, const int32_t *a, const int32_t *b, size_t count, int32_t scale)
{
    for (size_t i = 0; i < count; i++)
        out[i] = fixed_divide(a[i], b[i], scale);
}
