/* A set of bits says which places the pointer still fits, one set a level for the levels that
 * places can reach; below them, and where the set is empty, only the nesting is counted. */
#include "ingest/json_path.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static size_t steps(const char *place)
{
    size_t count = 0;
    for (; *place != '\0'; place++)
        count += *place == '/';
    return count;
}

/* Step `number` (from 0) of a place that has so many; its length goes to *n. */
static const char *step(const char *place, size_t number, size_t *n)
{
    for (size_t i = 0; i <= number; i++)
        place = strchr(place, '/') + 1;
    *n = strcspn(place, "/");
    return place;
}

void json_path_begin(JsonPath *path, const char *const *places)
{
    path->places = places;
    path->length = 0;
    path->pointer[0] = '\0';
    path->depth = 0;
    path->fits = 0;
    for (size_t i = 0; places[i]; i++) {
        assert(i < PATH_PLACES && steps(places[i]) <= PATH_STEPS);
        path->fits |= UINT32_C(1) << i;
    }
}

bool json_path_open(JsonPath *path, bool object)
{
    if (path->depth == JSON_INGEST_DEPTH)
        return false;
    if (path->depth < PATH_STEPS)
        path->level[path->depth] = (PathLevel){path->fits, path->length, 0};
    path->object[path->depth++] = object;
    path->fits = 0;
    if (!object)
        json_path_element(path);
    return true;
}

void json_path_close(JsonPath *path)
{
    assert(path->depth > 0);
    path->depth--;
    path->fits = 0;
}

bool json_path_in_object(const JsonPath *path)
{
    return path->depth > 0 && path->object[path->depth - 1];
}

/* The places among `fits` whose step `number` is this one; a * there is any index. */
static uint32_t fitting(const JsonPath *path, size_t number, const char *text, bool index)
{
    uint32_t fits = 0;
    for (size_t i = 0; path->places[i]; i++) {
        const char *place = path->places[i];
        bool was = path->level[number].fits >> i & 1;
        if (!was || steps(place) <= number)
            continue;
        size_t n;
        const char *wanted = step(place, number, &n);
        bool any = n == 1 && *wanted == '*';
        if (any ? index : strlen(text) == n && memcmp(wanted, text, n) == 0)
            fits |= UINT32_C(1) << i;
    }
    return fits;
}

/* The next value is one step below the innermost container. */
static void go(JsonPath *path, const char *text, bool index)
{
    PathLevel *level = &path->level[path->depth - 1];
    path->fits = fitting(path, path->depth - 1, text, index);
    size_t n = strlen(text);
    if (level->length + 1 + n >= PATH_TEXT)
        path->fits = 0;
    if (path->fits == 0)
        return;
    path->pointer[level->length] = '/';
    memcpy(path->pointer + level->length + 1, text, n + 1);
    path->length = level->length + 1 + n;
}

/* Whether the elements of the innermost container can fit any place. */
static bool is_tracked(const JsonPath *path)
{
    return path->depth > 0 && path->depth <= PATH_STEPS && path->level[path->depth - 1].fits != 0;
}

void json_path_key(JsonPath *path, const char *key, size_t n)
{
    path->fits = 0;
    char text[PATH_TEXT];
    if (!is_tracked(path) || n >= sizeof text || memchr(key, '\0', n) || memchr(key, '/', n))
        return;
    memcpy(text, key, n);
    text[n] = '\0';
    go(path, text, false);
}

void json_path_element(JsonPath *path)
{
    path->fits = 0;
    if (!is_tracked(path))
        return;
    char text[24];
    snprintf(text, sizeof text, "%zu", path->level[path->depth - 1].index++);
    go(path, text, true);
}

bool json_path_at_place(const JsonPath *path)
{
    for (size_t i = 0; path->places[i]; i++) {
        if ((path->fits >> i & 1) && steps(path->places[i]) == path->depth)
            return true;
    }
    return false;
}
