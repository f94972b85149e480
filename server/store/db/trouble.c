/* A daemon logs trouble where it is seen, for nobody else can; who looks for it has better things
 * to say of it than a line of the log. */
#include "store/db/trouble.h"

#include "tools/log.h"

static _Thread_local const Why *listener;

/* Whether somebody listens, who then has heard it. */
static bool is_heard(const char *what)
{
    if (listener && listener->text[0] == '\0')
        why_set(*listener, STATUS_STORE, "%s", what);
    return listener != NULL;
}

Status trouble_damage(const char *table, const char *id, const char *what)
{
    if (!is_heard(what))
        log_error("store-damaged", LOG_TEXT("table", table), LOG_TEXT("id", id ? id : ""),
                  LOG_TEXT("what", what));
    return STATUS_DAMAGED;
}

void trouble_error(const char *error, int code, const char *sql)
{
    if (!is_heard(error))
        log_error("store-error", LOG_TEXT("error", error), LOG_NUMBER("code", code),
                  LOG_TEXT("sql", sql));
}

void trouble_listen(const Why *why)
{
    listener = why;
}
