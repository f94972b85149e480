/* What the daemon counts of itself, for /metrics: one table of counters, gauges and histograms, and
 * one of requests by route. All are C11 atomics of the process, so counting takes no lock and no
 * memory, from any thread; who reads sees each number as it is, not all at one time.
 */
#ifndef TOOLS_METRICS_H
#define TOOLS_METRICS_H

#include <stddef.h>
#include <stdint.h>

/* X(name, type, metric, help); a metric's name is that of Prometheus without "backpropd_". */
#define METRIC_LIST(X)                                                                             \
    X(METRIC_IN_FLIGHT, "gauge", "http_requests_in_flight", "Requests not yet answered.")          \
    X(METRIC_CONNECTIONS, "gauge", "http_connections", "Open connections.")                        \
    X(METRIC_CUT_LATE, "counter", "http_connections_cut_total{reason=\"late\"}",                   \
      "Connections that were closed on a client.")                                                 \
    X(METRIC_CUT_UNREAD, "counter", "http_connections_cut_total{reason=\"unread\"}", "")           \
    X(METRIC_CUT_CROWDED, "counter", "http_connections_cut_total{reason=\"crowded\"}", "")         \
    X(METRIC_CUT_EVICTED, "counter", "http_connections_cut_total{reason=\"evicted\"}", "")         \
    X(METRIC_PREDICTED_ROWS, "counter", "predicted_rows_total", "Rows that were predicted.")       \
    X(METRIC_EPOCHS, "counter", "epochs_total", "Epochs of training done.")                        \
    X(METRIC_READ_ERRORS, "counter", "store_read_errors_total", "Reads of the store that failed.") \
    X(METRIC_WRITE_ERRORS, "counter", "store_write_errors_total",                                  \
      "Transactions of the store that failed.")                                                    \
    X(METRIC_WORKERS, "gauge", "workers", "Threads that train.")                                   \
    X(METRIC_WORKERS_BUSY, "gauge", "workers_busy", "Threads that train a job now.")               \
    X(METRIC_QUEUE_FULL, "counter", "jobs_refused_total{reason=\"queue\"}",                        \
      "Jobs that were sound and not taken.")                                                       \
    X(METRIC_TOO_LARGE, "counter", "jobs_refused_total{reason=\"memory\"}", "")                    \
    X(METRIC_SUCCEEDED, "counter", "jobs_ended_total{state=\"succeeded\"}", "Jobs that ended.")    \
    X(METRIC_FAILED, "counter", "jobs_ended_total{state=\"failed\"}", "")                          \
    X(METRIC_CANCELLED, "counter", "jobs_ended_total{state=\"cancelled\"}", "")

typedef enum Metric {
#define METRIC_ENUM(name, type, metric, help) name,
    METRIC_LIST(METRIC_ENUM)
#undef METRIC_ENUM
        METRICS
} Metric;

/* Durations in seconds. */
#define METRIC_SPAN_LIST(X)                                                                        \
    X(SPAN_PREDICT, "predict_duration_seconds", "Time in the handler of a prediction.")            \
    X(SPAN_QUEUE, "job_queue_wait_seconds", "Time that a job waited for a worker.")                \
    X(SPAN_TRAINING, "training_duration_seconds", "Time that a worker trained a job.")             \
    X(SPAN_COMMIT, "store_commit_duration_seconds", "Time of a transaction that writes.")

typedef enum MetricSpan {
#define SPAN_ENUM(name, metric, help) name,
    METRIC_SPAN_LIST(SPAN_ENUM)
#undef SPAN_ENUM
        METRIC_SPANS
} MetricSpan;

#define METRIC_ROUTES 96  /* rows of requests, at most */
#define METRIC_CODES 32   /* HTTP statuses told apart; the last is all others */
#define METRIC_BUCKETS 17 /* of a histogram, the last without a bound */

void metric_add(Metric metric, int64_t n);
int64_t metric_value(Metric metric);
void metric_observe(MetricSpan span, double seconds);

/* A request that has ended. row: of its route, below METRIC_ROUTES. */
typedef struct MetricRequest {
    size_t row;
    int code;
    double seconds;
    size_t bytes_in, bytes_out; /* of the bodies */
} MetricRequest;
void metric_request(const MetricRequest *request);

/* A histogram as it stands: below[i] durations were at most metric_bound(i). */
typedef struct MetricShape {
    uint64_t below[METRIC_BUCKETS]; /* cumulative; the last is the count of all */
    double sum;
} MetricShape;
MetricShape metric_span(MetricSpan span);
double metric_bound(size_t bucket); /* seconds; infinite for the last */

/* A row of requests: its durations, bytes, and how many had each status. */
typedef struct MetricRow {
    MetricShape seconds;
    uint64_t bytes_in, bytes_out;
    uint64_t count[METRIC_CODES];
} MetricRow;
MetricRow metric_row(size_t row);
int metric_code(size_t i); /* 0 for all others */

#endif
