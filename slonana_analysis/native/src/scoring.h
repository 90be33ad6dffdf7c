/* Which transactions come first: the validator's inference over a few facts about each. */
#ifndef SLONANA_SCORING_H
#define SLONANA_SCORING_H

#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

enum {
    TREE_FEATURES = 8,
    TREE_NODES = 31,
    TREE_LEVELS = 5,
    WIDTH = 64, /* features, and neurons of a hidden layer */
    HIDDEN_LAYERS = 2,
    LANES = 4,
};

struct model {
    struct tree_node nodes[TREE_NODES];
    int16_t hidden_weights[HIDDEN_LAYERS][WIDTH * WIDTH];
    int32_t hidden_bias[HIDDEN_LAYERS][WIDTH];
    int16_t output_weights[LANES * WIDTH];
    int32_t output_bias[LANES];
};

void build_model(struct model *model, uint64_t seed);

/* The lane of a transaction, 0 being the most urgent. The first TREE_FEATURES of the features
 * also go through the tree. */
size_t choose_lane(const struct model *model, const int32_t features[WIDTH]);

#endif
