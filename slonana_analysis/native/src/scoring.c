#include "scoring.h"

#include "random.h"
#include "stage.h"

static int32_t between(struct random *random, int32_t low, int32_t high)
{
    return low + (int32_t)random_below(random, (uint64_t)(high - low) + 1);
}

/* The tree of the validator's benchmark with random leaves. */
static void build_tree(struct tree_node *nodes, struct random *random)
{
    for (int16_t i = 0; i < TREE_NODES; i++) {
        if (i < TREE_NODES / 2)
            nodes[i] = (struct tree_node){
                .feature = i % TREE_FEATURES,
                .left = (int16_t)(2 * i + 1),
                .right = (int16_t)(2 * i + 2),
                .threshold = 5000 + 100 * i,
            };
        else
            nodes[i] = (struct tree_node){
                .feature = -1,
                .left = -1,
                .right = -1,
                .leaf_value = between(random, -10000, 10000),
            };
    }
}

static void draw_layer(struct random *random, int16_t *weights, int32_t *bias, size_t rows)
{
    for (size_t i = 0; i < rows * WIDTH; i++)
        weights[i] = (int16_t)between(random, -16384, 16384);
    for (size_t i = 0; i < rows; i++)
        bias[i] = between(random, -1000, 1000);
}

void build_model(struct model *model, uint64_t seed)
{
    struct random random = {seed};
    build_tree(model->nodes, &random);
    for (size_t i = 0; i < HIDDEN_LAYERS; i++)
        draw_layer(&random, model->hidden_weights[i], model->hidden_bias[i], WIDTH);
    draw_layer(&random, model->output_weights, model->output_bias, LANES);
}

STAGE static int32_t classify_by_tree(const struct model *model, const int32_t *features)
{
    int32_t value = 0;
    decision_tree(features, TREE_FEATURES, model->nodes, TREE_NODES, TREE_LEVELS, &value);
    return value;
}

STAGE static void run_dense_layer(int32_t *out, const int32_t *values, const int16_t *weights,
                                  const int32_t *bias, size_t rows)
{
    dense_forward(out, values, weights, bias, rows, WIDTH);
}

STAGE static void rectify(int32_t *values)
{
    relu_in_place(values, WIDTH);
}

STAGE size_t choose_lane(const struct model *model, const int32_t features[WIDTH])
{
    int32_t hidden[HIDDEN_LAYERS][WIDTH], lanes[LANES];
    for (size_t i = 0; i < HIDDEN_LAYERS; i++) {
        run_dense_layer(hidden[i], i == 0 ? features : hidden[i - 1], model->hidden_weights[i],
                        model->hidden_bias[i], WIDTH);
        rectify(hidden[i]);
    }
    run_dense_layer(lanes, hidden[HIDDEN_LAYERS - 1], model->output_weights, model->output_bias,
                    LANES);
    lanes[0] += classify_by_tree(model, features);
    return argmax(lanes, LANES);
}
