#include "gateway/query.h"

#include "base/spelling.h"
#include "gateway/exchange.h"
#include "gateway/problem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 18u /* Fits 64 bits whatever the digits are. */

static bool is_known(const char *name, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

/* It is known and given more than once, or it is not known. */
static void say_wrong(struct exchange *exchange, const char *name, const char *const *known,
                      size_t count)
{
    const char *meant = spelling_nearest(name, known, count);

    if (is_known(name, known, count))
        problem_say_member(exchange, name, "The parameter \"%.64s\" is given more than once.",
                           name);
    else if (meant)
        problem_say_member(exchange, name,
                           "The parameter \"%.64s\" is not known here; did you mean \"%s\"?", name,
                           meant);
    else
        problem_say_member(exchange, name, "The parameter \"%.64s\" is not known here.", name);
}

bool query_parse(struct exchange *exchange, const char *const *known, size_t count,
                 struct form *ret_query)
{
    struct form query;
    struct form_error error;
    int r = form_parse(bytes_of_text(exchange->query), &query, &error);
    if (r) {
        problem_say(exchange, r < 0 ? PROBLEM_INTERNAL : PROBLEM_MALFORMED,
                    "The query string is malformed at byte %zu: %s.", r < 0 ? 0 : error.offset,
                    r < 0 ? "memory is short" : error.text);
        return false;
    }
    for (size_t i = 0; i < query.count; i++) {
        const char *name = query.fields[i].name;
        if (is_known(name, known, count) && form_count(&query, name) == 1)
            continue;
        say_wrong(exchange, name, known, count);
        form_fini(&query);
        return false;
    }
    *ret_query = query;
    return true;
}

bool query_is_empty(struct exchange *exchange)
{
    struct form query;

    if (!query_parse(exchange, NULL, 0, &query))
        return false;
    form_fini(&query);
    return true;
}

bool number_parse(const char *text, uint64_t most, uint64_t *ret_number)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX || text[digits] != '\0')
        return false;
    uint64_t number = strtoull(text, NULL, 10);
    if (number > most)
        return false;
    *ret_number = number;
    return true;
}

bool query_number(struct exchange *exchange, const struct form *query, const char *name,
                  uint64_t least, uint64_t most, uint64_t *ret_number)
{
    const char *text = form_value(query, name);
    uint64_t number;
    if (!text)
        return true;
    if (number_parse(text, most, &number) && number >= least) {
        *ret_number = number;
        return true;
    }
    problem_say_member(exchange, name,
                       "The parameter \"%s\" is not a number from %" PRIu64 " to %" PRIu64 ".",
                       name, least, most);
    return false;
}

bool query_flag(struct exchange *exchange, const struct form *query, const char *name,
                bool *ret_flag)
{
    uint64_t number = 0;
    if (!query_number(exchange, query, name, 0, 1, &number))
        return false;
    *ret_flag = number == 1;
    return true;
}
