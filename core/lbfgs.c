/* L-BFGS (Liu and Nocedal, 1989). An Lbfgs owns its history and scratch. Trials are made on a
 * network of its own, so that the one that is trained changes only when a step is taken.
 */
#include "core/lbfgs.h"

#include "core/linesearch.h"
#include "core/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Lbfgs {
    size_t count;                /* parameters */
    size_t pairs;                /* steps in the history */
    size_t next;                 /* the place of the next one: they go round */
    real *numbers;               /* owned: the arrays of history and direction */
    real *step[LBFGS_HISTORY];   /* s = x[k+1] - x[k] */
    real *change[LBFGS_HISTORY]; /* y = the same of the gradient */
    real *direction;
    Net *trial;     /* owned; where the objective was looked at last */
    real *gradient; /* owned; there */
    real loss;      /* likewise */
    real at;        /* the step along the direction that it was at */
};

Lbfgs *lbfgs_new(const Net *shape)
{
    const size_t count = shape->parameter_count;
    Lbfgs *b = calloc(1, sizeof *b);
    if (b == NULL || count > SIZE_MAX / (2 * LBFGS_HISTORY + 1)) {
        free(b);
        return NULL;
    }
    b->count = count;
    b->numbers = mat_zeros((2 * LBFGS_HISTORY + 1) * count);
    b->trial = net_copy(shape);
    b->gradient = mat_zeros(count);
    if (b->numbers == NULL || b->trial == NULL || b->gradient == NULL) {
        lbfgs_free(b);
        return NULL;
    }
    b->direction = b->numbers;
    for (size_t i = 0; i < LBFGS_HISTORY; i++) {
        b->step[i] = b->numbers + (2 * i + 1) * count;
        b->change[i] = b->numbers + (2 * i + 2) * count;
    }
    return b;
}

void lbfgs_free(Lbfgs *b)
{
    if (b != NULL) {
        free(b->numbers);
        net_free(b->trial);
        free(b->gradient);
        free(b);
    }
}

/* The place of the pair so many steps ago, 0 being the last. */
static size_t place(const Lbfgs *b, size_t ago)
{
    return (b->next + LBFGS_HISTORY - 1 - ago) % LBFGS_HISTORY;
}

/* direction = -H g by the two loops of algorithm 7.4, H[0] = (s.y / y.y) I of the last pair. */
static void find_direction(Lbfgs *b, const real *gradient)
{
    real alpha[LBFGS_HISTORY];
    const size_t n = b->count;
    real *d = b->direction;
    for (size_t i = 0; i < n; i++) {
        d[i] = -gradient[i];
    }
    for (size_t ago = 0; ago < b->pairs; ago++) {
        const real *s = b->step[place(b, ago)], *y = b->change[place(b, ago)];
        alpha[ago] = vec_dot(n, s, d) / vec_dot(n, s, y);
        vec_add(n, -alpha[ago], y, d);
    }
    if (b->pairs > 0) {
        const real *s = b->step[place(b, 0)], *y = b->change[place(b, 0)];
        const real scale = vec_dot(n, s, y) / vec_dot(n, y, y);
        for (size_t i = 0; i < n; i++) {
            d[i] *= scale;
        }
    }
    for (size_t ago = b->pairs; ago-- > 0;) {
        const real *s = b->step[place(b, ago)], *y = b->change[place(b, ago)];
        vec_add(n, alpha[ago] - vec_dot(n, y, d) / vec_dot(n, s, y), s, d);
    }
}

/* What a line search looks at. */
typedef struct Ray {
    Lbfgs *lbfgs;
    const Objective *objective;
} Ray;

static TrainEnd evaluate(void *context, LinePoint *point)
{
    const Ray *ray = context;
    Lbfgs *b = ray->lbfgs;
    const Objective *o = ray->objective;
    memcpy(b->trial->parameters, o->net->parameters, b->count * sizeof(real));
    vec_add(b->count, point->step, b->direction, b->trial->parameters);
    const TrainEnd end = objective_at(o, b->trial, b->gradient, &b->loss);
    if (end == TRAIN_GOES_ON) {
        b->at = point->step;
        point->value = b->loss + o->l2 * objective_squares(o, b->trial);
        point->slope = vec_dot(b->count, b->gradient, b->direction);
    }
    return end;
}

/* Keeps the step to the trial and what it did to the gradient, unless the two say nothing of a
 * minimum. */
static void remember(Lbfgs *b, const Objective *o)
{
    real *s = b->step[b->next], *y = b->change[b->next];
    for (size_t i = 0; i < b->count; i++) {
        s[i] = b->trial->parameters[i] - o->net->parameters[i];
        y[i] = b->gradient[i] - o->gradient[i];
    }
    const real curvature = vec_dot(b->count, s, y);
    const real square = vec_dot(b->count, y, y);
    if (curvature > DBL_EPSILON * square && isfinite(square) && square > 0) {
        b->next = (b->next + 1) % LBFGS_HISTORY;
        b->pairs = b->pairs < LBFGS_HISTORY ? b->pairs + 1 : LBFGS_HISTORY;
    }
}

/* Puts the network where the trial is; loss and gradient are known there. */
static void take(Lbfgs *b, Objective *o)
{
    memcpy(o->net->parameters, b->trial->parameters, b->count * sizeof(real));
    memcpy(o->gradient, b->gradient, b->count * sizeof(real));
    o->loss = b->loss;
}

/* Searches along the direction of the history as it is; *moved where that led to a lower value. */
static TrainEnd try_direction(Lbfgs *b, Objective *o, int *moved)
{
    Ray ray = {b, o};
    const Line line = {.context = &ray, .evaluate = evaluate};
    LinePoint found;
    find_direction(b, o->gradient);
    const LinePoint start = {.value = o->loss + o->l2 * objective_squares(o, o->net),
                             .slope = vec_dot(b->count, o->gradient, b->direction)};
    const real length = vec_norm(b->count, o->gradient);
    *moved = 0;
    if (!(start.slope < 0) || !isfinite(start.slope)) {
        return TRAIN_GOES_ON;
    }
    TrainEnd end = line_search(&line, start, b->pairs > 0 ? 1 : fmin(1, 1 / length), &found);
    if (end == TRAIN_GOES_ON && found.step > 0 && found.step != b->at) {
        end = evaluate(&ray, &found);
    }
    if (end == TRAIN_GOES_ON && found.step > 0 && found.value < start.value) {
        remember(b, o);
        take(b, o);
        *moved = 1;
    }
    return end;
}

TrainEnd lbfgs_step(Lbfgs *b, Objective *o)
{
    int moved = 0;
    TrainEnd end = objective_know(o);
    if (end == TRAIN_GOES_ON) {
        end = try_direction(b, o, &moved);
    }
    if (end == TRAIN_GOES_ON && !moved && b->pairs > 0) {
        b->pairs = 0; /* straight down, then */
        end = try_direction(b, o, &moved);
    }
    return end == TRAIN_GOES_ON && !moved ? TRAIN_CONVERGED : end;
}

void lbfgs_tape(Lbfgs *b, Tape *tape)
{
    tape_size(tape, &b->pairs);
    tape_size(tape, &b->next);
    tape_check(tape, b->pairs <= LBFGS_HISTORY && b->next < LBFGS_HISTORY);
    tape_reals(tape, b->numbers + b->count, 2 * LBFGS_HISTORY * b->count);
}
