#include "messaging/delivery.h"

#include "base/fault.h"
#include "messaging/schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define EXPIRED_MAX 500 /* Given back per question, so that no question takes long. */
#define LANE_SIZE 17u

/* A message on its way from one state to another. */
struct moving {
    int64_t number;
    char lane[LANE_SIZE];
};

static int move_counters(struct database *database, const char *lane, int waiting, int taken,
                         int done)
{
    struct query *query = database_query(database, MESSAGING_LANE_MOVE);

    query_text(query, 1, lane);
    query_number(query, 2, waiting);
    query_number(query, 3, taken);
    query_number(query, 4, done);
    return query_run(query);
}

static int run_for(struct database *database, enum messaging_statement statement, int64_t number)
{
    struct query *query = database_query(database, statement);

    query_number(query, 1, number);
    return query_run(query);
}

static int give_back(struct database *database, const struct moving *message)
{
    int r = run_for(database, MESSAGING_GIVE_BACK, message->number);

    return r != 0 ? pass(r) : move_counters(database, message->lane, 1, -1, 0);
}

/* The rows are collected first: a query is not changed under its own feet. */
static int find_expired(struct service_context *context, struct moving *expired, size_t *ret_count)
{
    struct query *query = database_query(context->database, MESSAGING_EXPIRED);
    int64_t now_ms = (int64_t)context->now_ms();
    int r;

    query_number(query, 1, now_ms - DELIVERY_LEASE_MS);
    query_number(query, 2, now_ms);
    query_number(query, 3, EXPIRED_MAX);
    *ret_count = 0;
    while ((r = query_row(query)) == QUERY_ROW) {
        struct moving *message = &expired[(*ret_count)++];
        message->number = query_get_number(query, 0);
        snprintf(message->lane, sizeof message->lane, "%s", query_get_text(query, 1));
    }
    return pass(r);
}

static int give_back_expired(struct service_context *context)
{
    struct moving expired[EXPIRED_MAX];
    size_t count;
    int r = find_expired(context, expired, &count);

    for (size_t i = 0; r == 0 && i < count; i++)
        r = give_back(context->database, &expired[i]);
    return pass(r);
}

enum { DELIVERY_EMPTY = 1 };

/* Read the oldest waiting message; DELIVERY_EMPTY when there is none that still fits. */
static int read_next(struct database *database, size_t room, struct moving *ret_message,
                     json_t **ret_payload, size_t *ret_size)
{
    struct query *query = database_query(database, MESSAGING_NEXT);
    int r = query_row(query);

    if (r != QUERY_ROW)
        return r == 0 ? DELIVERY_EMPTY : pass(r);
    const char *payload = query_get_text(query, 2);
    size_t size = strlen(payload);
    json_t *json = size > room ? NULL : json_loads(payload, 0, NULL);
    ret_message->number = query_get_number(query, 0);
    snprintf(ret_message->lane, sizeof ret_message->lane, "%s", query_get_text(query, 1));
    query_end(query);
    if (json == NULL)
        return size > room ? DELIVERY_EMPTY : fault(FAULT_CORRUPT);
    *ret_payload = json;
    *ret_size = size;
    return 0;
}

static int mark_taken(struct service_context *context, const struct moving *message)
{
    struct query *query = database_query(context->database, MESSAGING_TAKE);

    query_number(query, 1, message->number);
    query_number(query, 2, (int64_t)context->now_ms());
    int r = query_run(query);
    return r != 0 ? pass(r) : move_counters(context->database, message->lane, -1, 1, 0);
}

static int take(struct service_context *context, uint32_t count, json_t *answer)
{
    json_t *messages = json_array();
    size_t room = DELIVERY_LINE_MAX;
    int r = give_back_expired(context);

    while (r == 0 && json_array_size(messages) < count) {
        struct moving message;
        json_t *payload;
        size_t size;
        r = read_next(context->database, room, &message, &payload, &size);
        if (r != 0)
            break;
        r = mark_taken(context, &message);
        json_array_append_new(messages, payload);
        room -= size < room ? size + 1 : room;
    }
    json_object_set_new(answer, "messages", messages);
    return r == DELIVERY_EMPTY ? 0 : pass(r);
}

