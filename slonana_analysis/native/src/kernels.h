/* The validator's fixed-point inference, exactly as the validator computes it.
 *
 * Weights are Q15 (32768 is 1.0) and data is scaled by 10000; the two scales are independent.
 * Loops are written as the validator writes them, for the compiler to vectorise as it can:
 * what -O3 -march=native makes of plain C is the opponent that other kernels are compared with.
 * The one difference: a child that points past the last node is an error here (see decision_tree).
 */
#ifndef SLONANA_KERNELS_H
#define SLONANA_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
    MAX_NEURONS = 64,
    MAX_FEATURES = 64,
    MAX_OUTPUTS = 16,
    MAX_TREE_DEPTH = 32,
    MAX_TREE_NODES = 256,
};

enum {
    SUCCESS = 0,
    INVALID_INPUT_LENGTH = 1,
    INVALID_MODEL = 5,
    TREE_DEPTH_EXCEEDED = 6,
};

struct tree_node {
    int16_t feature; /* negative: a leaf */
    int16_t left;
    int16_t right;
    int16_t padding;
    int32_t threshold;
    int32_t leaf_value;
};

_Static_assert(sizeof(struct tree_node) == 16, "model files store nodes of 16 bytes");

static inline int32_t saturate(int64_t value)
{
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

static inline int32_t fixed_multiply(int32_t a, int32_t b, int32_t scale)
{
    return saturate((int64_t)a * b / scale);
}

static inline int32_t fixed_divide(int32_t a, int32_t b, int32_t scale)
{
    if (b == 0)
        return a >= 0 ? INT32_MAX : INT32_MIN;
    return saturate((int64_t)a * scale / b);
}

static inline void relu(int32_t *restrict out, const int32_t *restrict values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = values[i] > 0 ? values[i] : 0;
}

static inline void relu_in_place(int32_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = values[i] > 0 ? values[i] : 0;
}

/* The first maximum among the first MAX_OUTPUTS values; 0 for none. */
static inline size_t argmax(const int32_t *values, size_t count)
{
    size_t best = 0;
    size_t considered = count < MAX_OUTPUTS ? count : MAX_OUTPUTS;
    for (size_t i = 1; i < considered; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

/* Rows and columns past 64 are ignored, but a row of weights is `columns` wide all the same. */
static inline void dense_forward(int32_t *restrict out, const int32_t *restrict values,
                                 const int16_t *restrict weights, const int32_t *restrict bias,
                                 size_t rows, size_t columns)
{
    size_t used_rows = rows < MAX_NEURONS ? rows : MAX_NEURONS;
    size_t used_columns = columns < MAX_NEURONS ? columns : MAX_NEURONS;
    for (size_t i = 0; i < used_rows; i++) {
        const int16_t *row = weights + i * columns;
        int64_t sum = 0;
        for (size_t j = 0; j < used_columns; j++)
            sum += (int64_t)values[j] * row[j];
        out[i] = saturate((sum >> 15) + bias[i]);
    }
}

/* Writes `result` only on success. `max_depth` counts visited nodes. A negative child -k - 1 is
 * the value of node k, whatever that node is; the validator reads past its nodes when there is no
 * node k, this returns INVALID_MODEL. */
static inline uint64_t decision_tree(const int32_t *features, size_t feature_count,
                                     const struct tree_node *nodes, size_t node_count,
                                     uint32_t max_depth, int32_t *result)
{
    if (feature_count == 0 || feature_count > MAX_FEATURES)
        return INVALID_INPUT_LENGTH;
    if (node_count == 0 || node_count > MAX_TREE_NODES)
        return INVALID_MODEL;
    uint32_t depth = max_depth < MAX_TREE_DEPTH ? max_depth : MAX_TREE_DEPTH;
    size_t current = 0;
    for (uint32_t visited = 0; visited < depth; visited++) {
        if (current >= node_count)
            return INVALID_MODEL;
        const struct tree_node *node = nodes + current;
        if (node->feature < 0) {
            *result = node->leaf_value;
            return SUCCESS;
        }
        if ((size_t)node->feature >= feature_count)
            return INVALID_MODEL;
        int16_t child = features[node->feature] <= node->threshold ? node->left : node->right;
        if (child < 0) {
            size_t leaf = (size_t)(-(child + 1));
            if (leaf >= node_count)
                return INVALID_MODEL;
            *result = nodes[leaf].leaf_value;
            return SUCCESS;
        }
        current = (size_t)child;
    }
    return TREE_DEPTH_EXCEEDED;
}

#endif
