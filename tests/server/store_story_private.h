/* What a Story holds, for the files that tell it and that look what became of it.
 */
#ifndef TEST_STORE_STORY_PRIVATE_H
#define TEST_STORE_STORY_PRIVATE_H

#include "store/store_token.h"
#include "store_story.h"
#include "test_store_fixture.h"

enum { SMALL, LARGE, INLINE, DATASETS };

#define KEY "a key"
#define ENDED 40    /* epochs that the first job has told at its end */
#define LEFT 20     /* that the second had when it left */
#define STATE 20000 /* bytes of a checkpoint */

typedef struct ToldJob {
    Job *asked;       /* what was asked for */
    Job *job;         /* as the last claim gave it; NULL before */
    char id[ID_SIZE]; /* "" before it was answered */
    Fate added, ended, gone;
    int64_t kept, tried; /* epochs in the last checkpoint that was answered, and that was tried */
    int64_t whole;       /* epochs that its end brings */
} ToldJob;

struct Story {
    size_t step;
    Dataset *dataset[DATASETS];
    Fate added[DATASETS], gone[DATASETS];
    ToldJob first, second;
    Fate noted, token, revoked, imported, dropped;
    Token made;
    Model *trained, *foreign; /* the first job's, and the one that comes from elsewhere */
};

/* What is kept: the loss of an epoch, and the bytes of the state at it. */
static inline double loss_at(int64_t epoch)
{
    return 1 / (double)(epoch + 1);
}

static inline unsigned char state_at(int64_t epoch, size_t i)
{
    return (unsigned char)(i * 31 + (size_t)epoch);
}

#endif
