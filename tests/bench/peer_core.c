/* backpropd's core in the contest, in the build that the loader finds. */
#include "core/build.h"
#include "tests/bench/descent.h"

int main(int argc, char **argv)
{
    Problem problem = contest_problem(argc, argv);
    Descent descent = descent_new(&problem, NULL);
    contest(&problem,
            &(Contestant){core_build(), &descent, descent_epoch, descent_loss});
    return 0;
}
