/* The way of a request from its first line to the reply, without a network. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "http/exchange.h"
#include "test_api_fixture.h"

static Exchange *exchange;

static void end(void)
{
    exchange_free(exchange);
    api_end();
}

TestSuite(exchange, .init = api_start, .fini = end);

#define LIMIT 1000

/* A request whose header is there: names and values by turns, ended by NULL. */
static void open_with(const char *method, const char *target, const char *const *header)
{
    char line[500]; /* the library's buffer: the target, a blank, the version */
    size_t n = strlen(target);
    memcpy(line, target, n + 1);
    memcpy(line + n + 1, "HTTP/1.1", 9);
    exchange_free(exchange);
    exchange = exchange_new(line);
    cr_assert_not_null(exchange);
    exchange->header[exchange->header_count++] = (Pair){"Host", "localhost"};
    for (; *header; header += 2)
        exchange->header[exchange->header_count++] = (Pair){header[0], header[1]};
    exchange_open(exchange, &(ExchangeHead){method, line + n + 1, LIMIT, api_services()->access});
}

#define OPEN(method, target, ...)                                                                  \
    open_with(method, target, (const char *const[]){__VA_ARGS__, NULL})
#define JSON "Content-Type", "application/json"

static void expect_refused(int code)
{
    cr_expect_eq(exchange->step, EXCHANGE_ANSWERED);
    cr_expect_eq(exchange->reply.code, code, "%d: %s", exchange->reply.code,
                 exchange->reply.body ? exchange->reply.body : "");
}

static void handle(void)
{
    exchange_close_body(exchange);
    cr_assert_eq(exchange->step, EXCHANGE_BODY, "%s", exchange->reply.body);
    exchange->request.may_block = true;
    exchange_handle(exchange, api_services());
}

Test(exchange, a_sound_request_is_handled)
{
    OPEN("GET", "/v1/datasets?limit=5", "Accept", "*/*");
    cr_assert_eq(exchange->step, EXCHANGE_BODY);
    cr_expect_str_eq(exchange->request.path, "/v1/datasets");
    cr_expect_eq(exchange->request.query_count, 1);
    handle();
    cr_expect(exchange->step == EXCHANGE_ANSWERED && exchange->reply.code == 200);
    cr_expect(!exchange->close);
}

Test(exchange, a_body_is_taken_in_pieces_and_handled)
{
    static const char json[] = "{\"x\": [[1], [2]], \"y\": [3, 4]}";
    OPEN("POST", "/v1/datasets", JSON);
    for (size_t i = 0; i < sizeof json - 1; i++)
        exchange_feed(exchange, json + i, 1, LIMIT);
    handle();
    cr_expect_eq(exchange->reply.code, 201);
}

Test(exchange, what_is_not_there_is_not_found)
{
    OPEN("GET", "/v1/nothing", NULL);
    expect_refused(404);
    cr_expect_str_eq(exchange->reply.allow, "");
    cr_expect(!exchange->close);
}

Test(exchange, a_wrong_method_learns_the_right_ones)
{
    OPEN("DELETE", "/v1/datasets", NULL);
    expect_refused(405);
    cr_expect_str_eq(exchange->reply.allow, "GET, HEAD, POST, OPTIONS");
}

Test(exchange, options_tells_the_methods)
{
    OPEN("OPTIONS", "/v1/datasets", NULL);
    expect_refused(204);
    cr_expect_str_eq(exchange->reply.allow, "GET, HEAD, POST, OPTIONS");
}

Test(exchange, an_unknown_method_closes_the_connection)
{
    OPEN("PUT", "/v1/datasets", NULL);
    expect_refused(405);
    cr_expect(exchange->close);
    cr_expect_str_eq(exchange->reply.allow, "GET, HEAD, POST, OPTIONS");
}

Test(exchange, what_the_gate_refuses_closes_the_connection)
{
    OPEN("POST", "/v1/datasets", "Content-Length", "5", "Content-Length", "6");
    expect_refused(400);
    cr_expect(exchange->close && exchange_must_refuse_now(exchange));
}

Test(exchange, a_broken_target_is_malformed)
{
    OPEN("GET", "/v1/%zz", NULL);
    expect_refused(400);
}

Test(exchange, a_nul_in_the_request_line_is_malformed)
{
    static const char line[] = "/livez\0x HTTP/1.1";
    exchange = exchange_new(line);
    exchange->header[exchange->header_count++] = (Pair){"Host", "localhost"};
    exchange_open(exchange, &(ExchangeHead){"GET", line + 9, LIMIT, api_services()->access});
    expect_refused(400);
    cr_expect(exchange->close);
}

Test(exchange, a_mistake_of_the_headers_is_told)
{
    exchange = exchange_new("/livez");
    exchange->wrong = "a header field holds a NUL";
    exchange_open(exchange, &(ExchangeHead){"GET", "HTTP/1.1", LIMIT, api_services()->access});
    expect_refused(400);
    cr_expect(strstr(exchange->reply.body, "a header field holds a NUL"));
}

Test(exchange, a_type_that_is_not_taken_is_refused_before_the_body)
{
    OPEN("POST", "/v1/datasets", "Content-Type", "text/plain", "Content-Length", "10");
    expect_refused(415);
    cr_expect(exchange_must_refuse_now(exchange));
}

