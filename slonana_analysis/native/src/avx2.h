/* Short names for what AVX2 code is made of, and what it lacks. */
#ifndef SLONANA_AVX2_H
#define SLONANA_AVX2_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "calls.h"
#include "inference.h"

#define ALWAYS static inline __attribute__((always_inline))

typedef __m256i words;
typedef __m256d doubles;

enum { LANES = 8, LINE = 16 };

ALWAYS words load(const void *memory)
{
    return _mm256_loadu_si256((const __m256i *)memory);
}

ALWAYS void store(void *memory, words values)
{
    _mm256_storeu_si256((__m256i *)memory, values);
}

ALWAYS words splat(int32_t value)
{
    return _mm256_set1_epi32(value);
}

/* AVX2 saturates bytes and int16 only. */
ALWAYS words add_saturating(words a, words b)
{
    words sum = _mm256_add_epi32(a, b);
    words overflow = _mm256_andnot_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(a, sum));
    words limit = _mm256_xor_si256(_mm256_srai_epi32(a, 31), splat(INT32_MAX));
    return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(sum),
                                                _mm256_castsi256_ps(limit),
                                                _mm256_castsi256_ps(overflow)));
}

ALWAYS int none(words mask)
{
    return _mm256_testz_si256(mask, mask);
}

/* Softmax of up to eight values; returns 0 where a difference wrapped, with nothing written. */
ALWAYS int softmax_of_eight(int32_t *out, words values, words used)
{
    const words lowest = splat(INT32_MIN);
    words known = _mm256_blendv_epi8(lowest, values, used);
    words most = _mm256_max_epi32(known, _mm256_permute2x128_si256(known, known, 1));
    most = _mm256_max_epi32(most, _mm256_shuffle_epi32(most, 0x4E));
    most = _mm256_max_epi32(most, _mm256_shuffle_epi32(most, 0xB1));
    words x = _mm256_and_si256(_mm256_sub_epi32(values, most), used);
    if (!none(_mm256_cmpgt_epi32(x, _mm256_setzero_si256())))
        return 0;
    const doubles one = _mm256_set1_pd(1), scale = _mm256_set1_pd(SCALE);
    doubles e[2], sum = _mm256_setzero_pd();
    for (int half = 0; half < 2; half++) {
        __m128i part = half ? _mm256_extracti128_si256(x, 1) : _mm256_castsi256_si128(x);
        __m128i kept = half ? _mm256_extracti128_si256(used, 1) : _mm256_castsi256_si128(used);
        doubles d = _mm256_cvtepi32_pd(part);
        /* x * x is exact; its quotient by 20000 is off by 1e-11, and 5e-5 from the next integer. */
        doubles square = _mm256_fmadd_pd(_mm256_mul_pd(d, d), _mm256_set1_pd(1.0 / (2 * SCALE)),
                                         _mm256_set1_pd(1e-6));
        doubles parabola = _mm256_add_pd(_mm256_add_pd(scale, d), _mm256_floor_pd(square));
        doubles inside = _mm256_cmp_pd(d, _mm256_set1_pd(-5 * SCALE), _CMP_GE_OQ);
        doubles each = _mm256_blendv_pd(one, _mm256_max_pd(parabola, one), inside);
        e[half] = _mm256_and_pd(each, _mm256_castsi256_pd(_mm256_cvtepi32_epi64(kept)));
        sum = _mm256_add_pd(sum, e[half]);
    }
    sum = _mm256_add_pd(sum, _mm256_permute2f128_pd(sum, sum, 1));
    sum = _mm256_add_pd(sum, _mm256_shuffle_pd(sum, sum, 5));
    /* A share is at least 1 / 1,360,000 from the next integer. */
    doubles factor = _mm256_div_pd(scale, sum), rounding = _mm256_set1_pd(1e-7);
    __m128i low = _mm256_cvttpd_epi32(_mm256_fmadd_pd(e[0], factor, rounding));
    __m128i high = _mm256_cvttpd_epi32(_mm256_fmadd_pd(e[1], factor, rounding));
    _mm256_maskstore_epi32(out, used, _mm256_set_m128i(high, low));
    return 1;
}

ALWAYS words first_lanes(int32_t count)
{
    return _mm256_cmpgt_epi32(splat(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#endif
