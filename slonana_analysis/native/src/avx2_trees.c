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

enum { DEPTH = 6, INNER_NODES = (1 << DEPTH) - 1, FOREST_LEAVES = 1 << DEPTH, TILES = 4 };

/* One tree's place in the model, and as many tiles as share what is loaded of it. */
struct walk {
    const int32_t *features;
    const void *thresholds;
    const void *leaves;
    const void *tiles[TILES];
};

/* Selections from the leaves up, for all tiles: `below` is the level under this one. */
#define DEFINE_LEVEL(name, below, type, spread, above)                                           \
    ALWAYS void name(words *out, const struct walk *walk, int node)                              \
    {                                                                                            \
        words left[TILES], right[TILES];                                                         \
        below(left, walk, 2 * node + 1);                                                         \
        below(right, walk, 2 * node + 2);                                                        \
        words threshold = spread(((const type *)walk->thresholds)[node]);                        \
        for (int k = 0; k < TILES; k++)                                                          \
            out[k] = _mm256_blendv_epi8(                                                         \
                left[k], right[k],                                                               \
                above(load((const type *)walk->tiles[k] + walk->features[node]), threshold));    \
    }

#define DEFINE_TREE(width, type, spread, above)                                                  \
    ALWAYS void leaf##width(words *out, const struct walk *walk, int node)                       \
    {                                                                                            \
        words leaf = spread(((const type *)walk->leaves)[node - INNER_NODES]);                   \
        for (int k = 0; k < TILES; k++)                                                          \
            out[k] = leaf;                                                                       \
    }                                                                                            \
    DEFINE_LEVEL(sixth##width, leaf##width, type, spread, above)                                 \
    DEFINE_LEVEL(fifth##width, sixth##width, type, spread, above)                                \
    DEFINE_LEVEL(fourth##width, fifth##width, type, spread, above)                               \
    DEFINE_LEVEL(third##width, fourth##width, type, spread, above)                               \
    DEFINE_LEVEL(second##width, third##width, type, spread, above)                               \
    DEFINE_LEVEL(first##width, second##width, type, spread, above)

DEFINE_TREE(16, int16_t, _mm256_set1_epi16, _mm256_cmpgt_epi16)
DEFINE_TREE(32, int32_t, splat, _mm256_cmpgt_epi32)

/* features, trees, depth (6), rows (a multiple of 64), words of features, thresholds and leaves.
 * Tiles hold sixteen rows feature by feature as int16; features are offsets into a tile. */
uint64_t avx2_forest_int16(int32_t *out, const int32_t *input, const int32_t *model)
{
    const words ones = _mm256_set1_epi16(1), zero = _mm256_setzero_si256();
    const size_t tile = (size_t)model[0] * 16;
    const int16_t *x = (const int16_t *)input;
    for (int32_t row = 0; row < model[3]; row += 16 * TILES, x += TILES * tile) {
        struct walk walk = {model + model[4], model + model[5], model + model[6], {0}};
        words low[TILES], high[TILES], leaf[TILES];
        for (int k = 0; k < TILES; k++) {
            walk.tiles[k] = x + (size_t)k * tile;
            low[k] = high[k] = zero;
        }
        for (int32_t tree = 0; tree < model[1]; tree++) {
            first16(leaf, &walk, 0);
            for (int k = 0; k < TILES; k++) {
                low[k] = _mm256_add_epi32(
                    low[k], _mm256_madd_epi16(_mm256_unpacklo_epi16(leaf[k], zero), ones));
                high[k] = _mm256_add_epi32(
                    high[k], _mm256_madd_epi16(_mm256_unpackhi_epi16(leaf[k], zero), ones));
            }
            walk.features += INNER_NODES;
            walk.thresholds = (const int16_t *)walk.thresholds + INNER_NODES;
            walk.leaves = (const int16_t *)walk.leaves + FOREST_LEAVES;
        }
        for (int k = 0; k < TILES; k++) {
            int32_t *sums = out + row + 16 * k;
            store(sums, _mm256_permute2x128_si256(low[k], high[k], 0x20));
            store(sums + LANES, _mm256_permute2x128_si256(low[k], high[k], 0x31));
        }
    }
    return SUCCESS;
}

/* Likewise with tiles of eight rows of int32; rows are a multiple of 32. */
uint64_t avx2_forest_int32(int32_t *out, const int32_t *input, const int32_t *model)
{
    const size_t tile = (size_t)model[0] * LANES;
    const int32_t *x = input;
    for (int32_t row = 0; row < model[3]; row += LANES * TILES, x += TILES * tile) {
        struct walk walk = {model + model[4], model + model[5], model + model[6], {0}};
        words sums[TILES], leaf[TILES];
        for (int k = 0; k < TILES; k++) {
            walk.tiles[k] = x + (size_t)k * tile;
            sums[k] = _mm256_setzero_si256();
        }
        for (int32_t tree = 0; tree < model[1]; tree++) {
            first32(leaf, &walk, 0);
            for (int k = 0; k < TILES; k++)
                sums[k] = _mm256_add_epi32(sums[k], leaf[k]);
            walk.features += INNER_NODES;
            walk.thresholds = (const int32_t *)walk.thresholds + INNER_NODES;
            walk.leaves = (const int32_t *)walk.leaves + FOREST_LEAVES;
        }
        for (int k = 0; k < TILES; k++)
            store(out + row + LANES * k, sums[k]);
    }
    return SUCCESS;
}
#endif
