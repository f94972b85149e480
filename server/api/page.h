/* Pages of lists: ?limit= and ?after=, and {"data": [...], "next": cursor or null}.
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "api/reply.h"
#include "store/store.h"

/* The page that the query asks for; mistakes are added to problem. others: names of the query
 * beside limit and after, at most 6. */
StorePage page_decode(const Request *request, const char *const *others, size_t count,
                      Problem *problem);

/* Before and after the entries of a list. next: the cursor of the last entry, NULL at the end. */
void page_begin(Encoder *encoder);
void page_end(Encoder *encoder, const char *next);

/* What is wrong when the store answers a list so. */
Reply page_problem(const Request *request, Status status, StorePage page);

#endif
