/* The kernel tells of files that are moved into the directory (inotify); where it does not, the
 * thread looks each second. A file is taken away whatever became of it: who left it looks into the
 * store for the answer.
 */
#include "tokens/token_watch.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tokens/token_ask.h"
#include "tokens/token_change.h"
#include "tools/log.h"

#define LOOK_MS 1000 /* how often, where nothing tells of files */

struct TokenWatch {
    char *dir;
    Store *store;
    Access *access;
    int stop;    /* readable when it shall end */
    int notices; /* readable when a file has come; -1 without inotify */
    pthread_t thread;
};

static Status obey(const TokenWatch *watch, Token *token)
{
    return token->id[0] ? token_change_revoke(watch->store, watch->access, token->id)
                        : token_change_add(watch->store, watch->access, token);
}

static void take(const TokenWatch *watch, const char *name)
{
    char path[ASK_PATH];
    Token token;
    snprintf(path, sizeof path, "%s/%s", watch->dir, name);
    bool read = token_ask_read(path, &token);
    bool revoke = read && token.id[0];
    Status status = read ? obey(watch, &token) : STATUS_MALFORMED;
    if (status == STATUS_OK)
        log_info(revoke ? "token-revoked" : "token-made", LOG_TEXT("id", token.id),
                 LOG_TEXT("by", "backpropd token"));
    else
        log_warning("token-ask-refused", LOG_TEXT("file", path),
                    LOG_TEXT("why", status_title(status)));
    if (unlink(path) != 0)
        log_warning("token-ask-stays", LOG_TEXT("file", path));
}

static void take_all(const TokenWatch *watch)
{
    DIR *list = opendir(watch->dir);
    for (struct dirent *entry; list && (entry = readdir(list));)
        if (token_ask_is(entry->d_name))
            take(watch, entry->d_name);
    if (list)
        closedir(list);
}

static void *run(void *arg)
{
    const TokenWatch *watch = arg;
    struct pollfd on[] = {{.fd = watch->stop, .events = POLLIN},
                          {.fd = watch->notices, .events = POLLIN}};
    char notices[4096]; /* what they say does not matter */
    while (!on[0].revents) {
        take_all(watch);
        poll(on, 2, watch->notices < 0 ? LOOK_MS : -1);
        if (on[1].revents && read(watch->notices, notices, sizeof notices) < 0)
            log_warning("inotify", LOG_TEXT("file", watch->dir));
    }
    return NULL;
}

TokenWatch *token_watch_start(const char *dir, Store *store, Access *access)
{
    TokenWatch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    watch->dir = strdup(dir);
    watch->store = store;
    watch->access = access;
    watch->stop = eventfd(0, EFD_CLOEXEC);
    watch->notices = inotify_init1(IN_CLOEXEC);
    if (watch->notices >= 0 && inotify_add_watch(watch->notices, dir, IN_MOVED_TO) < 0) {
        close(watch->notices);
        watch->notices = -1;
    }
    if (watch->dir && watch->stop >= 0 && pthread_create(&watch->thread, NULL, run, watch) == 0)
        return watch;
    if (watch->stop >= 0)
        close(watch->stop);
    if (watch->notices >= 0)
        close(watch->notices);
    free(watch->dir);
    free(watch);
    return NULL;
}

void token_watch_stop(TokenWatch *watch)
{
    if (!watch)
        return;
    eventfd_write(watch->stop, 1); /* cannot fail: nobody else writes */
    pthread_join(watch->thread, NULL);
    close(watch->stop);
    if (watch->notices >= 0)
        close(watch->notices);
    free(watch->dir);
    free(watch);
}
