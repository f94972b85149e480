/* A directory below TMPDIR or /tmp for each test, which Criterion runs in a process of its own, so
 * that the statics here are those of one test.
 */
#include "test_store_fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store_private.h"
#include "tools/log.h"

#ifdef __has_feature
#define HAS_ASAN __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif

#if HAS_ASAN
#include <sanitizer/lsan_interface.h>
#endif

static char dir[200];

void fixture_start(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.150s/backpropd-test-XXXXXX", base ? base : "/tmp");
    cr_assert(mkdtemp(dir), "no directory %s", dir);
    log_set_level((LogLevel)(LOG_ERROR + 1)); /* failures are provoked here: keep them quiet */
}

void fixture_no_leaks(void)
{
#if HAS_ASAN
    if (__lsan_do_recoverable_leak_check() != 0)
        abort(); /* an assertion after the test's body would be passed over */
#endif
}

void fixture_clear(void)
{
    DIR *list = opendir(dir);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(fixture_path(entry->d_name));
    }
    if (list)
        closedir(list);
}

void fixture_end(void)
{
    fixture_clear();
    rmdir(dir);
    fixture_no_leaks();
}

const char *fixture_dir(void)
{
    return dir;
}

const char *fixture_path(const char *name)
{
    static char path[500];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

Store *fixture_store(void)
{
    char why[300];
    Store *store;
    Status status = store_open(dir, &store, why, sizeof why);
    cr_assert(status == STATUS_OK, "%s", why);
    return store;
}

const char *fixture_refusal(const char *where)
{
    static char why[600];
    Store *store;
    Status status = store_open(where, &store, why, sizeof why);
    cr_assert(status == STATUS_STORE || status == STATUS_BUSY, "opened with status %d",
              (int)status);
    cr_assert_null(store);
    return why;
}

Dataset *fixture_dataset(size_t rows, size_t features, size_t targets)
{
    Rng rng = rng_seeded(rows + 1000 * features + targets);
    Data *data = data_new(rows, features, targets);
    Dataset *dataset = dataset_new();
    cr_assert(data && dataset);
    for (size_t i = 0; i < rows * (features + targets); i++)
        data->v[i] = rng_uniform(&rng, -10, 10);
    cr_assert(dataset_set_data_take(dataset, data) == STATUS_OK);
    cr_assert(dataset_describe(dataset) == STATUS_OK);
    snprintf(dataset->name, sizeof dataset->name, "a set of %zu", rows);
    return dataset;
}

const char *fixture_stored_dataset(Store *store)
{
    static char id[ID_SIZE];
    Dataset *dataset = fixture_dataset(5, 3, 1);
    cr_assert(store_dataset_add(store, dataset) == STATUS_OK);
    memcpy(id, dataset->id, sizeof id);
    dataset_free(dataset);
    return id;
}

Job *fixture_job(const char *dataset, const char *model)
{
    Job *job = calloc(1, sizeof *job);
    cr_assert_not_null(job);
    snprintf(job->dataset, sizeof job->dataset, "%s", dataset ? dataset : "");
    snprintf(job->model_name, sizeof job->model_name, "%s", model ? model : "");
    job->hyperparameters = strdup("{\"hidden\":[4]}");
    job->labels = strdup("{\"who\":\"me\"}");
    job->parameters = 21;
    job->epochs = 100;
    job->runs = 1;
    return job;
}

const char *fixture_queued(Store *store, const char *dataset, const char *model)
{
    static char ids[16][ID_SIZE];
    static size_t next;
    char *id = ids[next++ % 16];
    Job *job = fixture_job(dataset, model);
    cr_assert(store_job_add(store, job, NULL, NULL) == STATUS_OK);
    memcpy(id, job->id, ID_SIZE);
    job_free(job);
    return id;
}

Job *fixture_claimed(Store *store)
{
    Job *job;
    cr_assert(store_job_claim(store, &job) == STATUS_OK);
    cr_assert_not_null(job, "nothing is queued");
    return job;
}

int64_t fixture_succeed(Store *store)
{
    Model *model = fixture_model(1);
    int64_t version = fixture_succeed_with(store, model);
    model_free(model);
    return version;
}

int64_t fixture_succeed_with(Store *store, const Model *model)
{
    Job *job = fixture_claimed(store);
    job->state = JOB_SUCCEEDED;
    job->stopped_because = TRAIN_CONVERGED;
    cr_assert(store_job_finish(store, job, &(StoreRecord){0}, model) == STATUS_OK);
    int64_t version = job->model_version;
    job_free(job);
    return version;
}

Model *fixture_ensemble(size_t members)
{
    Model *model = fixture_model(1);
    for (size_t m = 1; m < members; m++) {
        Model *other = fixture_model(m + 1);
        Net *net = net_copy(other->member[0]);
        cr_assert(net && model_add_take(model, net) == OUTCOME_OK);
        model_free(other);
    }
    return model;
}

Model *fixture_model(uint64_t seed)
{
    const size_t width[] = {3, 4, 1};
    Rng rng = rng_seeded(seed);
    Net *net = net_new(2, width, act_find("tanh"));
    Scaling *scaling = scaling_new(3, 1);
    cr_assert(net && scaling);
    net_init(net, NET_UNIFORM, &rng);
    for (size_t i = 0; i < 4; i++) {
        scaling->shift[i] = rng_uniform(&rng, -1, 1);
        scaling->scale[i] = rng_uniform(&rng, 1, 2);
    }
    Model *model = model_new_take(net, scaling);
    cr_assert_not_null(model);
    return model;
}

typedef struct Script {
    const char *text;
    long long number;
} Script;

static Status run_script(Writer *writer, void *arg)
{
    const Script *script = arg;
    return db_script(writer->db, script->text);
}

void fixture_sql(Store *store, const char *text)
{
    Script script = {.text = text};
    cr_assert(store_write(store, run_script, &script) == STATUS_OK, "%s", text);
}

static Status run_number(Db *db, void *arg)
{
    Script *script = arg;
    return db_number(db, script->text, &script->number);
}

long long fixture_number(Store *store, const char *sql)
{
    Script script = {.text = sql};
    cr_assert(store_read(store, run_number, &script) == STATUS_OK, "%s", sql);
    return script.number;
}

void fixture_catch_log(void)
{
    int file = open(fixture_path("log"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert(file >= 0 && dup2(file, STDERR_FILENO) >= 0);
    close(file);
    log_set_level(LOG_INFO);
}

const char *fixture_log(void)
{
    static char text[20000];
    FILE *file = fopen(fixture_path("log"), "r");
    cr_assert_not_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}
