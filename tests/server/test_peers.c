/* Who is connected: who is slow is cut, who idles makes room, and nobody else is touched. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/peers.h"
#include "test_store_fixture.h"
#include "tools/clock.h"
#include "tools/metrics.h"
#include "waiting.h"

#define COUNT 20

static Peers *peers;
static Peer *peer[COUNT];
static int end[COUNT][2]; /* ours, and the client's */

TestSuite(peers, .fini = fixture_no_leaks);

static void start(PeersLimits limits)
{
    peers = peers_new(&limits);
    cr_assert_not_null(peers);
}

static void stop(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (!peer[i])
            continue;
        peers_leave(peers, peer[i]);
        close(end[i][0]);
        close(end[i][1]);
    }
    peers_free(peers);
}

static void enter(size_t i, uint32_t address)
{
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, end[i]), 0);
    peer[i] = peers_enter(peers, end[i][0], (const struct sockaddr *)&from);
    cr_assert_not_null(peer[i]);
}

static void expect_told(size_t i, const char *words)
{
    char told[2000] = "";
    ssize_t n = recv(end[i][1], told, sizeof told - 1, 0);
    cr_assert_gt(n, 0);
    cr_expect(strncmp(told, words, strlen(words)) == 0, "%s", told);
    cr_expect_not_null(strstr(told, "\r\n\r\n{\"type\":"), "%s", told);
    cr_expect_eq(recv(end[i][1], told, sizeof told, 0), 0, "the connection is open");
}

Test(peers, a_header_that_does_not_come_in_time_is_answered_with_408)
{
    start((PeersLimits){.all = COUNT, .seconds = 0.5});
    enter(0, 1);
    cr_assert(peer_begins(peer[0]));
    WAIT_FOR(peer_cut(peer[0]) != PEER_KEPT);
    cr_expect_eq(peer_cut(peer[0]), PEER_LATE);
    expect_told(0, "HTTP/1.1 408 ");
    cr_expect_not(peer_sends_body(peer[0], 0), "nothing more is to be read");
    cr_expect_not(peer_takes_reply(peer[0], 0), "nothing is to be answered");
    cr_expect_eq(metric_value(METRIC_CUT_LATE), 1);
    stop();
}

Test(peers, a_body_may_take_long_where_it_moves)
{
    start((PeersLimits){.all = COUNT, .seconds = 1});
    enter(0, 1);
    cr_assert(peer_begins(peer[0]));
    cr_assert(peer_sends_body(peer[0], 0));
    double began = clock_seconds();
    for (size_t sent = 0; clock_seconds() < began + 3;) {
        size_t due = (size_t)((clock_seconds() - began) * 2 * PEERS_RATE);
        cr_assert(peer_sends_body(peer[0], due - sent));
        sent = due;
    }
    WAIT_FOR(peer_cut(peer[0]) != PEER_KEPT); /* now that it moves no more */
    cr_expect_eq(peer_cut(peer[0]), PEER_LATE);
    stop();
}

Test(peers, a_body_that_moves_too_slowly_is_cut)
{
    start((PeersLimits){.all = COUNT, .seconds = 1});
    enter(0, 1);
    cr_assert(peer_begins(peer[0]));
    double began = clock_seconds();
    size_t due = 0, sent = 0;
    while (due == sent || peer_sends_body(peer[0], due - sent)) {
        sent = due;
        due = (size_t)((clock_seconds() - began) * PEERS_RATE / 10);
        cr_assert_lt(clock_seconds(), began + 20, "it goes on for ever");
    }
    cr_expect_eq(peer_cut(peer[0]), PEER_LATE);
    stop();
}

Test(peers, what_came_at_once_does_not_count_for_later)
{
    start((PeersLimits){.all = COUNT, .seconds = 0.5});
    enter(0, 1);
    cr_assert(peer_begins(peer[0]));
    cr_assert(peer_sends_body(peer[0], 1u << 30));
    WAIT_FOR(peer_cut(peer[0]) != PEER_KEPT);
    stop();
}

Test(peers, a_reply_that_is_not_taken_in_time_is_cut_off)
{
    char byte;
    start((PeersLimits){.all = COUNT, .seconds = 0.5});
    enter(0, 1);
    cr_assert(peer_begins(peer[0]));
    cr_assert(peer_takes_reply(peer[0], 10));
    WAIT_FOR(peer_cut(peer[0]) != PEER_KEPT);
    cr_expect_eq(peer_cut(peer[0]), PEER_UNREAD);
    cr_expect_eq(recv(end[0][1], &byte, 1, 0), 0);
    stop();
}

