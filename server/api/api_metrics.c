/* Prometheus' text format 0.0.4: a HELP and a TYPE before the samples of each name, base units, and
 * labels of few values only. The counters stand in tools/metrics; what is looked up at the moment
 * of asking (the store, the cache, the process) is added here. */
#include "api/api_metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/build.h"
#include "store/store_job.h"
#include "tools/metrics.h"
#include "tools/process.h"

#define TYPE "text/plain; version=0.0.4; charset=utf-8"
#define UNKNOWN_ROWS (METHODS + 1) /* the last rows: requests without a route, by method */

size_t api_metrics_row(const Route *route, Method method)
{
    return route ? route_row(route) : METRIC_ROUTES - UNKNOWN_ROWS + method;
}

/* The labels of a row; false where no request can be counted there. */
static bool labels_of(size_t row, size_t size, char *labels)
{
    static const char *const methods[UNKNOWN_ROWS] = {"GET", "POST", "DELETE", "OPTIONS", "other"};
    const size_t unknown = METRIC_ROUTES - UNKNOWN_ROWS;
    const Route *route = row < unknown ? route_at(row) : NULL;
    if (!route && row < unknown)
        return false;
    snprintf(labels, size, "method=\"%s\",route=\"%s\"",
             methods[route ? (size_t)route->method : row - unknown],
             route ? route->path : "unknown");
    return true;
}

static void head(Text *page, const char *name, const char *type, const char *help)
{
    text_printf(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_real(Text *page, double value)
{
    char text[REAL_TEXT];
    real_text(value, text);
    text_printf(page, " %s\n", text);
}

/* A metric of one sample. */
static void put(Text *page, const char *name, const char *type, const char *help, double value)
{
    head(page, name, type, help);
    text_puts(page, name);
    put_real(page, value);
}

/* The samples of a histogram; labels is "" or ends without a comma. */
static void put_shape(Text *page, const char *name, const char *labels, const MetricShape *shape)
{
    const char *comma = labels[0] ? "," : "";
    const char *open = labels[0] ? "{" : "", *close = labels[0] ? "}" : "";
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        char bound[REAL_TEXT] = "+Inf";
        if (isfinite(metric_bound(i)))
            real_text(metric_bound(i), bound);
        text_printf(page, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels, comma, bound,
                    (unsigned long long)shape->below[i]);
    }
    text_printf(page, "%s_sum%s%s%s", name, open, labels, close);
    put_real(page, shape->sum);
    text_printf(page, "%s_count%s%s%s %llu\n", name, open, labels, close,
                (unsigned long long)shape->below[METRIC_BUCKETS - 1]);
}

static void put_codes(Text *page, const char *labels, const MetricRow *row)
{
    for (size_t i = 0; i < METRIC_CODES; i++) {
        char code[16] = "other";
        if (row->count[i] == 0)
            continue;
        if (metric_code(i))
            snprintf(code, sizeof code, "%d", metric_code(i));
        text_printf(page, "backpropd_http_requests_total{%s,code=\"%s\"} %llu\n", labels, code,
                    (unsigned long long)row->count[i]);
    }
}

/* What is told of each route that was asked for. */
typedef enum Told { TOLD_CODES, TOLD_SECONDS, TOLD_IN, TOLD_OUT, TOLDS } Told;

static const char *const told_names[TOLDS] = {
    "backpropd_http_requests_total", "backpropd_http_request_duration_seconds",
    "backpropd_http_request_body_bytes_total", "backpropd_http_response_body_bytes_total"};

static void put_row(Text *page, Told told, const char *labels, const MetricRow *row)
{
    if (told == TOLD_CODES)
        put_codes(page, labels, row);
    else if (told == TOLD_SECONDS)
        put_shape(page, told_names[told], labels, &row->seconds);
    else
        text_printf(page, "%s{%s} %llu\n", told_names[told], labels,
                    (unsigned long long)(told == TOLD_IN ? row->bytes_in : row->bytes_out));
}

static void put_requests(Text *page)
{
    static const char *const types[TOLDS] = {"counter", "histogram", "counter", "counter"};
    static const char *const helps[TOLDS] = {
        "Requests that have ended; 499 is a client that left before the answer.",
        "Time from a request's line to the last byte of its answer.",
        "Bytes of bodies that came in.", "Bytes of bodies that were sent."};
    char labels[200];
    for (Told told = 0; told < TOLDS; told++) {
        head(page, told_names[told], types[told], helps[told]);
        for (size_t i = 0; i < METRIC_ROUTES; i++) {
            MetricRow row = metric_row(i);
            if (row.seconds.below[METRIC_BUCKETS - 1] > 0 && labels_of(i, sizeof labels, labels))
                put_row(page, told, labels, &row);
        }
    }
}

static void put_counted(Text *page)
{
    static const struct {
        const char *type, *name, *help;
    } table[METRICS] = {
#define METRIC_ROW(id, type, name, help) [id] = {type, "backpropd_" name, help},
        METRIC_LIST(METRIC_ROW)
#undef METRIC_ROW
    };
    for (size_t i = 0; i < METRICS; i++) {
        char name[80];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(table[i].name, "{"), table[i].name);
        if (table[i].help[0])
            head(page, name, table[i].type, table[i].help);
        text_printf(page, "%s %lld\n", table[i].name, (long long)metric_value((Metric)i));
    }
}

