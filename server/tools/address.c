/* No name is looked up here: what an address is, is decided by how it is written. */
#include "tools/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_port(const char *text)
{
    long port = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 5; digits++)
        port = port * 10 + (text[digits] - '0');
    return digits >= 1 && text[digits] == '\0' && port <= 65535;
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
    if (strcmp(host, "127.0.0.1") == 0) /* nearly always */
        return true;
    if (strncmp(host, "127.", 4) == 0)
        return inet_pton(AF_INET, host, &four) == 1;
    if (strchr(host, ':'))
        return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
    return strcasecmp(host, "localhost") == 0;
}

static bool is_name_sign(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
}

bool address_is_host(const char *text)
{
    struct in6_addr six;
    size_t n = 0;
    while (is_name_sign(text[n]))
        n++;
    if (text[n] != '\0')
        return strchr(text, ':') && inet_pton(AF_INET6, text, &six) == 1;
    return n > 0 && n < ADDRESS_HOST;
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
