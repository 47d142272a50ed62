#include "egress/egress_request.h"

#include "base/fault.h"
#include "base/traceparent.h"
#include "core/names.h"
#include "egress/egress_json.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void egress_request_fini(struct egress_request *request)
{
    buffer_fini(&request->url);
    buffer_fini(&request->headers);
    buffer_fini(&request->body);
}

/* ---- the head ---- */

static int write_url(const struct egress_endpoint *endpoint, const struct wire_call *call,
                     struct buffer *url)
{
    const char *suffix = call->direction == SAGA_FENCE ? "/fence" : "";
    int r = buffer_print(url, "%s/%s%s", endpoint->url, call->operation, suffix);

    return r < 0 ? pass(r) : buffer_append(url, "", 1);
}

static int add_header(struct buffer *headers, const char *name, const char *value)
{
    int r = buffer_print(headers, "%s: %s", name, value);

    return r < 0 ? pass(r) : buffer_append(headers, "", 1);
}

/* An old journal may hold anything that a client sent: what is no trace context is left out. */
static int add_trace(struct buffer *headers, const char *text)
{
    char traceparent[TRACEPARENT_SIZE];

    if (text == NULL || !traceparent_parse(text, traceparent))
        return 0;
    return pass(add_header(headers, "traceparent", traceparent));
}

static int write_headers(const struct egress_endpoint *endpoint, const struct wire_call *call,
                         struct buffer *headers)
{
    char number[16];
    int r = add_header(headers, "Content-Type", "application/json");

    if (r == 0)
        r = add_header(headers, "Accept", "application/json");
    if (r == 0)
        r = add_header(headers, "Idempotency-Key", call->operation_id);
    snprintf(number, sizeof number, "%" PRIu32, call->attempt);
    if (r == 0)
        r = add_header(headers, "Saga-Attempt", number);
    snprintf(number, sizeof number, "%" PRIu32, call->ms_left);
    if (r == 0)
        r = add_header(headers, "Saga-Ms-Left", number);
    if (r == 0)
        r = add_trace(headers, call->traceparent);
    if (r == 0 && endpoint->authorization[0] != '\0')
        r = add_header(headers, "Authorization", endpoint->authorization);
    return pass(r);
}

/* ---- the body ---- */

static int add_text(struct buffer *body, const char *text)
{
    json_t *json = json_string(text != NULL ? text : "");
    char *written = json != NULL ? json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    int r = written != NULL ? buffer_print(body, "%s", written) : fault(FAULT_MEMORY);

    free(written);
    json_decref(json);
    return pass(r);
}

static int add_member(struct buffer *body, const char *name, const char *text)
{
    int r = buffer_print(body, "%c\"%s\":", body->size == 0 ? '{' : ',', name);

    return r < 0 ? pass(r) : add_text(body, text);
}

/* Nothing is null; what is no JSON cannot be said. */
static int add_json(struct buffer *body, struct bytes json)
{
    if (json.size == 0)
        return buffer_print(body, "null");
    return egress_json_valid(json) ? buffer_append(body, json.data, json.size) : EGRESS_NOT_JSON;
}

static int add_outputs(struct buffer *body, const struct wire_call *call)
{
    int r = buffer_print(body, ",\"outputs\":{");

    for (size_t i = 0; i < call->output_count && r == 0; i++) {
        r = i > 0 ? buffer_print(body, ",") : 0;
        if (r == 0)
            r = add_text(body, call->outputs[i].step);
        if (r == 0)
            r = buffer_print(body, ":");
        if (r == 0)
            r = add_json(body, call->outputs[i].output);
    }
    return r != 0 ? r : buffer_print(body, "}");
}

/* What its do answered, and whether that is known. */
static int add_outcome(struct buffer *body, const struct wire_call *call)
{
    if (call->direction != SAGA_UNDO)
        return 0;
    int r = buffer_print(body, ",\"outcome_known\":%s,\"own_output\":",
                         call->outcome_known ? "true" : "false");
    return r < 0 ? pass(r) : add_json(body, call->own_output);
}

static int write_body(const struct wire_call *call, struct buffer *body)
{
    const struct {
        const char *name, *text;
    } members[] = {
        {"operation_id", call->operation_id}, {"saga", call->saga},
        {"sid", call->sid},                   {"definition", call->definition},
        {"step", call->step},                 {"operation", call->operation},
        {"direction", saga_direction_name(call->direction)}, {"tenant", call->tenant},
    };
    int r = 0;

    for (size_t i = 0; i < sizeof members / sizeof members[0] && r == 0; i++)
        r = add_member(body, members[i].name, members[i].text);
    if (r == 0)
        r = buffer_print(body, ",\"horizon_ms\":%" PRIu64 ",\"input\":", call->horizon_ms);
    if (r == 0)
        r = add_json(body, call->input);
    if (r == 0)
        r = add_outputs(body, call);
    if (r == 0)
        r = add_outcome(body, call);
    return r != 0 ? r : buffer_print(body, "}");
}

int egress_request_write(const struct egress_endpoint *endpoint, const struct wire_call *call,
                         struct egress_request *request)
{
    assert(egress_url_valid(endpoint->url));
    assert(request->url.size == 0);
    int r = write_url(endpoint, call, &request->url);

    if (r == 0)
        r = write_headers(endpoint, call, &request->headers);
    if (r == 0)
        r = write_body(call, &request->body);
    return r;
}
