/* Dense layers in AVX2.
 *
 * Inputs that fit int16 are multiplied in pairs by vpmaddwd, two products to a lane. There are two
 * of these to a cycle, and each takes a load of weights, of which there are two to a cycle as well:
 * 32 x 32 products are 64 instructions, so 32 cycles. Sums are int32, so columns are cut into as
 * many parts as keep each part's sum in range for the inputs at hand, and the parts are added as
 * multiples of 2^15 and remainders: more parts cost additions, no multiplications.
 * Inputs past int16 are taken apart into two limbs, for twice the multiplications, as far as these
 * reach. All others go through float64, where a sum of 64 products is exact, four to an instruction.
 *
 * A model, as avx2_models.py packs it: rows and columns, filled up to multiples of 8 and 16; words
 * of the bias, of the int16 weights and of the float64 weights (column after column); the largest
 * |input| for sums in 2 and 4 parts, 0 where adding the bias could overflow, and in 8 parts with
 * saturation; bits of the lower limb, and the largest |input| that two limbs hold; the least output.
 *
 * int16 weights stand in groups of 32 rows, then of 8: pair after pair of columns, and for each the
 * rows' two weights. Within 16 columns they stand as packing leaves the inputs: 0-3, 8-11, 4-7,
 * 12-15.
 */
#ifndef SLONANA_AVX2_DENSE_H
#define SLONANA_AVX2_DENSE_H

#include "avx2.h"

enum {
    ROWS,
    COLUMNS,
    BIAS,
    WEIGHTS,
    DOUBLES,
    BOUND_OF_2,
    BOUND_OF_4,
    BOUND_OF_8,
    LIMB_BITS,
    LIMB_BOUND,
    LEAST,
};

enum { FRACTION_BITS = 15, FRACTION = (1 << FRACTION_BITS) - 1 };
enum { BLOCK = 2 * LANES, GROUP = 4 };

/* Inputs as int16, and magnitudes among which is the largest. */
struct narrow {
    int16_t x[MAX_NEURONS] __attribute__((aligned(64)));
    words largest;
};

/* Stores sixteen inputs and returns magnitudes, among which is their largest. */
ALWAYS words narrowed(int16_t *x, words a, words b)
{
    store(x, _mm256_packs_epi32(a, b));
    return _mm256_max_epu32(_mm256_abs_epi32(a), _mm256_abs_epi32(b));
}

ALWAYS words narrow_inputs(int16_t *x, const int32_t *values, size_t columns)
{
    words largest = zeros();
    for (size_t j = 0; j < columns; j += BLOCK)
        largest = _mm256_max_epu32(largest,
                                   narrowed(x + j, load(values + j), load(values + j + LANES)));
    return largest;
}

