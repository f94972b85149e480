/* The team of one. */
#include "core/team.h"

static void run_alone(void *context, size_t tasks, TeamTask *task, void *argument)
{
    (void)context;
    for (size_t i = 0; i < tasks; i++) {
        task(argument, i, 0);
    }
}

Team team_or_alone(const Team *lent)
{
    return lent != NULL ? *lent : (Team){.workers = 1, .run = run_alone};
}
