/* What handlers and workers may use, made and kept by app.
 */
#ifndef SERVICES_H
#define SERVICES_H

#include "state/access.h"
#include "state/bell.h"
#include "state/feed.h"
#include "state/live.h"
#include "state/pending.h"
#include "state/pool.h"
#include "store/backup.h"
#include "store/cache.h"
#include "store/store.h"

typedef struct Services {
    Store *store;
    Cache *cache;
    Backups *backups;
    Access *access; /* who is let in */
    Live *live;
    Pending *pending; /* requests with an Idempotency-Key */
    Feed *feed;       /* parts of event streams */
    Bell *queued;     /* rung when a job is queued */
    Bell *ended;      /* rung when a job has ended */
    Pool *pool;       /* the workers, who hear the bell of the queued */
} Services;

#endif
