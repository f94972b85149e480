/* The split is not stored: the seed draws it, so it is drawn again, of the numbers of the rows in
 * place of the rows. */
#include "api/api_split.h"

#include "core/split.h"
#include "state/hyper.h"
#include "store/store_dataset.h"
#include "store/store_job.h"

/* Draws the split of so many rows; a row is its number, counted from 0. */
static Outcome draw(const TrainOptions *given, size_t rows, Split **split)
{
    TrainOptions options = *given;
    Data *numbers = data_new(rows, 1, 1);
    *split = NULL;
    if (!numbers)
        return OUTCOME_NO_MEMORY;
    for (size_t i = 0; i < rows; i++)
        numbers->v[2 * i] = (real)i;
    options.standardize = 0;
    return split_new_take(&options, 0, split, numbers);
}

static Status read_split(Services *services, const Job *job, Split **split)
{
    Hyper hyper;
    Dataset *dataset;
    *split = NULL;
    Status status = hyper_read(job->hyperparameters, &hyper);
    if (status != STATUS_OK)
        return status;
    status = store_dataset_get(services->store, job->dataset, &dataset);
    if (status != STATUS_OK)
        return status;
    const FitOptions options = hyper_fit_options(&hyper);
    Outcome outcome = draw(&options.train, dataset->rows, split);
    dataset_free(dataset);
    return outcome == OUTCOME_OK ? STATUS_OK : STATUS_NO_MEMORY;
}

static Reply encode(const Request *request, const Split *split)
{
    Encoder encoder = {0};
    const MatIn held_out = data_inputs(&split->validation);
    enc_object(&encoder);
    enc_put_int(&encoder, "rows", (int64_t)split->data->rows);
    enc_put_int(&encoder, "training", (int64_t)split->training.rows);
    enc_key(&encoder, "validation");
    enc_array(&encoder);
    for (size_t i = 0; i < held_out.rows; i++)
        enc_int(&encoder, (int64_t)held_out.v[i * held_out.stride]);
    enc_array_end(&encoder);
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}

Reply api_job_split(Services *services, const Request *request)
{
    const char *id = request->param[0];
    Job *job;
    Split *split;
    Reply reply;
    if (reply_refuses_query(request, &reply))
        return reply;
    Status status = store_job_get(services->store, id, &job);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    status = read_split(services, job, &split);
    reply = status == STATUS_OK ? encode(request, split)
                                : reply_store(request, status, "dataset", job->dataset);
    split_free(split);
    job_free(job);
    return reply;
}
