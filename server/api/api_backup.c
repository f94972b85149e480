/* The copy is made before the reply begins, so what goes wrong with it has a status; it goes when
 * all of it was read, or with its stream where the client left. */
#include "api/api_backup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/clock.h"
#include "tools/log.h"

#define TYPE "application/vnd.sqlite3"
#define PART (256u * 1024) /* bytes that are read from the file at once */
#define RETRY_SECONDS 5    /* after which a busy client may try again */

typedef struct Sending {
    Stream stream;
    Backup *backup; /* NULL: it was read */
    size_t left;    /* bytes that are not read yet */
} Sending;

static StreamStep next(Stream *stream, Services *services, Shared **part)
{
    Sending *sending = (Sending *)stream;
    (void)services; /* the copy is all there */
    char *bytes = malloc(PART);
    if (!bytes)
        return STREAM_BREAK;
    size_t n = backup_read(sending->backup, bytes, PART);
    *part = shared_new(bytes, n);
    free(bytes);
    sending->left -= n < sending->left ? n : sending->left;
    if (n == 0 || !*part)
        return STREAM_BREAK;
    if (sending->left > 0)
        return STREAM_MORE;
    backup_free(sending->backup); /* before its end is sent: then another may be made */
    sending->backup = NULL;
    return STREAM_END;
}

static void sending_free(Stream *stream)
{
    backup_free(((Sending *)stream)->backup);
    free(stream);
}

/* backpropd-20260131T235959Z.db */
static void name_file(char *file, size_t size)
{
    char now[CLOCK_TEXT], digits[CLOCK_TEXT];
    size_t n = 0;
    clock_text(clock_now_ms(), now);
    for (const char *at = now; *at != '.'; at++)
        if (isalnum((unsigned char)*at))
            digits[n++] = *at;
    digits[n] = '\0';
    snprintf(file, size, "backpropd-%sZ.db", digits);
}

static Reply send_backup(const Request *request, Backup *backup, double began)
{
    size_t size = backup_size(backup);
    Sending *sending = malloc(sizeof *sending);
    if (!sending) {
        backup_free(backup);
        return reply_store(request, STATUS_NO_MEMORY, "backup", "");
    }
    log_info("backup", LOG_NUMBER("bytes", size),
             LOG_NUMBER("ms", (clock_seconds() - began) * 1000), LOG_TEXT("request", request->id));
    *sending = (Sending){
        {.next = next, .free = sending_free, .whole = true, .size = size},
        backup,
        size,
    };
    Reply reply = {.code = 200, .type = TYPE, .stream = &sending->stream, .secret = true};
    name_file(reply.file, sizeof reply.file);
    return reply;
}

Reply api_backup(Services *services, const Request *request)
{
    char why[256] = "";
    double began = clock_seconds();
    Backup *backup;
    Reply reply;
    if (reply_refuses_query(request, &reply))
        return reply;
    if (request->last_try)
        return reply_status(request, STATUS_BUSY,
                            "the daemon stops, or half of --connections wait for jobs or listen "
                            "to them; try again later");
    Status status = backup_make(services->backups, &backup, why, sizeof why);
    if (status == STATUS_OK)
        return send_backup(request, backup, began);
    if (status == STATUS_STOPPING)
        return reply_store(request, status, "backup", "");
    reply = reply_status(request, status, "%s", why);
    if (status == STATUS_BUSY)
        reply.retry_after = RETRY_SECONDS;
    return reply;
}
