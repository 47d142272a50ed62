/*
 * GET /v1/definitions and /v1/definitions/{name}: the versions that the server knows, those of its
 * files and those that only its journal still has.
 */
#include "gateway/handlers.h"

#include "core/definition.h"
#include "gateway/cursor.h"
#include "gateway/exchange.h"
#include "gateway/problem.h"
#include "gateway/query.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_DEFAULT 100u
#define VERSION_BYTES 8u /* As everywhere: the first 16 digits of the hash. */

static const char *const list_parameters[] = {"all", "name", "limit", "cursor"};
static const char *const show_parameters[] = {"version"};

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* ---- one step ---- */

static json_t *retry_json(const struct definition_retry *retry)
{
    json_t *json = json_object();

    json_object_set_new(json, "attempts", number(retry->attempts));
    json_object_set_new(json, "base_ms", number(retry->base_ms));
    json_object_set_new(json, "factor", number(retry->factor));
    json_object_set_new(json, "max_ms", number(retry->max_ms));
    return json;
}

static json_t *routes_json(const struct definition *definition, const struct definition_step *step)
{
    json_t *routes = json_array();

    for (size_t i = 0; i < step->route_count; i++)
        json_array_append_new(routes, json_string(definition->participants[step->routes[i]].name));
    return routes;
}

static json_t *needs_json(const struct definition *definition, const struct definition_step *step)
{
    json_t *needs = json_array();

    for (uint32_t i = 0; i < definition->step_count; i++)
        if (step->needs & 1u << i)
            json_array_append_new(needs, json_string(definition->steps[i].name));
    return needs;
}

static json_t *step_json(const struct definition *definition, uint32_t index)
{
    const struct definition_step *step = &definition->steps[index];
    json_t *json = json_object();

    json_object_set_new(json, "name", json_string(step->name));
    json_object_set_new(json, "participants", routes_json(definition, step));
    json_object_set_new(json, "operation", json_string(step->operation));
    json_object_set_new(json, "undo_operation",
                        step->undo[0] ? json_string(step->undo) : json_null());
    json_object_set_new(json, "needs", needs_json(definition, step));
    json_object_set_new(json, "read_only", json_boolean(step->read_only));
    json_object_set_new(json, "pivot", json_boolean(step->pivot));
    json_object_set_new(json, "after_pivot",
                        json_boolean((definition->after_pivot & 1u << index) != 0));
    json_object_set_new(json, "timeout_ms", number(step->timeout_ms));
    json_object_set_new(json, "retry", retry_json(&step->retry));
    json_object_set_new(json, "on_exhausted",
                        json_string(step->park_on_exhausted ? "park" : "compensate"));
    json_object_set_new(json, "compensate_on_reject", json_boolean(step->compensate_on_reject));
    return json;
}

/* ---- one version ---- */

/* What a list shows of it. */
static json_t *row_json(const struct definitions_row *row)
{
    const struct definition *definition = row->definition;
    char version[2 * VERSION_BYTES + 1];
    uint8_t last;
    json_t *json = json_object();

    hex_encode(definition->hash, VERSION_BYTES, version);
    json_object_set_new(json, "name", json_string(definition->name));
    json_object_set_new(json, "version", json_string(version));
    json_object_set_new(json, "current", json_boolean(row->current));
    json_object_set_new(json, "live", number(row->live));
    json_object_set_new(json, "step_count", number(definition->step_count));
    json_object_set_new(json, "deadline_ms", number(definition->deadline_ms));
    json_object_set_new(json, "worst_case_ms", number(definition_longest_ms(definition, &last)));
    return json;
}

static json_t *participants_json(const struct definition *definition)
{
    json_t *participants = json_array();

    for (size_t i = 0; i < definition->participant_count; i++) {
        const struct definition_participant *participant = &definition->participants[i];
        json_t *json = json_object();
        json_object_set_new(json, "name", json_string(participant->name));
        json_object_set_new(json, "guarded", json_boolean(participant->guarded));
        json_array_append_new(participants, json);
    }
    return participants;
}

