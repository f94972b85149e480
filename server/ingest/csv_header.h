/* The names in the first row of a CSV text.
 */
#ifndef INGEST_CSV_HEADER_H
#define INGEST_CSV_HEADER_H

#include "tools/problem.h"
#include "tools/text.h"

typedef struct CsvHeader {
    Text names; /* one after the other, each with its final 0 */
    size_t *at; /* begin of each name in them; owned */
    size_t count, room;
    size_t numbers;    /* names that are numbers */
    size_t name_limit; /* bytes of a name, at most */
    size_t line;       /* of the text, where it stands */
} CsvHeader;

void csv_header_free(CsvHeader *header);

/* Adds a name, blanks around it left off; cut where it is too long. Mistakes go to the problem.
 * False where there is no memory. */
bool csv_header_add(CsvHeader *header, const char *name, size_t n, Problem *problem) MUST_USE;

/* The row has ended: adds what is wrong with it as a whole. STATUS_INVALID where it makes no sense
 * to read on; STATUS_NO_MEMORY. */
Status csv_header_check(const CsvHeader *header, Problem *problem) MUST_USE;

const char *csv_header_name(const CsvHeader *header, size_t column);

#endif
