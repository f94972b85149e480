/* The digests lie in one array, which is walked to its end for each token that is shown, so that
 * the time tells nothing. `open` is read without the lock by each request. */
#include "state/access.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tools/address.h"

#define ENTRIES_MAX (TOKENS_MAX + 1) /* the operator's own is not of the store */

typedef struct Entry {
    char digest[DIGEST_SIZE];
    char id[ID_SIZE];
    Scope scope;
} Entry;

struct Access {
    AccessRules rules;
    atomic_bool open;
    pthread_rwlock_t lock; /* guards the next two */
    size_t count;
    Entry entry[ENTRIES_MAX];
};

Access *access_new(const AccessRules *rules)
{
    Access *access = calloc(1, sizeof *access);
    if (!access)
        return NULL;
    access->rules = *rules;
    atomic_store(&access->open, rules->anonymous || !rules->asks);
    pthread_rwlock_init(&access->lock, NULL);
    return access;
}

void access_free(Access *access)
{
    if (!access)
        return;
    pthread_rwlock_destroy(&access->lock);
    free(access);
}

/* Whether a token of the store is in the array; the lock is held. */
static bool is_there(const Access *access, const char *id)
{
    for (size_t i = 0; i < access->count; i++)
        if (strcmp(access->entry[i].id, id) == 0)
            return true;
    return false;
}

bool access_add(Access *access, const Token *token)
{
    pthread_rwlock_wrlock(&access->lock);
    bool known = is_there(access, token->id);
    bool room = known || access->count < ENTRIES_MAX;
    if (room && !known && token->revoked_at == 0) {
        Entry *entry = &access->entry[access->count++];
        memcpy(entry->digest, token->digest, sizeof entry->digest);
        memcpy(entry->id, token->id, sizeof entry->id);
        entry->scope = token->scope;
    }
    pthread_rwlock_unlock(&access->lock);
    access_close(access);
    return room;
}

void access_close(Access *access)
{
    if (!access->rules.anonymous)
        atomic_store(&access->open, false);
}

void access_remove(Access *access, const char *id)
{
    pthread_rwlock_wrlock(&access->lock);
    for (size_t i = 0; i < access->count; i++) {
        if (strcmp(access->entry[i].id, id) != 0)
            continue;
        access->entry[i] = access->entry[--access->count];
        break;
    }
    pthread_rwlock_unlock(&access->lock);
}

bool access_is_open(Access *access)
{
    return atomic_load(&access->open);
}

bool access_is_anonymous(const Access *access)
{
    return access->rules.anonymous;
}

Scope access_scope(Access *access, const char digest[DIGEST_SIZE], char id[ID_SIZE])
{
    Entry found = {.scope = SCOPE_NONE};
    pthread_rwlock_rdlock(&access->lock);
    for (size_t i = 0; i < access->count; i++)
        if (digest_equal(access->entry[i].digest, digest))
            found = access->entry[i];
    pthread_rwlock_unlock(&access->lock);
    if (id)
        memcpy(id, found.id, ID_SIZE);
    return found.scope;
}

bool access_knows(Access *access, const char *id)
{
    pthread_rwlock_rdlock(&access->lock);
    bool known = is_there(access, id);
    pthread_rwlock_unlock(&access->lock);
    return known;
}

bool access_takes_host(Access *access, const char *host)
{
    char name[ADDRESS_HOST];
    if (!access_is_open(access) || !(access->rules.loopback || access->rules.hosts[0]))
        return true;
    return address_host(host, name) &&
           (address_is_loopback(name) || address_in_list(access->rules.hosts, name));
}

bool access_takes_origin(const Access *access, const char *origin)
{
    return address_in_list(access->rules.origins, origin) != NULL;
}

bool access_has_origins(const Access *access)
{
    return access->rules.origins[0] != '\0';
}
