#include "messaging/queue.h"

#include "base/fault.h"
#include "messaging/schema.h"
#include "service/demo.h"
#include "service/message.h"
#include "service/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE 17u /* "+", 15 digits, NUL. */

struct lane {
    char sender[NUMBER_SIZE];
    int64_t bound;
    int64_t waiting;
};

/* The "from" of one step's output; an output is another participant's, so it may be anything. */
static bool read_from(const struct participant_output *output, char ret_from[NUMBER_SIZE])
{
    json_t *json = json_loadb(output->data, output->size, JSON_REJECT_DUPLICATES, NULL);
    const char *from = json_string_value(json_object_get(json, "from"));
    bool found = from != NULL && message_is_e164(from);

    if (found)
        snprintf(ret_from, NUMBER_SIZE, "%s", from);
    json_decref(json);
    return found;
}

static bool find_from(const struct participant_call *call, const struct message *message,
                      char ret_from[NUMBER_SIZE])
{
    if (message->from != NULL && message_is_e164(message->from)) {
        snprintf(ret_from, NUMBER_SIZE, "%s", message->from);
        return true;
    }
    for (size_t i = 0; i < call->output_count; i++)
        if (read_from(&call->outputs[i], ret_from))
            return true;
    return false;
}

/* What the consumer is given. The caller frees it; NULL when memory is short. */
static char *payload_of(const struct participant_call *call, const struct message *message,
                        const char *from)
{
    json_t *payload = json_pack("{s:s, s:s, s:s, s:s}", "sid", call->sid, "account_sid",
                                message->account_sid, "from", from, "to", message->to);

    if (message->body != NULL)
        json_object_set_new(payload, "body", json_string(message->body));
    if (message->media_url != NULL)
        json_object_set(payload, "media_url", json_object_get(message->input, "media_url"));
    if (message->status_callback != NULL)
        json_object_set_new(payload, "status_callback", json_string(message->status_callback));
    char *text = payload == NULL ? NULL : json_dumps(payload, JSON_COMPACT);
    json_decref(payload);
    return text;
}

static int read_lane(struct database *database, const char *from, struct lane *ret_lane)
{
    struct query *query = database_query(database, MESSAGING_LANE);
    struct lane lane;

    query_text(query, 1, from);
    int r = query_row(query);
    if (r != QUERY_ROW)
        return r == 0 ? fault(FAULT_CORRUPT) : pass(r);
    snprintf(lane.sender, sizeof lane.sender, "%s", query_get_text(query, 0));
    lane.bound = query_get_number(query, 1);
    lane.waiting = query_get_number(query, 2);
    query_end(query);
    *ret_lane = lane;
    return 0;
}

static int add_message(struct database *database, const struct participant_call *call,
                       const struct lane *lane, const char *payload)
{
    struct query *add = database_query(database, MESSAGING_MESSAGE_ADD);

    query_text(add, 1, call->sid);
    query_text(add, 2, call->tenant);
    query_text(add, 3, lane->sender);
    query_text(add, 4, payload);
    int r = query_run(add);
    if (r != 0)
        return pass(r);

    struct query *move = database_query(database, MESSAGING_LANE_MOVE);
    query_text(move, 1, lane->sender);
    query_number(move, 2, 1);
    query_number(move, 3, 0);
    query_number(move, 4, 0);
    return query_run(move);
}

static int answer_queued(struct participant_answer *answer, int64_t position)
{
    return reply_done(answer,
                      json_pack("{s:b, s:I}", "queued", 1, "position", (json_int_t)position));
}

/* Put it into its lane; @payload is what the consumer gets. */
static int enqueue(struct database *database, const struct participant_call *call, const char *from,
                   const char *payload, struct participant_answer *answer)
{
    struct query *query = database_query(database, MESSAGING_MESSAGE);
    struct lane lane;
    int64_t number;

    query_text(query, 1, call->sid);
    int r = query_one(query, &number);
    if (r < 0)
        return pass(r);
    if (r == QUERY_ROW) /* Asked again after the guard forgot: it is queued, once. */
        return answer_queued(answer, 0);
    r = read_lane(database, from, &lane);
    if (r != 0)
        return pass(r);
    if (lane.waiting >= lane.bound) {
        refuse(answer, REFUSAL_QUEUE_FULL);
        return 0;
    }
    r = add_message(database, call, &lane, payload);
    return r != 0 ? pass(r) : answer_queued(answer, lane.waiting + 1);
}

static int queue(struct service_context *context, const struct participant_call *call,
                 const struct message *message, struct participant_answer *answer)
{
    char from[NUMBER_SIZE];
    enum refusal content = message_content_refusal(message);

    if (message->to == NULL || !message_is_e164(message->to)) {
        refuse(answer, REFUSAL_TO_INVALID);
        return 0;
    }
    if (!find_from(call, message, from)) {
        refuse(answer, REFUSAL_FROM_MISSING);
        return 0;
    }
    if (content != REFUSAL_COUNT) {
        refuse(answer, content);
        return 0;
    }
    char *payload = payload_of(call, message, from);
    if (payload == NULL)
        return fault(FAULT_MEMORY);
    int r = 0;
    if (strlen(payload) > QUEUE_PAYLOAD_MAX)
        refuse(answer, REFUSAL_MALFORMED);
    else
        r = enqueue(context->database, call, from, payload, answer);
    free(payload);
    return pass(r);
}

void queue_message(void *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    struct message message;

    if (!message_of_call(call, answer, &message))
        return;
    reply_fault(context, queue(context, call, &message, answer), answer);
    message_fini(&message);
}

int queue_seed(struct service_context *context, const char *account)
{
    struct query *query = database_query(context->database, MESSAGING_LANE_SEED);

    (void)account; /* The number is well known; it belongs to no other account. */
    query_text(query, 1, DEMO_SENDER_QUEUE_FULL);
    query_number(query, 2, 0);
    return query_run(query);
}
