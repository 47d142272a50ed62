#include "gateway/members.h"

#include "base/spelling.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

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

static void check_type(const struct member *member, const json_t *value, struct problem *problem)
{
    size_t length = json_string_length(value);

    switch (member->type) {
    case MEMBER_TEXT:
        if (!json_is_string(value) || length < 1 || length > member->max)
            problem_add_error(problem, member->name, "\"%s\" is not a string of 1 to %zu bytes.",
                              member->name, member->max);
        break;
    case MEMBER_OBJECT:
        if (!json_is_object(value))
            problem_add_error(problem, member->name, "\"%s\" is not an object.", member->name);
        break;
    case MEMBER_BOOLEAN:
        if (!json_is_boolean(value))
            problem_add_error(problem, member->name, "\"%s\" is not true or false.", member->name);
        break;
    case MEMBER_ANY:
        break;
    }
}

static void say_unknown(const struct member *members, size_t count, const char *name,
                        struct problem *problem)
{
    const char *names[MEMBERS_MAX];

    assert(count <= MEMBERS_MAX);
    for (size_t i = 0; i < count; i++)
        names[i] = members[i].name;
    const char *meant = spelling_nearest(name, names, count);
    if (meant)
        problem_add_error(problem, name,
                          "\"%.64s\" is not a member of this request; did you mean \"%s\"?", name,
                          meant);
    else
        problem_add_error(problem, name, "\"%.64s\" is not a member of this request.", name);
}

/* Every mistake, as far as there is room, so that one round of mending is enough. */
static void check_members(const json_t *object, const struct member *members, size_t count,
                          struct problem *problem)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        const struct member *member = find(members, count, name);
        if (member)
            check_type(member, value, problem);
        else
            say_unknown(members, count, name, problem);
    }
    for (size_t i = 0; i < count; i++)
        if (members[i].required && !json_object_get(object, members[i].name))
            problem_add_error(problem, members[i].name, "\"%s\" is required.", members[i].name);
}

bool members_parse(struct bytes text, const struct member *members, size_t count,
                   json_t **ret_object, struct problem *ret_problem)
{
    json_t *object = parse_object(text, ret_problem);
    if (!object)
        return false;
    *ret_problem = (struct problem){.code = PROBLEM_INVALID};
    check_members(object, members, count, ret_problem);
    if (ret_problem->error_count > 0) {
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
