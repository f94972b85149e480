/* A gzip stream (RFC 1952) as it arrives: inflated piece by piece through a window of fixed size,
 * whatever it grows to. Members may follow each other, as in `cat a.gz b.gz`.
 */
#ifndef INGEST_GUNZIP_H
#define INGEST_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/problem.h"

typedef struct Gunzip Gunzip;

/* Is given each piece of what was inflated, in order; false ends the reading. */
typedef bool GunzipSink(void *context, const char *bytes, size_t n);

/* context is borrowed. NULL where there is no memory. */
Gunzip *gunzip_new(GunzipSink *sink, void *context) MUST_USE;
void gunzip_free(Gunzip *gunzip);

/* Takes the next bytes, cut anywhere. False where nothing that follows matters any more: the data
 * are damaged, there was no memory, or the sink has had enough. */
bool gunzip_feed(Gunzip *gunzip, const char *bytes, size_t n) MUST_USE;

/* The stream is complete. STATUS_MALFORMED, as problem says, where it is damaged, ends in the
 * middle, or has something else behind it; STATUS_NO_MEMORY; STATUS_OK also where the sink ended
 * the reading. */
Status gunzip_end(const Gunzip *gunzip, Problem *problem) MUST_USE;

#endif
