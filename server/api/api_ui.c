/* The files were compressed when the daemon was built, each has a tag of its digest, and they are
 * sent with the headers that keep a page to itself (`page` of a Reply). */
#include "api/api_ui.h"

#include <stdio.h>
#include <string.h>

#include "api/api_guide.h"
#include "api/condition.h"
#include "api/ui_files.h"

#define HOME "index.html"

/* The media type of a file, by the end of its name; there is a row for each that is built in. */
static const char *type_of(const char *name)
{
    static const struct {
        const char *end, *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".svg", "image/svg+xml"}};
    const char *end = strrchr(name, '.');
    for (size_t i = 0; end && i < sizeof types / sizeof *types; i++)
        if (strcmp(end, types[i].end) == 0)
            return types[i].type;
    return "application/octet-stream";
}

static const UiFile *find(const char *name)
{
    for (const UiFile *file = ui_files; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static Reply send_file(const Request *request, const UiFile *file)
{
    bool gzip = condition_takes_gzip(request_header(request, "Accept-Encoding"));
    Text text = {0};
    text_add(&text, gzip ? file->gzip : file->plain, gzip ? file->gzip_bytes : file->plain_bytes);
    Reply reply = reply_text_take(type_of(file->name), &text);
    if (reply.code != 200)
        return reply;
    snprintf(reply.etag, sizeof reply.etag, gzip ? "\"%s-gzip\"" : "\"%s\"", file->digest);
    reply.encoding = gzip ? "gzip" : NULL;
    reply.page = true;
    return reply;
}

Reply api_home(Services *services, const Request *request)
{
    static const char *const types[] = {"text/plain", "text/html"};
    const UiFile *page = find(HOME);
    Reply refusal;
    if (!page || request_accepts(request, types, 2) != types[1])
        return api_guide(services, request);
    return reply_refuses_query(request, &refusal) ? refusal : send_file(request, page);
}

Reply api_ui_file(Services *services, const Request *request)
{
    const UiFile *file = find(request->param[0]);
    Reply refusal;
    (void)services; /* the files are constants */
    if (reply_refuses_query(request, &refusal))
        return refusal;
    if (!file)
        return reply_status(request, STATUS_NOT_FOUND, "the dashboard has no file '%s'",
                            request->param[0]);
    return send_file(request, file);
}
