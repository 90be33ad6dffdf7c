/* What the activations do to vectors. */
#ifndef SLONANA_AVX2_ACTIVATIONS_H
#define SLONANA_AVX2_ACTIVATIONS_H

#include "avx2.h"

ALWAYS words rectified(words x)
{
    return _mm256_max_epi32(x, zeros());
}

/* A shifted value is nearer to zero: above a negative one, below a positive one. */
ALWAYS words leaking(words x)
{
    return _mm256_max_epi32(x, _mm256_srai_epi32(x, 7));
}

/* int16 sixths of sixteen int32 between -3.0 and 3.0, truncated, in the order in which packing
 * leaves them: 0-3 of `a` and `b`, then 4-7. Inputs past int16 saturate, which is past 3.0. */
ALWAYS words sixths(words a, words b)
{
    const words limit = _mm256_set1_epi16(3 * SCALE), lowest = _mm256_set1_epi16(-3 * SCALE);
    words x = _mm256_max_epi16(_mm256_min_epi16(_mm256_packs_epi32(a, b), limit), lowest);
    /* 10923 / 65536 is a sixth, near enough for 30000; one more for negatives truncates. */
    words sixth = _mm256_mulhi_epi16(x, _mm256_set1_epi16(10923));
    return _mm256_add_epi16(sixth, _mm256_srli_epi16(x, 15));
}

ALWAYS words sigmoids(words a, words b)
{
    return _mm256_add_epi16(sixths(a, b), _mm256_set1_epi16(SCALE / 2));
}

/* Twice a value wraps, and only then is clamped; of twice a sigmoid less one, the halves cancel. */
ALWAYS words tanhs(words a, words b)
{
    words sixth = sixths(_mm256_add_epi32(a, a), _mm256_add_epi32(b, b));
    return _mm256_add_epi16(sixth, sixth);
}

ALWAYS void store_widened(int32_t *out, words packed, words sign)
{
    store(out, _mm256_unpacklo_epi16(packed, sign));
    store(out + LANES, _mm256_unpackhi_epi16(packed, sign));
}

#endif
