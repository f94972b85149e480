/* Jobs between requests and replies.
 */
#ifndef API_CODEC_JOB_H
#define API_CODEC_JOB_H

#include "api/codec/codec_start.h"
#include "api/request.h"
#include "state/dataset.h"
#include "state/hyper.h"
#include "state/job.h"
#include "store/store_job.h"

/* A job that was asked for. */
typedef struct JobDraft {
    Job *job;         /* to be queued; owned */
    Hyper hyper;      /* resolved by codec_job_settle */
    Dataset *dataset; /* given with the job; NULL where job->dataset names one; owned */
    JobStart start;   /* explicit first layers, and after codec_job_settle those of a model */
    FromModel from;   /* whose record is to be found before codec_job_settle */
    HyperTask task;   /* what hyperparameters are judged for; the counts by codec_job_settle */
    bool hidden_unknown; /* the hidden layers asked for are wrong */
} JobDraft;

/* Reads a JSON or a CSV body, with all that the query says. Adds all mistakes to problem; the draft
 * is to be freed in any case. */
void codec_job_decode(const Request *request, JobDraft *draft, Problem *problem);

/* What can only be judged when the dataset, and the model to start from, are known: the shape of
 * the network, explicit layers, the split; and what makes no sense together. dataset is NULL, and
 * the model's record, where they were not found or something is wrong with them: then what needs
 * them is left out. Fills job->parameters and job->hyperparameters. */
void codec_job_settle(const Request *request, JobDraft *draft, const Dataset *dataset,
                      Problem *problem);
void codec_job_draft_free(JobDraft *draft);

/* The job as a JSON object. */
void codec_job_encode(const Job *job, Encoder *encoder);

/* {"state", "at", "reason"}. */
void codec_transition_encode(const JobTransition *transition, Encoder *encoder);

/* {"mse", "rmse", "mae", "r2"}. */
void codec_score_encode(const Score *score, Encoder *encoder);

#endif
