#include "gateway/message_filter.h"

#include "base/fault.h"
#include "base/id.h"
#include "gateway/body.h"
#include "gateway/moment.h"

#include <string.h>

#define SECOND_MS 1000u

static const char *const names[] = {MESSAGE_FILTER_NAMES};

static bool read_number(const struct form *query, const char *name,
                        char ret_number[MESSAGE_NUMBER_SIZE])
{
    const char *value = form_value(query, name);

    return !value || message_number_parse(value, ret_number);
}

/* Dates are as fine as the messages show them: a second is in or out as a whole. */
static bool read_date(const struct form *query, const char *name, uint64_t *ret_wall_ms)
{
    const char *value = form_value(query, name);

    return value && moment_parse(value, ret_wall_ms);
}

static bool read_dates(const struct form *query, struct message_filter *filter,
                       const char **ret_wrong)
{
    uint64_t wall_ms;

    for (size_t i = 2; i < sizeof(names) / sizeof(names[0]); i++) {
        *ret_wrong = names[i];
        if (!form_value(query, names[i]))
            continue;
        if (!read_date(query, names[i], &wall_ms))
            return false;
        char relation = names[i][strlen("DateSent")];
        uint64_t least_ms = wall_ms, below_ms = wall_ms + SECOND_MS;
        if (relation == '\0') {
            least_ms = wall_ms - wall_ms % MOMENT_DAY_MS;
            below_ms = least_ms + MOMENT_DAY_MS;
        }
        uint64_t least = id_first_number(least_ms), below = id_first_number(below_ms);
        if (relation != '<' && least > filter->least)
            filter->least = least;
        if (relation != '>' && below < filter->below)
            filter->below = below;
    }
    return true;
}

bool message_filter_read(const struct form *query, struct message_filter *ret_filter,
                         const char **ret_wrong)
{
    struct message_filter filter = {.below = INT64_MAX};

    *ret_wrong = "To";
    if (!read_number(query, "To", filter.to))
        return false;
    *ret_wrong = "From";
    if (!read_number(query, "From", filter.from) || !read_dates(query, &filter, ret_wrong))
        return false;
    *ret_filter = filter;
    return true;
}

bool message_filter_looks_inside(const struct message_filter *filter)
{
    return filter->to[0] || filter->from[0];
}

static bool has_number(const json_t *input, const char *member, const char *wanted)
{
    const char *number = json_string_value(json_object_get(input, member));

    return !*wanted || (number && strcmp(number, wanted) == 0);
}

bool message_filter_matches(const struct message_filter *filter, const struct snapshot *snapshot)
{
    if (!message_filter_looks_inside(filter))
        return true;
    json_t *input = body_parsed(snapshot->input);
    bool matches = has_number(input, "to", filter->to) && has_number(input, "from", filter->from);
    json_decref(input);
    return matches;
}

int message_filter_print(const struct form *query, struct buffer *buffer)
{
    int r = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && r == 0; i++) {
        const char *value = form_value(query, names[i]);
        if (!value)
            continue;
        r = form_encode(buffer, names[i]);
        if (r == 0)
            r = buffer_append(buffer, "=", 1);
        if (r == 0)
            r = form_encode(buffer, value);
        if (r == 0)
            r = buffer_append(buffer, "&", 1);
    }
    return pass(r);
}
