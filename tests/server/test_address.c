/* Addresses, hosts and origins: what is one, and which of them mean this machine. */
#include <criterion/criterion.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/address.h"

TestSuite(address, .fini = fixture_no_leaks);

Test(address, is_split_into_host_and_port)
{
    static const char *const known[][3] = {{"127.0.0.1:8080", "127.0.0.1", "8080"},
                                           {"[::1]:0", "::1", "0"},
                                           {":65535", "", "65535"},
                                           {"localhost:80", "localhost", "80"}};
    char host[ADDRESS_HOST], port[8];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cr_assert_eq(address_split(known[i][0], host, port), STATUS_OK);
        cr_expect_str_eq(host, known[i][1]);
        cr_expect_str_eq(port, known[i][2]);
    }
}

Test(address, loopback_is_told_from_what_looks_like_it)
{
    static const char *const here[] = {"localhost", "LocalHost", "127.0.0.1", "127.9.8.7", "::1"};
    static const char *const elsewhere[] = {"",
                                            "0.0.0.0",
                                            "::",
                                            "10.0.0.1",
                                            "128.0.0.1",
                                            "127.evil.example",
                                            "127.0.0.1.evil.example",
                                            "localhost.evil.example",
                                            "127.1",
                                            "::2",
                                            "a.localhost.b"};
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        cr_expect(address_is_loopback(here[i]), "%s", here[i]);
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        cr_expect_not(address_is_loopback(elsewhere[i]), "%s", elsewhere[i]);
}

Test(address, the_host_of_a_request_is_found_with_and_without_a_port)
{
    static const char *const known[][2] = {
        {"localhost", "localhost"}, {"localhost:8080", "localhost"}, {"a.b:", "a.b"},
        {"[::1]", "::1"},           {"[::1]:8080", "::1"},           {"127.0.0.1:1", "127.0.0.1"}};
    static const char *const wrong[] = {"",          ":80",       "a:b",  "a:80:90",  "[::1",
                                        "[::1]x",    "a b",       "a,b",  "a:123456", "[a]:80 ",
                                        "a\xC3\xA9", "user@host", "[]:80"};
    char host[ADDRESS_HOST];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cr_expect(address_host(known[i][0], host), "%s", known[i][0]);
        cr_expect_str_eq(host, known[i][1]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(address_host(wrong[i], host), "%s", wrong[i]);
}

Test(address, a_host_of_any_length_does_no_harm)
{
    char text[2000], host[ADDRESS_HOST];
    memset(text, 'a', sizeof text);
    for (size_t n = ADDRESS_HOST - 3; n < ADDRESS_HOST + 3; n++) {
        text[n] = '\0';
        cr_expect_eq(address_host(text, host), n < ADDRESS_HOST, "%zu", n);
        text[n] = 'a';
    }
    text[sizeof text - 1] = '\0';
    cr_expect_not(address_host(text, host));
}

Test(address, an_origin_has_a_scheme_a_host_and_nothing_behind)
{
    static const char *const fine[] = {"http://a", "https://a.example:8443", "http://[::1]:3000"};
    static const char *const wrong[] = {"",           "a",           "null",       "http://",
                                        "http://a/",  "ftp://a",     "https://a:", "https://a?b",
                                        "http://a b", "HTTP//a",     "*",          "https://*.a",
                                        "file://",    "https://a#b", "https://a:x"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        cr_expect(address_is_origin(fine[i]), "%s", fine[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(address_is_origin(wrong[i]), "%s", wrong[i]);
}

Test(address, an_entry_of_a_list_is_found_whole_and_nothing_else)
{
    static const char list[] = "a.example,b,ccc";
    cr_expect_eq(address_in_list(list, "A.Example"), list);
    cr_expect_eq(address_in_list(list, "b"), list + 10);
    cr_expect_eq(address_in_list(list, "ccc"), list + 12);
    static const char *const none[] = {"", "a", "cc", "cccc", "a.example,b", ",", "d"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect_null(address_in_list(list, none[i]), "%s", none[i]);
    cr_expect_null(address_in_list("", ""));
}
