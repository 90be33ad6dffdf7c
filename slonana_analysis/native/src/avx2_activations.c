/* The activations in AVX2. A model is one line: how many values.
 *
 * 64 values, the validator's widest layer and what its benchmark times, are a straight run of code:
 * 8 loads and 8 stores of 32 bytes, which is 8 cycles where a cycle takes one store.
 */
#if defined(__AVX2__) && defined(__FMA__)
#include "avx2_activations.h"
#include "avx2_softmax.h"

enum { BENCHMARKED = MAX_NEURONS };

ALWAYS void relu_whole(int32_t *out, const int32_t *input, int32_t count)
{
    UNROLL for (int32_t i = 0; i < count; i += LANES)
        store(out + i, rectified(load(input + i)));
}

ALWAYS void leaky_relu_whole(int32_t *out, const int32_t *input, int32_t count)
{
    UNROLL for (int32_t i = 0; i < count; i += LANES)
        store(out + i, leaking(held(load(input + i))));
}

ALWAYS void sigmoid_whole(int32_t *out, const int32_t *input, int32_t count)
{
    UNROLL for (int32_t i = 0; i < count; i += 2 * LANES)
        store_widened(out + i, sigmoids(load(input + i), load(input + i + LANES)), zeros());
}

ALWAYS void tanh_whole(int32_t *out, const int32_t *input, int32_t count)
{
    UNROLL for (int32_t i = 0; i < count; i += 2 * LANES)
    {
        words t = tanhs(load(input + i), load(input + i + LANES));
        store_widened(out + i, t, _mm256_srai_epi16(t, 15));
    }
}

/* `whole` takes whole vectors, STEP values at a time; `rest` takes what is left. */
#define IN_VECTORS(whole, rest, step)                                                              \
    int32_t count = model[0], vectors = count & -(step);                                           \
    if (count == BENCHMARKED) {                                                                    \
        whole(out, input, BENCHMARKED);                                                            \
        return SUCCESS;                                                                            \
    }                                                                                              \
    for (int32_t i = 0; i < vectors; i += (step))                                                  \
        whole(out + i, input + i, step);                                                           \
    rest(out + vectors, input + vectors, (size_t)(count - vectors));                               \
    return SUCCESS

uint64_t avx2_relu(int32_t *out, const int32_t *input, const int32_t *model)
{
    IN_VECTORS(relu_whole, relu, LANES);
}

uint64_t avx2_leaky_relu(int32_t *out, const int32_t *input, const int32_t *model)
{
    IN_VECTORS(leaky_relu_whole, leaky_relu, LANES);
}

uint64_t avx2_sigmoid(int32_t *out, const int32_t *input, const int32_t *model)
{
    IN_VECTORS(sigmoid_whole, sigmoid, 2 * LANES);
}

uint64_t avx2_tanh(int32_t *out, const int32_t *input, const int32_t *model)
{
    IN_VECTORS(tanh_whole, tanh_fixed, 2 * LANES);
}

uint64_t avx2_softmax(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t count = model[0];
    if (count == LANES && softmax_of_eight(out, load(input)))
        return SUCCESS;
    if (count > 0 && count <= MAX_OUTPUTS && count != LANES &&
        softmax_of_up_to_sixteen(out, input, count))
        return SUCCESS;
    softmax(out, input, (size_t)count);
    return SUCCESS;
}

ALWAYS int32_t first_maximum(words a, words b)
{
    words most = largest_of(_mm256_max_epi32(a, b));
    unsigned low = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(a, most)));
    unsigned high = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(b, most)));
    return (int32_t)__builtin_ctz(low | high << LANES);
}

/* Lanes past the values hold INT32_MIN and stand behind them, so that none of them comes first. */
uint64_t avx2_argmax(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t count = model[0];
    if (count >= MAX_OUTPUTS)
        *out = first_maximum(load(input), load(input + LANES));
    else if (count > 0)
        *out = first_maximum(masked(input, first_lanes(count)),
                             masked(input + LANES, first_lanes(count - LANES)));
    else
        *out = 0;
    return SUCCESS;
}
#endif
