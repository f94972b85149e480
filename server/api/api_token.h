/* Handlers of /v1/tokens.
 */
#ifndef API_API_TOKEN_H
#define API_API_TOKEN_H

#include "api/route.h"

Handler api_token_create;
Handler api_token_list;
Handler api_token_get;
Handler api_token_revoke;

#endif
