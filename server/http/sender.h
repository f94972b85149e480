/* Sends a body that is made on the way: the network's thread takes from a part that is there, and
 * when it is gone the connection is suspended until the crew has the next.
 */
#ifndef HTTP_SENDER_H
#define HTTP_SENDER_H

#include "http/exchange.h"

/* On a thread of the network: copies up to n bytes of what is there; 0 where all is sent. */
size_t sender_take(Exchange *exchange, char *bytes, size_t n);

/* Whether nothing follows what was taken. */
bool sender_is_over(const Exchange *exchange);

/* Whether that was cut short, so that the client has to see it. */
bool sender_is_broken(const Exchange *exchange);

/* On a thread of the crew, the connection being suspended and all taken: gets what comes next.
 * False where nothing does yet: ask again at exchange->sending.due, or when something has
 * happened. */
bool sender_fill(Exchange *exchange, Services *services);

/* Nothing follows any more, whatever the stream had to say. */
void sender_end(Exchange *exchange);

#endif
