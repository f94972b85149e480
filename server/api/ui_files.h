/* The files of the dashboard, server/ui/ and the library that draws its charts; they are taken in
 * when the daemon is built. */
#ifndef API_UI_FILES_H
#define API_UI_FILES_H

#include <stddef.h>

typedef struct UiFile {
    const char *name;   /* as in /ui/{name} */
    const char *digest; /* SHA-256 of plain, in hexadecimal */
    const char *plain;
    size_t plain_bytes;
    const char *gzip; /* the same, compressed as well as gzip can */
    size_t gzip_bytes;
} UiFile;

/* Ends with one that has no name. */
extern const UiFile ui_files[];

#endif
