/* Streams on their way to the network: parts in order, silence broken, nothing after the end. */
#include "http/sender.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "test_store_fixture.h"

/* Tells the words of a list; NULL stands for nothing new. */
typedef struct Words {
    Stream stream;
    const char *const *word;
    bool freed;
} Words;

static StreamStep tell(Stream *stream, Services *services, Shared **part)
{
    Words *words = (Words *)stream;
    const char *word = *words->word++;
    (void)services; /* words need none */
    *part = word ? shared_new(word, strlen(word)) : NULL;
    if (word && strcmp(word, "end") == 0)
        return STREAM_END;
    if (word && strcmp(word, "break") == 0)
        return STREAM_BREAK;
    return word ? STREAM_MORE : STREAM_LATER;
}

static void free_words(Stream *stream)
{
    ((Words *)stream)->freed = true;
}

static Words words;

static Exchange *sending(const char *const *list)
{
    Exchange *exchange = exchange_new("/");
    cr_assert_not_null(exchange);
    words = (Words){
        {.next = tell, .free = free_words, .poll = 1, .silence = "silence"},
        list,
        false,
    };
    exchange->reply.stream = &words.stream;
    return exchange;
}

static void expect(Exchange *exchange, const char *text)
{
    char bytes[64];
    size_t length = 0, n;
    while ((n = sender_take(exchange, bytes + length, 3)) > 0)
        length += n;
    cr_expect(length == strlen(text) && memcmp(bytes, text, length) == 0, "'%.*s' for '%s'",
              (int)length, bytes, text);
}

TestSuite(sender, .fini = fixture_no_leaks);

Test(sender, parts_are_taken_in_pieces_and_in_order_until_the_end)
{
    static const char *const list[] = {"first part", NULL, "second", "end"};
    Exchange *exchange = sending(list);
    expect(exchange, "");
    cr_expect(sender_fill(exchange, NULL));
    expect(exchange, "first part");
    cr_expect(!sender_fill(exchange, NULL), "nothing is new");
    cr_expect(exchange->sending.due > 0);
    expect(exchange, "");
    cr_expect(sender_fill(exchange, NULL));
    expect(exchange, "second");
    cr_expect(!sender_is_over(exchange));
    cr_expect(sender_fill(exchange, NULL));
    cr_expect(sender_is_over(exchange));
    expect(exchange, "end");
    cr_expect_eq(exchange->reply.length, strlen("first partsecondend"));
    exchange_free(exchange);
    cr_expect(words.freed);
}

Test(sender, silence_is_broken_after_15_seconds)
{
    static const char *const list[] = {NULL, NULL, NULL};
    Exchange *exchange = sending(list);
    cr_expect(!sender_fill(exchange, NULL));
    exchange->sending.spoke -= 16;
    cr_expect(sender_fill(exchange, NULL));
    expect(exchange, "silence");
    cr_expect(!sender_fill(exchange, NULL), "it has just been broken");
    exchange_free(exchange);
}

Test(sender, an_ended_stream_is_not_asked_again)
{
    static const char *const list[] = {"first", "never"};
    Exchange *exchange = sending(list);
    cr_expect(sender_fill(exchange, NULL));
    sender_end(exchange);
    cr_expect(sender_fill(exchange, NULL));
    expect(exchange, "");
    cr_expect(sender_is_over(exchange) && words.word == list + 1);
    exchange_free(exchange);
}

Test(sender, a_stream_that_breaks_says_so)
{
    static const char *const list[] = {"first", "break"};
    Exchange *exchange = sending(list);
    cr_expect(sender_fill(exchange, NULL));
    cr_expect(!sender_is_broken(exchange));
    expect(exchange, "first");
    cr_expect(sender_fill(exchange, NULL));
    cr_expect(sender_is_over(exchange) && sender_is_broken(exchange));
    exchange_free(exchange);
}

Test(sender, what_has_to_be_whole_is_broken_where_it_is_ended)
{
    static const char *const list[] = {"first", "never"};
    Exchange *exchange = sending(list);
    sender_end(exchange);
    cr_expect(!sender_is_broken(exchange), "events may end anywhere");
    words.stream.whole = true;
    sender_end(exchange);
    cr_expect(sender_is_broken(exchange));
    exchange_free(exchange);
}
