/* The gate: each rule refuses what it is for, and lets through what is fine. */
#include <criterion/criterion.h>
#include <string.h>

#include "http/gate.h"
#include "test_store_fixture.h"

static Problem problem;

TestSuite(gate, .fini = fixture_no_leaks);

#define HEADERS_MAX 6

/* A request: NULL ends the headers. */
typedef struct Given {
    const char *method, *version;
    Pair header[HEADERS_MAX];
} Given;

static Status check(const Given *given, Method *method)
{
    Gate gate = {given->method, given->version, 0, given->header};
    while (gate.header_count < HEADERS_MAX && given->header[gate.header_count].name)
        gate.header_count++;
    problem_clear(&problem);
    return gate_check(&gate, method, &problem);
}

#define HOST                                                                                       \
    {                                                                                              \
        "Host", "localhost"                                                                        \
    }
#define POST(...) (&(Given){"POST", "HTTP/1.1", {HOST, __VA_ARGS__}})

static void expect_passed(const Given *given)
{
    Method method = METHODS;
    cr_expect_eq(check(given, &method), STATUS_OK, "%s", problem.detail);
    cr_expect_neq(method, METHODS);
}

static void expect_refused(const Given *given, const char *why)
{
    Method method;
    cr_expect_eq(check(given, &method), STATUS_MALFORMED, "%s", why);
    cr_expect_str_eq(problem.detail, why);
}

Test(gate, lets_a_plain_request_through)
{
    expect_passed(&(Given){"GET", "HTTP/1.1", {HOST}});
    expect_passed(POST({"Content-Length", "12"}, {"Content-Type", "text/csv"}));
    expect_passed(POST({"Transfer-Encoding", "chunked"}));
}

Test(gate, knows_the_methods)
{
    static const struct {
        const char *name;
        Method method;
    } known[] = {{"GET", METHOD_GET},
                 {"HEAD", METHOD_GET},
                 {"POST", METHOD_POST},
                 {"DELETE", METHOD_DELETE},
                 {"OPTIONS", METHOD_OPTIONS}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        Method method = METHODS;
        cr_expect_eq(check(&(Given){known[i].name, "HTTP/1.1", {HOST}}, &method), STATUS_OK);
        cr_expect_eq(method, known[i].method);
    }
}

Test(gate, leaves_methods_that_no_route_has_to_the_routes)
{
    static const char *const words[] = {"PUT", "PATCH", "get", "TRACE", "CONNECT", "GETS"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        Method method = METHOD_GET;
        cr_expect_eq(check(&(Given){words[i], "HTTP/1.1", {HOST}}, &method), STATUS_OK);
        cr_expect_eq(method, METHODS, "%s", words[i]);
    }
}

Test(gate, refuses_methods_that_are_no_words)
{
    static const char *const wrong[] = {"", "G T", "G\x01T", "GET\t", "(GET)"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_refused(&(Given){wrong[i], "HTTP/1.1", {HOST}},
                       "the method holds a character that no method has");
}

Test(gate, refuses_other_versions)
{
    static const char *const wrong[] = {"HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "http/1.1", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_refused(&(Given){"GET", wrong[i], {HOST}},
                       "the version must be HTTP/1.1 or HTTP/1.0");
}

Test(gate, refuses_a_name_that_is_no_token)
{
    static const char *const wrong[] = {"Content-Length ", "", "A B", "A\t", "A:", "A(b)", "\xC3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_refused(POST({wrong[i], "1"}),
                       "the name of a header field holds a character that no name has");
}

Test(gate, takes_every_character_that_a_token_may_hold)
{
    expect_passed(POST({"aZ09!#$%&'*+-.^_`|~", "1"}));
}

Test(gate, refuses_two_content_lengths)
{
    expect_refused(POST({"Content-Length", "5"}, {"Content-Length", "5"}),
                   "there is more than one Content-Length");
    expect_refused(POST({"Content-Length", "5"}, {"content-length", "6"}),
                   "there is more than one Content-Length");
}

Test(gate, refuses_a_content_length_beside_a_transfer_encoding)
{
    expect_refused(POST({"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}),
                   "Content-Length and Transfer-Encoding exclude each other");
    expect_refused(POST({"transfer-encoding", "chunked"}, {"CONTENT-LENGTH", "0"}),
                   "Content-Length and Transfer-Encoding exclude each other");
}

Test(gate, refuses_any_transfer_encoding_but_chunked)
{
    static const char *const wrong[] = {
        "gzip", "gzip, chunked", "identity", "", "chunked, chunked", "xchunked", "chunked;a=b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_refused(POST({"Transfer-Encoding", wrong[i]}),
                       "the only Transfer-Encoding taken is chunked");
    expect_refused(POST({"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}),
                   "the only Transfer-Encoding taken is chunked");
    expect_passed(POST({"Transfer-Encoding", "Chunked"}));
}

Test(gate, refuses_a_transfer_encoding_of_http_1_0)
{
    expect_refused(&(Given){"POST", "HTTP/1.0", {HOST, {"Transfer-Encoding", "chunked"}}},
                   "HTTP/1.0 has no Transfer-Encoding");
}

Test(gate, refuses_a_content_length_that_is_no_number)
{
    static const char *const wrong[] = {"",     "-1",  "+5",  "5 5", "5,5",
                                        "0x10", "1e3", "5.0", " 5",  "1234567890123456789"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_refused(POST({"Content-Length", wrong[i]}),
                       "Content-Length must be a number of bytes");
    expect_passed(POST({"Content-Length", "123456789012345678"}));
}

Test(gate, refuses_two_hosts)
{
    expect_refused(POST({"host", "localhost"}), "there is more than one Host");
}

Test(gate, refuses_a_request_without_a_host_unless_it_is_old)
{
    expect_refused(&(Given){"GET", "HTTP/1.1", {{"Accept", "*/*"}}}, "there is no Host");
    expect_passed(&(Given){"GET", "HTTP/1.0", {{"Accept", "*/*"}}});
}

Test(gate, refuses_a_host_that_is_none)
{
    static const char *const wrong[] = {"a b", "a/b", "user@a", "a,b", "a\tb"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_refused(&(Given){"GET", "HTTP/1.1", {{"Host", wrong[i]}}}, "Host is not a host");
    expect_passed(&(Given){"GET", "HTTP/1.1", {{"Host", "[::1]:8080"}}});
    expect_passed(&(Given){"GET", "HTTP/1.1", {{"Host", "example.org:80"}}});
}
