/* The state of a peer is one atomic word, its deadline above its phase. The thread that has the
 * connection moves it on by compare-and-swap, and so does the thread that looks after all when it
 * cuts one; a peer that is cut stays so. So the two never act on a connection at the same time, and
 * a request costs no lock. The mutex guards the list, the tally and the counts: it is held when a
 * connection comes or goes, and while all are looked at. A descriptor stays open while its peer is
 * in the list.
 */
#include "http/peers.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/refusal.h"
#include "http/tally.h"
#include "tools/clock.h"
#include "tools/memory.h"
#include "tools/metrics.h"

#define LOOK_SECONDS 0.5
#define IDLE_SECONDS 2   /* that the silence between requests may be longer than one in them */
#define LINGER_SECONDS 1 /* for a peer that is told why, to read it */
#define ROOM_SHARE 16    /* one place of so many is kept free, at least one */
#define CROWD 256        /* connections whose memory is worth giving back */
#define LEFT_SHARE 4     /* a crowd has left when one of so many is still there */

typedef enum Phase { IDLE, SENDS, WAITS, TAKES, LATE, UNREAD, CROWDED, EVICTED } Phase;
#define PHASE_BITS 3
#define PHASE_MASK ((1u << PHASE_BITS) - 1)
#define NEVER 1e12 /* seconds */

struct Peer {
    Peer *next, *before;
    Peers *peers;
    TallyEntry *home; /* NULL where it was refused */
    int fd;
    bool counted; /* among the open ones: not cut */
    bool shut;    /* in both directions */
    atomic_uint_fast64_t state;
};

struct Peers {
    PeersLimits limits;
    size_t room; /* places that are kept free */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t thread;
    bool stopping;
    Peer *first;
    Tally *tally;
    size_t open; /* not cut */
    size_t here; /* cut ones too, until they have left */
    size_t most; /* of these, since the last crowd had left */
    char late[REFUSAL_SIZE], crowded[REFUSAL_SIZE];
};

static uint64_t state_of(Phase phase, double deadline)
{
    return (uint64_t)(deadline * 1000) << PHASE_BITS | phase;
}

static Phase phase_of(uint64_t state)
{
    return (Phase)(state & PHASE_MASK);
}

static double deadline_of(uint64_t state)
{
    return (double)(state >> PHASE_BITS) / 1000;
}

/* From a state that was read before; false where the peer was cut since, or before. */
static bool move(Peer *peer, uint64_t from, Phase to, double deadline)
{
    return phase_of(from) < LATE &&
           atomic_compare_exchange_strong(&peer->state, &from, state_of(to, deadline));
}

bool peer_begins(Peer *peer)
{
    uint64_t state = atomic_load(&peer->state);
    return move(peer, state, SENDS,
                fmin(deadline_of(state), clock_seconds() + peer->peers->limits.seconds));
}

bool peer_sends_body(Peer *peer, size_t n)
{
    uint64_t state = atomic_load(&peer->state);
    double latest = clock_seconds() + peer->peers->limits.seconds;
    double earned = deadline_of(state) + (double)n / PEERS_RATE;
    return move(peer, state, SENDS, n > 0 ? fmin(earned, latest) : latest);
}

bool peer_waits(Peer *peer)
{
    return move(peer, atomic_load(&peer->state), WAITS, NEVER);
}

bool peer_takes_reply(Peer *peer, size_t n)
{
    double seconds = peer->peers->limits.seconds + (double)n / PEERS_RATE;
    return move(peer, atomic_load(&peer->state), TAKES, clock_seconds() + seconds);
}

double peers_idle_seconds(const Peers *peers)
{
    return peers->limits.seconds + IDLE_SECONDS;
}

/* Where bytes of a request line trickle in, it is as idle, but not silent. */
static double idle_deadline(const Peers *peers)
{
    return clock_seconds() + peers_idle_seconds(peers) + peers->limits.seconds;
}

void peer_idles(Peer *peer)
{
    bool kept = move(peer, atomic_load(&peer->state), IDLE, idle_deadline(peer->peers));
    (void)kept; /* who was cut stays so */
}

PeerCut peer_cut(const Peer *peer)
{
    Phase phase = phase_of(atomic_load(&peer->state));
    return phase < LATE ? PEER_KEPT : (PeerCut)(PEER_LATE + (phase - LATE));
}

/* With the mutex held, of a peer that was just moved to the phase that says why. */
static void say_and_close(Peers *peers, Peer *peer, Phase why)
{
    static const Metric counts[] = {[LATE] = METRIC_CUT_LATE,
                                    [UNREAD] = METRIC_CUT_UNREAD,
                                    [CROWDED] = METRIC_CUT_CROWDED,
                                    [EVICTED] = METRIC_CUT_EVICTED};
    const char *words = why == LATE ? peers->late : why == CROWDED ? peers->crowded : NULL;
    metric_add(counts[why], 1);
    peer->counted = false;
    peers->open--;
    peer->shut = !words || peers->limits.silent;
    if (!peer->shut)
        refusal_send(peer->fd, words);
    shutdown(peer->fd, peer->shut ? SHUT_RDWR : SHUT_WR);
}

/* With the mutex held: closes it where it is overdue. */
static void look_at(Peers *peers, Peer *peer, double now)
{
    uint64_t state = atomic_load(&peer->state);
    Phase phase = phase_of(state);
    if (deadline_of(state) > now)
        return;
    if (phase >= LATE && !peer->shut) {
        peer->shut = true;
        shutdown(peer->fd, SHUT_RDWR);
    } else if (phase < LATE) {
        Phase why = phase == TAKES ? UNREAD : LATE;
        if (move(peer, state, why, now + LINGER_SECONDS))
            say_and_close(peers, peer, why);
    }
}

