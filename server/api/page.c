/* Cursors are the ids (of models: the names) of entries, so they stay true while a list grows. */
#include "api/page.h"

StorePage page_decode(const Request *request, const char *const *others, size_t count,
                      Problem *problem)
{
    const char *names[8] = {"limit", "after"};
    for (size_t i = 0; i < count && i < 6; i++)
        names[2 + i] = others[i];
    request_refuse_unknown(request, names, count + 2, problem);
    long long limit = request_number(request, "limit", 100, (long long[]){1, 1000}, problem);
    return (StorePage){.after = request_query(request, "after"), .limit = (size_t)limit};
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

Reply page_problem(const Request *request, Status status, StorePage page)
{
    Problem problem;
    if (status != STATUS_NOT_FOUND)
        return reply_store(request, status, "list", "");
    problem_clear(&problem);
    problem_add(&problem, "?after", "must be the id that ended the page before, got '%s'",
                page.after ? page.after : "");
    return reply_problem(request, &problem);
}
