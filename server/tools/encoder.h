/* Writes JSON into a Text: commas, quotes and numbers in one place. Reals are printed with the
 * fewest digits that read back to the same bits; one that is not finite is refused.
 */
#ifndef TOOLS_ENCODER_H
#define TOOLS_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/text.h"

typedef struct Encoder {
    Text text;
    bool comma;   /* a value stands before the next one */
    bool refused; /* a real was not finite; null stands for it, and the text is not to be sent */
} Encoder;

/* The longest real with its final 0. */
#define REAL_TEXT 32

/* An empty encoder is all zeros: `Encoder encoder = {0};`. */

void enc_object(Encoder *encoder);
void enc_object_end(Encoder *encoder);
void enc_array(Encoder *encoder);
void enc_array_end(Encoder *encoder);

/* The name of the next value, in an object. */
void enc_key(Encoder *encoder, const char *key);

void enc_string(Encoder *encoder, const char *string); /* UTF-8; NULL becomes null */
void enc_int(Encoder *encoder, int64_t value);
void enc_real(Encoder *encoder, double value);
void enc_bool(Encoder *encoder, bool value);
void enc_null(Encoder *encoder);
void enc_raw(Encoder *encoder, const char *json); /* text that is JSON already */
void enc_time(Encoder *encoder, int64_t ms);      /* RFC 3339; null for 0 */

/* A member of an object: its name and its value. */
void enc_put_string(Encoder *encoder, const char *key, const char *string);
void enc_put_int(Encoder *encoder, const char *key, int64_t value);
void enc_put_real(Encoder *encoder, const char *key, double value);
void enc_put_known(Encoder *encoder, const char *key, double value); /* null: not finite */
void enc_put_bool(Encoder *encoder, const char *key, bool value);
void enc_put_null(Encoder *encoder, const char *key);
void enc_put_time(Encoder *encoder, const char *key, int64_t ms);

/* n reals as an array. */
void enc_reals(Encoder *encoder, const double *values, size_t n);

/* A finite value with the fewest digits that read back to its bits; returns the length. */
size_t real_text(double value, char text[REAL_TEXT]);

/* The escape of a byte inside a JSON string, in escaped (0-terminated); its length, 0 where the
 * byte stands for itself. */
size_t json_escape(unsigned char byte, char escaped[7]);

/* How many of the first bytes of text[0 .. n-1] stand for themselves. */
size_t json_plain(const char *text, size_t n);

#endif
