/* The handlers about the daemon itself. */
#include "api/api_system.h"

#include "core/build.h"
#include "state/preset.h"

#ifndef BACKPROPD_VERSION
#error "the build says which version this is: -DBACKPROPD_VERSION='\"1.2.3\"'"
#endif

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
