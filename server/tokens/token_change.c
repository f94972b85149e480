/* The store comes first, as it is the truth, so between its answer and what is done here the token
 * may be changed by another thread: who adds one looks once more.
 */
#include "tokens/token_change.h"

#include "store/store_token.h"

Status token_change_add(Store *store, Access *access, Token *token)
{
    Status status = store_token_add(store, token);
    if (status == STATUS_OK && !access_add(access, token))
        status = STATUS_CONFLICT;
    if (status != STATUS_OK)
        return status;
    status = store_token_get(store, token->id, token);
    if (status != STATUS_OK || token->revoked_at != 0)
        access_remove(access, token->id);
    return status;
}

Status token_change_revoke(Store *store, Access *access, const char *id)
{
    Status status = store_token_revoke(store, id);
    if (status == STATUS_OK)
        access_remove(access, id);
    return status;
}
