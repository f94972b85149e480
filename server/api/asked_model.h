/* The model that the path of a request asks for: {name} is its first parameter, {version}, where
 * the route has one, its second.
 */
#ifndef API_ASKED_MODEL_H
#define API_ASKED_MODEL_H

#include "api/reply.h"
#include "services.h"

/* The version: 0, the newest, where the path names none; -1 where it is no number of one. */
int64_t asked_model_version(const Request *request);

/* Why it cannot be had: the answer of the store or the cache, as a reply. */
Reply asked_model_missing(const Request *request, Status status);

/* The model, from memory or, where request->may_block, from the store; to be given back with
 * served_drop. NULL where *reply says why not, or that the handler must be called where it may
 * block. */
Served *asked_model_get(Services *services, const Request *request, Reply *reply) MUST_USE;

/* Whether predictions for the request's body are so little work that a thread of the network may do
 * it, where a number takes at least `bytes` of the body. */
bool asked_model_is_quick(const Request *request, const ModelRecord *record, double bytes);

/* Counts a prediction of that many rows, whose handler began at clock_seconds. */
void asked_model_count(const Reply *reply, size_t rows, double began);

/* What is answered where model_predict has failed so. */
Reply asked_model_failed(const Request *request, const ModelRecord *record, Outcome outcome);

#endif
