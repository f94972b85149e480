/* The description of the interface, schema/openapi.yaml, as JSON; it is taken in when the daemon is
 * built. */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

extern const char *const openapi_json;

/* SHA-256 of it, in hexadecimal. */
extern const char *const openapi_digest;

#endif
