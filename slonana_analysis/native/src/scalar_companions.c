/* Plain C behind the pointer that all kernels are called by.
 *
 * A model begins with a line of sixteen words, which every function names below; companions.py
 * packs them.
 */
#include "calls.h"
#include "inference.h"

enum { LINE = 16 };

/* length */
uint64_t scalar_relu(int32_t *out, const int32_t *input, const int32_t *model)
{
    relu(out, input, (size_t)model[0]);
    return SUCCESS;
}

uint64_t scalar_leaky_relu(int32_t *out, const int32_t *input, const int32_t *model)
{
    leaky_relu(out, input, (size_t)model[0]);
    return SUCCESS;
}

uint64_t scalar_sigmoid(int32_t *out, const int32_t *input, const int32_t *model)
{
    sigmoid(out, input, (size_t)model[0]);
    return SUCCESS;
}

uint64_t scalar_tanh(int32_t *out, const int32_t *input, const int32_t *model)
{
    tanh_fixed(out, input, (size_t)model[0]);
    return SUCCESS;
}

uint64_t scalar_softmax(int32_t *out, const int32_t *input, const int32_t *model)
{
    softmax(out, input, (size_t)model[0]);
    return SUCCESS;
}

uint64_t scalar_argmax(int32_t *out, const int32_t *input, const int32_t *model)
{
    *out = (int32_t)argmax(input, (size_t)model[0]);
    return SUCCESS;
}

/* rows, columns, word of the bias, word of the weights */
uint64_t scalar_dense(int32_t *out, const int32_t *input, const int32_t *model)
{
    dense_forward(out, input, (const int16_t *)(model + model[3]), model + model[2],
                  (size_t)model[0], (size_t)model[1]);
    return SUCCESS;
}

/* layers; then a struct layer each */
uint64_t scalar_mlp(int32_t *out, const int32_t *input, const int32_t *model)
{
    mlp_forward(out, input, model, (const struct layer *)(model + LINE), model[0]);
    return SUCCESS;
}

/* features, nodes, greatest depth, rows; then the nodes */
uint64_t scalar_tree(int32_t *out, const int32_t *input, const int32_t *model)
{
    return decision_tree(input, (size_t)model[0], (const struct tree_node *)(model + LINE),
                         (size_t)model[1], (uint32_t)model[2], out);
}

uint64_t scalar_tree_rows(int32_t *out, const int32_t *input, const int32_t *model)
{
    uint64_t failed = SUCCESS;
    for (int32_t i = 0; i < model[3]; i++) {
        uint64_t code = scalar_tree(out + i, input + (size_t)i * (size_t)model[0], model);
        failed = failed ? failed : code;
    }
    return failed;
}

/* features, trees, depth, rows, words of features, thresholds and leaves. Perfect trees, walked
 * without a branch. */
uint64_t scalar_forest(int32_t *out, const int32_t *input, const int32_t *model)
{
    const int32_t trees = model[1], depth = model[2];
    const int32_t inner = (1 << depth) - 1;
    for (int32_t row = 0; row < model[3]; row++) {
        const int32_t *values = input + (size_t)row * (size_t)model[0];
        const int32_t *features = model + model[4];
        const int32_t *thresholds = model + model[5];
        const int32_t *leaves = model + model[6];
        uint32_t sum = 0; /* wraps, as sums of vectors do */
        for (int32_t tree = 0; tree < trees; tree++) {
            int32_t node = 0;
            for (int32_t level = 0; level < depth; level++)
                node = 2 * node + 1 + (values[features[node]] > thresholds[node]);
            sum += (uint32_t)leaves[node - inner];
            features += inner;
            thresholds += inner;
            leaves += inner + 1;
        }
        out[row] = (int32_t)sum;
    }
    return SUCCESS;
}

/* features, trees, rows, word of the nodes; then each tree's first node. The walk that one
 * writes first: from node to node, with a branch at each. */
uint64_t scalar_forest_nodes(int32_t *out, const int32_t *input, const int32_t *model)
{
    for (int32_t row = 0; row < model[2]; row++) {
        const int32_t *values = input + (size_t)row * (size_t)model[0];
        uint32_t sum = 0;
        for (int32_t tree = 0; tree < model[1]; tree++) {
            const struct tree_node *nodes =
                (const struct tree_node *)(model + model[3]) + model[LINE + tree];
            const struct tree_node *node = nodes;
            while (node->feature >= 0)
                node = nodes + (values[node->feature] <= node->threshold ? node->left : node->right);
            sum += (uint32_t)node->leaf_value;
        }
        out[row] = (int32_t)sum;
    }
    return SUCCESS;
}
