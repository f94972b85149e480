/* FANN in the contest, in double precision, full batch only (it has no smaller ones). Its symmetric
 * sigmoid with steepness 1 is tanh; its gradient is the mean over the rows of error times slope,
 * half of that of the mean squared error, so its learning rate is twice ours. */
#include "tests/bench/contest.h"

#include <doublefann.h>
#include <string.h>

typedef struct Fann {
    struct fann *net;
    struct fann_train_data *data;
} Fann;

static void epoch(void *context)
{
    Fann *fann = context;
    fann_train_epoch(fann->net, fann->data);
}

static double loss(void *context)
{
    Fann *fann = context;
    double sum = 0;
    for (unsigned i = 0; i < fann->data->num_data; i++) {
        double error = fann_run(fann->net, fann->data->input[i])[0] - fann->data->output[i][0];
        sum += error * error;
    }
    return sum / fann->data->num_data;
}

/* FANN keeps the weights into a neuron together, its bias last. */
static void set_weights(struct fann *net, const Problem *p)
{
    size_t features = p->features, hidden = p->hidden;
    fann_type *to = net->weights;
    for (size_t h = 0; h < hidden; h++)
        for (size_t f = 0; f <= features; f++)
            *to++ = p->parameters[f * hidden + h];
    memcpy(to, p->parameters + (features + 1) * hidden, (hidden + 1) * sizeof *to);
}

static struct fann *make_net(const Problem *p)
{
    struct fann *net = contest_need(
        fann_create_standard(3, (unsigned)p->features, (unsigned)p->hidden, 1), "memory");
    fann_set_training_algorithm(net, FANN_TRAIN_BATCH);
    fann_set_train_error_function(net, FANN_ERRORFUNC_LINEAR);
    fann_set_activation_function_hidden(net, FANN_SIGMOID_SYMMETRIC);
    fann_set_activation_function_output(net, FANN_LINEAR);
    fann_set_activation_steepness_hidden(net, 1);
    fann_set_activation_steepness_output(net, 1);
    fann_set_learning_rate(net, 0.02F);
    set_weights(net, p);
    return net;
}

int main(int argc, char **argv)
{
    Problem p = contest_problem(argc, argv);
    if (p.batch != p.rows) {
        fprintf(stderr, "bench: FANN has no batches but the whole set\n");
        return 2;
    }
    struct fann_train_data *data = contest_need(
        fann_create_train((unsigned)p.rows, (unsigned)p.features, 1), "memory");
    for (size_t i = 0; i < p.rows; i++) {
        const double *row = p.data + i * (p.features + 1);
        memcpy(data->input[i], row, p.features * sizeof *row);
        data->output[i][0] = row[p.features];
    }
    contest(&p, &(Contestant){"fann", &(Fann){make_net(&p), data}, epoch, loss});
    return 0;
}