static void put_spans(Text *page)
{
    static const char *const spans[METRIC_SPANS][2] = {
#define SPAN_ROW(id, name, help) [id] = {"backpropd_" name, help},
        METRIC_SPAN_LIST(SPAN_ROW)
#undef SPAN_ROW
    };
    for (size_t i = 0; i < METRIC_SPANS; i++) {
        MetricShape shape = metric_span((MetricSpan)i);
        head(page, spans[i][0], "histogram", spans[i][1]);
        put_shape(page, spans[i][0], "", &shape);
    }
}

/* What the store and the cache hold; a store that cannot be read leaves its jobs out. */
static void put_kept(Text *page, Services *services)
{
    static const char jobs[] = "backpropd_jobs";
    int64_t counts[JOB_STATES];
    if (store_job_counts(services->store, counts) == STATUS_OK) {
        head(page, jobs, "gauge", "Jobs in the store.");
        for (int state = 0; state < JOB_STATES; state++)
            text_printf(page, "%s{state=\"%s\"} %lld\n", jobs, job_state_name((JobState)state),
                        (long long)counts[state]);
    }
    CacheUse use = cache_use(services->cache);
    put(page, "backpropd_store_size_bytes", "gauge", "Size of the store's files.",
        (double)store_size(services->store));
    put(page, "backpropd_store_free_bytes", "gauge", "Room on the disk under the store.",
        (double)store_room(services->store));
    put(page, "backpropd_models_cached", "gauge", "Models in memory.", (double)use.models);
    put(page, "backpropd_models_cached_bytes", "gauge", "Bytes of their parameters.",
        (double)use.bytes);
}

static void put_process(Text *page)
{
    ProcessUse use;
    if (process_use(&use) != STATUS_OK)
        return;
    put(page, "process_cpu_seconds_total", "counter", "Time of user and system on the processors.",
        use.cpu_seconds);
    put(page, "process_start_time_seconds", "gauge", "Start of the process, since 1970.",
        use.start_seconds);
    put(page, "process_virtual_memory_bytes", "gauge", "Virtual memory.", use.virtual_bytes);
    put(page, "process_resident_memory_bytes", "gauge", "Resident memory.", use.resident_bytes);
    put(page, "process_open_fds", "gauge", "Open file descriptors.", use.open_files);
    put(page, "process_max_fds", "gauge", "File descriptors that may be open.", use.max_files);
}

Reply api_metrics(Services *services, const Request *request)
{
    Text page = {0};
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    head(&page, "backpropd_build_info", "gauge", "Which build this is.");
    text_printf(&page, "backpropd_build_info{version=\"%s\",build=\"%s\"} 1\n", BACKPROPD_VERSION,
                core_build());
    put_requests(&page);
    put_counted(&page);
    put_spans(&page);
    put_kept(&page, services);
    put_process(&page);
    return reply_text_take(TYPE, &page);
}
