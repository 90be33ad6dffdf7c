/* Short names for what AVX2 code is made of, and what it lacks.
 *
 * Whoever writes a kernel here knows its sizes: functions are inlined into callers that pass
 * literals, and loops over vectors are unrolled until no index is left.
 */
#ifndef SLONANA_AVX2_H
#define SLONANA_AVX2_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "calls.h"
#include "inference.h"

#define ALWAYS static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 64")

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

/* The same value, in a register from here on. The compiler would otherwise load a value twice where
 * two instructions can each read memory, or compute all values of a loop before it and then run out
 * of registers; both cost loads, which is what these kernels wait for. */
ALWAYS words held(words values)
{
    __asm__ volatile("" : "+v"(values));
    return values;
}

ALWAYS words zeros(void)
{
    return _mm256_setzero_si256();
}

/* Lanes of `b` where `mask` is set, of `a` elsewhere; all bits of a lane of `mask` are the same. */
ALWAYS words chosen(words a, words b, words mask)
{
    return _mm256_blendv_epi8(a, b, mask);
}

/* AVX2 saturates bytes and int16 only. */
ALWAYS words add_saturating(words a, words b)
{
    words sum = _mm256_add_epi32(a, b);
    words overflow = _mm256_andnot_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(a, sum));
    words limit = _mm256_xor_si256(_mm256_srai_epi32(a, 31), splat(INT32_MAX));
    return chosen(sum, limit, _mm256_srai_epi32(overflow, 31));
}

ALWAYS int none(words mask)
{
    return _mm256_testz_si256(mask, mask);
}

ALWAYS words first_lanes(int32_t count)
{
    return _mm256_cmpgt_epi32(splat(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* The largest lane, in every lane. */
ALWAYS words largest_of(words values)
{
    words most = _mm256_max_epi32(values, _mm256_permute2x128_si256(values, values, 1));
    most = _mm256_max_epi32(most, _mm256_shuffle_epi32(most, 0x4E));
    return _mm256_max_epi32(most, _mm256_shuffle_epi32(most, 0xB1));
}

#endif