/* With the mutex held: closes the longest idle ones but `keep` until there is room, or none. */
static void make_room(Peers *peers, const Peer *keep)
{
    while (peers->open + peers->room > peers->limits.all) {
        Peer *longest = NULL;
        uint64_t least = state_of(IDLE, NEVER);
        for (Peer *at = peers->first; at; at = at->next) {
            uint64_t state = atomic_load(&at->state);
            if (at == keep || phase_of(state) != IDLE || state >= least)
                continue;
            least = state;
            longest = at;
        }
        if (!longest)
            break;
        if (move(longest, least, EVICTED, NEVER))
            say_and_close(peers, longest, EVICTED);
    }
}

/* With the mutex held, which is let go where it returns true: the memory of a crowd that has left
 * goes back to the system. By itself the C library keeps it, 32 KiB a connection. */
static bool gives_back(Peers *peers)
{
    if (peers->most < CROWD || peers->here > peers->most / LEFT_SHARE)
        return false;
    peers->most = peers->here;
    pthread_mutex_unlock(&peers->mutex);
    memory_give_back();
    pthread_mutex_lock(&peers->mutex);
    return true;
}

static void *look_after(void *argument)
{
    Peers *peers = argument;
    pthread_mutex_lock(&peers->mutex);
    while (!peers->stopping) {
        struct timespec deadline = clock_deadline(LOOK_SECONDS);
        if (gives_back(peers))
            continue;
        if (!peers->first) {
            pthread_cond_wait(&peers->changed, &peers->mutex);
            continue;
        }
        pthread_cond_timedwait(&peers->changed, &peers->mutex, &deadline);
        double now = clock_seconds();
        for (Peer *at = peers->first; at; at = at->next)
            look_at(peers, at, now);
        make_room(peers, NULL);
    }
    pthread_mutex_unlock(&peers->mutex);
    return NULL;
}

static void write_refusals(Peers *peers)
{
    refusal_write(STATUS_TIMEOUT, peers->late,
                  "the request came too slowly: its header has to come within %g s, as "
                  "--request-timeout says, and its body at %d bytes a second",
                  peers->limits.seconds, PEERS_RATE);
    refusal_write(STATUS_CROWDED, peers->crowded,
                  "there are %zu connections from this address, the most that "
                  "--connections-per-address allows",
                  peers->limits.each);
}

Peers *peers_new(const PeersLimits *limits)
{
    pthread_condattr_t monotonic;
    Peers *peers = calloc(1, sizeof *peers);
    Tally *tally = tally_new();
    if (!peers || !tally)
        goto failed;
    peers->limits = *limits;
    peers->room = limits->all < 2 ? 0 : 1 + (limits->all - 1) / ROOM_SHARE;
    peers->tally = tally;
    write_refusals(peers);
    pthread_mutex_init(&peers->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&peers->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&peers->thread, NULL, look_after, peers) == 0)
        return peers;
    pthread_cond_destroy(&peers->changed);
    pthread_mutex_destroy(&peers->mutex);
failed:
    tally_free(tally);
    free(peers);
    return NULL;
}

void peers_free(Peers *peers)
{
    if (!peers)
        return;
    pthread_mutex_lock(&peers->mutex);
    peers->stopping = true;
    pthread_cond_signal(&peers->changed);
    pthread_mutex_unlock(&peers->mutex);
    pthread_join(peers->thread, NULL);
    pthread_cond_destroy(&peers->changed);
    pthread_mutex_destroy(&peers->mutex);
    tally_free(peers->tally);
    free(peers);
}

/* With the mutex held. It does not count for its address, whose others are not to suffer for it. */
static void refuse(Peers *peers, Peer *peer)
{
    atomic_store(&peer->state, state_of(CROWDED, clock_seconds() + LINGER_SECONDS));
    tally_remove(peers->tally, peer->home);
    peer->home = NULL;
    say_and_close(peers, peer, CROWDED);
}

/* With the mutex held. */
static void add(Peers *peers, Peer *peer)
{
    peer->next = peers->first;
    if (peer->next)
        peer->next->before = peer;
    else
        pthread_cond_signal(&peers->changed);
    peers->first = peer;
    peers->open++;
    peers->here++;
    if (peers->most < peers->here)
        peers->most = peers->here;
    if (peers->limits.each > 0 && tally_count(peer->home) > peers->limits.each)
        refuse(peers, peer);
    make_room(peers, peer);
}

Peer *peers_enter(Peers *peers, int fd, const struct sockaddr *address)
{
    Peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        return NULL;
    peer->peers = peers;
    peer->fd = fd;
    peer->counted = true;
    atomic_init(&peer->state, state_of(IDLE, idle_deadline(peers)));
    pthread_mutex_lock(&peers->mutex);
    TallyEntry *home = tally_add(peers->tally, address);
    peer->home = home;
    if (home)
        add(peers, peer);
    pthread_mutex_unlock(&peers->mutex);
    if (home)
        return peer;
    free(peer);
    return NULL;
}

void peers_leave(Peers *peers, Peer *peer)
{
    pthread_mutex_lock(&peers->mutex);
    peers->here--;
    if (peer->counted)
        peers->open--;
    if (peer->before)
        peer->before->next = peer->next;
    else
        peers->first = peer->next;
    if (peer->next)
        peer->next->before = peer->before;
    if (peer->home)
        tally_remove(peers->tally, peer->home);
    pthread_mutex_unlock(&peers->mutex);
    free(peer);
}
