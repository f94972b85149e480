/* The one table of routes: method, path, whom it is for, who answers, what body it takes.
 * To add one: a handler in the api_* file of its noun, and a row in route.c.
 */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "api/reply.h"
#include "services.h"
#include "state/token.h"

typedef Reply Handler(Services *services, const Request *request);

typedef struct Route {
    Method method;
    const char *path; /* {name} stands for text without '/' and ':' */
    Scope scope;      /* what a token has to allow */
    Handler *handler;
    bool at_once; /* try it on the network's thread, without the store, first */
    BodyKind body;
    const char *const *places; /* where the body has arrays of numbers; see json_ingest.h */
} Route;

/* Row i of the table, NULL past its end. */
const Route *route_at(size_t i);

/* The place of a route in the table. */
size_t route_row(const Route *route);

/* The route of a method and a path; fills request->param. NULL where there is none: then allow
 * lists the methods that the path has ("GET, HEAD, OPTIONS"), or is "" where there is no such path.
 * */
const Route *route_find(Method method, const char *path, Request *request, char allow[64]);

#endif
