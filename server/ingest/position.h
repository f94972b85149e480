/* Where in a document: line and column, and which part of the skeleton came from where.
 */
#ifndef INGEST_POSITION_H
#define INGEST_POSITION_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/status.h"

/* Both from 1; the column in characters. */
typedef struct Position {
    size_t line, column;
} Position;

/* The place behind bytes[0 .. n-1], which begin at *position. */
void position_advance(Position *position, const char *bytes, size_t n);

/* From `offset` of the skeleton on, its bytes are those of the document from `position` on. */
typedef struct Cut {
    size_t offset;
    Position position;
} Cut;

/* In the order of offsets. All zeros is empty. */
typedef struct CutList {
    Cut *cut; /* owned */
    size_t count, room;
} CutList;

/* False where there is no memory. */
bool cut_list_add(CutList *list, size_t offset, Position position) MUST_USE;
void cut_list_free(CutList *list);

/* The last cut at or before offset; the begin of the document where there is none. */
Cut cut_list_find(const CutList *list, size_t offset);

#endif
