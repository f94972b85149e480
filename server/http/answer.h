/* Sends a reply: makes the library's response of it, with its header fields.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <microhttpd.h>

#include "http/exchange.h"

/* Queues the reply of an exchange on its connection; the library owns the body from then on, or
 * asks `reader` for that of a stream, with the exchange as its context. The connection closes after
 * it where `closing` or the exchange says so. MHD_NO: there is no memory, and the connection
 * closes. */
enum MHD_Result answer_send(Exchange *exchange, MHD_ContentReaderCallback reader, bool closing);

#endif
