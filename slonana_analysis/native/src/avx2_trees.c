/* Trees and forests in AVX2: every comparison at once, then the way down by selection.
 *
 * A perfect tree of 31 nodes has 15 comparisons. For one row they are the lanes of two vectors; for
 * many rows each is a vector of eight or sixteen rows.
 */
#if defined(__AVX2__) && defined(__FMA__)
#include "avx2.h"

enum { INNER = 15, LEAVES = 16, FEATURES = 8 };

/* From the model's second line on: features, thresholds and leaves, sixteen words each. */
struct perfect_tree {
    int32_t features[LEAVES];
    int32_t thresholds[LEAVES];
    int32_t leaves[LEAVES];
};

ALWAYS unsigned exceeded(words values, const int32_t *features, const int32_t *thresholds)
{
    words chosen = _mm256_permutevar8x32_epi32(values, load(features));
    words above = _mm256_cmpgt_epi32(chosen, load(thresholds));
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(above));
}

uint64_t avx2_tree(int32_t *out, const int32_t *input, const int32_t *model)
{
    const struct perfect_tree *tree = (const struct perfect_tree *)(model + LINE);
    words values = load(input);
    unsigned mask = exceeded(values, tree->features, tree->thresholds) |
                    exceeded(values, tree->features + LANES, tree->thresholds + LANES) << LANES;
    unsigned node = 1 + (mask & 1);
    node = 2 * node + 1 + (mask >> node & 1);
    node = 2 * node + 1 + (mask >> node & 1);
    node = 2 * node + 1 + (mask >> node & 1);
    *out = tree->leaves[node - INNER];
    return SUCCESS;
}

ALWAYS words lower(words a, words b)
{
    return _mm256_unpacklo_epi32(a, b);
}

ALWAYS words upper(words a, words b)
{
    return _mm256_unpackhi_epi32(a, b);
}

/* Eight rows of eight features become eight columns. */
ALWAYS void transpose(words *r)
{
    words t[8], u[8];
    for (int k = 0; k < 4; k++) {
        t[2 * k] = lower(r[2 * k], r[2 * k + 1]);
        t[2 * k + 1] = upper(r[2 * k], r[2 * k + 1]);
    }
    for (int k = 0; k < 2; k++)
        for (int side = 0; side < 2; side++) {
            u[4 * k + 2 * side] = _mm256_unpacklo_epi64(t[4 * k + side], t[4 * k + side + 2]);
            u[4 * k + 2 * side + 1] = _mm256_unpackhi_epi64(t[4 * k + side], t[4 * k + side + 2]);
        }
    for (int k = 0; k < 4; k++) {
        r[k] = _mm256_permute2x128_si256(u[k], u[k + 4], 0x20);
        r[k + 4] = _mm256_permute2x128_si256(u[k], u[k + 4], 0x31);
    }
}

ALWAYS words leaves_of(const int32_t *columns, const struct perfect_tree *tree)
{
    words above[INNER], level[LEAVES];
    for (int k = 0; k < INNER; k++)
        above[k] = _mm256_cmpgt_epi32(load(columns + tree->features[k] * LANES),
                                      splat(tree->thresholds[k]));
    for (int k = 0; k < LEAVES; k++)
        level[k] = splat(tree->leaves[k]);
    for (int width = LEAVES / 2; width > 0; width /= 2)
        for (int k = 0; k < width; k++)
            level[k] = _mm256_blendv_epi8(level[2 * k], level[2 * k + 1], above[width - 1 + k]);
    return level[0];
}

/* features (8), nodes, greatest depth, rows (a multiple of 8). */
uint64_t avx2_tree_rows(int32_t *out, const int32_t *input, const int32_t *model)
{
    const struct perfect_tree *tree = (const struct perfect_tree *)(model + LINE);
    int32_t columns[FEATURES * LANES] __attribute__((aligned(64)));
    for (int32_t i = 0; i < model[3]; i += LANES) {
        words rows[LANES];
        for (int k = 0; k < LANES; k++)
            rows[k] = load(input + (i + k) * FEATURES);
        transpose(rows);
        for (int k = 0; k < FEATURES; k++)
            store(columns + k * LANES, rows[k]);
        store(out + i, leaves_of(columns, tree));
    }
    return SUCCESS;
}

