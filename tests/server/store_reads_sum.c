/* Sums of what the store answers: of each kind, what its readers have to put together. */
#include "store_reads_private.h"

#include <string.h>

void sum_add(uint64_t *sum, const void *bytes, size_t size)
{
    for (const unsigned char *p = bytes; size > 0; size--) /* FNV-1a */
        *sum = (*sum ^ *p++) * 1099511628211u;
}

void sum_add_text(uint64_t *sum, const char *text)
{
    sum_add(sum, text, strlen(text) + 1);
}

void sum_add_real(uint64_t *sum, double number)
{
    sum_add(sum, &number, sizeof number);
}

void sum_add_columns(uint64_t *sum, const Column *column, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sum_add_text(sum, column[i].name);
        sum_add_real(sum, column[i].min + column[i].max + column[i].mean + column[i].std);
    }
}

void sum_add_dataset(uint64_t *sum, const Dataset *dataset)
{
    size_t columns = dataset->features + dataset->targets;
    sum_add_text(sum, dataset->id);
    sum_add_text(sum, dataset->digest);
    sum_add_columns(sum, dataset->column, columns);
    if (dataset->data)
        sum_add(sum, dataset->data->v, dataset->data->rows * columns * sizeof *dataset->data->v);
}

void sum_add_job(uint64_t *sum, const Job *job)
{
    sum_add_text(sum, job->id);
    sum_add_text(sum, job->model_name);
    sum_add_text(sum, job->hyperparameters);
    sum_add_text(sum, job->labels);
    sum_add_real(sum, (double)job->queue_position);
    for (size_t i = 0; i < job->fold_count; i++)
        sum_add_real(sum, job->fold[i].mse);
    for (size_t i = 0; i < job->transition_count; i++)
        sum_add_text(sum, job->transition[i].reason);
}

void sum_add_model(uint64_t *sum, const Model *model)
{
    for (size_t m = 0; m < model->members; m++) {
        const Net *net = model->member[m];
        sum_add(sum, net->parameters, net->parameter_count * sizeof *net->parameters);
    }
}

void sum_add_record(uint64_t *sum, const ModelRecord *record)
{
    sum_add_text(sum, record->name);
    sum_add_text(sum, record->digest);
    sum_add_columns(sum, record->column, record->features + record->targets);
    if (record->model)
        sum_add_model(sum, record->model);
}