enum { DELIVERY_UNKNOWN = 1 };

/* Finish one message: 0, also when it is done already; DELIVERY_UNKNOWN; a fault. */
static int finish(struct database *database, const char *sid)
{
    struct query *query = database_query(database, MESSAGING_MESSAGE);
    struct moving message;
    char state[16];

    /* Nobody has seen what was never taken, so nobody can be done with it. */
    query_text(query, 1, sid);
    int r = query_row(query);
    if (r != QUERY_ROW)
        return r == 0 ? DELIVERY_UNKNOWN : pass(r);
    message.number = query_get_number(query, 0);
    snprintf(message.lane, sizeof message.lane, "%s", query_get_text(query, 1));
    snprintf(state, sizeof state, "%s", query_get_text(query, 2));
    bool seen = query_get_number(query, 3) > 0;
    query_end(query);
    if (!seen)
        return DELIVERY_UNKNOWN;
    if (strcmp(state, "done") == 0)
        return 0;
    /* What was given back when its lease was over may still be delivered by who first took it. */
    bool taken = strcmp(state, "taken") == 0;
    r = run_for(database, MESSAGING_FINISH, message.number);
    return r != 0 ? pass(r)
                  : move_counters(database, message.lane, taken ? 0 : -1, taken ? -1 : 0, 1);
}

static int finish_all(struct database *database, const json_t *sids, json_t *answer)
{
    json_t *unknown = json_array(), *sid;
    json_int_t done = 0;
    size_t i;
    int r = 0;

    json_array_foreach(sids, i, sid) {
        r = finish(database, json_string_value(sid));
        if (r < 0)
            break;
        if (r == DELIVERY_UNKNOWN)
            json_array_append(unknown, sid);
        else
            done++;
    }
    json_object_set_new(answer, "done", json_integer(done));
    json_object_set_new(answer, "unknown", unknown);
    return r < 0 ? pass(r) : 0;
}

static json_t *lane_row(struct query *query)
{
    const char *sender = query_get_text(query, 0);

    return json_pack("{s:s?, s:I, s:I, s:I, s:I}", "sender", sender[0] == '\0' ? NULL : sender,
                     "bound", (json_int_t)query_get_number(query, 1), "waiting",
                     (json_int_t)query_get_number(query, 2), "taken",
                     (json_int_t)query_get_number(query, 3), "done",
                     (json_int_t)query_get_number(query, 4));
}

static int answer_stats(struct database *database, json_t *answer)
{
    static const char *const names[] = {"waiting", "taken", "done"};
    struct query *query = database_query(database, MESSAGING_LANES);
    json_t *lanes = json_array();
    int64_t sums[3] = {0}, again = 0;
    int r;

    while ((r = query_row(query)) == QUERY_ROW) {
        for (int i = 0; i < 3; i++)
            sums[i] += query_get_number(query, 2 + i);
        json_array_append_new(lanes, lane_row(query));
    }
    if (r == 0)
        r = query_one(database_query(database, MESSAGING_TAKEN_AGAIN), &again);
    for (int i = 0; i < 3; i++)
        json_object_set_new(answer, names[i], json_integer(sums[i]));
    json_object_set_new(answer, "taken_again", json_integer(again));
    json_object_set_new(answer, "lanes", lanes);
    return r < 0 ? pass(r) : 0;
}

int delivery_answer(struct service_context *context, const struct question *question,
                    json_t *answer)
{
    if (strcmp(question->ask, "take") == 0)
        return take(context, question->count, answer);
    if (strcmp(question->ask, "stats") == 0)
        return answer_stats(context->database, answer);
    if (strcmp(question->ask, "done") != 0)
        return SERVICE_UNKNOWN_QUESTION;
    if (question->sids == NULL) {
        json_object_set_new(answer, "error", json_string("which messages?"));
        return SERVICE_REFUSED_QUESTION;
    }
    return finish_all(context->database, question->sids, answer);
}
