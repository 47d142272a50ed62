#include "gateway/members.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool wrong(struct problem *problem, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The name is cut to what a pointer holds; in a pointer ~ and / are written ~0 and ~1. */
static void point_at(struct problem *problem, const char *name)
{
    size_t length = 0;

    problem->about_member = true;
    problem->pointer[length++] = '/';
    for (; *name && length + 3 < sizeof(problem->pointer); name++) {
        if (*name == '~' || *name == '/') {
            problem->pointer[length++] = '~';
            problem->pointer[length++] = *name == '~' ? '0' : '1';
        } else {
            problem->pointer[length++] = *name;
        }
    }
    problem->pointer[length] = '\0';
}

static bool wrong(struct problem *problem, const char *name, const char *format, ...)
{
    va_list arguments;

    *problem = (struct problem){.code = PROBLEM_INVALID};
    va_start(arguments, format);
    vsnprintf(problem->detail, sizeof(problem->detail), format, arguments);
    va_end(arguments);
    point_at(problem, name);
    return false;
}

static bool is_shallow(const json_t *json, unsigned left)
{
    const char *name;
    json_t *item;
    size_t index;

    if (left == 0)
        return false;
    if (json_is_object(json)) {
        json_object_foreach((json_t *)json, name,
                            item) if (!is_shallow(item, left - 1)) return false;
    } else if (json_is_array(json)) {
        json_array_foreach(json, index, item) if (!is_shallow(item, left - 1)) return false;
    }
    return true;
}

static json_t *parse_object(struct bytes text, struct problem *ret_problem)
{
    json_error_t error;
    json_t *json = json_loadb(text.size > 0 ? (const char *)text.data : "", text.size,
                              JSON_REJECT_DUPLICATES, &error);

    *ret_problem = (struct problem){.code = PROBLEM_MALFORMED};
    if (!json) {
        snprintf(ret_problem->detail, sizeof(ret_problem->detail),
                 "The body is not JSON: line %d, column %d: %.160s.", error.line, error.column,
                 error.text);
        return NULL;
    }
    if (json_is_object(json) && is_shallow(json, MEMBERS_DEPTH_MAX))
        return json;
    if (json_is_object(json))
        snprintf(ret_problem->detail, sizeof(ret_problem->detail),
                 "The body is nested deeper than %u levels.", MEMBERS_DEPTH_MAX);
    else
        snprintf(ret_problem->detail, sizeof(ret_problem->detail),
                 "The body is not a JSON object.");
    json_decref(json);
    return NULL;
}

static const struct member *find(const struct member *members, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

static bool check_text(const struct member *member, const json_t *value,
                       struct problem *ret_problem)
{
    size_t length = json_string_length(value);

    if (json_is_string(value) && length >= 1 && length <= member->max)
        return true;
    return wrong(ret_problem, member->name, "\"%s\" is not a string of 1 to %zu bytes.",
                 member->name, member->max);
}

static bool check_type(const struct member *member, const json_t *value,
                       struct problem *ret_problem)
{
    switch (member->type) {
    case MEMBER_TEXT:
        return check_text(member, value, ret_problem);
    case MEMBER_OBJECT:
        return json_is_object(value) ||
               wrong(ret_problem, member->name, "\"%s\" is not an object.", member->name);
    case MEMBER_BOOLEAN:
        return json_is_boolean(value) ||
               wrong(ret_problem, member->name, "\"%s\" is not true or false.", member->name);
    case MEMBER_ANY:
        return true;
    }
    return false;
}

static bool check_members(const json_t *object, const struct member *members, size_t count,
                          struct problem *ret_problem)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        const struct member *member = find(members, count, name);
        if (!member)
            return wrong(ret_problem, name, "\"%.64s\" is not a member of this request.", name);
        if (!check_type(member, value, ret_problem))
            return false;
    }
    for (size_t i = 0; i < count; i++)
        if (members[i].required && !json_object_get(object, members[i].name))
            return wrong(ret_problem, members[i].name, "\"%s\" is required.", members[i].name);
    return true;
}

bool members_parse(struct bytes text, const struct member *members, size_t count,
                   json_t **ret_object, struct problem *ret_problem)
{
    json_t *object = parse_object(text, ret_problem);
    if (!object)
        return false;
    if (!check_members(object, members, count, ret_problem)) {
        json_decref(object);
        return false;
    }
    *ret_object = object;
    return true;
}

const char *members_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}
