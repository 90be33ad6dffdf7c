/* The kernels in C once over every input, for comparing results. */
#include "kernels.h"

void relu_rows(int32_t *out, const int32_t *inputs, size_t input_count, size_t width)
{
    for (size_t i = 0; i < input_count; i++)
        relu(out + i * width, inputs + i * width, width);
}

void dense_rows(int32_t *out, const int32_t *inputs, size_t input_count, const int16_t *weights,
                const int32_t *bias, size_t rows, size_t columns)
{
    for (size_t i = 0; i < input_count; i++)
        dense_forward(out + i * rows, inputs + i * columns, weights, bias, rows, columns);
}

void tree_rows(int64_t *codes, int32_t *values, const int32_t *inputs, size_t input_count,
               size_t feature_count, const struct tree_node *nodes, size_t node_count,
               uint32_t max_depth)
{
    for (size_t i = 0; i < input_count; i++)
        codes[i] = (int64_t)decision_tree(inputs + i * feature_count, feature_count, nodes,
                                          node_count, max_depth, values + i);
}

void multiply_rows(int32_t *out, const int32_t *a, const int32_t *b, size_t count, int32_t scale)
{
    for (size_t i = 0; i < count; i++)
        out[i] = fixed_multiply(a[i], b[i], scale);
}

void divide_rows(int32_t *out, const int32_t *a, const int32_t *b, size_t count, int32_t scale)
{
    for (size_t i = 0; i < count; i++)
        out[i] = fixed_divide(a[i], b[i], scale);
}