Test(peers, a_long_reply_has_more_time_and_who_waits_for_us_has_all)
{
    start((PeersLimits){.all = COUNT, .seconds = 0.5});
    for (size_t i = 0; i < 3; i++) {
        enter(i, 1);
        cr_assert(peer_begins(peer[i]));
    }
    cr_assert(peer_takes_reply(peer[0], 100 * PEERS_RATE));
    cr_assert(peer_waits(peer[1]));
    WAIT_FOR(peer_cut(peer[2]) != PEER_KEPT);
    cr_expect_eq(peer_cut(peer[0]), PEER_KEPT);
    cr_expect_eq(peer_cut(peer[1]), PEER_KEPT);
    stop();
}

Test(peers, bytes_that_trickle_into_a_request_line_are_cut_off)
{
    start((PeersLimits){.all = COUNT, .seconds = 0.5});
    enter(0, 1);
    WAIT_FOR(peer_cut(peer[0]) != PEER_KEPT);
    cr_expect_eq(peer_cut(peer[0]), PEER_LATE);
    stop();
}

Test(peers, an_address_has_so_many_connections_and_another_its_own)
{
    start((PeersLimits){.all = COUNT, .each = 3, .seconds = 10});
    for (size_t i = 0; i < 3; i++)
        enter(i, 1);
    enter(3, 1);
    enter(4, 2);
    cr_expect_eq(peer_cut(peer[2]), PEER_KEPT);
    cr_expect_eq(peer_cut(peer[3]), PEER_CROWDED);
    cr_expect_eq(peer_cut(peer[4]), PEER_KEPT);
    expect_told(3, "HTTP/1.1 429 ");
    cr_expect_not(peer_begins(peer[3]), "nothing is to be answered");
    peers_leave(peers, peer[0]);
    peer[0] = NULL;
    enter(5, 1);
    cr_expect_eq(peer_cut(peer[5]), PEER_KEPT, "who was refused does not count");
    stop();
}

Test(peers, an_ipv6_address_is_the_first_half_of_it)
{
    struct sockaddr_in6 from = {.sin6_family = AF_INET6};
    start((PeersLimits){.all = COUNT, .each = 1, .seconds = 10});
    for (size_t i = 0; i < 3; i++) {
        from.sin6_addr.s6_addr[7] = i == 2;
        from.sin6_addr.s6_addr[15] = (unsigned char)i;
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, end[i]), 0);
        peer[i] = peers_enter(peers, end[i][0], (const struct sockaddr *)&from);
    }
    cr_expect_eq(peer_cut(peer[0]), PEER_KEPT);
    cr_expect_eq(peer_cut(peer[1]), PEER_CROWDED);
    cr_expect_eq(peer_cut(peer[2]), PEER_KEPT);
    stop();
}

Test(peers, an_ipv4_address_is_the_same_as_ipv6_writes_it)
{
    struct sockaddr_in6 from = {.sin6_family = AF_INET6,
                                .sin6_addr.s6_addr = {[10] = 255, [11] = 255, [15] = 1}};
    start((PeersLimits){.all = COUNT, .each = 1, .seconds = 10});
    enter(0, 1);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, end[1]), 0);
    peer[1] = peers_enter(peers, end[1][0], (const struct sockaddr *)&from);
    cr_expect_eq(peer_cut(peer[1]), PEER_CROWDED);
    stop();
}

Test(peers, who_has_idled_longest_makes_room)
{
    start((PeersLimits){.all = 5, .seconds = 10}); /* one of them is kept free */
    for (size_t i = 0; i < 4; i++) {
        enter(i, 1);
        cr_assert(peer_begins(peer[i]));
    }
    for (size_t i = 4; i > 1; i--) {
        double began = clock_seconds();
        WAIT_FOR(clock_seconds() > began + 0.002); /* so that one is later than the other */
        peer_idles(peer[i - 1]);
    }
    enter(4, 1);
    enter(5, 1);
    static const PeerCut expected[] = {PEER_KEPT,    PEER_KEPT, PEER_EVICTED,
                                       PEER_EVICTED, PEER_KEPT, PEER_KEPT};
    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(peer_cut(peer[i]), expected[i], "peer %zu", i);
    cr_expect_not(peer_begins(peer[3]), "its next request is too late");
    stop();
}

Test(peers, who_becomes_idle_while_there_is_no_room_makes_some)
{
    start((PeersLimits){.all = 4, .seconds = 10});
    for (size_t i = 0; i < 4; i++) {
        enter(i, 1);
        cr_assert(peer_begins(peer[i]));
    }
    peer_idles(peer[2]);
    WAIT_FOR(peer_cut(peer[2]) != PEER_KEPT);
    cr_expect_eq(peer_cut(peer[2]), PEER_EVICTED);
    cr_expect_eq(peer_cut(peer[0]), PEER_KEPT);
    stop();
}
