/* The check as a whole, and its first part: the structure of the file, by SQLite's own check. Runs
 * in the calling thread, which listens to all trouble meanwhile.
 */
#include "store/store_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db/schema.h"
#include "store/store_check_private.h"

#define FINDING 700

void check_tell(Check *check, const char *format, ...)
{
    char finding[FINDING];
    va_list args;
    va_start(args, format);
    vsnprintf(finding, sizeof finding, format, args);
    va_end(args);
    check->census->findings++;
    check->tell(check->arg, finding);
}

Status check_read(Check *check, ReaderWork *work, void *arg, const char *what)
{
    check->heard.text[0] = '\0';
    Status status = store_read(check->store, work, arg);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK)
        check_tell(check, "%s cannot be read: %s", what,
                   check->heard.text[0] ? check->heard.text : status_title(status));
    return STATUS_OK;
}

/* The check by SQLite. */
typedef struct LookWork {
    Check *check;
    bool tells, found;
} LookWork;

static void take_line(Query *query, LookWork *work, const char *line)
{
    work->found = true;
    if (schema_lacked_memory(line))
        query_fail(query, STATUS_NO_MEMORY);
    else if (work->tells)
        check_tell(work->check, "the file: %s", line);
}

/* A row of SQLite's check may have several lines, with headings between stars. */
static void take_lines(Query *query, LookWork *work, char *lines)
{
    char *rest = NULL;
    for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (strncmp(line, "***", 3) != 0 && strcmp(line, "ok") != 0)
            take_line(query, work, line);
}

static Status look_once(Db *db, LookWork *work)
{
    static const char sql[] = "PRAGMA integrity_check(100)";
    Query query = query_new(db, sql);
    while (query_step(&query)) {
        char *lines = query_string(&query);
        if (lines)
            take_lines(&query, work, lines);
        free(lines);
    }
    return query_end(&query);
}

/* Only what is found again is told: a page of a long value that there was no memory for once looks
 * like damage, and so do all that follow it. */
static Status look_through(Db *db, void *arg)
{
    LookWork work = {.check = arg};
    Status status = look_once(db, &work);
    work.tells = true;
    return work.found && status != STATUS_NO_MEMORY ? look_once(db, &work) : status;
}

static Status follow_references(Db *db, void *arg)
{
    static const char sql[] = "PRAGMA foreign_key_check";
    char table[64], parent[64];
    Query query = query_new(db, sql);
    while (query_step(&query)) {
        query_text(&query, table, sizeof table);
        query_int(&query); /* the row, which has no number in some tables */
        query_text(&query, parent, sizeof parent);
        if (query.status == STATUS_OK)
            check_tell(arg, "table %s: a row belongs to one of %s that is not there", table,
                       parent);
    }
    return query_end(&query);
}

Status store_check(Store *store, StoreTell *tell, void *arg, StoreCensus *census)
{
    char heard[DB_MESSAGE] = "";
    Check check = {store, tell, arg, census, {heard, sizeof heard}};
    *census = (StoreCensus){0};
    trouble_listen(&check.heard);
    Status status = check_read(&check, look_through, &check, "the file");
    if (status == STATUS_OK)
        status = check_read(&check, follow_references, &check, "the file");
    if (status == STATUS_OK)
        status = check_rows(&check);
    if (status == STATUS_OK)
        status = check_values(&check);
    trouble_listen(NULL);
    return status;
}