/* What is read after this is read from memory. */
ALWAYS void in_memory(const void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* AVX2 compares no unsigned numbers; the magnitude of -2^31 is one. */
ALWAYS int within(words largest, int32_t bound)
{
    words limit = splat(bound);
    return none(_mm256_xor_si256(_mm256_max_epu32(largest, limit), limit));
}

/* Four pairs of inputs, in both halves. */
ALWAYS words quad_of(const int16_t *x, size_t pair)
{
    const __m128i *quad = (const __m128i *)(x + 2 * (pair & -(size_t)4));
    return held(_mm256_broadcastsi128_si256(_mm_load_si128(quad)));
}

/* One pair in all lanes. A load could do that, but loads are what runs out here. */
ALWAYS words pair_of(words quad, size_t pair)
{
    switch (pair % 4) {
    case 0:
        return _mm256_shuffle_epi32(quad, 0x00);
    case 1:
        return _mm256_shuffle_epi32(quad, 0x55);
    case 2:
        return _mm256_shuffle_epi32(quad, 0xAA);
    default:
        return _mm256_shuffle_epi32(quad, 0xFF);
    }
}

ALWAYS void multiply(words *sums, const int16_t *x, const int16_t *weights, size_t first,
                     size_t end, size_t vectors)
{
    words quad = zeros();
    UNROLL for (size_t pair = first; pair < end; pair++) {
        if (pair == first || pair % 4 == 0)
            quad = quad_of(x, pair);
        words both = pair_of(quad, pair);
        UNROLL for (size_t k = 0; k < vectors; k++)
        {
            words products =
                _mm256_madd_epi16(both, load(weights + BLOCK * (pair * vectors + k)));
            sums[k] = held(pair == first ? products : _mm256_add_epi32(sums[k], products));
        }
    }
}

/* (a + b) >> 15, though a + b may not fit. */
ALWAYS words sum_of_two(words a, words b)
{
    words half = _mm256_srai_epi32(_mm256_xor_si256(a, b), 1);
    words mean = _mm256_add_epi32(_mm256_and_si256(a, b), half);
    return _mm256_srai_epi32(mean, FRACTION_BITS - 1);
}

/* Products of `vectors` times eight rows, summed and shifted. */
ALWAYS void shifted_sums(words *out, const int16_t *x, const int16_t *weights, size_t pairs,
                         size_t vectors, size_t parts)
{
    words sums[2][GROUP], low[GROUP];
    const size_t each = pairs / parts;
    UNROLL for (size_t part = 0; part < parts; part++)
    {
        words *sum = sums[parts == 2 ? part : 0];
        multiply(sum, x, weights, part * each, (part + 1) * each, vectors);
        UNROLL for (size_t k = 0; k < vectors && parts > 2; k++)
        {
            words high = _mm256_srai_epi32(sum[k], FRACTION_BITS);
            words rest = _mm256_and_si256(sum[k], splat(FRACTION));
            out[k] = held(part ? _mm256_add_epi32(out[k], high) : high);
            low[k] = held(part ? _mm256_add_epi32(low[k], rest) : rest);
        }
    }
    UNROLL for (size_t k = 0; k < vectors; k++)
        out[k] = parts == 2 ? sum_of_two(sums[0][k], sums[1][k])
                            : _mm256_add_epi32(out[k], _mm256_srai_epi32(low[k], FRACTION_BITS));
}

ALWAYS void finish(words *sums, const int32_t *bias, words least, size_t vectors, int saturates)
{
    UNROLL for (size_t k = 0; k < vectors; k++)
    {
        words b = load(bias + LANES * k);
        words sum = saturates ? add_saturating(sums[k], b) : _mm256_add_epi32(sums[k], b);
        sums[k] = _mm256_max_epi32(sum, least);
    }
}

/* Outputs go to `out`, and those of whole groups to `next` unless that is null. */
ALWAYS void in_parts(int32_t *out, struct narrow *next, const int16_t *x, const int32_t *model,
                     size_t rows, size_t columns, size_t parts, int saturates)
{
    const int16_t *weights = (const int16_t *)(model + model[WEIGHTS]);
    const int32_t *bias = model + model[BIAS];
    const words least = splat(model[LEAST]);
    words o[GROUP], largest = zeros();
    size_t row = 0;
    for (; row + GROUP * LANES <= rows; row += GROUP * LANES) {
        in_memory(x);
        shifted_sums(o, x, weights + row * columns, columns / 2, GROUP, parts);
        finish(o, bias + row, least, GROUP, saturates);
        UNROLL for (size_t k = 0; k < GROUP; k++)
            store(out + row + LANES * k, o[k]);
        if (next) {
            largest = _mm256_max_epu32(largest, narrowed(next->x + row, o[0], o[1]));
            largest = _mm256_max_epu32(largest, narrowed(next->x + row + BLOCK, o[2], o[3]));
        }
    }
    for (; row < rows; row += LANES) {
        in_memory(x);
        shifted_sums(o, x, weights + row * columns, columns / 2, 1, parts);
        finish(o, bias + row, least, 1, saturates);
        store(out + row, o[0]);
    }
    if (next)
        next->largest = largest;
}

ALWAYS words lower_limb(words x, int32_t bits)
{
    const __m128i by = _mm_cvtsi32_si128(32 - bits);
    return _mm256_sra_epi32(_mm256_sll_epi32(x, by), by);
}

ALWAYS words upper_limb(words x, int32_t bits)
{
    return _mm256_sra_epi32(_mm256_sub_epi32(x, lower_limb(x, bits)), _mm_cvtsi32_si128(bits));
}

ALWAYS void limbs_of_group(int32_t *out, const int16_t *lower, const int16_t *upper,
                           const int16_t *weights, const int32_t *bias, const int32_t *model,
                           size_t pairs, size_t vectors)
{
    const __m128i bits = _mm_cvtsi32_si128(model[LIMB_BITS]);
    const __m128i rest = _mm_cvtsi32_si128(FRACTION_BITS - model[LIMB_BITS]);
    words low[GROUP], high[GROUP];
    multiply(low, lower, weights, 0, pairs, vectors);
    multiply(high, upper, weights, 0, pairs, vectors);
    UNROLL for (size_t k = 0; k < vectors; k++)
        high[k] = _mm256_sra_epi32(_mm256_add_epi32(high[k], _mm256_sra_epi32(low[k], bits)), rest);
    finish(high, bias, splat(model[LEAST]), vectors, 1);
    UNROLL for (size_t k = 0; k < vectors; k++)
        store(out + LANES * k, high[k]);
}

ALWAYS void in_two_limbs(int32_t *out, const int32_t *input, const int32_t *model, size_t rows,
                         size_t columns)
{
    const int16_t *weights = (const int16_t *)(model + model[WEIGHTS]);
    const int32_t *bias = model + model[BIAS], bits = model[LIMB_BITS];
    int16_t lower[MAX_NEURONS] __attribute__((aligned(64)));
    int16_t upper[MAX_NEURONS] __attribute__((aligned(64)));
    UNROLL for (size_t j = 0; j < columns; j += BLOCK)
    {
        words a = load(input + j), b = load(input + j + LANES);
        store(lower + j, _mm256_packs_epi32(lower_limb(a, bits), lower_limb(b, bits)));
        store(upper + j, _mm256_packs_epi32(upper_limb(a, bits), upper_limb(b, bits)));
    }
    in_memory(lower);
    in_memory(upper);
    size_t row = 0;
    for (; row + GROUP * LANES <= rows; row += GROUP * LANES)
        limbs_of_group(out + row, lower, upper, weights + row * columns, bias + row, model,
                       columns / 2, GROUP);
    for (; row < rows; row += LANES)
        limbs_of_group(out + row, lower, upper, weights + row * columns, bias + row, model,
                       columns / 2, 1);
}

#endif
