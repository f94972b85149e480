/* Handlers about the daemon itself.
 */
#ifndef API_API_SYSTEM_H
#define API_API_SYSTEM_H

#include "api/route.h"

Handler api_livez;
Handler api_readyz;
Handler api_version;
Handler api_openapi;
Handler api_hyperparameters;

#endif
