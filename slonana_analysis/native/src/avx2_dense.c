/* Dense layers in AVX2.
 *
 * Inputs that fit int16 are multiplied in pairs, two products to an instruction. Sums are int32, so
 * columns are cut into as many parts as keep each part's sum in range for the inputs at hand; parts
 * are added as multiples of 2^15 and remainders. Larger inputs go through float64, where every sum
 * of up to 64 products is exact.
 *
 * A model: rows and columns (filled up to multiples of 8 and 16); words of the bias, of the int16
 * weights (groups of 32 rows, pair after pair of columns, the rows' two weights each) and of the
 * float64 weights (column after column); the largest |input| for 1, 2 and 4 parts; whether adding
 * the bias can overflow; whether a rectifier follows.
 */
#if defined(__AVX2__) && defined(__FMA__)
#include "avx2.h"

enum { ROWS, COLUMNS, BIAS, WEIGHTS, DOUBLES, BOUND, SATURATES = BOUND + 3, RECTIFIED };

enum { FRACTION_BITS = 15, FRACTION = (1 << FRACTION_BITS) - 1 };

ALWAYS words outputs_of(words high, words low, const int32_t *bias, int parts, int saturates)
{
    if (parts > 1)
        high = _mm256_add_epi32(high, _mm256_srai_epi32(low, FRACTION_BITS));
    return saturates ? add_saturating(high, load(bias)) : _mm256_add_epi32(high, load(bias));
}

ALWAYS void multiply(int32_t *out, const int16_t *x, const int16_t *weights, const int32_t *bias,
                     size_t pairs, int vectors, int parts, int saturates, words lowest)
{
    words high[4], low[4];
    for (int k = 0; k < vectors; k++)
        high[k] = low[k] = _mm256_setzero_si256();
    for (int part = 0; part < parts; part++) {
        words sums[4];
        for (int k = 0; k < vectors; k++)
            sums[k] = _mm256_setzero_si256();
        for (size_t j = 0; j < pairs / (size_t)parts; j++, x += 2, weights += 16 * vectors) {
            int32_t pair;
            memcpy(&pair, x, sizeof pair);
            for (int k = 0; k < vectors; k++)
                sums[k] = _mm256_add_epi32(
                    sums[k], _mm256_madd_epi16(splat(pair), load(weights + 16 * k)));
        }
        for (int k = 0; k < vectors; k++) {
            high[k] = _mm256_add_epi32(high[k], _mm256_srai_epi32(sums[k], FRACTION_BITS));
            if (parts > 1)
                low[k] = _mm256_add_epi32(low[k], _mm256_and_si256(sums[k], splat(FRACTION)));
        }
    }
    for (int k = 0; k < vectors; k++)
        store(out + LANES * k,
              _mm256_max_epi32(
                  outputs_of(high[k], low[k], bias + LANES * k, parts, saturates), lowest));
}

ALWAYS void multiply_rows(int32_t *out, const int16_t *x, const int32_t *model, size_t rows,
                          size_t columns, int parts, int saturates)
{
    const int16_t *weights = (const int16_t *)(model + model[WEIGHTS]);
    const int32_t *bias = model + model[BIAS];
    const words lowest = splat(model[RECTIFIED] ? 0 : INT32_MIN);
    size_t row = 0;
    for (; row + 4 * LANES <= rows; row += 4 * LANES)
        multiply(out + row, x, weights + row * columns, bias + row, columns / 2, 4, parts,
                 saturates, lowest);
    if (rows - row == LANES)
        multiply(out + row, x, weights + row * columns, bias + row, columns / 2, 1, parts,
                 saturates, lowest);
    else if (rows - row == 2 * LANES)
        multiply(out + row, x, weights + row * columns, bias + row, columns / 2, 2, parts,
                 saturates, lowest);
    else if (rows - row == 3 * LANES)
        multiply(out + row, x, weights + row * columns, bias + row, columns / 2, 3, parts,
                 saturates, lowest);
}

ALWAYS words narrowed(const int32_t *input, int16_t *x, size_t columns)
{
    words largest = _mm256_setzero_si256();
    for (size_t j = 0; j < columns; j += 2 * LANES) {
        words a = load(input + j), b = load(input + j + LANES);
        largest = _mm256_max_epu32(
            largest, _mm256_max_epu32(_mm256_abs_epi32(a), _mm256_abs_epi32(b)));
        store(x + j, _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xD8));
    }
    return largest;
}

ALWAYS int within(words largest, int32_t bound)
{
    words limit = splat(bound);
    return none(_mm256_xor_si256(_mm256_max_epu32(largest, limit), limit));
}

