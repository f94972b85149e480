/* The store comes first, as it is the truth, so between its answer and what is done here another
 * thread may revoke the token: who adds one looks once more. Where that look fails the token is
 * taken as it was added.
 */
#include "tokens/token_change.h"

#include "store/store_token.h"

Status token_change_add(Store *store, Access *access, Token *token)
{
    Token now;
    Status status = store_token_add(store, token);
    if (status == STATUS_OK && !access_add(access, token))
        status = STATUS_CONFLICT;
    if (status != STATUS_OK)
        return status;
    if (store_token_get(store, token->id, &now) == STATUS_OK && now.revoked_at != 0)
        access_remove(access, token->id);
    return STATUS_OK;
}

Status token_change_revoke(Store *store, Access *access, const char *id)
{
    Status status = store_token_revoke(store, id);
    if (status == STATUS_OK)
        access_remove(access, id);
    return status;
}
