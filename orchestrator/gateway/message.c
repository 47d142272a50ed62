#include "gateway/message.h"

#include "base/clock.h"
#include "gateway/body.h"
#include "gateway/segments.h"

#include <string.h>

static const char *const status_words[] = {
    [MESSAGE_ACCEPTED] = "accepted",
    [MESSAGE_QUEUED] = "queued",
    [MESSAGE_FAILED] = "failed",
    [MESSAGE_CANCELED] = "canceled",
};

static enum message_status status_when_turned(const struct snapshot *snapshot)
{
    switch (snapshot->turn_reason) {
    case SAGA_TURN_CANCELLED:
        return snapshot->turned_for_service ? MESSAGE_FAILED : MESSAGE_CANCELED;
    case SAGA_TURN_NONE:
    case SAGA_TURN_REJECTED:
    case SAGA_TURN_EXHAUSTED:
    case SAGA_TURN_DEADLINE:
    case SAGA_TURN_COUNT:
        break;
    }
    return MESSAGE_FAILED;
}

/* A saga that somebody terminated counts by how far it had come. */
enum message_status message_status(const struct snapshot *snapshot)
{
    if (snapshot->pivot_done)
        return MESSAGE_QUEUED;
    switch (snapshot->phase) {
    case SAGA_RUNNING:
        return MESSAGE_ACCEPTED;
    case SAGA_COMPLETED:
        return MESSAGE_QUEUED;
    case SAGA_COMPENSATING:
    case SAGA_COMPENSATED:
        return status_when_turned(snapshot);
    case SAGA_TERMINATED:
    case SAGA_PHASE_COUNT:
        break;
    }
    return MESSAGE_FAILED;
}

struct message_code message_failure(const struct snapshot *snapshot)
{
    if (snapshot->turned_for_service)
        return *message_code_find(CODE_NO_SERVICE);
    if (snapshot->turn_reason != SAGA_TURN_REJECTED)
        return *message_code_find(CODE_FAILED);
    struct message_code code = message_code_of_saga(snapshot->code);
    if (code.number != CODE_FAILED && snapshot->text[0])
        code.text = snapshot->text;
    return code;
}

static json_t *member_or_null(const json_t *input, const char *name)
{
    json_t *member = json_object_get(input, name);
    return member ? json_incref(member) : json_null();
}

static json_t *date(uint64_t wall_ms)
{
    char text[CLOCK_RFC2822_SIZE];

    clock_rfc2822(wall_ms, text);
    return json_string(text);
}

static void add_addresses(json_t *message, const struct snapshot *snapshot)
{
    char sid[ID_SID_SIZE];
    json_t *links = json_object();

    id_sid(snapshot->id, sid);
    json_object_set_new(message, "sid", json_string(sid));
    json_object_set_new(
        links, "media",
        json_sprintf("/2010-04-01/Accounts/%s/Messages/%s/Media.json", snapshot->tenant, sid));
    json_object_set_new(message, "subresource_uris", links);
    json_object_set_new(
        message, "uri",
        json_sprintf("/2010-04-01/Accounts/%s/Messages/%s.json", snapshot->tenant, sid));
}

static void add_content(json_t *message, const json_t *input)
{
    const json_t *body = json_object_get(input, "body");
    struct bytes text = bytes_of(json_string_value(body), json_string_length(body));

    json_object_set_new(message, "body",
                        json_stringn(text.data ? (const char *)text.data : "", text.size));
    json_object_set_new(message, "from", member_or_null(input, "from"));
    json_object_set_new(message, "messaging_service_sid",
                        member_or_null(input, "messaging_service_sid"));
    json_object_set_new(message, "num_media",
                        json_sprintf("%zu", json_array_size(json_object_get(input, "media_url"))));
    json_object_set_new(message, "num_segments", json_sprintf("%u", segments_of(text)));
    json_object_set_new(message, "to", member_or_null(input, "to"));
}

static void add_status(json_t *message, const struct snapshot *snapshot)
{
    enum message_status status = message_status(snapshot);

    json_object_set_new(message, "status", json_string(status_words[status]));
    if (status != MESSAGE_FAILED) {
        json_object_set_new(message, "error_code", json_null());
        json_object_set_new(message, "error_message", json_null());
        return;
    }
    struct message_code failure = message_failure(snapshot);
    json_object_set_new(message, "error_code", json_integer(failure.number));
    json_object_set_new(message, "error_message", body_text(failure.text));
}

json_t *message_json(const struct snapshot *snapshot)
{
    json_t *message = json_object(), *input = body_parsed(snapshot->input);

    json_object_set_new(message, "account_sid", body_text(snapshot->tenant));
    json_object_set_new(message, "api_version", json_string("2010-04-01"));
    json_object_set_new(message, "date_created", date(snapshot->created_ms));
    json_object_set_new(message, "date_sent", json_null());
    json_object_set_new(message, "date_updated", date(snapshot->updated_ms));
    json_object_set_new(message, "direction", json_string("outbound-api"));
    json_object_set_new(message, "price", json_null());
    json_object_set_new(message, "price_unit", json_string("USD"));
    add_content(message, input);
    add_status(message, snapshot);
    add_addresses(message, snapshot);
    json_decref(input);
    return message;
}
