/* Order is everything here: what is used is started before what uses it, and options that cannot be
 * used are refused before anything is made. */
#define _GNU_SOURCE /* pthread_timedjoin_np */
#include "app.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "services.h"
#include "http/http.h"
#include "http/listener.h"
#include "store/store_job.h"
#include "tools/clock.h"
#include "tokens/token_start.h"
#include "tokens/token_watch.h"
#include "tools/log.h"
#include "tools/memory.h"
#include "tools/spec.h"
#include "worker/worker.h"

#define MODELS_SERVED 256 /* kept in memory, at most */
#define MODELS_BYTES ((size_t)512 << 20)
#define MEMORY_SHARE 0.75     /* of the machine's, for trainings; the rest serves and caches */
#define FINISH_SECONDS 1.0    /* that requests have to finish */
#define INTERRUPT_SECONDS 1.4 /* that trainings have to notice, and to keep where they are */
#define REQUEUE_MS 400        /* to queue those again that did not */

struct App {
    Services services;
    Workers *workers;
    Http *http;
    TokenWatch *watch;
    Token given; /* the administrator's own token; its digest is "" where there is none */
    bool first;  /* nobody has a token yet, and one is asked for */
};

static size_t worker_count(const Conf *conf)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (conf->workers > 0)
        return (size_t)conf->workers;
    return processors > 0 ? (size_t)processors : 1;
}

static JobLimits job_limits(const Conf *conf)
{
    double total = memory_total();
    JobLimits limits = {.queued = conf->queue, .memory = conf->job_memory};
    if (limits.memory == 0 && total < (double)INT64_MAX)
        limits.memory = (int64_t)(total * MEMORY_SHARE);
    return limits;
}

/* What can fail for its options is taken up before anything is made by them. */
static bool take_options(App *app, const Conf *conf, StartWhy why)
{
    app->http = http_open(conf, why.text, why.size);
    return app->http && token_given(conf, &app->given, why) == STATUS_OK;
}

static bool start_services(Services *services, const Conf *conf, char *why, size_t size)
{
    if (store_open(conf->data_dir, &services->store, why, size) != STATUS_OK)
        return false;
    store_limit_jobs(services->store, job_limits(conf));
    services->live = live_new();
    services->pending = pending_new();
    services->feed = feed_new();
    services->queued = bell_new();
    services->ended = bell_new();
    if (services->queued)
        services->pool = pool_new(worker_count(conf), services->queued);
    services->cache = cache_new(services->store, (CacheUse){MODELS_SERVED, MODELS_BYTES});
    services->backups = backups_new(services->store);
    if (services->live && services->pending && services->feed && services->ended &&
        services->pool && services->cache && services->backups)
        return true;
    snprintf(why, size, "there is not enough memory");
    return false;
}

static void stop_services(Services *services)
{
    backups_free(services->backups);
    cache_free(services->cache);
    access_free(services->access);
    bell_free(services->ended);
    bell_free(services->queued);
    pool_free(services->pool);
    feed_free(services->feed);
    pending_free(services->pending);
    live_free(services->live);
    if (services->store)
        store_close(services->store);
}

static bool start_access(App *app, const Conf *conf, StartWhy why)
{
    TokenStart start;
    Status status = token_start(conf, app->services.store, &app->given, &start, why);
    app->services.access = start.access;
    app->first = start.first;
    return status == STATUS_OK;
}

/* Lets clients in, and makes the token that the first of them needs. */
static bool open_door(App *app, const Conf *conf, StartWhy why)
{
    char url[LISTENER_ADDRESS + 16];
    if (http_start(app->http, &app->services, why.text, why.size) != STATUS_OK)
        return false;
    snprintf(url, sizeof url, "%s://%s", http_scheme(app->http), http_address(app->http));
    if (app->first && token_first(app->services.store, app->services.access, url)) {
        snprintf(why.text, why.size, "the first token cannot be kept");
        return false;
    }
    app->watch = token_watch_start(conf->data_dir, app->services.store, app->services.access);
    if (!app->watch)
        snprintf(why.text, why.size, "the directory %s cannot be watched", conf->data_dir);
    return app->watch != NULL;
}

App *app_start(const Conf *conf, char *why, size_t size)
{
    App *app = calloc(1, sizeof *app);
    StartWhy sentence = {why, size};
    if (!app) {
        snprintf(why, size, "there is not enough memory");
        return NULL;
    }
    spec_start();
    log_set_level((LogLevel)conf->log_level);
    if (!take_options(app, conf, sentence) || !start_services(&app->services, conf, why, size) ||
        !start_access(app, conf, sentence) || !open_door(app, conf, sentence))
        goto failed;
    app->workers = workers_start(&app->services, worker_count(conf));
    if (!app->workers) {
        snprintf(why, size, "the worker threads cannot be started");
        goto failed;
    }
    log_info(
        "listening", LOG_TEXT("scheme", http_scheme(app->http)),
        LOG_TEXT("address", http_address(app->http)), LOG_TEXT("data_dir", conf->data_dir),
        LOG_NUMBER("workers", worker_count(conf)),
        LOG_TEXT("tokens", access_is_open(app->services.access) ? "not asked for" : "asked for"),
        LOG_TEXT("journal_mode", store_journal_mode(app->services.store)));
    return app;
failed:
    if (!app_stop(app))
        snprintf(why, size, "a part of the daemon could not be stopped");
    return NULL;
}

void app_reload(App *app)
{
    http_reload(app->http);
}

static void *requeue_jobs(void *store)
{
    Status status = store_jobs_requeue(store);
    log_warning("trainings-given-up", LOG_TEXT("jobs", status_slug(status)));
    return NULL;
}

/* Trainings that did not notice: they go on from their last checkpoints, and it does not count as a
 * crash; unless the store is what holds them up, as it is not waited for for long. */
static void give_up_trainings(Services *services)
{
    pthread_t thread;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += REQUEUE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (pthread_create(&thread, NULL, requeue_jobs, services->store) == 0 &&
        pthread_timedjoin_np(thread, NULL, &until) != 0)
        log_warning("trainings-not-given-up", LOG_TEXT("why", "the store is slow"));
}

bool app_stop(App *app)
{
    double began = clock_seconds();
    if (app->services.store)
        store_hurry(app->services.store);
    http_quiesce(app->http);
    backups_stop(app->services.backups);
    bool stopped = workers_stop(app->workers, INTERRUPT_SECONDS);
    if (!stopped)
        give_up_trainings(&app->services);
    http_stop(app->http, began + FINISH_SECONDS - clock_seconds()); /* both at the same time */
    if (!stopped)
        return false; /* a worker still uses the services */
    token_watch_stop(app->watch);
    stop_services(&app->services);
    free(app);
    return true;
}
