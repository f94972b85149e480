/* The rows of tokens. Their number is bounded in the statement that adds one, so that two clients
 * cannot pass the bound together.
 */
#include "store/store_token.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/store_private.h"
#include "tools/clock.h"

#define FIELDS "id, name, digest, scope, created_at, revoked_at"

static void read_row(Query *query, Token *token)
{
    char scope[16];
    *token = (Token){0};
    query_text(query, token->id, sizeof token->id);
    query_text(query, token->name, sizeof token->name);
    query_text(query, token->digest, sizeof token->digest);
    query_text(query, scope, sizeof scope);
    token->created_at = query_int(query);
    token->revoked_at = query_int(query);
    if (query->status != STATUS_OK)
        return;
    token->scope = scope_find(scope);
    if (token->scope == SCOPE_NONE)
        query_damaged(query, "its scope is none that there is");
}

static Status find(Db *db, const char *sql, const char *key, Token *token)
{
    Query query = query_new(db, sql);
    query.table = "tokens";
    query.id = key;
    query_bind_text(&query, key);
    if (query_find(&query))
        read_row(&query, token);
    return query_end(&query);
}

static Status find_digest(Db *db, const char *digest, Token *token)
{
    static const char sql[] = "SELECT " FIELDS " FROM tokens WHERE digest = ?1";
    return find(db, sql, digest, token);
}

static Status insert(Writer *writer, Token *token)
{
    static const char sql[] =
        "INSERT INTO tokens (id, name, digest, scope, created_at) SELECT ?1, ?2, ?3, ?4, ?5"
        " WHERE (SELECT count(*) FROM tokens WHERE revoked_at IS NULL) < ?6 RETURNING 1";
    id_make(&writer->ids, "tok", token->id);
    token->created_at = clock_now_ms();
    token->revoked_at = 0;
    Query query = query_new(writer->db, sql);
    query_bind_text(&query, token->id);
    query_bind_text(&query, token->name);
    query_bind_text(&query, token->digest);
    query_bind_text(&query, scope_name(token->scope));
    query_bind_int(&query, token->created_at);
    query_bind_int(&query, TOKENS_MAX);
    query_find(&query);
    Status status = query_end(&query);
    return status == STATUS_NOT_FOUND ? STATUS_CONFLICT : status;
}

static Status add(Writer *writer, void *arg)
{
    Token *token = arg, known;
    Status status = find_digest(writer->db, token->digest, &known);
    if (status == STATUS_OK)
        *token = known;
    return status == STATUS_NOT_FOUND ? insert(writer, token) : status;
}

Status store_token_add(Store *store, Token *token)
{
    return store_write(store, add, token);
}

typedef struct KeyWork {
    const char *key;
    Token *token;
} KeyWork;

static Status revoke(Writer *writer, void *arg)
{
    static const char sql[] = "UPDATE tokens SET revoked_at = ?2"
                              " WHERE id = ?1 AND revoked_at IS NULL RETURNING 1";
    const KeyWork *work = arg;
    Query query = query_new(writer->db, sql);
    query_bind_text(&query, work->key);
    query_bind_int(&query, clock_now_ms());
    query_find(&query);
    return query_end(&query);
}

Status store_token_revoke(Store *store, const char *id)
{
    KeyWork work = {id, NULL};
    return store_write_freeing(store, revoke, &work);
}

static Status get(Db *db, void *arg)
{
    static const char sql[] = "SELECT " FIELDS " FROM tokens WHERE id = ?1";
    const KeyWork *work = arg;
    return find(db, sql, work->key, work->token);
}

Status store_token_get(Store *store, const char *id, Token *token)
{
    KeyWork work = {id, token};
    return store_read(store, get, &work);
}

static Status has(Db *db, void *arg)
{
    const KeyWork *work = arg;
    return find_digest(db, work->key, work->token);
}

Status store_token_has(Store *store, const char *digest, bool *there)
{
    Token token;
    KeyWork work = {digest, &token};
    Status status = store_read(store, has, &work);
    *there = status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

typedef struct ListWork {
    StorePage page;
    Token *tokens;
    size_t count;
    bool more;
} ListWork;

static void add_to_list(Query *query, ListWork *work)
{
    Token *grown = store_grow(query, work->tokens, work->count, sizeof *grown);
    if (!grown)
        return;
    work->tokens = grown;
    read_row(query, &grown[work->count++]);
}

static Status list(Db *db, void *arg)
{
    static const char sql[] = "SELECT " FIELDS " FROM tokens WHERE revoked_at IS NULL"
                              " AND (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT ?2";
    ListWork *work = arg;
    Query query = query_new(db, sql);
    store_bind_page(&query, work->page);
    while (work->count < work->page.limit && query_step(&query))
        add_to_list(&query, work);
    work->more = work->count == work->page.limit && query_step(&query);
    return query_end(&query);
}

static Status all(Db *db, void *arg)
{
    static const char sql[] = "SELECT " FIELDS " FROM tokens ORDER BY id DESC";
    ListWork *work = arg;
    Query query = query_new(db, sql);
    while (query_step(&query))
        add_to_list(&query, work);
    return query_end(&query);
}

static Status gather(Store *store, ReaderWork *reads, ListWork *work)
{
    Status status = store_read(store, reads, work);
    if (status != STATUS_OK) {
        free(work->tokens);
        *work = (ListWork){0};
    }
    return status;
}

Status store_token_list(Store *store, StorePage page, Token **tokens, size_t *count, bool *more)
{
    ListWork work = {.page = page};
    Status status = gather(store, list, &work);
    *tokens = work.tokens;
    *count = work.count;
    *more = work.more;
    return status;
}

Status store_token_all(Store *store, Token **tokens, size_t *count)
{
    ListWork work = {0};
    Status status = gather(store, all, &work);
    *tokens = work.tokens;
    *count = work.count;
    return status;
}
