#include "gateway/cursor.h"

#include "gateway/problem.h"

json_t *cursor_json(uint64_t before)
{
    return before == 0 ? json_null() : json_sprintf("c%016llx", (unsigned long long)before);
}

static bool parse(const char *text, uint64_t *ret_before)
{
    uint8_t bytes[8];

    if (text[0] != 'c' || !hex_decode(text + 1, sizeof(bytes), bytes))
        return false;
    uint64_t before = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        before = before << 8 | bytes[i];
    *ret_before = before;
    return before != 0;
}

bool cursor_read(struct exchange *exchange, const struct form *query, uint64_t *ret_before)
{
    const char *cursor = form_value(query, "cursor");

    if (!cursor || parse(cursor, ret_before))
        return true;
    problem_say_member(exchange, "cursor", "The cursor is not one that a list has given.");
    return false;
}
