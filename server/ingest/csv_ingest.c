/* A state machine over cells. A plain cell that lies in one piece is parsed in place; of a cell
 * that a piece cuts in two, and of a quoted one, the text is gathered first, up to NUMBER_TEXT
 * bytes.
 *
 * What comes out does not depend on how the text is cut into pieces. */
#include "ingest/csv_ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/csv_header.h"
#include "tools/utf8.h"

#define SHOWN 48 /* bytes shown of a cell or a name, at most */

typedef enum CellState {
    CELL_PLAIN,
    CELL_QUOTED,
    CELL_QUOTE, /* behind a quote in a quoted cell: its end, or half of a doubled one */
    CELL_TAIL,  /* behind the end of a quoted cell */
} CellState;

struct CsvIngest {
    Status status; /* what ended the reading */
    size_t bom;    /* bytes of the byte order mark met; 3 once that is settled */
    CellState state;
    Text cell;       /* what is gathered of the cell */
    size_t length;   /* of the cell so far, also where it is not kept */
    bool quoted;     /* the cell began with a quote */
    bool with_tail;  /* and has text behind its closing one */
    bool after_cr;   /* so that a LF that comes next is half of a CRLF */
    size_t column;   /* of the cell, from 0 */
    size_t line;     /* from 1, where the reading is */
    size_t row_line; /* where the row began */
    size_t blank;    /* line of the first blank line since the last row, or 0 */
    bool has_header;
    CsvHeader header;
    size_t column_limit;
    NumberArray rows; /* owned */
    Problem problem;  /* the mistakes; its detail says what ended the reading */
};

CsvIngest *csv_ingest_new(size_t name_limit, size_t column_limit)
{
    CsvIngest *ingest = calloc(1, sizeof *ingest);
    if (!ingest)
        return NULL;
    ingest->header.name_limit = name_limit;
    ingest->column_limit = column_limit;
    ingest->line = 1;
    ingest->row_line = 1;
    return ingest;
}

void csv_ingest_free(CsvIngest *ingest)
{
    if (!ingest)
        return;
    text_free(&ingest->cell);
    csv_header_free(&ingest->header);
    number_array_free(&ingest->rows);
    free(ingest);
}

static bool is_blank_text(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] != ' ' && text[i] != '\t')
            return false;
    }
    return true;
}

static void fail_no_memory(CsvIngest *ingest)
{
    ingest->status = problem_set(&ingest->problem, STATUS_NO_MEMORY,
                                 "there is not enough memory to read the table");
}

static void gather(CsvIngest *ingest, const char *bytes, size_t n)
{
    ingest->length += n;
    size_t room = NUMBER_TEXT - ingest->cell.length;
    text_add(&ingest->cell, bytes, n < room ? n : room);
    if (ingest->cell.failed)
        fail_no_memory(ingest);
}

/* "line 4", and for a cell "line 4, column rm", or its number where it has no name. */
static void write_place(const CsvIngest *ingest, bool cell, char place[PROBLEM_POINTER])
{
    size_t column = ingest->column;
    char name[SHOWN];
    snprintf(name, sizeof name, "%zu", column + 1);
    if (ingest->has_header && column < ingest->header.count) {
        const char *given = csv_header_name(&ingest->header, column);
        if (*given != '\0')
            utf8_show(given, strlen(given), sizeof name, name);
    }
    if (cell)
        snprintf(place, PROBLEM_POINTER, "line %zu, column %s", ingest->row_line, name);
    else
        snprintf(place, PROBLEM_POINTER, "line %zu", ingest->row_line);
}

static void add_mistake(CsvIngest *ingest, bool cell, const char *detail)
{
    char place[PROBLEM_POINTER];
    write_place(ingest, cell, place);
    problem_add(&ingest->problem, place, "%s", detail);
}

static void add_wrong_cell(CsvIngest *ingest, const char *text, size_t n, NumberKind kind)
{
    char shown[SHOWN], detail[SHOWN + 128];
    utf8_show(text, n, sizeof shown, shown);
    if (kind == NUMBER_TOO_BIG)
        snprintf(detail, sizeof detail, "%s is beyond the range of a 64-bit float", shown);
    else if (n == 0)
        snprintf(detail, sizeof detail, "is empty; every cell must be a number");
    else if (number_is_not_finite(text, n))
        snprintf(detail, sizeof detail, "%s is not a number that can be used", shown);
    else
        snprintf(detail, sizeof detail, "must be a number, got the text \"%s\"%s", shown,
                 number_has_commas(text, n)
                     ? "; decimals are written with a point, thousands without a mark"
                     : "");
    add_mistake(ingest, true, detail);
}

