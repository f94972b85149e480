/* A model as one file of C99. What is said once for all models stands here as text, in which $ is
 * the model's name, @ the same in capitals, and ~ the activation's; numbers are written in
 * hexadecimal, so that they are the very bits.
 */
#include "api/export/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/export/c_parts.h"
#include "core/rng.h"

#define GOLDEN_ROWS 8

/* What goes along while a file is written. */
typedef struct Writing {
    const ModelRecord *record;
    const Net *net; /* the first member: all have its shape */
    char name[MODEL_NAME + 8], capitals[MODEL_NAME + 8];
    Text *text;
} Writing;

static const char head[] =
    " *\n"
    " * It needs no library, and gives the very bits that the daemon answers, on every compiler "
    "and\n"
    " * machine whose double is IEEE 754 binary64, as long as products and sums are not "
    "contracted\n"
    " * into fused operations: compile it with -std=c99, or with -ffp-contract=off, and never "
    "with\n"
    " * -ffast-math. To see that it holds:\n"
    " *\n"
    " *     cc -std=c99 -O3 -ffp-contract=off -D@_SELF_TEST this.c -o test && ./test\n"
    " */\n"
    "#include <float.h>\n#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n"
    "#include <string.h>\n\n"
    "#if defined(__clang__) || !defined(__GNUC__)\n#pragma STDC FP_CONTRACT OFF\n#endif\n"
    "/* gcc has no such pragma: its -std=c99 does not contract, its -std=gnu99 does. */\n\n"
    "#if defined(__GNUC__)\n#pragma GCC diagnostic ignored \"-Wunused-function\"\n#endif\n\n"
    "#if FLT_EVAL_METHOD != 0\n"
    "#error \"this needs arithmetic in double (on i686: -msse2 -mfpmath=sse)\"\n#endif\n\n";

static const char interface[] =
    "extern const char *const $_inputs[@_INPUTS];\n"
    "extern const char *const $_outputs[@_OUTPUTS];\n\n"
    "/* y = the prediction for x, both in the units of the data that the model was trained on, in\n"
    " * the order of the names above. Safe to call from any number of threads. */\n"
    "void $_predict(const double x[@_INPUTS], double y[@_OUTPUTS]);\n\n"
    "typedef double real;\n\n";

static const char network[] =
    "\n/* One network, for inputs that are scaled. Each sum begins with the bias and goes on in "
    "the\n"
    " * order of the inputs. */\n"
    "static void $_member(const double *p, const double *x, double *y)\n"
    "{\n"
    "    double a[@_WIDEST], z[@_WIDEST];\n"
    "    memcpy(a, x, @_INPUTS * sizeof *a);\n"
    "    for (size_t l = 0; l < @_DEPTH; l++) {\n"
    "        const size_t in = $_width[l], out = $_width[l + 1];\n"
    "        for (size_t unit = 0; unit < out; unit++) {\n"
    "            double sum = p[in * out + unit];\n"
    "            for (size_t i = 0; i < in; i++) {\n"
    "                sum += a[i] * p[unit * in + i];\n"
    "            }\n"
    "            z[unit] = sum;\n"
    "        }\n"
    "        p += (in + 1) * out;\n"
    "        if (l + 1 < @_DEPTH) {\n"
    "            ~_value(out, z);\n"
    "        }\n"
    "        memcpy(a, z, out * sizeof *a);\n"
    "    }\n"
    "    memcpy(y, a, @_OUTPUTS * sizeof *y);\n"
    "}\n\n"
    "void $_predict(const double x[@_INPUTS], double y[@_OUTPUTS])\n"
    "{\n"
    "    double in[@_INPUTS], answer[@_OUTPUTS];\n"
    "    for (size_t i = 0; i < @_INPUTS; i++) {\n"
    "        in[i] = scaled(x[i], $_shift[i], $_scale[i]);\n"
    "    }\n"
    "    $_member($_parameters[0], in, y);\n"
    "    for (size_t k = 1; k < @_MEMBERS; k++) { /* the mean, going along */\n"
    "        $_member($_parameters[k], in, answer);\n"
    "        for (size_t j = 0; j < @_OUTPUTS; j++) {\n"
    "            const double away = answer[j] - y[j];\n"
    "            y[j] += away / (double)(k + 1);\n"
    "        }\n"
    "    }\n"
    "    for (size_t j = 0; j < @_OUTPUTS; j++) {\n"
    "        y[j] = unscaled(y[j], $_shift[@_INPUTS + j], $_scale[@_INPUTS + j]);\n"
    "    }\n"
    "}\n\n";

