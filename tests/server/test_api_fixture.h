/* Calls of handlers without a socket: a target and a body go in by the way that `http` takes, a
 * reply comes back, as JSON where it is that.
 */
#ifndef TEST_API_FIXTURE_H
#define TEST_API_FIXTURE_H

#include <criterion/criterion.h>
#include <jansson.h>

#include "api/route.h"
#include "test_store_fixture.h"

/* Before and after each test of a suite: services on a store in a directory of its own. */
void api_start(void);
void api_end(void);
Services *api_services(void);

typedef struct Call {
    Method method;
    const char *target;
    const char *type, *body; /* NULL: none */
    size_t size;             /* of a body that holds a 0 */
    const char *header[4];   /* names and values by turns, beside the Content-Type */
    const char *waits_for;
    bool last_try;
    bool at_once; /* on a thread of the network: the store may not be read */
    bool give_up; /* whatever time was asked for has passed */
} Call;

typedef struct Answer {
    Reply reply;
    json_t *json; /* NULL where the reply is not JSON */
} Answer;

/* Calls the handler of the route that the call has. The reply lives until the next call. */
const Answer *api_call(const Call *call);

#define api_get(path) api_call(&(Call){.method = METHOD_GET, .target = path})
#define api_delete(path) api_call(&(Call){.method = METHOD_DELETE, .target = path})
#define api_send(path, media, text)                                                                \
    api_call(&(Call){.method = METHOD_POST, .target = path, .type = media, .body = text})
#define api_post(path, json) api_send(path, "application/json", json)
#define api_csv(path, csv) api_send(path, "text/csv", csv)

/* A member of the last answer: "data/0/name"; its text, and its number. Fails where it is none. */
json_t *api_at(const char *path);
const char *api_text(const char *path);
double api_number(const char *path);
#define api_is_null(path) json_is_null(api_at(path))

/* The last answer is a problem of that status; its only mistake is this one. */
void api_expect_problem(int code, const char *slug);
void api_expect_mistake(const char *pointer, const char *detail);

/* Trains all that is queued, on this thread. */
void api_train(void);

/* Stores a dataset of 20 rows with the columns a, b and c, c = 2 a - b + 1; its id. */
const char *api_dataset(void);

/* Trains a model of that name on it, for one epoch. */
void api_model(const char *name);

#endif