/* A number, or a mistake. Cells beyond the header's are counted only. */
static void take_cell(CsvIngest *ingest, const char *text, size_t n)
{
    if (ingest->column >= ingest->header.count)
        return;
    double value;
    NumberKind kind = number_parse_lenient(text, n, &value);
    if (kind == NUMBER_OK) {
        if (ingest->problem.count == 0 && !number_array_add(&ingest->rows, value))
            fail_no_memory(ingest);
        return;
    }
    while (n > 0 && is_blank_text(text, 1)) {
        text++;
        n--;
    }
    while (n > 0 && is_blank_text(text + n - 1, 1))
        n--;
    add_wrong_cell(ingest, text, n, kind);
}

static void take_name(CsvIngest *ingest, const char *text, size_t n)
{
    ingest->header.line = ingest->row_line;
    if (ingest->column == ingest->column_limit)
        ingest->status = problem_set(&ingest->problem, STATUS_TOO_LARGE,
                                     "the header has more than %zu columns", ingest->column_limit);
    else if (!csv_header_add(&ingest->header, text, n, &ingest->problem))
        fail_no_memory(ingest);
}

static void end_cell(CsvIngest *ingest, const char *text, size_t n)
{
    if (ingest->blank > 0) {
        size_t row_line = ingest->row_line;
        ingest->row_line = ingest->blank;
        add_mistake(ingest, false, "is blank; only the end of the text may have blank lines");
        ingest->row_line = row_line;
        ingest->blank = 0;
    }
    if (ingest->with_tail)
        add_mistake(ingest, true, "has text behind its closing quote");
    else if (ingest->has_header && ingest->length > NUMBER_TEXT)
        add_mistake(ingest, true, "is longer than any number may be");
    else if (ingest->has_header)
        take_cell(ingest, text, n);
    if (!ingest->has_header)
        take_name(ingest, text, n);
    ingest->column++;
}

static void end_row(CsvIngest *ingest)
{
    if (!ingest->has_header) {
        ingest->has_header = true;
        ingest->status = csv_header_check(&ingest->header, &ingest->problem);
        if (ingest->status == STATUS_NO_MEMORY)
            fail_no_memory(ingest);
        if (ingest->status == STATUS_OK)
            ingest->rows.cols = ingest->header.count;
        return;
    }
    ingest->rows.rows++;
    if (ingest->column == ingest->header.count)
        return;
    char detail[96];
    snprintf(detail, sizeof detail, "has %zu cell%s, the header has %zu", ingest->column,
             ingest->column == 1 ? "" : "s", ingest->header.count);
    add_mistake(ingest, false, detail);
}

/* The cell ends before `separator`: a comma, CR or LF. */
static void separate(CsvIngest *ingest, const char *text, size_t n, char separator)
{
    ingest->length = n > ingest->length ? n : ingest->length;
    bool row = separator != ',';
    bool blank = row && ingest->column == 0 && !ingest->quoted && is_blank_text(text, n);
    if (blank && ingest->blank == 0)
        ingest->blank = ingest->row_line;
    if (!blank)
        end_cell(ingest, text, n);
    if (row && !blank && ingest->status == STATUS_OK)
        end_row(ingest);
    if (row) {
        ingest->column = 0;
        ingest->row_line = ++ingest->line;
        ingest->after_cr = separator == '\r';
    }
    ingest->state = CELL_PLAIN;
    ingest->cell.length = 0;
    ingest->length = 0;
    ingest->quoted = false;
    ingest->with_tail = false;
}

/* The next comma, CR, LF or quote. Digits, signs and letters are all above the comma. */
static const char *plain_end(const char *p, const char *end)
{
    while (p < end && (*p > ',' || (*p != ',' && *p != '\n' && *p != '\r' && *p != '"')))
        p++;
    return p;
}

/* Whether there are blanks only before the quote at q, so that it opens a quoted cell. */
static bool opens_quote(const CsvIngest *ingest, const char *p, const char *q)
{
    return ingest->length + (size_t)(q - p) <= NUMBER_TEXT &&
           is_blank_text(ingest->cell.bytes, ingest->cell.length) &&
           is_blank_text(p, (size_t)(q - p));
}

/* A number that stands whole in this piece, as nearly all cells do; NULL where it is not that. */
static const char *read_short(CsvIngest *ingest, const char *p, const char *end)
{
    double value;
    if (ingest->length > 0 || !ingest->has_header || ingest->problem.count > 0 ||
        ingest->blank > 0 || ingest->column >= ingest->header.count)
        return NULL;
    const char *stop = number_parse_short(p, end, &value);
    if (!stop || *stop != ',')
        return NULL;
    if (!number_array_add(&ingest->rows, value))
        fail_no_memory(ingest);
    ingest->column++;
    return stop + 1;
}

