/* What libmicrohttpd can do at best: it answers every POST with the same bytes, having read the
 * body and done nothing with it. Set up as server/http/http.c sets it up. usage: bare FILE
 * CONTENT_TYPE, the file with the bytes of the answer; prints its port, and ends with its input.
 */
#include <microhttpd.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { ANSWER_MAX = 1 << 20 };

typedef struct Bare {
    char answer[ANSWER_MAX];
    size_t length;
    const char *type;
} Bare;

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    static int seen;
    Bare *bare = context;
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    if (!*state) {
        *state = &seen;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(bare->length, bare->answer, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, bare->type);
    MHD_add_response_header(response, "X-Request-Id", "0123456789abcdef");
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return queued;
}

static struct MHD_Daemon *start(Bare *bare)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        answer, bare, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&address,
        MHD_OPTION_THREAD_POOL_SIZE, 8u, MHD_OPTION_CONNECTION_LIMIT, 1000u,
        MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32 * 1024,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

int main(int argc, char **argv)
{
    static Bare bare;
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: bare FILE CONTENT_TYPE\n");
        return 2;
    }
    bare.length = fread(bare.answer, 1, sizeof bare.answer, file);
    bare.type = argv[2];
    fclose(file);
    struct MHD_Daemon *daemon = start(&bare);
    const union MHD_DaemonInfo *info =
        daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        fprintf(stderr, "bare: cannot listen\n");
        return 1;
    }
    printf("%d\n", info->port);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    MHD_stop_daemon(daemon);
    return 0;
}