Test(exchange, a_length_over_the_limit_is_refused_before_the_body)
{
    OPEN("POST", "/v1/datasets", JSON, "Content-Length", "1001");
    expect_refused(413);
    cr_expect(strstr(exchange->reply.body, "1000 bytes"));
    cr_expect(exchange_must_refuse_now(exchange));
    OPEN("POST", "/v1/datasets", JSON, "Content-Length", "1000");
    cr_expect_eq(exchange->step, EXCHANGE_BODY);
}

Test(exchange, a_refusal_waits_where_no_body_comes)
{
    OPEN("GET", "/v1/nothing", "Content-Length", "0");
    cr_expect(!exchange_must_refuse_now(exchange));
    OPEN("GET", "/v1/nothing", "Transfer-Encoding", "chunked");
    cr_expect(exchange_must_refuse_now(exchange));
}

Test(exchange, a_body_that_grows_over_the_limit_is_drained_and_then_refused)
{
    char piece[100];
    memset(piece, ' ', sizeof piece);
    OPEN("POST", "/v1/datasets", JSON, "Transfer-Encoding", "chunked");
    for (int i = 0; i < 10; i++)
        exchange_feed(exchange, piece, sizeof piece, LIMIT);
    cr_expect_eq(exchange->step, EXCHANGE_BODY);
    for (int i = 0; i < 10; i++) {
        exchange_feed(exchange, piece, 1, LIMIT);
        cr_expect_eq(exchange->step, EXCHANGE_DRAIN);
    }
    exchange_close_body(exchange);
    expect_refused(413);
}

Test(exchange, an_empty_or_broken_body_is_refused_without_the_handler)
{
    OPEN("POST", "/v1/datasets", JSON);
    exchange_close_body(exchange);
    expect_refused(400);
    OPEN("POST", "/v1/datasets", JSON);
    exchange_feed(exchange, "{\"x\": [?", 8, LIMIT);
    exchange_close_body(exchange);
    expect_refused(400);
}

Test(exchange, mistakes_in_a_body_are_left_to_the_handler)
{
    static const char json[] = "{\"x\": [[\"a\"]], \"y\": [1], \"z\": 1}";
    OPEN("POST", "/v1/datasets", JSON);
    exchange_feed(exchange, json, sizeof json - 1, LIMIT);
    handle();
    expect_refused(422);
    cr_expect(strstr(exchange->reply.body, "#/x/0/0") && strstr(exchange->reply.body, "#/z"));
}

Test(exchange, a_body_where_none_is_taken_is_passed_over)
{
    OPEN("GET", "/livez", "Content-Length", "5");
    exchange_feed(exchange, "hello", 5, LIMIT);
    handle();
    cr_expect_eq(exchange->reply.code, 200);
}

static const char *id_for(const char *given)
{
    OPEN("GET", "/livez", "X-Request-Id", given);
    return exchange->request.id;
}

Test(exchange, a_request_id_that_is_one_word_is_kept)
{
    cr_expect_str_eq(id_for("abc-123:/x"), "abc-123:/x");
    cr_expect_str_eq(id_for("1"), "1");
}

Test(exchange, another_request_id_is_replaced)
{
    static const char *const wrong[] = {"", "a b", "a\"b", "a\tb", "\xC3\xA9", "a\x7f"};
    char ours[72], long_id[100] = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        memcpy(ours, id_for(wrong[i]), sizeof ours);
        cr_expect_eq(strlen(ours), 16, "%s", ours);
        cr_expect_str_neq(id_for(wrong[i]), ours);
    }
    memset(long_id, 'x', 72);
    cr_expect_eq(strlen(id_for(long_id)), 16);
    long_id[71] = '\0';
    cr_expect_str_eq(id_for(long_id), long_id);
}

Test(exchange, a_stopping_daemon_says_when_to_come_again)
{
    OPEN("GET", "/v1/datasets", NULL);
    exchange_refuse_stopping(exchange);
    expect_refused(503);
    cr_expect_gt(exchange->reply.retry_after, 0);
}

Test(exchange, a_stopping_daemon_leaves_replies_that_are_there)
{
    OPEN("GET", "/v1/nothing", NULL);
    exchange_refuse_stopping(exchange);
    expect_refused(404);
}

Test(exchange, who_waits_is_called_again_with_what_is_waited_for)
{
    static const char csv[] = "a,b\n1,2\n2,4\n";
    OPEN("POST", "/v1/jobs?wait=30&epochs=1", "Content-Type", "text/csv");
    exchange_feed(exchange, csv, sizeof csv - 1, LIMIT);
    handle();
    cr_assert(exchange->step == EXCHANGE_BODY && exchange->reply.code == 0);
    api_train();
    exchange_handle(exchange, api_services());
    expect_refused(200);
    cr_expect_eq(fixture_number(api_services()->store, "SELECT count(*) FROM jobs"), 1);
}

Test(exchange, without_memory_for_the_target_it_is_refused)
{
    OPEN("GET", "/livez", NULL);
    Exchange *bare = exchange_new("/livez");
    free(bare->raw);
    bare->raw = NULL;
    exchange_open(bare, &(ExchangeHead){"GET", "HTTP/1.1", LIMIT, api_services()->access});
    cr_expect(bare->step == EXCHANGE_ANSWERED && bare->reply.code == 503);
    exchange_free(bare);
}
