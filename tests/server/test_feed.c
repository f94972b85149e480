/* The feed: parts are found by all that they are of, and the oldest makes room. */
#include "state/feed.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "test_store_fixture.h"

static Feed *feed;

static void start(void)
{
    feed = feed_new();
    cr_assert_not_null(feed);
}

static void end(void)
{
    feed_free(feed);
    fixture_no_leaks();
}

TestSuite(feed, .init = start, .fini = end);

static FeedKey key_of(const char *job, int form, FeedAt from)
{
    FeedKey key = {.form = form, .from = from};
    snprintf(key.job, sizeof key.job, "%s", job);
    return key;
}

static void keep(FeedKey key, const char *text)
{
    FeedPart part = {.text = shared_new(text, strlen(text)), .to = {9, 9, 9}, .last = true};
    cr_assert_not_null(part.text);
    feed_keep(feed, &key, &part);
    shared_drop(part.text);
}

static bool holds(FeedKey key, const char *text)
{
    FeedPart part;
    if (!feed_find(feed, &key, &part))
        return false;
    bool same =
        part.text->length == strlen(text) && memcmp(part.text->bytes, text, part.text->length) == 0;
    cr_expect(same && part.last && part.to.epoch == 9);
    shared_drop(part.text);
    return true;
}

Test(feed, a_part_is_found_by_all_that_it_is_of)
{
    const FeedAt at = {1, 2, 3};
    cr_expect(!holds(key_of("a", 0, at), "text"));
    keep(key_of("a", 0, at), "text");
    cr_expect(holds(key_of("a", 0, at), "text"));
    cr_expect(!holds(key_of("b", 0, at), "text"));
    cr_expect(!holds(key_of("a", 1, at), "text"));
    cr_expect(!holds(key_of("a", 0, (FeedAt){0, 2, 3}), "text"));
    cr_expect(!holds(key_of("a", 0, (FeedAt){1, 0, 3}), "text"));
    cr_expect(!holds(key_of("a", 0, (FeedAt){1, 2, 0}), "text"));
}

Test(feed, the_oldest_makes_room_and_whoever_holds_it_keeps_it)
{
    FeedPart first;
    FeedKey key = key_of("a", 0, (FeedAt){0});
    keep(key, "first");
    cr_assert(feed_find(feed, &key, &first));
    for (int64_t i = 1; i <= 32; i++)
        keep(key_of("a", 0, (FeedAt){i, 0, 0}), "later");
    cr_expect(!holds(key, "first"));
    cr_expect(holds(key_of("a", 0, (FeedAt){1, 0, 0}), "later"));
    cr_expect_eq(memcmp(first.text->bytes, "first", 5), 0);
    shared_drop(first.text);
}
