/* Order is everything here: what is used is started before what uses it. */
#include "app.h"

#include <stdlib.h>
#include <unistd.h>

#include "services.h"
#include "http/http.h"
#include "tools/log.h"
#include "tools/spec.h"
#include "worker/worker.h"

#define MODELS_SERVED 256     /* kept in memory, at most */
#define FINISH_SECONDS 1.0    /* that requests have to finish */
#define INTERRUPT_SECONDS 3.0 /* that trainings have to notice */

struct App {
    Services services;
    Workers *workers;
    Http *http;
};

static size_t worker_count(const Conf *conf)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (conf->workers > 0)
        return (size_t)conf->workers;
    return processors > 0 ? (size_t)processors : 1;
}

static bool start_services(Services *services, const Conf *conf, char *why, size_t size)
{
    if (store_open(conf->data_dir, &services->store, why, size) != STATUS_OK)
        return false;
    services->live = live_new();
    services->pending = pending_new();
    services->feed = feed_new();
    services->queued = bell_new();
    services->ended = bell_new();
    if (services->queued)
        services->pool = pool_new(worker_count(conf), services->queued);
    services->cache = cache_new(services->store, MODELS_SERVED);
    if (services->live && services->pending && services->feed && services->ended &&
        services->pool && services->cache)
        return true;
    snprintf(why, size, "there is not enough memory");
    return false;
}

static void stop_services(Services *services)
{
    cache_free(services->cache);
    bell_free(services->ended);
    bell_free(services->queued);
    pool_free(services->pool);
    feed_free(services->feed);
    pending_free(services->pending);
    live_free(services->live);
    if (services->store)
        store_close(services->store);
}

App *app_start(const Conf *conf, char *why, size_t size)
{
    App *app = calloc(1, sizeof *app);
    HttpStart start = {.conf = conf};
    if (!app) {
        snprintf(why, size, "there is not enough memory");
        return NULL;
    }
    spec_start();
    log_set_level((LogLevel)conf->log_level);
    if (!start_services(&app->services, conf, why, size))
        goto failed;
    start.services = &app->services;
    app->http = http_start(&start);
    if (!app->http) {
        snprintf(why, size, "%s", start.why);
        goto failed;
    }
    app->workers = workers_start(&app->services, worker_count(conf));
    if (!app->workers) {
        snprintf(why, size, "the worker threads cannot be started");
        goto failed;
    }
    log_info("listening", LOG_TEXT("address", start.address), LOG_TEXT("data_dir", conf->data_dir),
             LOG_NUMBER("workers", worker_count(conf)),
             LOG_TEXT("journal_mode", store_journal_mode(app->services.store)));
    return app;
failed:
    if (!app_stop(app))
        snprintf(why, size, "a part of the daemon could not be stopped");
    return NULL;
}

bool app_stop(App *app)
{
    http_quiesce(app->http);
    bool stopped = workers_stop(app->workers, INTERRUPT_SECONDS);
    if (!stopped)
        log_warning("training not interrupted", LOG_NUMBER("seconds", INTERRUPT_SECONDS));
    http_stop(app->http, FINISH_SECONDS);
    if (!stopped)
        return false; /* a worker still uses the services */
    stop_services(&app->services);
    free(app);
    return true;
}