enum { DEPTH = 6, FOREST_INNER = (1 << DEPTH) - 1, FOREST_LEAVES = 1 << DEPTH };

/* Selections from the leaves up, written out by recursion: 63 comparisons and as many blends. */
#define SELECT16(k, a, b)                                                                        \
    _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi16(load(x + features[k]),                            \
                                                _mm256_set1_epi16(thresholds[k])))
#define LEAF16(k) _mm256_set1_epi16(leaves[(k) - FOREST_INNER])
#define SELECT32(k, a, b)                                                                        \
    _mm256_blendv_epi8(                                                                          \
        a, b, _mm256_cmpgt_epi32(load(x + features[k]), splat(thresholds[k])))
#define LEAF32(k) splat(leaves[(k) - FOREST_INNER])
#define LEVEL6(S, L, k) S(k, L(2 * (k) + 1), L(2 * (k) + 2))
#define LEVEL5(S, L, k) S(k, LEVEL6(S, L, 2 * (k) + 1), LEVEL6(S, L, 2 * (k) + 2))
#define LEVEL4(S, L, k) S(k, LEVEL5(S, L, 2 * (k) + 1), LEVEL5(S, L, 2 * (k) + 2))
#define LEVEL3(S, L, k) S(k, LEVEL4(S, L, 2 * (k) + 1), LEVEL4(S, L, 2 * (k) + 2))
#define LEVEL2(S, L, k) S(k, LEVEL3(S, L, 2 * (k) + 1), LEVEL3(S, L, 2 * (k) + 2))
#define LEVEL1(S, L) S(0, LEVEL2(S, L, 1), LEVEL2(S, L, 2))

/* features, trees, depth (6), rows (whole tiles), words of features, thresholds and leaves.
 * Tiles hold sixteen rows feature by feature as int16; features are offsets into a tile. */
uint64_t avx2_forest_int16(int32_t *out, const int32_t *input, const int32_t *model)
{
    const words ones = _mm256_set1_epi16(1), zero = _mm256_setzero_si256();
    for (int32_t tile = 0; tile < model[3] / 16; tile++) {
        const int16_t *x = (const int16_t *)input + (size_t)tile * (size_t)model[0] * 16;
        const int32_t *features = model + model[4];
        const int16_t *thresholds = (const int16_t *)(model + model[5]);
        const int16_t *leaves = (const int16_t *)(model + model[6]);
        words low = zero, high = zero;
        for (int32_t tree = 0; tree < model[1]; tree++) {
            words leaf = LEVEL1(SELECT16, LEAF16);
            low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(leaf, zero), ones));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(leaf, zero), ones));
            features += FOREST_INNER;
            thresholds += FOREST_INNER;
            leaves += FOREST_LEAVES;
        }
        store(out + tile * 16, _mm256_permute2x128_si256(low, high, 0x20));
        store(out + tile * 16 + LANES, _mm256_permute2x128_si256(low, high, 0x31));
    }
    return SUCCESS;
}

/* Likewise with tiles of eight rows of int32. */
uint64_t avx2_forest_int32(int32_t *out, const int32_t *input, const int32_t *model)
{
    for (int32_t tile = 0; tile < model[3] / LANES; tile++) {
        const int32_t *x = input + (size_t)tile * (size_t)model[0] * LANES;
        const int32_t *features = model + model[4];
        const int32_t *thresholds = model + model[5];
        const int32_t *leaves = model + model[6];
        words sum = _mm256_setzero_si256();
        for (int32_t tree = 0; tree < model[1]; tree++) {
            sum = _mm256_add_epi32(sum, LEVEL1(SELECT32, LEAF32));
            features += FOREST_INNER;
            thresholds += FOREST_INNER;
            leaves += FOREST_LEAVES;
        }
        store(out + tile * LANES, sum);
    }
    return SUCCESS;
}
#endif
