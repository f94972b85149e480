/* The activations by ONNX operators. ONNX Runtime computes Relu, Sigmoid and Tanh in float64, but
 * has LeakyRelu, Elu, Softplus and Erf in float32 alone, so these are composed of what it has.
 */
#include "api/export/onnx_graph.h"

#include <math.h>
#include <string.h>

#include "core/elem_erf.h"

/* The core's polynomial of elem_erfcx in t = (y - 4) / (y + 4) is of degree 21: so many Chebyshev
 * coefficients are the same polynomial, and stay near 1 where powers of t would cancel. */
enum { TERMS = 22 };

static const double pi = 0x1.921fb54442d18p1;

/* The t of elem_erfcx goes from -1 (y = 0) to this (where e^(-z^2 / 2) is 0). */
static double last_t(void)
{
    const double y = elem_normal_size(100) * sqrt(0.5);
    return (y - 4) / (y + 4);
}

/* Chebyshev coefficients of (y + 4) e^(y^2) erfc(y) / 2 over u in [-1, 1], t = middle + half u. */
static void fit(double coefficient[TERMS])
{
    const double half = (last_t() + 1) / 2, middle = last_t() - half;
    for (size_t k = 0; k < TERMS; k++)
        coefficient[k] = 0;
    for (size_t i = 0; i < TERMS; i++) {
        const double angle = pi * ((double)i + 0.5) / TERMS;
        const double t = middle + half * cos(angle), y = 4 * (1 + t) / (1 - t);
        const double value = 0.5 * (y + 4) * elem_erfcx(y);
        for (size_t k = 0; k < TERMS; k++)
            coefficient[k] += value * cos((double)k * angle) * (k == 0 ? 1.0 : 2.0) / TERMS;
    }
}

static void prepare_gelu(OnnxGraph *graph)
{
    const double half = (last_t() + 1) / 2, middle = last_t() - half;
    double coefficient[TERMS];
    fit(coefficient);
    for (size_t k = 0; k < TERMS; k++)
        onnx_scalar(graph, onnx_text(graph, "erfcx.%zu", k), coefficient[k]);
    onnx_scalar(graph, "four", 4);
    onnx_scalar(graph, "half", 0.5);
    onnx_scalar(graph, "limit", elem_normal_size(100));
    onnx_scalar(graph, "root_of_half", sqrt(0.5));
    onnx_scalar(graph, "minus_half", -0.5);
    onnx_scalar(graph, "middle", middle);
    onnx_scalar(graph, "twice_by_half", 2 / half);
}

void onnx_act_prepare(OnnxGraph *graph, const Act *act)
{
    if (strcmp(act->name, "leaky_relu") == 0)
        onnx_scalar(graph, "slope", 0.01);
    if (strcmp(act->name, "softplus") == 0) {
        onnx_scalar(graph, "one", 1);
        onnx_scalar(graph, "threshold", 20);
    }
    if (strcmp(act->name, "elu") == 0) {
        onnx_scalar(graph, "zero", 0);
        onnx_scalar(graph, "half", 0.5);
        onnx_scalar(graph, "one", 1);
        onnx_scalar(graph, "two", 2);
    }
    if (strcmp(act->name, "gelu") == 0)
        prepare_gelu(graph);
}

/* max(z, 0.01 z) */
static char *leaky_relu(OnnxGraph *graph, char *z)
{
    return onnx_node(graph, "Max", z, onnx_node(graph, "Mul", z, "slope"));
}

/* max(z, 0) + e^low - 1, low = min(z, 0), and e^low - 1 = 2 t / (1 - t) with t = tanh(low / 2). */
static char *elu(OnnxGraph *graph, char *z)
{
    char *low = onnx_node(graph, "Min", z, "zero");
    char *t = onnx_node(graph, "Tanh", onnx_node(graph, "Mul", low, "half"), NULL);
    char *below = onnx_node(graph, "Div", onnx_node(graph, "Mul", t, "two"),
                            onnx_node(graph, "Sub", "one", t));
    return onnx_node(graph, "Add", onnx_node(graph, "Relu", z, NULL), below);
}

