/* Each check is a rule of RFC 9112 (message syntax) unless it says otherwise. */
#include "http/gate.h"

#include <string.h>
#include <strings.h>

static bool is_token(const char *text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    size_t i = 0;
    for (; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!letter && c != '-' && !(c >= '0' && c <= '9') && !strchr(marks, c))
            return false;
    }
    return i > 0;
}

static size_t count_of(const Gate *gate, const char *name, const char **value)
{
    size_t count = 0;
    for (size_t i = 0; i < gate->header_count; i++) {
        if (!request_is_name(gate->header[i].name, name))
            continue;
        *value = gate->header[i].value;
        count++;
    }
    return count;
}

static const char *wrong_names(const Gate *gate)
{
    for (size_t i = 0; i < gate->header_count; i++)
        if (!is_token(gate->header[i].name))
            return "the name of a header field holds a character that no name has";
    return NULL;
}

/* How long the body is has to be said once and plainly. */
static const char *wrong_framing(const Gate *gate)
{
    const char *length = "0", *coding = "chunked";
    size_t lengths = count_of(gate, "Content-Length", &length);
    size_t codings = count_of(gate, "Transfer-Encoding", &coding);
    if (lengths > 1)
        return "there is more than one Content-Length";
    if (lengths && codings)
        return "Content-Length and Transfer-Encoding exclude each other";
    if (codings && strcmp(gate->version, "HTTP/1.0") == 0)
        return "HTTP/1.0 has no Transfer-Encoding";
    if (codings > 1 || strcasecmp(coding, "chunked") != 0)
        return "the only Transfer-Encoding taken is chunked";
    if (strlen(length) < 1 || strlen(length) > 18 || strspn(length, "0123456789") != strlen(length))
        return "Content-Length must be a number of bytes";
    return NULL;
}

static const char *wrong_host(const Gate *gate)
{
    const char *host = "";
    size_t hosts = count_of(gate, "Host", &host);
    bool old = strcmp(gate->version, "HTTP/1.0") == 0;
    if (hosts > 1)
        return "there is more than one Host";
    if (hosts == 0 && !old)
        return "there is no Host";
    if (strpbrk(host, " \t/@,"))
        return "Host is not a host";
    return NULL;
}

static Method find_method(const char *name)
{
    static const struct {
        const char *name;
        Method method;
    } methods[] = {{"GET", METHOD_GET},
                   {"HEAD", METHOD_GET},
                   {"POST", METHOD_POST},
                   {"DELETE", METHOD_DELETE},
                   {"OPTIONS", METHOD_OPTIONS}};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    }
    return METHODS;
}

Status gate_check(const Gate *gate, Method *method, Problem *problem)
{
    const char *wrong = NULL;
    if (strcmp(gate->version, "HTTP/1.1") != 0 && strcmp(gate->version, "HTTP/1.0") != 0)
        wrong = "the version must be HTTP/1.1 or HTTP/1.0";
    if (!wrong && !is_token(gate->method))
        wrong = "the method holds a character that no method has";
    if (!wrong)
        wrong = wrong_names(gate);
    if (!wrong)
        wrong = wrong_framing(gate);
    if (!wrong)
        wrong = wrong_host(gate);
    if (wrong)
        return problem_set(problem, STATUS_MALFORMED, "%s", wrong);
    *method = find_method(gate->method);
    return STATUS_OK;
}
