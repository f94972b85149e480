/* One training of one job on one thread: clock, history buffer, stop flag, and the end.
 */
#ifndef WORKER_TRAINING_H
#define WORKER_TRAINING_H

#include "services.h"

/* Trains a claimed job to its end, or until the daemon stops, and stores what became of it. */
void training_run(Services *services, Job *job);

#endif
