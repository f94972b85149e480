/* How long an optimiser of the core takes to a given training error.
 * usage: reach OPTIMIZER FILE ROWS FEATURES HIDDEN BATCH EPOCHS; for each mean squared error on the
 * standard input it trains anew, at most EPOCHS epochs, and prints the build, the seconds of its
 * processor, the epochs and the mean squared error. */
#include "core/build.h"
#include "core/train.h"
#include "tests/bench/descent.h"

static TrainEnd end_at(void *context, const TrainProgress *progress)
{
    const double *target = context;
    return progress->train_loss <= *target ? TRAIN_CANCELLED : TRAIN_GOES_ON;
}

static TrainOptions options_of(const Problem *problem, const OptRule *rule)
{
    return (TrainOptions){.hidden_count = 1,
                          .hidden = {problem->hidden},
                          .activation = act_find("tanh"),
                          .optimizer = rule,
                          .opt = {.learning_rate = rule->learning_rate,
                                  .beta1 = 0.9,
                                  .beta2 = 0.999,
                                  .epsilon = 1e-8,
                                  .decay = 0.99},
                          .epochs = problem->epochs,
                          .patience = 1};
}

static void reach(const Problem *problem, const OptRule *rule, double target)
{
    TrainOptions options = options_of(problem, rule);
    TrainHooks hooks = {.context = &target, .epoch = end_at};
    Net *initial = descent_net(problem);
    Data *data = descent_data(problem);
    Trainer *trainer;
    double began = contest_processor_seconds();
    Outcome outcome = trainer_new_take(&options, initial, &trainer, data);
    contest_need(outcome == OUTCOME_OK ? trainer : NULL, "training");
    (void)!trainer_run(trainer, &hooks);
    double took = contest_processor_seconds() - began;
    TrainProgress end = trainer_progress(trainer);
    printf("%s %.17g %zu %.17g\n", core_build(), took, end.epoch, end.train_loss);
    fflush(stdout);
    trainer_free(trainer);
    net_free(initial);
}

int main(int argc, char **argv)
{
    Problem problem = contest_problem(argc - 1, argv + 1);
    const OptRule *rule = contest_need((void *)opt_find(argv[1]), "such optimizer");
    double target;
    while (scanf("%lf", &target) == 1)
        reach(&problem, rule, target);
    return 0;
}
