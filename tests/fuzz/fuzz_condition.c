/* Any text as If-None-Match and as Accept-Encoding. A list that is found to name a tag holds it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/condition.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char tag[] = "\"a\"";
    char *text = malloc(n + 1);
    if (!text)
        return 0;
    if (n > 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    if (condition_names(text, tag) && !strstr(text, tag) && !strchr(text, '*'))
        abort();
    if (condition_takes_gzip(text) && !strpbrk(text, "gG*"))
        abort();
    free(text);
    return 0;
}
