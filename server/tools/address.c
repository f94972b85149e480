/* No name is looked up here: what an address is, is decided by how it is written. */
#include "tools/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_port(const char *text)
{
    size_t digits = strlen(text);
    return digits >= 1 && digits <= 5 && strspn(text, "0123456789") == digits &&
           atol(text) <= 65535;
}

/* Copies a host of n bytes without its brackets; false where these do not match. */
static bool copy_host(const char *from, size_t n, char host[ADDRESS_HOST])
{
    if (n > 0 && *from == '[') {
        if (n < 3 || from[n - 1] != ']')
            return false;
        from++;
        n -= 2;
    }
    if (n >= ADDRESS_HOST)
        return false;
    memcpy(host, from, n);
    host[n] = '\0';
    return true;
}

Status address_split(const char *address, char host[ADDRESS_HOST], char port[8])
{
    const char *colon = strrchr(address, ':');
    if (!colon || !is_port(colon + 1) || !copy_host(address, (size_t)(colon - address), host))
        return STATUS_INVALID;
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return STATUS_OK;
}

bool address_host(const char *given, char host[ADDRESS_HOST])
{
    const char *bracket = *given == '[' ? strchr(given, ']') : NULL;
    const char *colon = strchr(bracket ? bracket : given, ':');
    size_t n = colon ? (size_t)(colon - given) : strlen(given);
    if (colon && colon[1] && !is_port(colon + 1))
        return false;
    return copy_host(given, n, host) && address_is_host(host);
}

bool address_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcasecmp(host, "localhost") == 0;
}

bool address_is_host(const char *text)
{
    struct in6_addr six;
    size_t n = strlen(text);
    if (inet_pton(AF_INET6, text, &six) == 1)
        return true;
    return n > 0 && n < ADDRESS_HOST &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == n;
}

bool address_is_origin(const char *text)
{
    char host[ADDRESS_HOST];
    size_t scheme = strncmp(text, "https://", 8) == 0  ? 8
                    : strncmp(text, "http://", 7) == 0 ? 7
                                                       : 0;
    size_t n = strlen(text);
    return scheme > 0 && text[n - 1] != ':' && address_host(text + scheme, host);
}

const char *address_in_list(const char *list, const char *text)
{
    size_t n = strlen(text);
    while (n > 0 && *list) {
        size_t entry = strcspn(list, ",");
        if (entry == n && strncasecmp(list, text, n) == 0)
            return list;
        list += entry + (list[entry] == ',');
    }
    return NULL;
}
