/* Identity is SQLite's application_id; the schema's version, user_version, is the number of steps
 * applied. Order: schema_check before the file is changed in any way, then schema_update. Used by
 * the thread that opens the store, before there are others.
 */
#include "store/db/schema.h"

#include <string.h>

#include "store/db/schema_steps.h"
#include "tools/log.h"

#define APPLICATION_ID 0x62707064 /* "bppd" */
#define APPLICATION_SQL "PRAGMA application_id = 1651535972"

_Static_assert(APPLICATION_ID == 1651535972, "the number in APPLICATION_SQL is APPLICATION_ID");

static const char version_sql[] = "PRAGMA user_version";

long long schema_newest(void)
{
    long long steps = 0;
    while (schema_steps[steps])
        steps++;
    return steps;
}

static Status unreadable(Db *db, const char *path, Status status, Why why)
{
    if ((sqlite3_errcode(db->handle) & 0xff) == SQLITE_CORRUPT)
        return why_set(why, status, "%s is damaged: %s; restore it from a backup", path,
                       db->message);
    return why_set(why, status, "%s cannot be read as a database: %s", path,
                   db->message[0] ? db->message : status_title(status));
}

Status schema_check(Db *db, const char *path, Why why)
{
    static const char id_sql[] = "PRAGMA application_id";
    static const char tables_sql[] = "SELECT count(*) FROM sqlite_schema";
    long long id = 0, tables = 0, version = 0, newest = schema_newest();
    Status status = db_number(db, tables_sql, &tables);
    if (status == STATUS_OK)
        status = db_number(db, id_sql, &id);
    if (status == STATUS_OK)
        status = db_number(db, version_sql, &version);
    if (status != STATUS_OK)
        return unreadable(db, path, status, why);
    if (id != APPLICATION_ID && (id != 0 || tables > 0))
        return why_set(why, STATUS_STORE,
                       "%s is the database of another program (application_id %lld): move it away, "
                       "or give another directory",
                       path, id);
    if (version > newest)
        return why_set(why, STATUS_STORE,
                       "%s was made by a newer backpropd (schema %lld, this one knows %lld): run "
                       "that version, or give another directory",
                       path, version, newest);
    return STATUS_OK;
}

Status schema_check_newest(Db *db, const char *path, Why why)
{
    long long version, newest = schema_newest();
    Status status = db_number(db, version_sql, &version);
    if (status != STATUS_OK)
        return unreadable(db, path, status, why);
    if (version != newest)
        return why_set(why, STATUS_STORE,
                       "%s has schema %lld, this backpropd knows %lld; a start of the daemon "
                       "brings it up to date",
                       path, version, newest);
    return STATUS_OK;
}

/* SQLITE_NOMEM is code 7. */
bool schema_lacked_memory(const char *found)
{
    static const char mark[] = "error code=7";
    const char *at = strstr(found, mark);
    return at && strspn(at + sizeof mark - 1, "0123456789") == 0; /* not 778 or 779 */
}

/* Whether it may have been so, or the disk failed: that a second check lacks memory at the same
 * place is unlikely. */
static bool is_unsure(const char *found)
{
    return strstr(found, "failed to get page") != NULL;
}

/* The first line of the check, borrowed from the statement. */
static Status ask_check(Db *db, sqlite3_stmt *statement, const char **found)
{
    *found = "the check gave no answer";
    sqlite3_reset(statement);
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW)
        return db_status(db, code, sqlite3_sql(statement));
    *found = (const char *)sqlite3_column_text(statement, 0);
    return !*found || schema_lacked_memory(*found) ? STATUS_NO_MEMORY : STATUS_OK;
}

/* What is found, without the heading between stars that may come before it. */
static const char *last_line(const char *text)
{
    const char *end = strrchr(text, '\n');
    return end ? end + 1 : text;
}

Status schema_look_through(Db *db, const char *path, Why why)
{
    static const char sql[] = "PRAGMA quick_check(1)";
    sqlite3_stmt *statement;
    const char *found;
    log_info("store-check", LOG_TEXT("file", path),
             LOG_TEXT("why", "it is not as a daemon here has closed it: a crash, or a copy"));
    Status status = db_prepare(db, sql, &statement);
    if (status != STATUS_OK)
        return unreadable(db, path, status, why);
    status = ask_check(db, statement, &found);
    if (status == STATUS_OK && is_unsure(found))
        status = ask_check(db, statement, &found);
    if (status != STATUS_OK)
        status = unreadable(db, path, status, why);
    else if (strcmp(found, "ok") != 0)
        status = why_set(why, STATUS_STORE, "%s is damaged: %s; restore it from a backup", path,
                         last_line(found));
    sqlite3_reset(statement);
    return status;
}

/* Step number `version` and that number, both or neither: where it fails, the connection is closed,
 * which takes back what was done. */
static Status apply(Db *db, long long version)
{
    char mark[80];
    sqlite3_snprintf(sizeof mark, mark, "%s; PRAGMA user_version = %lld", APPLICATION_SQL, version);
    Status status = db_script(db, "BEGIN IMMEDIATE");
    if (status == STATUS_OK)
        status = db_script(db, schema_steps[version - 1]);
    if (status == STATUS_OK)
        status = db_script(db, mark);
    if (status == STATUS_OK)
        status = db_script(db, "COMMIT");
    return status;
}

Status schema_update(Db *db, const char *path, Why why)
{
    long long version = 0, newest = schema_newest();
    Status status = db_number(db, version_sql, &version);
    while (status == STATUS_OK && version < newest) {
        status = apply(db, ++version);
        if (status == STATUS_OK)
            log_info("schema-step", LOG_TEXT("file", path), LOG_NUMBER("version", version));
    }
    if (status != STATUS_OK)
        return why_set(why, status, "%s cannot be brought to schema %lld: %s", path, version,
                       db->message);
    return status;
}
