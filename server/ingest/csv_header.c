/* Every name is kept, also a wrong one, so that the columns count as the client counts them. */
#include "ingest/csv_header.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/number.h"
#include "tools/utf8.h"

#define SHOWN 64 /* bytes shown of a name, at most */

void csv_header_free(CsvHeader *header)
{
    text_free(&header->names);
    free(header->at);
    *header = (CsvHeader){0};
}

const char *csv_header_name(const CsvHeader *header, size_t column)
{
    return header->names.bytes + header->at[column];
}

static void add_mistake(const CsvHeader *header, size_t column, const char *text, Problem *problem)
{
    char place[PROBLEM_POINTER];
    snprintf(place, sizeof place, "line %zu, column %zu", header->line, column + 1);
    problem_add(problem, place, "%s", text);
}

static void check_name(const CsvHeader *header, const char *name, size_t n, Problem *problem)
{
    char text[80];
    snprintf(text, sizeof text, "the name is longer than %zu bytes", header->name_limit);
    if (n == 0)
        add_mistake(header, header->count, "has no name", problem);
    if (n > header->name_limit)
        add_mistake(header, header->count, text, problem);
    else if (!utf8_valid(name, n))
        add_mistake(header, header->count, "the name is not UTF-8", problem);
    else if (n > 0 && memchr(name, '\0', n))
        add_mistake(header, header->count, "the name holds a byte 0", problem);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool csv_header_add(CsvHeader *header, const char *name, size_t n, Problem *problem)
{
    while (n > 0 && is_blank(name[n - 1]))
        n--;
    while (n > 0 && is_blank(*name)) {
        name++;
        n--;
    }
    check_name(header, name, n, problem);
    double value;
    header->numbers += number_parse_lenient(name, n, &value) != NUMBER_NOT;
    if (header->count == header->room) {
        size_t room = header->room + header->room / 2 + 16;
        size_t *at = realloc(header->at, room * sizeof *at);
        if (!at)
            return false;
        header->at = at;
        header->room = room;
    }
    header->at[header->count++] = header->names.length;
    text_add(&header->names, name, n < header->name_limit ? n : header->name_limit);
    text_add(&header->names, "", 1);
    return !header->names.failed;
}

typedef struct Named {
    const char *name;
    size_t column;
} Named;

static int compare(const void *a, const void *b)
{
    const Named *one = a, *other = b;
    int order = strcmp(one->name, other->name);
    return order != 0 ? order : (one->column > other->column) - (one->column < other->column);
}

static Status check_twice(const CsvHeader *header, Problem *problem)
{
    Named *named = malloc(header->count * sizeof *named);
    if (!named)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < header->count; i++)
        named[i] = (Named){csv_header_name(header, i), i};
    qsort(named, header->count, sizeof *named, compare);
    for (size_t i = 1; i < header->count; i++) {
        if (*named[i].name == '\0' || strcmp(named[i - 1].name, named[i].name) != 0)
            continue;
        char shown[SHOWN], text[SHOWN + 64];
        utf8_show(named[i].name, strlen(named[i].name), sizeof shown, shown);
        snprintf(text, sizeof text, "the name %s is that of column %zu already", shown,
                 named[i - 1].column + 1);
        add_mistake(header, named[i].column, text, problem);
    }
    free(named);
    return STATUS_OK;
}

Status csv_header_check(const CsvHeader *header, Problem *problem)
{
    char place[PROBLEM_POINTER];
    snprintf(place, sizeof place, "line %zu", header->line);
    const char *first = csv_header_name(header, 0);
    if (header->count == 1 && strpbrk(first, ";\t")) {
        problem_add(problem, place, "the columns seem to be separated by %s; CSV here means commas",
                    strchr(first, ';') ? "semicolons" : "tabs");
        return STATUS_INVALID;
    }
    if (header->numbers == header->count) {
        problem_add(problem, place, "must hold the names of the columns, but holds numbers only");
        return STATUS_OK;
    }
    return check_twice(header, problem);
}