ALWAYS void double_rows(int32_t *out, const int32_t *input, const int32_t *model, size_t rows,
                        size_t columns)
{
    const double *weights = (const double *)(model + model[DOUBLES]);
    const int32_t *bias = model + model[BIAS];
    const doubles least = _mm256_set1_pd(model[RECTIFIED] ? 0.0 : (double)INT32_MIN);
    for (size_t row = 0; row < rows; row += 32) {
        size_t vectors = rows - row < 32 ? (rows - row) / 4 : 8;
        doubles sums[8];
        for (size_t k = 0; k < 8; k++)
            sums[k] = _mm256_setzero_pd();
        if (vectors == 8)
            for (size_t j = 0; j < columns; j++) {
                doubles x = _mm256_set1_pd(input[j]);
                for (size_t k = 0; k < 8; k++)
                    sums[k] = _mm256_fmadd_pd(
                        x, _mm256_loadu_pd(weights + j * rows + row + 4 * k), sums[k]);
            }
        else
            for (size_t k = 0; k < vectors; k++)
                for (size_t j = 0; j < columns; j++)
                    sums[k] = _mm256_fmadd_pd(_mm256_set1_pd(input[j]),
                                              _mm256_loadu_pd(weights + j * rows + row + 4 * k),
                                              sums[k]);
        for (size_t k = 0; k < vectors; k++) {
            doubles shifted =
                _mm256_floor_pd(_mm256_mul_pd(sums[k], _mm256_set1_pd(1.0 / (1 << FRACTION_BITS))));
            __m128i b = _mm_loadu_si128((const __m128i *)(bias + row + 4 * k));
            doubles total = _mm256_add_pd(shifted, _mm256_cvtepi32_pd(b));
            total = _mm256_max_pd(_mm256_min_pd(total, _mm256_set1_pd(INT32_MAX)), least);
            _mm_storeu_si128((__m128i *)(out + row + 4 * k), _mm256_cvttpd_epi32(total));
        }
    }
}

ALWAYS void dense_rows(int32_t *out, const int32_t *input, const int32_t *model, size_t rows,
                       size_t columns)
{
    int16_t x[MAX_NEURONS] __attribute__((aligned(64)));
    words largest = narrowed(input, x, columns);
    if (within(largest, model[BOUND]) && !model[SATURATES])
        multiply_rows(out, x, model, rows, columns, 1, 0);
    else if (within(largest, model[BOUND + 1]) && !model[SATURATES])
        multiply_rows(out, x, model, rows, columns, 2, 0);
    else if (within(largest, model[BOUND + 2]))
        multiply_rows(out, x, model, rows, columns, 4, 1);
    else
        double_rows(out, input, model, rows, columns);
}

static void any_dense(int32_t *out, const int32_t *input, const int32_t *model)
{
    dense_rows(out, input, model, (size_t)model[ROWS], (size_t)model[COLUMNS]);
}

/* The sizes of the validator's own benchmarks and examples are worth code of their own. */
ALWAYS void dense(int32_t *out, const int32_t *input, const int32_t *model)
{
    if (model[COLUMNS] == 32 && model[ROWS] == 32)
        dense_rows(out, input, model, 32, 32);
    else if (model[COLUMNS] == 32 && model[ROWS] == LANES)
        dense_rows(out, input, model, LANES, 32);
    else
        any_dense(out, input, model);
}

/* Inputs and outputs in whole vectors: `columns` readable, `rows` writable words. */
uint64_t avx2_dense(int32_t *out, const int32_t *input, const int32_t *model)
{
    dense(out, input, model);
    return SUCCESS;
}

uint64_t avx2_dense_double(int32_t *out, const int32_t *input, const int32_t *model)
{
    if (model[COLUMNS] == 32 && model[ROWS] == 32)
        double_rows(out, input, model, 32, 32);
    else
        double_rows(out, input, model, (size_t)model[ROWS], (size_t)model[COLUMNS]);
    return SUCCESS;
}

/* Layers, then for each the word at which its model begins and its activation; outputs. */
uint64_t avx2_mlp(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t buffers[2][MAX_NEURONS] __attribute__((aligned(64)));
    const int32_t *values = input;
    for (int32_t i = 0; i < model[0]; i++) {
        const int32_t *layer = model + model[2 + 2 * i];
        int32_t *next = buffers[i & 1], kind = model[3 + 2 * i];
        dense(next, values, layer);
        if (kind != NONE && kind != RELU && i + 1 < model[0])
            activate(next, (size_t)layer[ROWS], kind);
        values = next;
    }
    int32_t last = model[3 + 2 * (model[0] - 1)], width = model[1];
    if (last == SOFTMAX && width == LANES && softmax_of_eight(out, load(values), splat(-1)))
        return SUCCESS;
    if (last != RELU)
        activate(buffers[(model[0] - 1) & 1], (size_t)width, last);
    for (int32_t i = 0; i < width && i < MAX_OUTPUTS; i++)
        out[i] = values[i];
    return SUCCESS;
}
#endif
