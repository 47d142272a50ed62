/*
 * Routes: which handler a method and a path belong to, and who may use it.
 *
 * A pattern's * stands for one path segment, or the start of one when a suffix follows: *.json.
 * What it stood for becomes a parameter, in order.
 */
#ifndef ORCHESTRATOR_GATEWAY_ROUTE_H
#define ORCHESTRATOR_GATEWAY_ROUTE_H

#include "gateway/caller.h"

#include <stdbool.h>
#include <stddef.h>

#define ROUTE_PARAMETERS_MAX 2u
#define ROUTE_PARAMETER_SIZE 64u /* The longest is a SID or an error's code; more is no route. */

struct exchange;

enum method { METHOD_GET, METHOD_POST, METHOD_OTHER };

/* How errors look. */
enum face { FACE_NATIVE, FACE_MESSAGES };

struct route {
    enum method method;
    const char *pattern;
    enum face face;
    enum access access;
    void (*handle)(struct exchange *exchange);
};

struct route_match {
    const struct route *route; /* NULL: none has this path and method. */
    enum face face;            /* Of the path, also when no route has it. */
    bool path_known;           /* Some route has this path. */
    bool allows_get, allows_post;
    char parameters[ROUTE_PARAMETERS_MAX][ROUTE_PARAMETER_SIZE];
};

struct route_match route_find(enum method method, const char *path);

#endif
