/* A story that is told to a store step by step, all kinds of writes in it, and what has to be true
 * of the store afterwards, wherever the story broke off: what was answered is there, whole, and
 * nothing that was not told.
 */
#ifndef TEST_STORE_STORY_H
#define TEST_STORE_STORY_H

#include "store/store.h"

/* Of a step: not come to, tried and refused (it may have happened), answered. */
typedef enum Fate { FATE_NEVER, FATE_MAYBE, FATE_SURE } Fate;

typedef struct Story Story;

/* Rows of a dataset that is more than a log holds. */
#define STORY_LONG ((size_t)140000)

/* From the beginning, its largest dataset of so many rows; to be freed with story_free. */
Story *story_new(size_t rows);
void story_free(Story *story);

/* Goes on until the end or the first step that is refused: how that was answered. Going on again
 * begins with that step. */
Status story_go_on(Story *story, Store *store);

/* The steps were all answered. */
bool story_is_over(const Story *story);

/* Fails the test where the store, opened anew, is not as it has to be; `what` says after what. */
void story_check(const Story *story, Store *store, const char *what);

#endif
