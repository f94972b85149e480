/* How the learning rate goes over the epochs, as a share of the one that was asked for.
 */
#ifndef CORE_SCHEDULE_H
#define CORE_SCHEDULE_H

#include "core/tape.h"

typedef enum ScheduleKind {
    SCHEDULE_CONSTANT,
    SCHEDULE_STEP,    /* times factor after every `period` epochs */
    SCHEDULE_COSINE,  /* half a wave from 1 to the floor over all epochs */
    SCHEDULE_PLATEAU, /* times factor after `period` epochs in a row without improvement */
} ScheduleKind;

typedef struct ScheduleOptions {
    ScheduleKind kind;
    size_t period; /* >= 1 */
    real factor;   /* 0 < factor < 1 */
    real floor;    /* cosine, plateau: the lowest share, 0 <= floor < 1 */
} ScheduleOptions;

typedef struct Schedule {
    ScheduleOptions options;
    size_t epochs;  /* of the whole training */
    real share;     /* plateau: of the learning rate, now */
    real best;      /* plateau: the lowest loss that counted */
    size_t stalled; /* plateau: epochs in a row without improvement */
} Schedule;

/* epochs is how many the training may have. */
Schedule schedule_new(const ScheduleOptions *options, size_t epochs);

/* Takes up the loss of the network after `epoch` epochs: of the validation rows where there are
 * such, else of the training rows. */
void schedule_note(Schedule *schedule, size_t epoch, real loss);

/* The share of the learning rate for the updates that follow `epoch` epochs. */
real schedule_share(const Schedule *schedule, size_t epoch);

/* Its state, without what the options say. */
void schedule_tape(Schedule *schedule, Tape *tape);

#endif
