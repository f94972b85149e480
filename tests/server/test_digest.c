/* SHA-256 against the examples of FIPS 180-4 (NIST's SHA256.pdf). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/digest.h"

TestSuite(digest, .fini = fixture_no_leaks);

static const char *digest_text(const void *bytes, size_t n)
{
    static char hex[DIGEST_SIZE];
    cr_assert(digest_of(bytes, n, hex));
    return hex;
}

Test(digest, known_messages_have_their_known_digests)
{
    static const char *const known[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
         "klmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_str_eq(digest_text(known[i][0], strlen(known[i][0])), known[i][1]);
}

Test(digest, a_million_letters_have_their_known_digest)
{
    char *letters = malloc(1000000);
    cr_assert_not_null(letters);
    memset(letters, 'a', 1000000);
    cr_expect_str_eq(digest_text(letters, 1000000),
                     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(letters);
}

Test(digest, pieces_give_the_digest_of_the_whole)
{
    static const char text[] =
        "the quick brown fox jumps over the lazy dog, again and again and "
        "again, until the text is longer than two blocks of sixty-four bytes";
    char whole[DIGEST_SIZE], hex[DIGEST_SIZE];
    size_t n = strlen(text);
    cr_assert(digest_of(text, n, whole));
    for (size_t cut = 0; cut <= n; cut++) {
        Digest *digest = digest_new();
        cr_assert_not_null(digest);
        digest_add(digest, text, cut);
        digest_add(digest, text + cut, n - cut);
        digest_finish_take(hex, digest);
        cr_assert_str_eq(hex, whole, "cut at %zu", cut);
    }
}

Test(digest, one_bit_changes_it)
{
    char before[DIGEST_SIZE], after[DIGEST_SIZE];
    cr_assert(digest_of("abc", 3, before));
    cr_assert(digest_of("abb", 3, after));
    cr_expect_str_neq(before, after);
}
