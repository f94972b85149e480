/* POST /v1/backup: the store as a file.
 */
#ifndef API_API_BACKUP_H
#define API_API_BACKUP_H

#include "api/reply.h"
#include "services.h"

Reply api_backup(Services *services, const Request *request);

#endif
