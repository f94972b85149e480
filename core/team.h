/* Threads that the core may use, lent by its caller: the core itself starts none. What is computed
 * does not depend on who helps, or on how many do.
 */
#ifndef CORE_TEAM_H
#define CORE_TEAM_H

#include "core/real.h"

/* Task i of several, on one of the team's workers. */
typedef void TeamTask(void *argument, size_t i, size_t worker);

typedef struct Team {
    void *context;
    size_t workers; /* >= 1: the caller and who may help */
    /* Calls task(argument, i, worker) once for each i < tasks, and returns when all have returned.
     * Calls may overlap if their workers differ; each worker is < workers, and < tasks;
     * 0 is the caller. */
    void (*run)(void *context, size_t tasks, TeamTask *task, void *argument);
} Team;

/* What was lent, or where that is NULL the caller's thread alone. */
Team team_or_alone(const Team *lent);

#endif