static const char self_test[] =
    "/* How many of the daemon's predictions come out with another bit. */\n"
    "int main(void)\n"
    "{\n"
    "    int differ = 0;\n"
    "    for (size_t row = 0; row < @_ROWS; row++) {\n"
    "        double y[@_OUTPUTS];\n"
    "        $_predict($_x[row], y);\n"
    "        differ += memcmp(y, $_y[row], sizeof y) != 0;\n"
    "    }\n"
    "    printf(\"%d of %d rows differ\\n\", differ, @_ROWS);\n"
    "    return differ > 0;\n"
    "}\n"
    "#endif\n";

static void put(const Writing *w, const char *template)
{
    while (*template) {
        size_t plain = strcspn(template, "$@~");
        char mark = template[plain];
        text_add(w->text, template, plain);
        template += plain + (mark != '\0');
        if (mark == '~')
            text_puts(w->text, w->net->act->name);
        else if (mark)
            text_puts(w->text, mark == '$' ? w->name : w->capitals);
    }
}

/* The model's name as an identifier; what can stand in none becomes an underscore. */
static void name_model(Writing *w)
{
    const char *name = w->record->name;
    size_t at = 0;
    if ((name[0] | 32) < 'a' || (name[0] | 32) > 'z')
        at = (size_t)snprintf(w->name, sizeof w->name, "model_");
    for (; *name; name++) {
        bool letter = (*name | 32) >= 'a' && (*name | 32) <= 'z';
        w->name[at++] = letter || (*name >= '0' && *name <= '9') ? *name : '_';
    }
    for (size_t i = 0; i <= at; i++)
        w->capitals[i] =
            w->name[i] >= 'a' && w->name[i] <= 'z' ? (char)(w->name[i] - 32) : w->name[i];
}

static void put_head(const Writing *w)
{
    const ModelRecord *record = w->record;
    text_printf(w->text,
                "/* Model '%s', version %lld, as exported by backpropd " BACKPROPD_VERSION ".\n"
                " * SHA-256 of its weights: %s\n",
                record->name, (long long)record->version, record->digest);
    put(w, head);
}

