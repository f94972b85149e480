/* Copies of the whole store, each a store by itself: a daemon may be started on it.
 */
#ifndef STORE_STORE_COPY_H
#define STORE_STORE_COPY_H

#include <stdatomic.h>

#include "store/store.h"

/* Copies the store, as it was at one moment of the call, into the file `path`, which is empty.
 * Writing goes on meanwhile. STATUS_STOPPING where *stop becomes true; *why is a sentence for the
 * operator; the file is worth nothing where it fails. Not synced to the disk. */
Status store_copy(Store *store, const char *path, const atomic_bool *stop, char *why,
                  size_t size) MUST_USE;

/* The same in a file beside the store that has no name: it goes when *descriptor is closed. */
Status store_copy_open(Store *store, const atomic_bool *stop, int *descriptor, char *why,
                       size_t size) MUST_USE;

/* Removes from a store's directory what a crash left there of such files. */
void store_copy_sweep(const char *dir);

#endif
