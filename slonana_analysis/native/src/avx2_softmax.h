/* Softmax of up to sixteen values in AVX2.
 *
 * Distances that matter are between -50000 and 0: their squares fit uint32, and the exponentials and
 * their sum fit int32. Only the shares are computed in float64: one is at least
 * 1 / 1,360,000 from the next integer, so what rounding does to it, some 1e-11, changes nothing.
 */
#ifndef SLONANA_AVX2_SOFTMAX_H
#define SLONANA_AVX2_SOFTMAX_H

#include "avx2.h"

enum { CUT_OFF = 5 * SCALE };

/* 2^46 / 20000, rounded up, which is too much by less than 1e-5 for any uint32: no next integer. */
static const uint32_t SHARE_OF_SQUARE = 3518437209u;
enum { SHARE_BITS = 46 };

ALWAYS words exponentials(words distances)
{
    const words factor = splat((int32_t)SHARE_OF_SQUARE);
    words squares = _mm256_mullo_epi32(distances, distances);
    words evens = _mm256_srli_epi64(_mm256_mul_epu32(squares, factor), SHARE_BITS);
    words odds = _mm256_mul_epu32(_mm256_srli_epi64(squares, 32), factor);
    odds = _mm256_slli_epi64(_mm256_srli_epi64(odds, SHARE_BITS), 32);
    words line = _mm256_add_epi32(distances, splat(SCALE));
    words parabola = _mm256_add_epi32(line, _mm256_or_si256(evens, odds));
    return chosen(parabola, splat(1), _mm256_cmpgt_epi32(splat(-CUT_OFF), distances));
}

ALWAYS int32_t sum_of(words values)
{
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1)));
}

ALWAYS words shares(words e, doubles factor)
{
    const doubles rounding = _mm256_set1_pd(1e-7);
    doubles low = _mm256_cvtepi32_pd(_mm256_castsi256_si128(e));
    doubles high = _mm256_cvtepi32_pd(_mm256_extracti128_si256(e, 1));
    return _mm256_set_m128i(_mm256_cvttpd_epi32(_mm256_fmadd_pd(high, factor, rounding)),
                            _mm256_cvttpd_epi32(_mm256_fmadd_pd(low, factor, rounding)));
}

ALWAYS doubles share_of_one(int32_t sum)
{
    return _mm256_set1_pd((double)SCALE / sum);
}

/* Each returns 0 where a difference wrapped, with nothing written. */
ALWAYS int softmax_of_eight(int32_t *out, words values)
{
    words distances = _mm256_sub_epi32(values, largest_of(values));
    if (!none(_mm256_cmpgt_epi32(distances, zeros())))
        return 0;
    words e = exponentials(distances);
    store(out, shares(e, share_of_one(sum_of(e))));
    return 1;
}

ALWAYS words masked(const int32_t *values, words used)
{
    return chosen(splat(INT32_MIN), _mm256_maskload_epi32(values, used), used);
}

ALWAYS int softmax_of_up_to_sixteen(int32_t *out, const int32_t *values, int32_t count)
{
    const words few = first_lanes(count), more = first_lanes(count - LANES);
    words a = masked(values, few), b = masked(values + LANES, more);
    words most = largest_of(_mm256_max_epi32(a, b));
    words first = _mm256_and_si256(_mm256_sub_epi32(a, most), few);
    words second = _mm256_and_si256(_mm256_sub_epi32(b, most), more);
    if (!none(_mm256_cmpgt_epi32(_mm256_max_epi32(first, second), zeros())))
        return 0;
    first = _mm256_and_si256(exponentials(first), few);
    second = _mm256_and_si256(exponentials(second), more);
    doubles factor = share_of_one(sum_of(_mm256_add_epi32(first, second)));
    _mm256_maskstore_epi32(out, few, shares(first, factor));
    _mm256_maskstore_epi32(out + LANES, more, shares(second, factor));
    return 1;
}

#endif
