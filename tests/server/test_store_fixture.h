/* What the tests of the store share: a directory of their own, and small things to keep in it.
 * Everything fails the test where it cannot be had.
 */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include "store/store_dataset.h"
#include "store/store_job.h"
#include "store/store_model.h"

/* Before and after each test of a suite: makes an empty directory, removes it with all in it. */
void fixture_start(void);
void fixture_end(void);

/* Removes all that is in the test's directory; no store may be open there. */
void fixture_clear(void);

/* Fails the test where it has leaked memory, in a build with the address sanitizer. */
void fixture_no_leaks(void);

/* The test's directory, and a path in it (of static storage, until the next call). */
const char *fixture_dir(void);
const char *fixture_path(const char *name);

/* The store in the test's directory; and what store_open says where it must fail. */
Store *fixture_store(void);
const char *fixture_refusal(const char *dir);

/* A described dataset of pseudo-random rows, not stored yet, and one that is stored (its id). */
Dataset *fixture_dataset(size_t rows, size_t features, size_t targets);
const char *fixture_stored_dataset(Store *store);

/* A job on a dataset, not stored yet; a stored one's id (of static storage, until 16 calls later);
 * and one that was claimed. */
Job *fixture_job(const char *dataset, const char *model);
const char *fixture_queued(Store *store, const char *dataset, const char *model);
Job *fixture_claimed(Store *store);

/* Claims a job and ends it well, with a model; its version. */
int64_t fixture_succeed(Store *store);
int64_t fixture_succeed_with(Store *store, const Model *model);

/* A model of 3 inputs and 1 output, its weights drawn by the seed. */
Model *fixture_model(uint64_t seed);

/* So many of these in one, of the seeds 1, 2, ... */
Model *fixture_ensemble(size_t members);

/* Runs statements in the writing thread; the number that a statement (a literal) gives. */
void fixture_sql(Store *store, const char *script);
long long fixture_number(Store *store, const char *sql);

/* Sends what is logged to a file, and gives it back as text of static storage. */
void fixture_catch_log(void);
const char *fixture_log(void);

#endif
