/* The handler of a job's split: which rows of its dataset it trains on, and which it holds out.
 */
#ifndef API_API_SPLIT_H
#define API_API_SPLIT_H

#include "api/route.h"

Handler api_job_split;

#endif
