/* Addresses as people write them: HOST:PORT to listen on, and hosts as a request names them.
 */
#ifndef TOOLS_ADDRESS_H
#define TOOLS_ADDRESS_H

#include <stdbool.h>

#include "tools/status.h"

#define ADDRESS_HOST 256

/* Splits HOST:PORT: host without brackets ("" is all addresses), and the port's number.
 * STATUS_INVALID. */
Status address_split(const char *address, char host[ADDRESS_HOST], char port[8]) MUST_USE;

/* The host of a header Host, which may have a port, without brackets; false where it is none. */
bool address_host(const char *given, char host[ADDRESS_HOST]) MUST_USE;

/* Whether only this machine is reached under it: localhost, 127.0.0.0/8, ::1. */
bool address_is_loopback(const char *host);

/* Whether text is the name of a host or a number of one, without port and brackets. */
bool address_is_host(const char *text);

/* Whether text is an origin (RFC 6454): http or https, host, maybe a port, and nothing more. */
bool address_is_origin(const char *text);

/* Whether one of the comma-separated texts of a list is text, without regard to case. Returns where
 * it stands and its length, or NULL. */
const char *address_in_list(const char *list, const char *text);

#endif
