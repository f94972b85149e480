/* Files of the core as text, taken in when the daemon is built: the exported C is made of them, so
 * that its algorithms are the core's own and are written once.
 */
#ifndef API_EXPORT_CORE_TEXT_H
#define API_EXPORT_CORE_TEXT_H

typedef struct CoreText {
    const char *name; /* "core/act.c"; NULL ends the list */
    const char *text;
} CoreText;

extern const CoreText core_texts[];

#endif
