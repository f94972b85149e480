/* A fuzz target without a fuzzer: feeds it the files that are named, and every beginning of the
 * short ones, as what is cut off is what parsers trip over. Each input has a block of its own size,
 * so that a sanitizer sees a step beyond it. Prints how many files there were.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST (1 << 20) /* bytes of a file */
#define SHORT 600         /* bytes of one that is tried from its beginning on */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak)); /* of some targets */

static void feed(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static int replay(const char *path)
{
    static uint8_t bytes[LARGEST];
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    int read = file && !ferror(file) && n < sizeof bytes;
    if (file)
        fclose(file);
    if (!read) {
        fprintf(stderr, "%s cannot be read whole\n", path);
        return 0;
    }
    for (size_t cut = n <= SHORT ? 0 : n; cut <= n; cut++)
        feed(bytes, cut);
    return 1;
}

int main(int argc, char **argv)
{
    int files = 0;
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        files += replay(argv[i]);
    printf("%d files\n", files);
    return files == argc - 1 ? 0 : 1;
}
