/* "from_model": the model that a job starts from, between requests and the job's hyperparameters.
 */
#ifndef API_CODEC_START_H
#define API_CODEC_START_H

#include "state/dataset.h"
#include "state/hyper.h"
#include "store/store_model.h"

/* What a request says about it. */
typedef struct FromModel {
    char name[MODEL_NAME];                          /* "" where the job starts from no model */
    int64_t version;                                /* 0 is the newest */
    bool hidden, activation, ensemble, standardize; /* given, so that the model need not say it */
    ModelRecord *record; /* with its networks; NULL until it was found; owned */
} FromModel;

/* Reads "boston" or "boston/3", as it stands at a place ("#/from_model"). */
void codec_from_model_decode(const char *text, const char *at, FromModel *from, Problem *problem);

/* Takes what is not given from the model, into hyper, and adds to problem what contradicts it, in
 * the query (CSV) or a JSON body: hyperparameters, and the columns of the dataset, unless that is
 * NULL. */
void codec_from_model_settle(const FromModel *from, bool csv, const Dataset *dataset, Hyper *hyper,
                             Problem *problem);

#endif