/* max(z, 0) + ln(1 + e^-|z|), and z itself above the threshold, the core's and PyTorch's. */
static char *softplus(OnnxGraph *graph, char *z)
{
    char *size = onnx_node(graph, "Abs", z, NULL);
    char *e = onnx_node(graph, "Exp", onnx_node(graph, "Neg", size, NULL), NULL);
    char *bend = onnx_node(graph, "Log", onnx_node(graph, "Add", e, "one"), NULL);
    char *sum = onnx_node(graph, "Add", onnx_node(graph, "Relu", z, NULL), bend);
    return onnx_where(graph, onnx_node(graph, "Greater", z, "threshold"), z, sum);
}

/* The sum of the Chebyshev series at t (Clenshaw, "A note on the summation of Chebyshev series",
 * 1955): b[k] = c[k] + 2 u b[k+1] - b[k+2], and for the first term half of that factor. */
static char *series(OnnxGraph *graph, char *t)
{
    char *twice_u = onnx_node(graph, "Mul", onnx_node(graph, "Sub", t, "middle"), "twice_by_half");
    char *b1 = onnx_text(graph, "erfcx.%d", TERMS - 1), *b2 = NULL;
    for (size_t k = TERMS - 1; k-- > 0;) {
        char *factor = twice_u;
        if (k == 0)
            factor = onnx_node(graph, "Mul", twice_u, "half");
        char *b = onnx_node(graph, "Mul", factor, b1);
        b = onnx_node(graph, "Add", b, onnx_text(graph, "erfcx.%zu", k));
        if (b2)
            b = onnx_node(graph, "Sub", b, b2);
        b2 = b1;
        b1 = b;
    }
    return b1;
}

/* z P(z) = max(z, 0) - |z| P(-|z|), P the normal distribution: P(-|z|) is e^(-z^2 / 2) times the
 * series over y + 4, y = |z| / sqrt 2. */
static char *gelu(OnnxGraph *graph, char *z)
{
    char *size = onnx_node(graph, "Min", onnx_node(graph, "Abs", z, NULL), "limit");
    char *y = onnx_node(graph, "Mul", size, "root_of_half");
    char *sum = onnx_node(graph, "Add", y, "four");
    char *t = onnx_node(graph, "Div", onnx_node(graph, "Sub", y, "four"), sum);
    char *square = onnx_node(graph, "Mul", onnx_node(graph, "Mul", size, size), "minus_half");
    char *bell = onnx_node(graph, "Exp", square, NULL);
    char *tail = onnx_node(graph, "Mul", bell, onnx_node(graph, "Div", series(graph, t), sum));
    return onnx_node(graph, "Sub", onnx_node(graph, "Relu", z, NULL),
                     onnx_node(graph, "Mul", size, tail));
}

char *onnx_act(OnnxGraph *graph, const Act *act, char *z)
{
    static const struct {
        const char *name;
        char *(*composed)(OnnxGraph *, char *);
    } composed[] = {
        {"leaky_relu", leaky_relu}, {"elu", elu}, {"softplus", softplus}, {"gelu", gelu}};
    static const char *const single[][2] = {
        {"sigmoid", "Sigmoid"}, {"tanh", "Tanh"}, {"relu", "Relu"}, {"identity", "Identity"}};
    for (size_t i = 0; i < sizeof composed / sizeof *composed; i++)
        if (strcmp(composed[i].name, act->name) == 0)
            return composed[i].composed(graph, z);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (strcmp(single[i][0], act->name) == 0)
            return onnx_node(graph, single[i][1], z, NULL);
    /* silu */
    return onnx_node(graph, "Mul", z, onnx_node(graph, "Sigmoid", z, NULL));
}
