/* Dense layers in float64: what int16 cannot hold; see avx2_dense.h.
 *
 * A fused multiply-add takes four products, two to a cycle: 32 x 32 products are 256 instructions,
 * 128 cycles, and as many loads of weights, two to a cycle as well. So inputs are spread over
 * vectors by shuffles instead of loads.
 */
#ifndef SLONANA_AVX2_DENSE_DOUBLE_H
#define SLONANA_AVX2_DENSE_DOUBLE_H

#include "avx2_dense.h"

enum { QUAD = 4, WIDEST = 8 };

ALWAYS doubles input_of(doubles quad, size_t lane)
{
    switch (lane) {
    case 0:
        return _mm256_permute4x64_pd(quad, 0x00);
    case 1:
        return _mm256_permute4x64_pd(quad, 0x55);
    case 2:
        return _mm256_permute4x64_pd(quad, 0xAA);
    default:
        return _mm256_permute4x64_pd(quad, 0xFF);
    }
}

ALWAYS void store_doubles(int32_t *out, doubles sum, const int32_t *bias, doubles least)
{
    doubles shifted = _mm256_floor_pd(_mm256_mul_pd(sum, _mm256_set1_pd(1.0 / (1 << FRACTION_BITS))));
    doubles b = _mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i *)bias));
    doubles total = _mm256_min_pd(_mm256_add_pd(shifted, b), _mm256_set1_pd(INT32_MAX));
    _mm_storeu_si128((__m128i *)out, _mm256_cvttpd_epi32(_mm256_max_pd(total, least)));
}

/* As many chains of additions as hide that each waits for the one before: any order is exact. */
ALWAYS void doubles_of_group(int32_t *out, const int32_t *input, const double *weights,
                             const int32_t *bias, doubles least, size_t rows, size_t columns,
                             size_t vectors)
{
    const size_t chains = vectors < WIDEST ? WIDEST / vectors : 1;
    doubles sums[WIDEST];
    UNROLL for (size_t k = 0; k < WIDEST; k++)
        sums[k] = _mm256_setzero_pd();
    for (size_t j = 0; j < columns; j += QUAD) {
        doubles quad = _mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i *)(input + j)));
        UNROLL for (size_t lane = 0; lane < QUAD; lane++)
        {
            doubles x = input_of(quad, lane);
            UNROLL for (size_t k = 0; k < vectors; k++)
            {
                doubles *sum = sums + lane % chains * vectors + k;
                *sum = _mm256_fmadd_pd(
                    x, _mm256_loadu_pd(weights + (j + lane) * rows + QUAD * k), *sum);
            }
        }
    }
    UNROLL for (size_t chain = 1; chain < chains; chain++)
        UNROLL for (size_t k = 0; k < vectors; k++)
            sums[k] = _mm256_add_pd(sums[k], sums[chain * vectors + k]);
    UNROLL for (size_t k = 0; k < vectors; k++)
        store_doubles(out + QUAD * k, sums[k], bias + QUAD * k, least);
}

ALWAYS void in_doubles(int32_t *out, const int32_t *input, const int32_t *model, size_t rows,
                       size_t columns)
{
    const double *weights = (const double *)(model + model[DOUBLES]);
    const int32_t *bias = model + model[BIAS];
    const doubles least = _mm256_set1_pd(model[LEAST]);
    size_t row = 0;
    for (; row + QUAD * WIDEST <= rows; row += QUAD * WIDEST)
        doubles_of_group(out + row, input, weights + row, bias + row, least, rows, columns, WIDEST);
    for (; row < rows; row += LANES)
        doubles_of_group(out + row, input, weights + row, bias + row, least, rows, columns, 2);
}

#endif
