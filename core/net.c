/* A network's shape and its parameters. The struct and the widths are one allocation, the
 * parameters another, so a network is copied by one memcpy of numbers. The holder of a Net owns
 * both.
 */
#include "core/net.h"

#include "core/mat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is allocated for a Net: its first member is what the world sees. */
typedef struct NetBody {
    Net net;
    size_t width[];
} NetBody;

size_t net_count(size_t depth, const size_t *width)
{
    const size_t limit = PTRDIFF_MAX / sizeof(real);
    size_t count = 0;
    for (size_t l = 0; l < depth; l++) {
        const size_t in = width[l], out = width[l + 1];
        if (in < 1 || out < 1 || in >= limit || out > (limit - count) / (in + 1)) {
            return SIZE_MAX;
        }
        count += (in + 1) * out;
    }
    return depth < 1 ? SIZE_MAX : count;
}

Net *net_new(size_t depth, const size_t *width, const Act *act)
{
    const size_t count = net_count(depth, width);
    if (count == SIZE_MAX || depth >= PTRDIFF_MAX / sizeof(size_t) - sizeof(NetBody)) {
        return NULL;
    }
    NetBody *body = calloc(1, sizeof *body + (depth + 1) * sizeof(size_t));
    real *parameters = mat_zeros(count);
    if (body == NULL || parameters == NULL) {
        free(body);
        free(parameters);
        return NULL;
    }
    memcpy(body->width, width, (depth + 1) * sizeof(size_t));
    body->net = (Net){
        .depth = depth,
        .width = body->width,
        .act = act,
        .parameter_count = count,
        .parameters = parameters,
    };
    return &body->net;
}

Net *net_copy(const Net *net)
{
    Net *copy = net_new(net->depth, net->width, net->act);
    if (copy != NULL) {
        memcpy(copy->parameters, net->parameters, net->parameter_count * sizeof(real));
    }
    return copy;
}

void net_free(Net *net)
{
    if (net != NULL) {
        free(net->parameters);
        free(net); /* the address of its NetBody */
    }
}

static real init_bound(NetInit init, Layer layer)
{
    switch (init) {
    case NET_XAVIER_UNIFORM:
        return sqrt(6 / ((real)layer.in + (real)layer.out));
    case NET_HE_UNIFORM:
        return sqrt(6 / (real)layer.in);
    case NET_UNIFORM:
        break;
    }
    return 1 / sqrt((real)layer.in);
}

void net_init(Net *net, NetInit init, Rng *rng)
{
    for (size_t l = 0; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        const real bound = init_bound(init, layer);
        for (size_t i = 0; i < layer.in * layer.out; i++) {
            layer.weights[i] = rng_uniform(rng, -bound, bound);
        }
        for (size_t i = 0; i < layer.out; i++) {
            layer.biases[i] = init == NET_UNIFORM ? rng_uniform(rng, -bound, bound) : 0;
        }
    }
}

Layer net_layer(const Net *net, real *array, size_t l)
{
    for (size_t i = 0; i < l; i++) {
        array += (net->width[i] + 1) * net->width[i + 1];
    }
    const size_t in = net->width[l], out = net->width[l + 1];
    return (Layer){.in = in, .out = out, .weights = array, .biases = array + in * out};
}

int net_is_finite(const Net *net)
{
    int finite = 1;
    for (size_t i = 0; i < net->parameter_count; i++) {
        finite &= fabs(net->parameters[i]) <= DBL_MAX;
    }
    return finite;
}
