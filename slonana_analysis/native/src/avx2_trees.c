/* Trees and forests in AVX2: every comparison at once, then the way down by selection.
 *
 * A perfect tree of 31 nodes has 15 comparisons. For one row they are the lanes of two vectors; for
 * many rows each is a vector of eight or sixteen rows. Then loads are what runs out: a feature, a
 * threshold or a leaf for each of two to a cycle. So four tiles go through a tree at a time, for they
 * share the loads of thresholds and leaves.
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
    words row = _mm256_permutevar8x32_epi32(values, load(features));
    words above = _mm256_cmpgt_epi32(row, load(thresholds));
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

/* Two rows' four features, eight rows apart by four. */
ALWAYS words halves(const int32_t *row)
{
    words low = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)row));
    __m128i high = _mm_loadu_si128((const __m128i *)(row + 4 * FEATURES));
    return _mm256_inserti128_si256(low, high, 1);
}

/* Four features of eight rows become four columns. */
ALWAYS void transpose_four(int32_t *columns, const int32_t *rows)
{
    words a = halves(rows), b = halves(rows + FEATURES);
    words c = halves(rows + 2 * FEATURES), d = halves(rows + 3 * FEATURES);
    words ab = _mm256_unpacklo_epi32(a, b), cd = _mm256_unpacklo_epi32(c, d);
    store(columns, _mm256_unpacklo_epi64(ab, cd));
    store(columns + LANES, _mm256_unpackhi_epi64(ab, cd));
    ab = _mm256_unpackhi_epi32(a, b);
    cd = _mm256_unpackhi_epi32(c, d);
    store(columns + 2 * LANES, _mm256_unpacklo_epi64(ab, cd));
    store(columns + 3 * LANES, _mm256_unpackhi_epi64(ab, cd));
}

ALWAYS void transpose(int32_t *columns, const int32_t *rows)
{
    transpose_four(columns, rows);
    transpose_four(columns + 4 * LANES, rows + 4);
}

/* The same place in four tiles. */
struct four {
    words a, b, c, d;
};

ALWAYS struct four all(int32_t word)
{
    words value = held(splat(word));
    return (struct four){value, value, value, value};
}

/* Selections from the leaves up, written out by recursion, the left side first: few results wait
 * for their sibling, so they stay in registers. S(k, left, right) selects at node k, L(k) is a leaf.
 */
#define NODE1(S, L, k) S(k, L(2 * (k) + 1), L(2 * (k) + 2))
#define NODE2(S, L, k) S(k, NODE1(S, L, 2 * (k) + 1), NODE1(S, L, 2 * (k) + 2))
#define NODE3(S, L, k) S(k, NODE2(S, L, 2 * (k) + 1), NODE2(S, L, 2 * (k) + 2))
#define NODE4(S, L, k) S(k, NODE3(S, L, 2 * (k) + 1), NODE3(S, L, 2 * (k) + 2))
#define NODE5(S, L, k) S(k, NODE4(S, L, 2 * (k) + 1), NODE4(S, L, 2 * (k) + 2))
#define NODE6(S, L, k) S(k, NODE5(S, L, 2 * (k) + 1), NODE5(S, L, 2 * (k) + 2))

/* Where the four tiles begin, in elements from the first. */
struct places {
    size_t b, c, d;
};

ALWAYS words above32(words left, words right, const int32_t *x, words limit)
{
    return held(chosen(left, right, _mm256_cmpgt_epi32(load(x), limit)));
}

ALWAYS struct four select32(const int32_t *x, struct places to, int32_t threshold,
                            struct four left, struct four right)
{
    words limit = splat(threshold);
    return (struct four){
        above32(left.a, right.a, x, limit),
        above32(left.b, right.b, x + to.b, limit),
        above32(left.c, right.c, x + to.c, limit),
        above32(left.d, right.d, x + to.d, limit),
    };
}

ALWAYS words above16(words left, words right, const int16_t *x, words limit)
{
    return held(chosen(left, right, _mm256_cmpgt_epi16(load(x), limit)));
}

ALWAYS struct four select16(const int16_t *x, struct places to, int32_t threshold,
                            struct four left, struct four right)
{
    words limit = splat(threshold);
    return (struct four){
        above16(left.a, right.a, x, limit),
        above16(left.b, right.b, x + to.b, limit),
        above16(left.c, right.c, x + to.c, limit),
        above16(left.d, right.d, x + to.d, limit),
    };
}

enum { TILES = 4, TILE = FEATURES * LANES };

#define TREE_SELECT(k, left, right)                                                                \
    select32(columns + tree->features[k] * LANES, to, tree->thresholds[k], left, right)
#define TREE_LEAF(k) all(tree->leaves[(k) - INNER])

/* features (8), nodes, greatest depth, rows (a multiple of 32). */
uint64_t avx2_tree_rows(int32_t *out, const int32_t *input, const int32_t *model)
{
    const struct perfect_tree *tree = (const struct perfect_tree *)(model + LINE);
    const struct places to = {TILE, 2 * TILE, 3 * TILE};
    int32_t columns[TILES * TILE] __attribute__((aligned(64)));
    for (int32_t i = 0; i < model[3]; i += TILES * LANES) {
        UNROLL for (int32_t tile = 0; tile < TILES; tile++)
            transpose(columns + tile * TILE, input + i * FEATURES + tile * TILE);
        struct four leaves = NODE4(TREE_SELECT, TREE_LEAF, 0);
        store(out + i, leaves.a);
        store(out + i + LANES, leaves.b);
        store(out + i + 2 * LANES, leaves.c);
        store(out + i + 3 * LANES, leaves.d);
    }
    return SUCCESS;
}