/* All of it. */
static json_t *definition_json(const struct definitions_row *row)
{
    const struct definition *definition = row->definition;
    char hash[2 * DEFINITION_HASH_SIZE + 1];
    uint8_t last;
    json_t *json = row_json(row), *steps = json_array();

    hex_encode(definition->hash, DEFINITION_HASH_SIZE, hash);
    definition_longest_ms(definition, &last);
    for (uint32_t i = 0; i < definition->step_count; i++)
        json_array_append_new(steps, step_json(definition, i));
    json_object_set_new(json, "hash", json_string(hash));
    json_object_set_new(json, "worst_case_until", json_string(definition->steps[last].name));
    json_object_set_new(json, "patience_ms", number(definition->patience_ms));
    json_object_set_new(json, "participants", participants_json(definition));
    json_object_set_new(json, "steps", steps);
    json_object_set_new(json, "text", json_stringn((const char *)row->text.data, row->text.size));
    return json;
}

/* ---- answers ---- */

static const struct definitions *answered_definitions(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (reply->came && reply->status == ANSWER_OK && reply->definitions)
        return reply->definitions;
    problem_from_answer(exchange, reply);
    return NULL;
}

static void list_answered(struct exchange *exchange)
{
    const struct definitions *definitions = answered_definitions(exchange);

    if (!definitions)
        return;
    json_t *body = json_object(), *rows = json_array();
    for (size_t i = 0; i < definitions->count; i++)
        json_array_append_new(rows, row_json(&definitions->rows[i]));
    json_object_set_new(body, "definitions", rows);
    json_object_set_new(body, "next_cursor", cursor_json(definitions->cursor));
    exchange_reply_json(exchange, 200, body);
}

static void show_answered(struct exchange *exchange)
{
    const struct definitions *definitions = answered_definitions(exchange);

    if (!definitions)
        return;
    if (definitions->count > 0)
        exchange_reply_json(exchange, 200, definition_json(&definitions->rows[0]));
    else
        problem_say(exchange, PROBLEM_NOT_FOUND,
                    "There is no definition of this name and version.");
}

/* ---- requests ---- */

/* "": it was not given. False: a problem was replied. */
static bool read_text(struct exchange *exchange, const struct form *query, const char *name,
                      size_t size, char *ret_text)
{
    const char *value = form_value(query, name);

    if (value && strlen(value) >= size) {
        problem_say_member(exchange, name, "It has at most %zu characters.", size - 1);
        return false;
    }
    snprintf(ret_text, size, "%s", value ? value : "");
    return true;
}

static bool read_list(struct exchange *exchange, const struct form *query, struct request *request)
{
    uint64_t limit = LIMIT_DEFAULT;

    if (!query_flag(exchange, query, "all", &request->with_finished) ||
        !query_number(exchange, query, "limit", 1, INBOX_DEFINITIONS_MAX, &limit) ||
        !cursor_read(exchange, query, &request->before) ||
        !read_text(exchange, query, "name", sizeof(request->definition), request->definition))
        return false;
    request->limit = (uint32_t)limit;
    return true;
}

static bool read_show(struct exchange *exchange, const struct form *query, struct request *request)
{
    request->limit = 1;
    request->only_newest = true;
    snprintf(request->definition, sizeof(request->definition), "%s", exchange->match.parameters[0]);
    return read_text(exchange, query, "version", sizeof(request->version), request->version);
}

static void ask_for_definitions(struct exchange *exchange, const char *const *known, size_t count,
                                bool (*read)(struct exchange *, const struct form *,
                                             struct request *),
                                void (*next)(struct exchange *exchange))
{
    struct form query;

    if (!query_parse(exchange, known, count, &query))
        return;
    struct ask *ask = ask_new(REQUEST_DEFINITIONS);
    if (!ask)
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    else if (read(exchange, &query, &ask->request))
        exchange_ask(exchange, ask, next, exchange->service->options.answer_grace_ms);
    else
        ask_free(ask);
    form_fini(&query);
}

void list_definitions(struct exchange *exchange)
{
    ask_for_definitions(exchange, list_parameters,
                        sizeof(list_parameters) / sizeof(list_parameters[0]), read_list,
                        list_answered);
}

void show_definition(struct exchange *exchange)
{
    ask_for_definitions(exchange, show_parameters,
                        sizeof(show_parameters) / sizeof(show_parameters[0]), read_show,
                        show_answered);
}