static void put_sizes(const Writing *w)
{
    size_t widest = 0;
    for (size_t l = 0; l <= w->net->depth; l++)
        widest = w->net->width[l] > widest ? w->net->width[l] : widest;
    const struct {
        const char *name;
        size_t value;
    } sizes[] = {{"INPUTS", w->record->features},
                 {"OUTPUTS", w->record->targets},
                 {"MEMBERS", w->record->model->members},
                 {"DEPTH", w->net->depth},
                 {"WIDEST", widest},
                 {"COUNT", w->net->parameter_count}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        text_printf(w->text, "#define %s_%s %zu\n", w->capitals, sizes[i].name, sizes[i].value);
    text_puts(w->text, "\n");
}

/* A name as a literal; octal for all that might be something else to a compiler. */
static void put_literal(const Writing *w, const char *name)
{
    text_puts(w->text, "    \"");
    for (; *name; name++) {
        bool plain = *name >= ' ' && *name < 0x7F && !strchr("\"\\?", *name);
        text_printf(w->text, plain ? "%c" : "\\%03o", (unsigned char)*name);
    }
    text_puts(w->text, "\",\n");
}

static void put_names(const Writing *w, const char *begin, size_t from, size_t to)
{
    put(w, begin);
    for (size_t i = from; i < to; i++)
        put_literal(w, w->record->column[i].name);
    text_puts(w->text, "};\n\n");
}

static void put_reals(const Writing *w, const double *v, size_t n, size_t step)
{
    for (size_t i = 0; i < n; i++)
        text_printf(w->text, "%s%a,", i % 4 == 0 ? "\n    " : " ", v[i * step]);
}

static void put_parameters(const Writing *w)
{
    const Model *model = w->record->model;
    put(w, "/* Layer by layer: the weights, unit by unit, then the biases. */\n"
           "static const double $_parameters[@_MEMBERS][@_COUNT] = {");
    for (size_t m = 0; m < model->members; m++) {
        const Net *net = model->member[m];
        text_puts(w->text, "\n  {");
        for (size_t l = 0; l < net->depth; l++) {
            Layer layer = net_layer(net, net->parameters, l);
            for (size_t unit = 0; unit < layer.out; unit++)
                put_reals(w, layer.weights + unit, layer.in, layer.out);
            put_reals(w, layer.biases, layer.out, 1);
        }
        text_puts(w->text, "\n  },");
    }
    text_puts(w->text, "\n};\n\n");
}

static void put_tables(const Writing *w)
{
    const Scaling *scaling = w->record->model->scaling;
    size_t columns = w->record->features + w->record->targets;
    put(w, "\nstatic const size_t $_width[@_DEPTH + 1] = {");
    for (size_t l = 0; l <= w->net->depth; l++)
        text_printf(w->text, "%s%zu", l > 0 ? ", " : "", w->net->width[l]);
    put(w, "};\n\n/* (value - shift) / scale, of the inputs and then of the outputs. */\n"
           "static const double $_shift[@_INPUTS + @_OUTPUTS] = {");
    put_reals(w, scaling->shift, columns, 1);
    put(w, "\n};\nstatic const double $_scale[@_INPUTS + @_OUTPUTS] = {");
    put_reals(w, scaling->scale, columns, 1);
    text_puts(w->text, "\n};\n\n");
    put_parameters(w);
}

/* Rows about the data, the first in its middle; those whose prediction is finite come first. How
 * many that are, is in *rows. */
static Status predict_golden(const ModelRecord *record, double *x, double *y, size_t *rows)
{
    const Scaling *scaling = record->model->scaling;
    size_t f = record->features, m = record->targets;
    Rng rng = rng_seeded(1);
    *rows = 0;
    for (size_t i = 0; i < GOLDEN_ROWS; i++) {
        double *row = x + *rows * f;
        for (size_t j = 0; j < f; j++)
            row[j] =
                scaling->shift[j] + (i == 0 ? 0 : rng_uniform(&rng, -3, 3) * scaling->scale[j]);
        Outcome outcome =
            model_predict(record->model, mat_in(row, 1, f), mat_out(y + *rows * m, 1, m), (Mat){0});
        if (outcome == OUTCOME_NO_MEMORY)
            return STATUS_NO_MEMORY;
        *rows += outcome == OUTCOME_OK;
    }
    return STATUS_OK;
}

static void put_rows(const Writing *w, const char *begin, const double *v, const size_t shape[2])
{
    put(w, begin);
    for (size_t i = 0; i < shape[0]; i++) {
        text_puts(w->text, "\n  {");
        put_reals(w, v + i * shape[1], shape[1], 1);
        text_puts(w->text, "\n  },");
    }
    text_puts(w->text, "\n};\n\n");
}

static Status put_self_test(const Writing *w)
{
    size_t f = w->record->features, m = w->record->targets, rows;
    double *numbers = calloc(GOLDEN_ROWS * (f + m), sizeof *numbers);
    double *y = numbers ? numbers + GOLDEN_ROWS * f : NULL;
    Status status = STATUS_NO_MEMORY;
    if (numbers)
        status = predict_golden(w->record, numbers, y, &rows);
    if (status == STATUS_OK && rows > 0) {
        put(w, "#ifdef @_SELF_TEST\n#include <stdio.h>\n\n");
        text_printf(w->text, "#define %s_ROWS %zu\n\n", w->capitals, rows);
        put_rows(w, "static const double $_x[][@_INPUTS] = {", numbers, (size_t[]){rows, f});
        put_rows(w, "static const double $_y[][@_OUTPUTS] = {", y, (size_t[]){rows, m});
        put(w, self_test);
    }
    free(numbers);
    return status;
}

Status export_c(const ModelRecord *record, Text *text)
{
    Writing w = {.record = record, .net = record->model->member[0], .text = text};
    size_t columns = record->features + record->targets;
    name_model(&w);
    put_head(&w);
    put_sizes(&w);
    put(&w, interface);
    put_names(&w, "const char *const $_inputs[@_INPUTS] = {\n", 0, record->features);
    put_names(&w, "const char *const $_outputs[@_OUTPUTS] = {\n", record->features, columns);
    text_puts(text, "/* From here to the tables this is the daemon's own source. */\n");
    Status status = c_parts_add(w.net->act, text);
    put_tables(&w);
    put(&w, network);
    return status == STATUS_OK ? put_self_test(&w) : status;
}
