/* A reference run of PyTorch, as tests/golden/<name>.json holds it. */
#ifndef TESTS_CORE_GOLDEN_H
#define TESTS_CORE_GOLDEN_H

#include "core/train.h"

typedef struct Golden {
    TrainOptions options;
    Data *data;
    Net *initial, *final;
    real *loss; /* (loss_count): loss[k] after k epochs */
    size_t loss_count;
    real *predictions; /* (rows, outputs), of the final network */
} Golden;

/* The run of that name; asserts that it can be read. */
Golden golden_load(const char *name);
void golden_free(Golden *golden);

#endif
