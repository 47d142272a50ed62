/*
 * JSON from outside: parsed strictly, and its members checked against a table.
 */
#ifndef ORCHESTRATOR_GATEWAY_MEMBERS_H
#define ORCHESTRATOR_GATEWAY_MEMBERS_H

#include "base/bytes.h"
#include "gateway/problem.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define MEMBERS_MAX 16u
#define MEMBERS_DEPTH_MAX 32u /* Deeper nesting is nobody's data and everybody's stack. */

enum member_type {
    MEMBER_TEXT, /* 1 to `max` bytes. */
    MEMBER_OBJECT,
    MEMBER_BOOLEAN,
    MEMBER_ANY,
};

struct member {
    const char *name;
    enum member_type type;
    size_t max;
    bool required;
};

/*
 * Parse an object: UTF-8, no duplicate names, no NUL, not too deep; then check its members: none
 * unknown, none missing, each of its type.
 *
 * False: @ret_problem points at all that is wrong, and says what was meant. True: @ret_object is
 * the caller's.
 */
bool members_parse(struct bytes text, const struct member *members, size_t count,
                   json_t **ret_object, struct problem *ret_problem);

/* The text of a member, or NULL when it is absent. Borrowed from the object. */
const char *members_text(const json_t *object, const char *name);

#endif
