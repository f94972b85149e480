/* What is safe of a file, and what is not yet: the bytes as of the last sync, and the changes since
 * in their order.
 *
 * Thread rule: the caller's lock guards all images.
 */
#ifndef TEST_DISK_IMAGE_H
#define TEST_DISK_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/rng.h"

#define IMAGE_PATH 500

typedef enum ChangeKind { CHANGE_WRITE, CHANGE_CUT, CHANGE_REMOVE } ChangeKind;

typedef struct Change {
    struct Change *next;
    ChangeKind kind;
    size_t at, size; /* CHANGE_CUT: the size from then on */
    unsigned char bytes[];
} Change;

typedef struct Image {
    char path[IMAGE_PATH]; /* "" where the slot is free */
    bool there;            /* after a power cut too */
    unsigned char *safe;
    size_t size, room; /* bytes that are there, and that are allocated */
    Change *first, **last;
} Image;

/* The image of a path, read from the file where it is new. */
Image *image_open(const char *path);

/* Notes a change; image may be NULL. bytes are of a write alone. */
void image_write(Image *image, size_t at, const void *bytes, size_t size);
void image_cut(Image *image, size_t size);

/* The file of that path is removed; for good where its directory is synced with it. */
void image_remove(const char *path, bool synced);

/* All that was noted is safe; image may be NULL. */
void image_sync(Image *image);

/* What a power cut leaves goes into the files; rng NULL: nothing of what was not synced. */
void images_survive(Rng *rng);

/* Forgets all images, and removes the index of each log, which is memory. */
void images_forget(void);

#endif
