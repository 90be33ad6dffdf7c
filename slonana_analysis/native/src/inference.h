/* The rest of the validator's inference: activations, layers in sequence, forests.
 *
 * Written as one would write it from the rules, in plain loops; see kernels.h.
 */
#ifndef SLONANA_INFERENCE_H
#define SLONANA_INFERENCE_H

#include "kernels.h"

enum { SCALE = 10000 };

enum { NONE, RELU, SIGMOID, TANH, SOFTMAX, LEAKY_RELU };

enum { MAX_LAYERS = 8 };

/* int32 differences and sums wrap; in C only unsigned ones may. */
static inline int32_t wrapped_difference(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

static inline void leaky_relu(int32_t *restrict out, const int32_t *restrict values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = values[i] > 0 ? values[i] : values[i] >> 7;
}

static inline int32_t sigmoid_of(int32_t value)
{
    if (value < -3 * SCALE)
        return 0;
    if (value > 3 * SCALE)
        return SCALE;
    return SCALE / 2 + value / 6;
}

static inline void sigmoid(int32_t *restrict out, const int32_t *restrict values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = sigmoid_of(values[i]);
}

static inline void tanh_fixed(int32_t *restrict out, const int32_t *restrict values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = 2 * sigmoid_of((int32_t)((uint32_t)values[i] * 2)) - SCALE;
}

/* The parabola that stands for exp(x), x being at most 0 unless the difference wrapped. */
static inline int32_t exponential(int32_t x)
{
    if (x < -5 * SCALE)
        return 1;
    int64_t value = (int64_t)SCALE + x + (int64_t)x * x / (2 * SCALE);
    return value > 0 ? (int32_t)(uint32_t)value : 1;
}

static inline void softmax(int32_t *out, const int32_t *values, size_t count)
{
    int32_t exponentials[MAX_OUTPUTS];
    int64_t sum = 0;
    if (count > 0 && count <= MAX_OUTPUTS) {
        int32_t largest = values[0];
        for (size_t i = 1; i < count; i++)
            largest = values[i] > largest ? values[i] : largest;
        for (size_t i = 0; i < count; i++) {
            exponentials[i] = exponential(wrapped_difference(values[i], largest));
            sum += exponentials[i];
        }
    }
    for (size_t i = 0; i < count; i++)
        out[i] = sum > 0 ? (int32_t)((int64_t)exponentials[i] * SCALE / sum) : values[i];
}

static inline void activate(int32_t *values, size_t count, int32_t kind)
{
    if (kind == RELU)
        relu_in_place(values, count);
    else if (kind == SOFTMAX)
        softmax(values, values, count);
    else
        for (size_t i = 0; i < count; i++)
            values[i] = kind == SIGMOID      ? sigmoid_of(values[i])
                        : kind == TANH       ? 2 * sigmoid_of((int32_t)((uint32_t)values[i] * 2)) - SCALE
                        : kind == LEAKY_RELU ? (values[i] > 0 ? values[i] : values[i] >> 7)
                                             : values[i];
}

struct layer {
    int32_t rows;
    int32_t columns;
    int32_t activation;
    int32_t bias;    /* words from the model's first */
    int32_t weights; /* likewise; int16, row by row */
    int32_t unused[3];
};

/* A model whose sizes were checked when it was packed; writes at most MAX_OUTPUTS values. */
static inline void mlp_forward(int32_t *out, const int32_t *input, const int32_t *model,
                               const struct layer *layers, int32_t count)
{
    int32_t first[MAX_NEURONS], second[MAX_NEURONS];
    const int32_t *values = input;
    int32_t *next = first;
    size_t width = 0;
    for (int32_t i = 0; i < count; i++) {
        const struct layer *each = layers + i;
        width = (size_t)each->rows;
        dense_forward(next, values, (const int16_t *)(model + each->weights), model + each->bias,
                      width, (size_t)each->columns);
        activate(next, width, each->activation);
        values = next;
        next = next == first ? second : first;
    }
    for (size_t i = 0; i < width && i < MAX_OUTPUTS; i++)
        out[i] = values[i];
}

#endif