enum { DEPTH = 6, FOREST_INNER = (1 << DEPTH) - 1, FOREST_LEAVES = 1 << DEPTH };

/* Four tiles from `first` on; past the last one, the last one again. */
struct tiles {
    size_t a, b, c, d;
};

ALWAYS struct tiles four_tiles(size_t first, size_t count)
{
    const size_t last = count - 1;
    return (struct tiles){first, first + 1 < last ? first + 1 : last,
                          first + 2 < last ? first + 2 : last, first + 3 < last ? first + 3 : last};
}

ALWAYS struct places places_of(struct tiles t, size_t size)
{
    return (struct places){(t.b - t.a) * size, (t.c - t.a) * size, (t.d - t.a) * size};
}

#define SELECT16(k, left, right) select16(x + features[k], to, thresholds[k], left, right)
#define SELECT32(k, left, right) select32(x + features[k], to, thresholds[k], left, right)
#define LEAF(k) all(leaves[(k) - FOREST_INNER])

/* Sums of int16 leaves: those of even rows, and those of odd ones. */
struct sums {
    words even, odd;
};

ALWAYS void add_leaves(struct sums *sums, words leaves)
{
    words even = _mm256_srai_epi32(_mm256_slli_epi32(leaves, 16), 16);
    sums->even = _mm256_add_epi32(sums->even, even);
    sums->odd = _mm256_add_epi32(sums->odd, _mm256_srai_epi32(leaves, 16));
}

ALWAYS void store_sums(int32_t *out, struct sums sums)
{
    words low = _mm256_unpacklo_epi32(sums.even, sums.odd);
    words high = _mm256_unpackhi_epi32(sums.even, sums.odd);
    store(out, _mm256_permute2x128_si256(low, high, 0x20));
    store(out + LANES, _mm256_permute2x128_si256(low, high, 0x31));
}

/* features, trees, depth (6), rows (whole tiles), words of features, thresholds and leaves.
 * Tiles hold sixteen rows feature by feature as int16; features are offsets into a tile; thresholds
 * and leaves stand twice in their word, for 32 bits are spread by the load and 16 are not. */
uint64_t avx2_forest_int16(int32_t *out, const int32_t *input, const int32_t *model)
{
    if (model[2] != DEPTH)
        return INVALID_MODEL;
    const size_t size = (size_t)model[0] * 16, count = (size_t)model[3] / 16;
    for (size_t tile = 0; tile < count; tile += TILES) {
        const struct tiles t = four_tiles(tile, count);
        const struct places to = places_of(t, size);
        const int16_t *x = (const int16_t *)input + tile * size;
        const int32_t *features = model + model[4], *thresholds = model + model[5];
        const int32_t *leaves = model + model[6];
        struct sums a = {zeros(), zeros()}, b = a, c = a, d = a;
        for (int32_t tree = 0; tree < model[1]; tree++) {
            struct four reached = NODE6(SELECT16, LEAF, 0);
            add_leaves(&a, reached.a);
            add_leaves(&b, reached.b);
            add_leaves(&c, reached.c);
            add_leaves(&d, reached.d);
            features += FOREST_INNER;
            thresholds += FOREST_INNER;
            leaves += FOREST_LEAVES;
        }
        store_sums(out + t.a * 16, a);
        store_sums(out + t.b * 16, b);
        store_sums(out + t.c * 16, c);
        store_sums(out + t.d * 16, d);
    }
    return SUCCESS;
}

/* Likewise with tiles of eight rows of int32. */
uint64_t avx2_forest_int32(int32_t *out, const int32_t *input, const int32_t *model)
{
    if (model[2] != DEPTH)
        return INVALID_MODEL;
    const size_t size = (size_t)model[0] * LANES, count = (size_t)model[3] / LANES;
    for (size_t tile = 0; tile < count; tile += TILES) {
        const struct tiles t = four_tiles(tile, count);
        const struct places to = places_of(t, size);
        const int32_t *x = input + tile * size;
        const int32_t *features = model + model[4], *thresholds = model + model[5];
        const int32_t *leaves = model + model[6];
        words a = zeros(), b = zeros(), c = zeros(), d = zeros();
        for (int32_t tree = 0; tree < model[1]; tree++) {
            struct four reached = NODE6(SELECT32, LEAF, 0);
            a = _mm256_add_epi32(a, reached.a);
            b = _mm256_add_epi32(b, reached.b);
            c = _mm256_add_epi32(c, reached.c);
            d = _mm256_add_epi32(d, reached.d);
            features += FOREST_INNER;
            thresholds += FOREST_INNER;
            leaves += FOREST_LEAVES;
        }
        store(out + t.a * LANES, a);
        store(out + t.b * LANES, b);
        store(out + t.c * LANES, c);
        store(out + t.d * LANES, d);
    }
    return SUCCESS;
}
#endif
