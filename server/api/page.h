/* Pages of lists: ?limit= and ?after=, and {"data": [...], "next": cursor or null}.
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "api/reply.h"
#include "store/store.h"

/* The page that the query asks for; mistakes are added to problem. prefix: of the ids that are
 * cursors ("ds"), NULL where names are. others: names of the query
 * beside limit and after, at most 6. */
StorePage page_decode(const Request *request, const char *prefix, const char *const *others,
                      size_t count, Problem *problem);

/* Before and after the entries of a list. next: the cursor of the last entry, NULL at the end. */
void page_begin(Encoder *encoder);
void page_end(Encoder *encoder, const char *next);

#endif
