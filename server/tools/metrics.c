/* The tables. A duration is summed in nanoseconds, as there is no atomic addition of reals. A
 * bucket counts its own durations; they are cumulated by who reads. */
#include "tools/metrics.h"

#include <math.h>
#include <stdatomic.h>

typedef struct Histogram {
    atomic_uint_fast64_t bucket[METRIC_BUCKETS];
    atomic_uint_fast64_t nanoseconds;
} Histogram;

typedef struct Row {
    Histogram seconds;
    atomic_uint_fast64_t bytes_in, bytes_out;
    atomic_uint_fast64_t count[METRIC_CODES];
} Row;

static atomic_int_fast64_t values[METRICS];
static Histogram spans[METRIC_SPANS];
static Row rows[METRIC_ROUTES];

static const double bounds[METRIC_BUCKETS] = {
    5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,           5e-3, 0.01, 0.025, 0.05, 0.1,
    0.25, 0.5,  1,      5,    30,   (double)INFINITY,
};

static const int codes[METRIC_CODES] = {
    200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410,
    412, 413, 414, 415, 416, 422, 428, 429, 431, 499, 500, 501, 503, 507,
};

static void add(atomic_uint_fast64_t *to, uint64_t n)
{
    atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static uint64_t value_of(const atomic_uint_fast64_t *of)
{
    return atomic_load_explicit(of, memory_order_relaxed);
}

void metric_add(Metric metric, int64_t n)
{
    atomic_fetch_add_explicit(&values[metric], n, memory_order_relaxed);
}

int64_t metric_value(Metric metric)
{
    return atomic_load_explicit(&values[metric], memory_order_relaxed);
}

static void observe(Histogram *histogram, double seconds)
{
    size_t i = 0;
    double bounded = fmin(fmax(seconds, 0), 1e9);
    while (i + 1 < METRIC_BUCKETS && bounded > bounds[i])
        i++;
    add(&histogram->bucket[i], 1);
    add(&histogram->nanoseconds, (uint64_t)(bounded * 1e9));
}

void metric_observe(MetricSpan span, double seconds)
{
    observe(&spans[span], seconds);
}

void metric_request(const MetricRequest *request)
{
    Row *row = &rows[request->row < METRIC_ROUTES ? request->row : METRIC_ROUTES - 1];
    size_t i = 0;
    while (i + 1 < METRIC_CODES && codes[i] != request->code)
        i++;
    add(&row->count[i], 1);
    add(&row->bytes_in, request->bytes_in);
    add(&row->bytes_out, request->bytes_out);
    observe(&row->seconds, request->seconds);
}

static MetricShape shape_of(const Histogram *histogram)
{
    MetricShape shape = {.sum = (double)value_of(&histogram->nanoseconds) * 1e-9};
    uint64_t below = 0;
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        below += value_of(&histogram->bucket[i]);
        shape.below[i] = below;
    }
    return shape;
}

MetricShape metric_span(MetricSpan span)
{
    return shape_of(&spans[span]);
}

double metric_bound(size_t bucket)
{
    return bounds[bucket];
}

MetricRow metric_row(size_t i)
{
    const Row *row = &rows[i];
    MetricRow read = {.seconds = shape_of(&row->seconds),
                      .bytes_in = value_of(&row->bytes_in),
                      .bytes_out = value_of(&row->bytes_out)};
    for (size_t j = 0; j < METRIC_CODES; j++)
        read.count[j] = value_of(&row->count[j]);
    return read;
}

int metric_code(size_t i)
{
    return codes[i];
}
