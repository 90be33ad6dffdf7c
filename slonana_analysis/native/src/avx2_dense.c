/* Dense layers and networks in AVX2, for the pointer that all kernels are called by. */
#if defined(__AVX2__) && defined(__FMA__)
#include "avx2_activations.h"
#include "avx2_dense.h"
#include "avx2_dense_double.h"
#include "avx2_softmax.h"

/* Returns whether whole groups of outputs are in `next`, unless that is null. */
ALWAYS int layer(int32_t *out, struct narrow *next, const int16_t *x, words largest,
                 const int32_t *model, size_t columns)
{
    const size_t rows = (size_t)model[ROWS];
    if (within(largest, model[BOUND_OF_2]))
        in_parts(out, next, x, model, rows, columns, 2, 0);
    else if (within(largest, model[BOUND_OF_4]))
        in_parts(out, next, x, model, rows, columns, 4, 0);
    else if (within(largest, model[BOUND_OF_8]))
        in_parts(out, next, x, model, rows, columns, 8, 1);
    else
        return 0;
    return 1;
}

/* For each of the widths that there are, filled up, code of its own: what does not fit int16, and
 * a layer among others, whose inputs were narrowed by the one before it. */
#define OF_COLUMNS(columns)                                                                        \
    static __attribute__((noinline)) void wide_of_##columns(int32_t *out, const int32_t *input,    \
                                                            words largest, const int32_t *model)   \
    {                                                                                              \
        const size_t rows = (size_t)model[ROWS];                                                   \
        if (within(largest, model[LIMB_BOUND]))                                                    \
            in_two_limbs(out, input, model, rows, columns);                                        \
        else                                                                                       \
            in_doubles(out, input, model, rows, columns);                                          \
    }                                                                                              \
    static __attribute__((noinline)) int chained_of_##columns(                                     \
        int32_t *out, struct narrow *next, const int32_t *input, const struct narrow *inputs,     \
        const int32_t *model)                                                                      \
    {                                                                                              \
        int done = layer(out, next, inputs->x, inputs->largest, model, columns);                   \
        if (!done)                                                                                 \
            wide_of_##columns(out, input, inputs->largest, model);                                 \
        return done;                                                                               \
    }

OF_COLUMNS(16)
OF_COLUMNS(32)
OF_COLUMNS(48)
OF_COLUMNS(64)

static __attribute__((noinline)) int chained(int32_t *out, struct narrow *next,
                                             const int32_t *input, const struct narrow *inputs,
                                             const int32_t *model)
{
    if (model[COLUMNS] == 32)
        return chained_of_32(out, next, input, inputs, model);
    if (model[COLUMNS] == 64)
        return chained_of_64(out, next, input, inputs, model);
    if (model[COLUMNS] == 16)
        return chained_of_16(out, next, input, inputs, model);
    return chained_of_48(out, next, input, inputs, model);
}

/* Inputs that stay in registers, for the layers that are measured alone. */
#define ALONE(columns)                                                                             \
    {                                                                                              \
        int16_t x[MAX_NEURONS] __attribute__((aligned(64)));                                       \
        words largest = narrow_inputs(x, input, columns);                                          \
        if (!layer(out, 0, x, largest, model, columns))                                            \
            wide_of_##columns(out, input, largest, model);                                         \
    }

/* Inputs and outputs in whole vectors: `columns` readable, `rows` writable words. */
uint64_t avx2_dense(int32_t *out, const int32_t *input, const int32_t *model)
{
    if (model[COLUMNS] == 32) {
        ALONE(32)
    } else if (model[COLUMNS] == 64) {
        ALONE(64)
    } else {
        struct narrow inputs, unused;
        inputs.largest = narrow_inputs(inputs.x, input, (size_t)model[COLUMNS]);
        chained(out, &unused, input, &inputs, model);
    }
    return SUCCESS;
}

uint64_t avx2_dense_double(int32_t *out, const int32_t *input, const int32_t *model)
{
    const size_t rows = (size_t)model[ROWS];
    if (model[COLUMNS] == 32)
        in_doubles(out, input, model, rows, 32);
    else
        in_doubles(out, input, model, rows, (size_t)model[COLUMNS]);
    return SUCCESS;
}

/* In place, over whole blocks; what lies past the values meets weights that are zero. */
static void activate_blocks(int32_t *values, size_t count, int32_t kind)
{
    for (size_t i = 0; i < count; i += BLOCK) {
        words a = load(values + i), b = load(values + i + LANES);
        if (kind == SIGMOID) {
            store_widened(values + i, sigmoids(a, b), zeros());
        } else if (kind == TANH) {
            words t = tanhs(a, b);
            store_widened(values + i, t, _mm256_srai_epi16(t, 15));
        } else if (kind == LEAKY_RELU) {
            store(values + i, leaking(a));
            store(values + i + LANES, leaking(b));
        }
    }
}

/* Rectifiers are part of their layers. */
static void activate_wide(int32_t *values, size_t count, int32_t kind)
{
    if (kind != SOFTMAX)
        activate_blocks(values, count, kind);
    else if (!(count == LANES && softmax_of_eight(values, load(values))) &&
             !(count > 0 && count <= MAX_OUTPUTS &&
               softmax_of_up_to_sixteen(values, values, (int32_t)count)))
        softmax(values, values, count);
}

/* Layers, width of the last; then for each layer the word at which its model begins, its activation
 * and its width. Whole groups of 32 outputs are narrowed as they are computed. */
uint64_t avx2_mlp(int32_t *out, const int32_t *input, const int32_t *model)
{
    int32_t buffers[2][MAX_NEURONS] __attribute__((aligned(64)));
    struct narrow narrows[2];
    const int32_t *values = input, *each = model + LINE;
    const int32_t last = model[0] - 1;
    narrows->largest = narrow_inputs(narrows->x, input, (size_t)model[each[0] + COLUMNS]);
    for (int32_t i = 0; i <= last; i++, each += LANES) {
        const int32_t *dense = model + each[0], kind = each[1];
        int32_t *to = buffers[i & 1];
        struct narrow *next = narrows + (~i & 1);
        const size_t rows = (size_t)dense[ROWS];
        const int narrowed = chained(to, next, values, narrows + (i & 1), dense);
        if (rows % BLOCK)
            store(to + rows, zeros());
        if (kind > RELU)
            activate_wide(to, (size_t)each[2], kind);
        if (i < last && !(narrowed && kind <= RELU && rows % (GROUP * LANES) == 0))
            next->largest = narrow_inputs(next->x, to, (rows + LANES) & -(size_t)BLOCK);
        values = to;
    }
    int32_t width = model[1] < MAX_OUTPUTS ? model[1] : MAX_OUTPUTS;
    if (width == LANES)
        store(out, load(values));
    else
        for (int32_t i = 0; i < width; i++)
            out[i] = values[i];
    return SUCCESS;
}
#endif
