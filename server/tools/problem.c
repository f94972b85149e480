/* Collects what is wrong with a request. Texts that do not fit are cut with an ellipsis at a
 * character's edge: a client's bytes are echoed, and a reply has to stay UTF-8. */
#include "tools/problem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/nearest.h"

static void PRINTF_LIKE(3, 0) print_cut(char *to, size_t size, const char *format, va_list args)
{
    int length = vsnprintf(to, size, format, args);
    if (length < 0) {
        to[0] = '\0';
        return;
    }
    if ((size_t)length < size)
        return;
    size_t end = size - 4;
    while (end > 0 && ((unsigned char)to[end] & 0xC0) == 0x80)
        end--;
    memcpy(to + end, "...", 4);
}

/* Drops the last character where the caller has cut it in two. */
static void drop_broken_end(char *text)
{
    size_t n = strlen(text);
    size_t last = n > 0 ? n - 1 : 0;
    while (last > 0 && n - last < 4 && ((unsigned char)text[last] & 0xC0) == 0x80)
        last--;
    unsigned char lead = (unsigned char)text[last];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (n - last < wanted)
        text[last] = '\0';
}

void problem_clear(Problem *problem)
{
    problem->status = STATUS_OK;
    problem->detail[0] = '\0';
    problem->count = 0;
    problem->dropped = 0;
}

void problem_copy(const Problem *from, Problem *to)
{
    to->status = from->status;
    memcpy(to->detail, from->detail, sizeof to->detail);
    to->count = from->count;
    to->dropped = from->dropped;
    for (size_t i = 0; i < from->count; i++)
        to->item[i] = from->item[i];
}

Status problem_set(Problem *problem, Status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_cut(problem->detail, sizeof problem->detail, format, args);
    va_end(args);
    problem->status = status;
    return status;
}

void problem_add(Problem *problem, const char *pointer, const char *format, ...)
{
    if (problem->status == STATUS_OK)
        problem->status = STATUS_INVALID;
    if (problem->count == PROBLEM_ITEMS) {
        problem->dropped++;
        return;
    }
    ProblemItem *item = &problem->item[problem->count++];
    snprintf(item->pointer, sizeof item->pointer, "%s", pointer);
    drop_broken_end(item->pointer);
    va_list args;
    va_start(args, format);
    print_cut(item->detail, sizeof item->detail, format, args);
    va_end(args);
}

size_t problem_size(const Problem *problem)
{
    return problem->count + problem->dropped;
}

bool problem_none_since(const Problem *problem, size_t size)
{
    return (problem->status == STATUS_OK || problem->status == STATUS_INVALID) &&
           problem_size(problem) == size;
}

void problem_member(const char *place, const char *name, char pointer[PROBLEM_POINTER])
{
    size_t end = (size_t)snprintf(pointer, PROBLEM_POINTER, "%.90s/", place);
    for (const char *at = name; *at && end < PROBLEM_POINTER - 2; at++) {
        if (*at == '~' || *at == '/')
            pointer[end++] = '~';
        pointer[end++] = *at == '~' ? '0' : *at == '/' ? '1' : *at;
    }
    pointer[end] = '\0';
}

size_t problem_take_back(Problem *problem, const char *pointer)
{
    size_t kept = 0, count = problem->count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(problem->item[i].pointer, pointer) != 0)
            problem->item[kept++] = problem->item[i];
    problem->count = kept;
    return count - kept;
}

void problem_sentence(const Problem *problem, size_t size, char *sentence)
{
    size_t all = problem->count + problem->dropped;
    if (problem->detail[0] != '\0')
        snprintf(sentence, size, "%s", problem->detail);
    else if (all == 1)
        snprintf(sentence, size, "%s: %s", problem->item[0].pointer, problem->item[0].detail);
    else if (problem->dropped > 0)
        snprintf(sentence, size, "%zu mistakes, %zu of them shown, the first at %s: %s", all,
                 problem->count, problem->item[0].pointer, problem->item[0].detail);
    else if (all > 1)
        snprintf(sentence, size, "%zu mistakes, the first at %s: %s", all, problem->item[0].pointer,
                 problem->item[0].detail);
    else
        snprintf(sentence, size, "%s", status_title(problem->status));
}

void problem_add_unknown(Problem *problem, const char *pointer, const char *name,
                         const char *const *names, size_t count)
{
    /* where the item is only counted, looking for a name would be work for nobody */
    bool shown = problem->count < PROBLEM_ITEMS;
    const char *nearest = shown ? nearest_name(name, names, count) : NULL;
    if (nearest)
        problem_add(problem, pointer, "is not known here; did you mean '%s'?", nearest);
    else
        problem_add(problem, pointer, "is not known here");
}
