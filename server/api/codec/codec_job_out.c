/* Jobs as replies. */
#include <math.h>
#include <stdio.h>

#include "api/codec/codec_job.h"
#include "api/reply.h"
#include "tools/clock.h"

void codec_score_encode(const Score *score, Encoder *encoder)
{
    enc_object(encoder);
    enc_put_real(encoder, "mse", score->mse);
    enc_put_real(encoder, "rmse", score->rmse);
    enc_put_real(encoder, "mae", score->mae);
    enc_put_known(encoder, "r2", score->r2);
    enc_object_end(encoder);
}

static void encode_model(const Job *job, Encoder *encoder)
{
    enc_key(encoder, "model");
    if (!job->model_name[0] || (job_state_ended(job->state) && job->model_version == 0)) {
        enc_null(encoder);
        return;
    }
    enc_object(encoder);
    enc_put_string(encoder, "name", job->model_name);
    if (job->model_version > 0)
        enc_put_int(encoder, "version", job->model_version);
    else
        enc_put_null(encoder, "version");
    enc_object_end(encoder);
}

/* Seconds of training that are left at most, as fast as it went so far: all epochs of all runs, or
 * until the time limit. NAN where it does not run, or has not made an epoch yet. */
static double seconds_left(const Job *job)
{
    Hyper hyper;
    double runs_left = (double)(job->runs - job->run + 1);
    double left = runs_left * (double)job->epochs - (double)job->progress.epoch;
    if (job->state != JOB_RUNNING || !(job->epochs_per_second > 0))
        return (double)NAN;
    double seconds = left / job->epochs_per_second;
    if (hyper_read(job->hyperparameters, &hyper) != STATUS_OK || isnan(hyper.time_limit))
        return seconds;
    double gone = (double)(clock_now_ms() - job->started_at) / 1000;
    return fmin(seconds, fmax(hyper.time_limit - gone, 0));
}

static void encode_progress(const Job *job, Encoder *encoder)
{
    const TrainProgress *progress = &job->progress;
    enc_key(encoder, "progress");
    enc_object(encoder);
    enc_put_int(encoder, "run", job->run);
    enc_put_int(encoder, "runs", job->runs);
    enc_put_int(encoder, "epoch", (int64_t)progress->epoch);
    enc_put_int(encoder, "epochs", job->epochs);
    enc_put_known(encoder, "train_loss", progress->train_loss);
    enc_put_known(encoder, "validation_loss", progress->validation_loss);
    enc_put_int(encoder, "best_epoch", (int64_t)progress->best_epoch);
    enc_put_known(encoder, "epochs_per_second",
                  job->epochs_per_second > 0 ? job->epochs_per_second : (double)NAN);
    enc_put_known(encoder, "eta_seconds", seconds_left(job));
    enc_object_end(encoder);
}

static double number_of(const Score *score, size_t which)
{
    return (const double[]){score->mse, score->rmse, score->mae, score->r2}[which];
}

/* Mean and population standard deviation of one number of the folds' scores; null where that of a
 * fold is not known, as r2 of a single row. */
static void encode_spread(const Job *job, size_t which, Encoder *encoder)
{
    double n = (double)job->fold_count, mean = 0, variance = 0;
    for (size_t i = 0; i < job->fold_count; i++)
        mean += number_of(&job->fold[i], which) / n;
    for (size_t i = 0; i < job->fold_count; i++) {
        double off = number_of(&job->fold[i], which) - mean;
        variance += off * off / n;
    }
    enc_object(encoder);
    enc_put_known(encoder, "mean", mean);
    enc_put_known(encoder, "std", sqrt(variance));
    enc_object_end(encoder);
}

static void encode_folds(const Job *job, Encoder *encoder)
{
    static const char *const keys[] = {"mse", "rmse", "mae", "r2"};
    enc_key(encoder, "cross_validation");
    if (job->fold_count == 0) {
        enc_null(encoder);
        return;
    }
    enc_object(encoder);
    enc_put_int(encoder, "folds", (int64_t)job->fold_count);
    for (size_t i = 0; i < 4; i++) {
        enc_key(encoder, keys[i]);
        encode_spread(job, i, encoder);
    }
    enc_object_end(encoder);
}

static void encode_score(const char *key, const Score *score, Encoder *encoder)
{
    enc_key(encoder, key);
    if (score)
        codec_score_encode(score, encoder);
    else
        enc_null(encoder);
}

static void encode_metrics(const Job *job, Encoder *encoder)
{
    enc_key(encoder, "metrics");
    if (!job->has_training && job->fold_count == 0) {
        enc_null(encoder);
        return;
    }
    enc_object(encoder);
    encode_score("train", job->has_training ? &job->training : NULL, encoder);
    encode_score("validation", job->has_validation ? &job->validation : NULL, encoder);
    encode_folds(job, encoder);
    enc_object_end(encoder);
}

static void encode_error(const Job *job, Encoder *encoder)
{
    char type[64];
    enc_key(encoder, "error");
    if (!job->error[0]) {
        enc_null(encoder);
        return;
    }
    snprintf(type, sizeof type, "/problems/%s", status_slug(job->error_status));
    enc_object(encoder);
    enc_put_string(encoder, "type", type);
    enc_put_string(encoder, "title", status_title(job->error_status));
    enc_put_int(encoder, "status", reply_code(job->error_status));
    enc_put_string(encoder, "detail", job->error);
    enc_object_end(encoder);
}

void codec_transition_encode(const JobTransition *transition, Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, "state", job_state_name(transition->state));
    enc_put_time(encoder, "at", transition->at);
    enc_put_string(encoder, "reason", transition->reason[0] ? transition->reason : NULL);
    enc_object_end(encoder);
}

static void encode_transitions(const Job *job, Encoder *encoder)
{
    enc_key(encoder, "transitions");
    enc_array(encoder);
    for (size_t i = 0; i < job->transition_count; i++)
        codec_transition_encode(&job->transition[i], encoder);
    enc_array_end(encoder);
}

void codec_job_encode(const Job *job, Encoder *encoder)
{
    const char *end = job_end_name(job->stopped_because);
    enc_object(encoder);
    enc_put_string(encoder, "id", job->id);
    encode_model(job, encoder);
    enc_put_string(encoder, "state", job_state_name(job->state));
    enc_put_string(encoder, "stopped_because", end[0] ? end : NULL);
    enc_put_string(encoder, "dataset", job->dataset);
    enc_put_string(encoder, "from_model", job->from_model[0] ? job->from_model : NULL);
    enc_key(encoder, "hyperparameters");
    enc_raw(encoder, job->hyperparameters);
    enc_put_int(encoder, "parameters", job->parameters);
    if (job->queue_position > 0)
        enc_put_int(encoder, "queue_position", job->queue_position);
    else
        enc_put_null(encoder, "queue_position");
    encode_progress(job, encoder);
    encode_metrics(job, encoder);
    encode_error(job, encoder);
    enc_put_int(encoder, "attempts", job->attempts);
    enc_key(encoder, "labels");
    enc_raw(encoder, job->labels);
    encode_transitions(job, encoder);
    enc_put_time(encoder, "created_at", job->created_at);
    enc_put_time(encoder, "started_at", job->started_at);
    enc_put_time(encoder, "finished_at", job->finished_at);
    enc_object_end(encoder);
}
