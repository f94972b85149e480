/* The handlers about the daemon itself. */
#include "api/api_system.h"

#include <stdio.h>
#include <string.h>

#include "api/openapi.h"
#include "core/build.h"
#include "state/preset.h"

#ifndef BACKPROPD_VERSION
#error "the build says which version this is: -DBACKPROPD_VERSION='\"1.2.3\"'"
#endif

/* With the version of OpenAPI, as OpenAPI's registration of the media type wants it. */
#define OPENAPI_TYPE "application/vnd.oai.openapi+json;version=3.1"

static Reply say(const Request *request, const char *key, const char *value)
{
    Encoder encoder = {0};
    enc_object(&encoder);
    enc_put_string(&encoder, key, value);
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}

Reply api_livez(Services *services, const Request *request)
{
    (void)services; /* it lives if it answers */
    return say(request, "status", "ok");
}

Reply api_readyz(Services *services, const Request *request)
{
    char why[256];
    Status status = store_ready(services->store, why, sizeof why);
    if (status != STATUS_OK)
        return reply_status(request, status, "%s", why);
    return say(request, "status", "ready");
}

Reply api_version(Services *services, const Request *request)
{
    Encoder encoder = {0};
    enc_object(&encoder);
    enc_put_string(&encoder, "name", "backpropd");
    enc_put_string(&encoder, "version", BACKPROPD_VERSION);
    enc_put_string(&encoder, "core", core_build());
    enc_put_string(&encoder, "journal_mode", store_journal_mode(services->store));
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}

/* The description is of this daemon, so its digest tells whether a client has it already. */
Reply api_openapi(Services *services, const Request *request)
{
    static const char *const types[] = {"application/json", "application/vnd.oai.openapi+json"};
    const char *type = request_accepts(request, types, 2);
    const char *known = request_header(request, "If-None-Match");
    Text text = {0};
    Reply reply = {.code = 304};
    char etag[sizeof reply.etag];
    (void)services; /* the document is a constant */
    if (!type)
        return reply_status(request, STATUS_NOT_ACCEPTABLE, "the document comes as %s and %s",
                            types[0], types[1]);
    snprintf(etag, sizeof etag, "\"%s\"", openapi_digest);
    if (!known || !(strstr(known, etag) || strcmp(known, "*") == 0)) {
        text_puts(&text, openapi_json);
        reply = reply_text_take(type == types[0] ? types[0] : OPENAPI_TYPE, &text);
    }
    if (reply.code != 503)
        memcpy(reply.etag, etag, sizeof etag);
    return reply;
}

Reply api_hyperparameters(Services *services, const Request *request)
{
    Encoder encoder = {0};
    (void)services; /* the tables are constants */
    enc_object(&encoder);
    enc_key(&encoder, "data");
    spec_describe(hyper_table(), &encoder);
    enc_key(&encoder, "presets");
    preset_encode_all(&encoder);
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}
