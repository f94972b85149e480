/* What the files of the reads share.
 */
#ifndef TEST_STORE_READS_PRIVATE_H
#define TEST_STORE_READS_PRIVATE_H

#include "state/token.h"
#include "store/store_job.h"
#include "store/store_model.h"
#include "store_reads.h"

#define READS_KEY "a key"

/* What was made; jobs by what became of them or what they begin with. */
extern struct ReadsMade {
    char dataset[ID_SIZE];
    char ended[ID_SIZE], left[ID_SIZE], from_net[ID_SIZE], from_model[ID_SIZE];
    char token_id[ID_SIZE], token_digest[DIGEST_SIZE];
} reads_made;

/* Add to the sum of an answer. */
void sum_add(uint64_t *sum, const void *bytes, size_t size);
void sum_add_text(uint64_t *sum, const char *text);
void sum_add_real(uint64_t *sum, double number);
void sum_add_columns(uint64_t *sum, const Column *column, size_t count);
void sum_add_dataset(uint64_t *sum, const Dataset *dataset);
void sum_add_job(uint64_t *sum, const Job *job);
void sum_add_model(uint64_t *sum, const Model *model);
void sum_add_record(uint64_t *sum, const ModelRecord *record);

#endif
