/* How many connections each address has. Of IPv6 the first 64 bits count: who has one address has
 * all that begin so. No locks: its owner has one.
 */
#ifndef HTTP_TALLY_H
#define HTTP_TALLY_H

#include <stddef.h>
#include <sys/socket.h>

typedef struct Tally Tally;
typedef struct TallyEntry TallyEntry; /* of one address */

/* NULL where there is no memory. */
Tally *tally_new(void);
void tally_free(Tally *tally);

/* One more of that address; NULL where there is no memory. Returns what to take back. */
TallyEntry *tally_add(Tally *tally, const struct sockaddr *address);
size_t tally_count(const TallyEntry *entry);
void tally_remove(Tally *tally, TallyEntry *entry);

#endif
