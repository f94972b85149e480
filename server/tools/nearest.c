/* First a table of synonyms, then the edit distance. */
#include "tools/nearest.h"

#include <string.h>
#include <strings.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The edit distance of Levenshtein (1966) without regard to case, with names cut at 63
 * characters. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t m = strlen(b) < 63 ? strlen(b) : 63;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0' && i < 63; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < m; j++) {
            size_t best = diagonal + (lower(a[i]) != lower(b[j]));
            diagonal = row[j + 1];
            if (row[j + 1] + 1 < best)
                best = row[j + 1] + 1;
            if (row[j] + 1 < best)
                best = row[j] + 1;
            row[j + 1] = best;
        }
    }
    return row[m];
}

/* What other tools call what is set here. */
static const struct Synonym {
    const char *theirs, *ours;
} synonyms[] = {
    {"activation_function", "activation"},
    {"alpha", "l2"}, /* scikit-learn's */
    {"batch", "batch_size"},
    {"early_stopping", "patience"},
    {"eta", "learning_rate"},
    {"hidden_layer_sizes", "hidden"},
    {"hidden_layers", "hidden"},
    {"iterations", "epochs"},
    {"layers", "hidden"},
    {"lr", "learning_rate"},
    {"lr_rate", "learning_rate"},
    {"max_iter", "epochs"},
    {"n_iter_no_change", "patience"},
    {"neurons", "hidden"},
    {"normalize", "standardize"},
    {"random_state", "seed"},
    {"solver", "optimizer"},
    {"tol", "tolerance"},
    {"units", "hidden"},
    {"val_split", "validation_split"},
    {"validation_fraction", "validation_split"},
    {"weight_decay", "l2"},
};

static const char *ours_for(const char *given)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (strcasecmp(synonyms[i].theirs, given) == 0)
            return synonyms[i].ours;
    return NULL;
}

const char *nearest_name(const char *given, const char *const *names, size_t count)
{
    const char *nearest = NULL, *ours = ours_for(given);
    size_t length = strlen(given);
    size_t least = length / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        if (ours && strcmp(ours, names[i]) == 0)
            return names[i];
        size_t d = distance(given, names[i]);
        int begins = length >= 3 && strncasecmp(names[i], given, length) == 0;
        if (begins && d > 1)
            d = 1;
        if (d < least && d < strlen(names[i])) {
            least = d;
            nearest = names[i];
        }
    }
    return nearest;
}
