/* Lines and columns are counted when they are needed, in one pass over what was skipped, so that
 * the parsers need not count as they go. */
#include "ingest/position.h"

#include <stdlib.h>
#include <string.h>

#include "tools/utf8.h"

void position_advance(Position *position, const char *bytes, size_t n)
{
    while (n > 0) {
        const char *newline = memchr(bytes, '\n', n);
        if (!newline)
            break;
        size_t line = (size_t)(newline - bytes) + 1;
        bytes += line;
        n -= line;
        position->line++;
        position->column = 1;
    }
    position->column += utf8_count(bytes, n);
}

bool cut_list_add(CutList *list, size_t offset, Position position)
{
    if (list->count == list->room) {
        size_t room = list->room + list->room / 2 + 8;
        Cut *cut = realloc(list->cut, room * sizeof *cut);
        if (!cut)
            return false;
        list->cut = cut;
        list->room = room;
    }
    list->cut[list->count++] = (Cut){offset, position};
    return true;
}

void cut_list_free(CutList *list)
{
    free(list->cut);
    *list = (CutList){0};
}

Cut cut_list_find(const CutList *list, size_t offset)
{
    Cut found = {0, {1, 1}};
    for (size_t i = 0; i < list->count && list->cut[i].offset <= offset; i++)
        found = list->cut[i];
    return found;
}