static const char *read_plain(CsvIngest *ingest, const char *p, const char *end)
{
    const char *stop = read_short(ingest, p, end);
    if (stop)
        return stop;
    const char *q = plain_end(p, end);
    while (q < end && *q == '"' && !opens_quote(ingest, p, q))
        q = plain_end(q + 1, end);
    if (q < end && *q == '"') {
        ingest->cell.length = 0;
        ingest->length = 0;
        ingest->quoted = true;
        ingest->state = CELL_QUOTED;
        return q + 1;
    }
    if (q < end && ingest->length == 0) {
        separate(ingest, p, (size_t)(q - p), *q);
        return q + 1;
    }
    gather(ingest, p, (size_t)(q - p));
    if (q == end || ingest->status != STATUS_OK)
        return q;
    separate(ingest, ingest->cell.bytes, ingest->cell.length, *q);
    return q + 1;
}

static const char *read_quoted(CsvIngest *ingest, const char *p, const char *end)
{
    const char *quote = memchr(p, '"', (size_t)(end - p));
    const char *stop = quote ? quote : end;
    for (const char *c = p; c < stop; c++)
        ingest->line += *c == '\n';
    gather(ingest, p, (size_t)(stop - p));
    if (quote)
        ingest->state = CELL_QUOTE;
    return quote ? quote + 1 : end;
}

/* Behind a quote that may have closed the cell. */
static const char *read_tail(CsvIngest *ingest, const char *p)
{
    if (*p == ',' || *p == '\n' || *p == '\r') {
        separate(ingest, ingest->cell.bytes, ingest->cell.length, *p);
    } else if (*p == '"' && ingest->state == CELL_QUOTE) {
        gather(ingest, p, 1);
        ingest->state = CELL_QUOTED;
    } else {
        ingest->state = CELL_TAIL;
        ingest->with_tail = ingest->with_tail || !is_blank_text(p, 1);
    }
    return p + 1;
}

/* Leaves a byte order mark off; what only begins like one belongs to the first cell. */
static const char *read_bom(CsvIngest *ingest, const char *p, const char *end)
{
    static const char bom[] = "\xEF\xBB\xBF";
    while (p < end && ingest->bom < 3 && *p == bom[ingest->bom]) {
        p++;
        ingest->bom++;
    }
    if (ingest->bom < 3 && p < end) {
        gather(ingest, bom, ingest->bom);
        ingest->bom = 3;
    }
    return p;
}

Status csv_ingest_feed(CsvIngest *ingest, const char *bytes, size_t n)
{
    const char *p = bytes, *end = bytes + n;
    if (n > 0 && ingest->bom < 3)
        p = read_bom(ingest, p, end);
    while (p < end && ingest->status == STATUS_OK) {
        if (ingest->after_cr) {
            ingest->after_cr = false;
            p += *p == '\n';
        } else if (ingest->state == CELL_PLAIN) {
            p = read_plain(ingest, p, end);
        } else if (ingest->state == CELL_QUOTED) {
            p = read_quoted(ingest, p, end);
        } else {
            p = read_tail(ingest, p);
        }
    }
    return ingest->status;
}

/* Ends the last line where the text did not, and says what is missing. */
static void finish(CsvIngest *ingest)
{
    if (ingest->bom < 3)
        gather(ingest, "\xEF\xBB\xBF", ingest->bom);
    if (ingest->state == CELL_QUOTED) {
        add_mistake(ingest, true, "has an opening quote that is never closed");
        return;
    }
    if (ingest->column > 0 || ingest->length > 0 || ingest->quoted)
        separate(ingest, ingest->cell.bytes, ingest->cell.length, '\n');
    if (ingest->status != STATUS_OK || ingest->rows.rows > 0)
        return;
    add_mistake(ingest, false,
                ingest->has_header ? "there are no rows of numbers below the header"
                                   : "there is no header; a row of names comes first");
}

Status csv_ingest_end(CsvIngest *ingest, Problem *problem)
{
    Problem *own = &ingest->problem;
    if (ingest->status == STATUS_OK)
        finish(ingest);
    for (size_t i = 0; i < own->count; i++)
        problem_add(problem, own->item[i].pointer, "%s", own->item[i].detail);
    problem->dropped += own->dropped;
    bool whole = ingest->status != STATUS_OK && ingest->status != STATUS_INVALID;
    return whole ? problem_set(problem, ingest->status, "%s", own->detail) : problem->status;
}

size_t csv_ingest_columns(const CsvIngest *ingest)
{
    return ingest->header.count;
}

const char *csv_ingest_name(const CsvIngest *ingest, size_t column)
{
    return csv_header_name(&ingest->header, column);
}

NumberArray *csv_ingest_rows(CsvIngest *ingest)
{
    return &ingest->rows;
}
