#include "auth/validate.h"

#include "auth/schema.h"
#include "base/fault.h"
#include "service/message.h"
#include "service/reply.h"

#include <stdio.h>

#define NUMBER_SIZE 17u /* "+", 15 digits, NUL. */

/* Each check answers 0 to go on, VALIDATE_REFUSED with the refusal, or a fault. */
enum { VALIDATE_REFUSED = 1 };

static int refused(enum refusal refusal, enum refusal *ret_refusal)
{
    *ret_refusal = refusal;
    return VALIDATE_REFUSED;
}

static int check_account(struct database *database, const struct message *message,
                         enum refusal *ret_refusal)
{
    struct query *query = database_query(database, AUTH_ACCOUNT);
    int64_t active = 0;

    query_text(query, 1, message->account_sid);
    int r = query_one(query, &active);
    if (r == 0)
        return refused(REFUSAL_ACCOUNT_UNKNOWN, ret_refusal);
    if (r != QUERY_ROW)
        return pass(r);
    return active ? 0 : refused(REFUSAL_ACCOUNT_SUSPENDED, ret_refusal);
}

/* What the account's carrier is known to refuse. A rule with an unknown code is a broken row. */
static int check_rule(struct database *database, const char *account, const char *side,
                      const char *number, enum refusal *ret_refusal)
{
    struct query *query = database_query(database, AUTH_RULE);

    query_text(query, 1, account);
    query_text(query, 2, side);
    query_text(query, 3, number);
    int r = query_row(query);
    if (r != QUERY_ROW)
        return pass(r);
    enum refusal refusal = refusal_of_code(query_get_text(query, 0));
    query_end(query);
    return refusal == REFUSAL_COUNT ? fault(FAULT_CORRUPT) : refused(refusal, ret_refusal);
}

static int check_to(struct database *database, const struct message *message,
                    enum refusal *ret_refusal)
{
    if (message->to == NULL || message->to[0] == '\0')
        return refused(REFUSAL_TO_MISSING, ret_refusal);
    if (!message_is_e164(message->to))
        return refused(REFUSAL_TO_INVALID, ret_refusal);
    return check_rule(database, message->account_sid, "to", message->to, ret_refusal);
}

static int check_from(struct database *database, const struct message *message,
                      enum refusal *ret_refusal)
{
    if (!message_is_e164(message->from))
        return refused(REFUSAL_FROM_INVALID, ret_refusal);
    int r = check_rule(database, message->account_sid, "from", message->from, ret_refusal);
    if (r != 0)
        return pass(r);

    struct query *query = database_query(database, AUTH_SENDER);
    int64_t owned;
    query_text(query, 1, message->account_sid);
    query_text(query, 2, message->from);
    r = query_one(query, &owned);
    if (r < 0)
        return pass(r);
    return r == QUERY_ROW ? 0 : refused(REFUSAL_FROM_NOT_OWNED, ret_refusal);
}

/* The same recipient always hears from the same sender of a pool. FNV-1a. */
static uint32_t hash_of(const char *number)
{
    uint32_t hash = 2166136261u;

    for (; *number != '\0'; number++)
        hash = (hash ^ (uint8_t)*number) * 16777619u;
    return hash;
}

static int pick_sender(struct database *database, const struct message *message,
                       char ret_from[NUMBER_SIZE], enum refusal *ret_refusal)
{
    struct query *query = database_query(database, AUTH_POOL_SENDERS);
    int64_t count = 0;

    query_text(query, 1, message->messaging_service_sid);
    int r = query_one(query, &count);
    if (r < 0)
        return pass(r);
    if (count == 0)
        return refused(REFUSAL_POOL_EMPTY, ret_refusal);

    query = database_query(database, AUTH_POOL_SENDER_AT);
    query_text(query, 1, message->messaging_service_sid);
    query_number(query, 2, hash_of(message->to) % count);
    r = query_row(query);
    if (r != QUERY_ROW)
        return r == 0 ? fault(FAULT_CORRUPT) : pass(r);
    snprintf(ret_from, NUMBER_SIZE, "%s", query_get_text(query, 0));
    query_end(query);
    return 0;
}

static int check_pool(struct database *database, const struct message *message,
                      enum refusal *ret_refusal)
{
    struct query *query = database_query(database, AUTH_POOL);
    int64_t ours = 0;

    query_text(query, 1, message->messaging_service_sid);
    query_text(query, 2, message->account_sid);
    int r = query_one(query, &ours);
    if (r < 0)
        return pass(r);
    return ours ? 0 : refused(REFUSAL_POOL_UNKNOWN, ret_refusal);
}

/* The number to send from: From when it is given, else one of the pool. */
static int find_sender(struct database *database, const struct message *message,
                       char ret_from[NUMBER_SIZE], enum refusal *ret_refusal)
{
    bool has_from = message->from != NULL && message->from[0] != '\0';
    bool has_pool =
        message->messaging_service_sid != NULL && message->messaging_service_sid[0] != '\0';
    int r = 0;

    if (!has_from && !has_pool)
        return refused(REFUSAL_FROM_MISSING, ret_refusal);
    if (has_pool)
        r = check_pool(database, message, ret_refusal);
    if (r == 0 && has_from) {
        r = check_from(database, message, ret_refusal);
        if (r == 0)
            snprintf(ret_from, NUMBER_SIZE, "%s", message->from);
    } else if (r == 0) {
        r = pick_sender(database, message, ret_from, ret_refusal);
    }
    return pass(r);
}

static int check_opt_out(struct database *database, const struct message *message, const char *from,
                         enum refusal *ret_refusal)
{
    struct query *query = database_query(database, AUTH_OPT_OUT);
    int64_t found;

    query_text(query, 1, message->account_sid);
    query_text(query, 2, message->to);
    query_text(query, 3, from);
    int r = query_one(query, &found);
    return r == QUERY_ROW ? refused(REFUSAL_OPTED_OUT, ret_refusal) : pass(r);
}

static int check_all(struct database *database, const struct message *message,
                     char ret_from[NUMBER_SIZE], enum refusal *ret_refusal)
{
    int r = check_account(database, message, ret_refusal);

    if (r == 0)
        r = check_to(database, message, ret_refusal);
    if (r == 0)
        r = find_sender(database, message, ret_from, ret_refusal);
    if (r == 0)
        r = check_opt_out(database, message, ret_from, ret_refusal);
    if (r == 0) {
        enum refusal content = message_content_refusal(message);
        r = content == REFUSAL_COUNT ? 0 : refused(content, ret_refusal);
    }
    return pass(r);
}

static int validate(struct service_context *context, const struct message *message,
                    struct participant_answer *answer)
{
    char from[NUMBER_SIZE];
    enum refusal refusal;
    int r = check_all(context->database, message, from, &refusal);

    if (r == VALIDATE_REFUSED) {
        refuse(answer, refusal);
        return 0;
    }
    if (r != 0)
        return pass(r);
    struct segments segments = message_segments(message);
    return reply_done(answer,
                      json_pack("{s:s, s:i, s:s}", "from", from, "segments", (int)segments.parts,
                                "encoding", segments_encoding_name(segments.encoding)));
}

void validate_message(void *context, const struct participant_call *call,
                      struct participant_answer *answer)
{
    struct message message;

    if (!message_of_call(call, answer, &message))
        return;
    reply_fault(context, validate(context, &message, answer), answer);
    message_fini(&message);
}
