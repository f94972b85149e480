/* What a request of many rows costs at least: jansson's parsing of the request and dumping of the
 * answer, and the network's arithmetic. usage: jansson REQUEST ANSWER FEATURES HIDDEN TIMES, files
 * with both texts. Prints the medians of the seconds of the processor that these take: parse, dump,
 * arithmetic.
 */
#include "core/model.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Work {
    const char *request;
    json_t *answer;
    Model *model;
    double *x, *y;
    size_t rows, features;
} Work;

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *need(void *p, const char *what)
{
    if (!p) {
        fprintf(stderr, "jansson: %s\n", what);
        exit(1);
    }
    return p;
}

static char *read_all(const char *name)
{
    FILE *file = need(fopen(name, "rb"), name);
    size_t room = (size_t)64 << 20;
    char *text = need(malloc(room + 1), "no memory");
    text[fread(text, 1, room, file)] = '\0';
    fclose(file);
    return text;
}

static void parse(Work *work)
{
    json_decref(need(json_loads(work->request, JSON_REJECT_DUPLICATES, NULL), "the request"));
}

static void dump(Work *work)
{
    free(need(json_dumps(work->answer, JSON_COMPACT), "the answer"));
}

static void predict(Work *work)
{
    Outcome outcome = model_predict(work->model, mat_in(work->x, work->rows, work->features),
                                    mat_out(work->y, work->rows, 1), (Mat){0});
    if (outcome != OUTCOME_OK)
        need(NULL, "the prediction");
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_seconds(Work *work, void (*part)(Work *), int times)
{
    double *took = need(calloc((size_t)times, sizeof *took), "no memory");
    for (int i = 0; i < times; i++) {
        double began = seconds_now();
        part(work);
        took[i] = seconds_now() - began;
    }
    qsort(took, (size_t)times, sizeof *took, ascending);
    double median = took[times / 2];
    free(took);
    return median;
}

/* The rows of the request, and a network of the shape that answers them. */
static void set_up(Work *work, size_t hidden)
{
    json_t *json = need(json_loads(work->request, 0, NULL), "the request");
    const json_t *rows = json_object_get(json, "instances");
    work->rows = json_array_size(rows);
    work->x = need(calloc(work->rows * work->features, sizeof *work->x), "no memory");
    work->y = need(calloc(work->rows, sizeof *work->y), "no memory");
    for (size_t r = 0; r < work->rows; r++)
        for (size_t i = 0; i < work->features; i++)
            work->x[r * work->features + i] =
                json_number_value(json_array_get(json_array_get(rows, r), i));
    json_decref(json);
    Rng rng = rng_seeded(1);
    Net *net = need(net_new(2, (const size_t[]){work->features, hidden, 1}, act_find("tanh")),
                    "no memory");
    for (size_t i = 0; i < net->parameter_count; i++)
        net->parameters[i] = rng_uniform(&rng, -1, 1);
    work->model = need(model_new_take(net, scaling_new(work->features, 1)), "no memory");
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: jansson REQUEST ANSWER FEATURES HIDDEN TIMES\n");
        return 2;
    }
    Work work = {.request = read_all(argv[1]), .features = strtoul(argv[3], NULL, 10)};
    char *answer = read_all(argv[2]);
    work.answer = need(json_loads(answer, 0, NULL), "the answer");
    set_up(&work, strtoul(argv[4], NULL, 10));
    int times = atoi(argv[5]);
    printf("%.9f %.9f %.9f\n", median_seconds(&work, parse, times),
           median_seconds(&work, dump, times), median_seconds(&work, predict, times));
    model_free(work.model);
    json_decref(work.answer);
    return 0;
}
