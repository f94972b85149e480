/* Cursors are the ids (of models: the names) of entries, so they stay true while a list grows. */
#include "api/page.h"

#include "tools/id.h"

StorePage page_decode(const Request *request, const char *prefix, const char *const *others,
                      size_t count, Problem *problem)
{
    const char *names[8] = {"limit", "after"};
    for (size_t i = 0; i < count && i < 6; i++)
        names[2 + i] = others[i];
    request_refuse_unknown(request, names, count + 2, problem);
    long long limit = request_number(request, "limit", 100, (long long[]){1, 1000}, problem);
    const char *after = request_query(request, "after");
    if (after && prefix && !id_has_form(after, prefix))
        problem_add(problem, "?after", "must be the id that ended the page before, got '%s'",
                    after);
    return (StorePage){.after = after, .limit = (size_t)limit};
}

void page_begin(Encoder *encoder)
{
    enc_object(encoder);
    enc_key(encoder, "data");
    enc_array(encoder);
}

void page_end(Encoder *encoder, const char *next)
{
    enc_array_end(encoder);
    enc_put_string(encoder, "next", next);
    enc_object_end(encoder);
}
