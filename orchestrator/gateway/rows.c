#include "gateway/rows.h"

#include "gateway/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void rows_fini(struct rows *rows)
{
    buffer_fini(&rows->text);
    rows->count = 0;
}

static int append(const char *text, size_t size, void *buffer)
{
    return buffer_append(buffer, text, size) < 0 ? -1 : 0;
}

void rows_add(struct rows *rows, json_t *json)
{
    assert(rows->count < ROWS_MAX);

    bool good = json != NULL && json_dump_callback(json, append, &rows->text, JSON_COMPACT) == 0;
    json_decref(json);
    rows->failed |= !good;
    rows->ends[rows->count++] = rows->text.size;
}

static bool print_row(const struct rows *rows, size_t at, struct buffer *body)
{
    size_t start = at > 0 ? rows->ends[at - 1] : 0;

    return buffer_append(body, rows->text.data + start, rows->ends[at] - start) == 0;
}

static bool print_rows(const struct rows *rows, bool backwards, struct buffer *body)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (i > 0 && buffer_append(body, ",", 1) < 0)
            return false;
        if (!print_row(rows, backwards ? rows->count - 1 - i : i, body))
            return false;
    }
    return true;
}

/* The opening brace of @rest is left out: its members follow the array. */
static bool print_body(const struct rows *rows, const char *name, bool backwards, const char *rest,
                       struct buffer *body)
{
    return !rows->failed && rest != NULL &&
           buffer_reserve(body, rows->text.size + rows->count + strlen(rest) + 64) != NULL &&
           buffer_print(body, "{\"%s\":[", name) == 0 && print_rows(rows, backwards, body) &&
           buffer_print(body, "],%s", rest + 1) == 0;
}

void rows_reply(struct exchange *exchange, const struct rows *rows, const char *name,
                bool backwards, json_t *rest)
{
    struct buffer body = {.data = NULL};
    char *members = rest != NULL ? json_dumps(rest, JSON_COMPACT) : NULL;

    assert(members == NULL || strlen(members) > 2);
    json_decref(rest);
    if (!print_body(rows, name, backwards, members, &body))
        buffer_fini(&body);
    free(members);
    exchange_reply(exchange, 200, "application/json", (char *)body.data, body.size);
}
