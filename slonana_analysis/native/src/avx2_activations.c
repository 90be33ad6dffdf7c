/* The activations in AVX2. A model is one line: how many values. */
#if defined(__AVX2__) && defined(__FMA__)
#include "avx2.h"

uint64_t avx2_relu(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t count = model[0], i = 0;
    for (; i + LANES <= count; i += LANES)
        store(out + i, _mm256_max_epi32(load(input + i), _mm256_setzero_si256()));
    relu(out + i, input + i, (size_t)(count - i));
    return SUCCESS;
}

uint64_t avx2_leaky_relu(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t count = model[0], i = 0;
    for (; i + LANES <= count; i += LANES) {
        words x = load(input + i);
        /* A shifted value is nearer to zero: above a negative one, below a positive one. */
        store(out + i, _mm256_max_epi32(x, _mm256_srai_epi32(x, 7)));
    }
    leaky_relu(out + i, input + i, (size_t)(count - i));
    return SUCCESS;
}

/* Sixteen int16 sigmoids of int32 values, packed within each 128 bits. */
ALWAYS words sigmoid_of_sixteen(words a, words b)
{
    const words limit = _mm256_set1_epi16(3 * SCALE), half = _mm256_set1_epi16(SCALE / 2);
    words x = _mm256_packs_epi32(a, b);
    x = _mm256_max_epi16(_mm256_min_epi16(x, limit), _mm256_sub_epi16(_mm256_setzero_si256(), limit));
    /* 10923 / 65536 is a sixth, near enough for 30000; one more for negatives truncates. */
    words sixth = _mm256_mulhi_epi16(x, _mm256_set1_epi16(10923));
    return _mm256_add_epi16(_mm256_sub_epi16(sixth, _mm256_srai_epi16(x, 15)), half);
}

uint64_t avx2_sigmoid(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t count = model[0], i = 0;
    const words zero = _mm256_setzero_si256();
    for (; i + 2 * LANES <= count; i += 2 * LANES) {
        words s = sigmoid_of_sixteen(load(input + i), load(input + i + LANES));
        store(out + i, _mm256_unpacklo_epi16(s, zero));
        store(out + i + LANES, _mm256_unpackhi_epi16(s, zero));
    }
    sigmoid(out + i, input + i, (size_t)(count - i));
    return SUCCESS;
}

uint64_t avx2_tanh(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t count = model[0], i = 0;
    const words scale = _mm256_set1_epi16(SCALE);
    for (; i + 2 * LANES <= count; i += 2 * LANES) {
        words a = load(input + i), b = load(input + i + LANES);
        words s = sigmoid_of_sixteen(_mm256_add_epi32(a, a), _mm256_add_epi32(b, b));
        words t = _mm256_sub_epi16(_mm256_add_epi16(s, s), scale);
        words sign = _mm256_srai_epi16(t, 15);
        store(out + i, _mm256_unpacklo_epi16(t, sign));
        store(out + i + LANES, _mm256_unpackhi_epi16(t, sign));
    }
    tanh_fixed(out + i, input + i, (size_t)(count - i));
    return SUCCESS;
}

uint64_t avx2_softmax(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t count = model[0];
    if (count == LANES) {
        if (softmax_of_eight(out, load(input), splat(-1)))
            return SUCCESS;
    } else if (count > 0 && count < LANES) {
        words used = first_lanes(count);
        if (softmax_of_eight(out, _mm256_maskload_epi32(input, used), used))
            return SUCCESS;
    }
    softmax(out, input, (size_t)count);
    return SUCCESS;
}

/* Sixteen at a time: the maximum, then the first lane that holds it. */
uint64_t avx2_argmax(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t count = model[0] < MAX_OUTPUTS ? model[0] : MAX_OUTPUTS;
    if (count < 1) {
        *out = 0;
        return SUCCESS;
    }
    words lowest = splat(INT32_MIN), few = first_lanes(count), more = first_lanes(count - LANES);
    words a = _mm256_blendv_epi8(lowest, _mm256_maskload_epi32(input, few), few);
    words b = _mm256_blendv_epi8(lowest, _mm256_maskload_epi32(input + LANES, more), more);
    words most = _mm256_max_epi32(a, b);
    most = _mm256_max_epi32(most, _mm256_permute2x128_si256(most, most, 1));
    most = _mm256_max_epi32(most, _mm256_shuffle_epi32(most, 0x4E));
    most = _mm256_max_epi32(most, _mm256_shuffle_epi32(most, 0xB1));
    unsigned low = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(a, most)));
    unsigned high = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(b, most)));
    *out = (int32_t)__builtin_ctz(low | high << LANES);
    return SUCCESS;
}
#endif
