#include "gateway/problem.h"

#include "core/names.h"
#include "gateway/body.h"
#include "gateway/exchange.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define RETRY_SOON_MS 1000u

static const struct problem_kind kinds[PROBLEM_CODE_COUNT] = {
    [PROBLEM_MALFORMED] =
        {"malformed", 20400, 400, "The request cannot be read", false, 0,
         "The body is not the JSON or the form data that it should be, or the query string is "
         "broken. Nothing was started."},
    [PROBLEM_INVALID] =
        {"invalid", 20400, 400, "The request has a wrong member", false, 0,
         "A member or parameter is missing, unknown, or not of the right kind; `errors` points at "
         "it. Nothing was started."},
    [PROBLEM_BAD_KEY] =
        {"invalid_idempotency_key", 20400, 400, "The Idempotency-Key is not valid", false, 0,
         "A key is 1 to 255 characters of visible ASCII, bare or as a quoted string."},
    [PROBLEM_KEY_REQUIRED] =
        {"idempotency_key_required", 20400, 400, "An Idempotency-Key is required", false, 0,
         "An account that starts a saga by /v1 must send a key, so that repeating is safe."},
    [PROBLEM_UNAUTHENTICATED] =
        {"unauthenticated", 20003, 401, "Authentication failed", false, 0,
         "The account is unknown, its token is wrong, the operator key is unknown, or the path "
         "names another account than the credentials."},
    [PROBLEM_FORBIDDEN] =
        {"forbidden", 20403, 403, "Not allowed for this caller", false, 0,
         "The caller is known, but its role, or being an account, does not allow this."},
    [PROBLEM_NOT_FOUND] = {"not_found", 20404, 404, "There is no such thing", false, 0,
                           "No such path, or no such saga, or it belongs to another account."},
    [PROBLEM_UNKNOWN_DEFINITION] = {"unknown_definition", 20404, 404, "There is no such definition",
                                    false, 0,
                                    "No saga of that name is defined. Nothing was started."},
    [PROBLEM_METHOD] = {"method_not_allowed", 20405, 405, "The path does not know this method",
                        false, 0, "The Allow header lists the methods that the path knows."},
    [PROBLEM_NOT_ALLOWED] =
        {"not_allowed_now", 20409, 409, "The saga's state does not allow this", false, 0,
         "The verb was refused and changed nothing; `allowed` lists the verbs that are allowed."},
    [PROBLEM_UNDER_WAY] =
        {"under_way", 20409, 409, "It is under way already", true, 10000,
         "There is one at a time; wait for it, or stop it."},
    [PROBLEM_PRECONDITION] =
        {"precondition_failed", 20412, 412, "The saga has changed", false, 0,
         "The saga's version is not the one that If-Match names; the verb was not tried. Look at "
         "the saga again before you decide."},
    [PROBLEM_TOO_LARGE] =
        {"too_large", 20413, 413, "The request is too large", false, 0,
         "A request's body is at most 256 KiB, a saga's input 64 KiB, a step's output 16 KiB."},
    [PROBLEM_MEDIA_TYPE] =
        {"unsupported_media_type", 20415, 415, "The body is of another kind than expected", false,
         0, "/v1 takes application/json, the Messages face application/x-www-form-urlencoded."},
    [PROBLEM_CONFLICT] =
        {"idempotency_conflict", 20422, 422, "The key was used with another request", false, 0,
         "The same Idempotency-Key came with another request before. The saga that it started is "
         "named; nothing new was started."},
    [PROBLEM_OVERLOADED] = {"overloaded", 20429, 429, "The server is overloaded", true,
                            RETRY_SOON_MS,
                            "Too much is waiting already. Nothing was started; repeat later."},
    [PROBLEM_INTERNAL] = {"internal", 20500, 500, "The server failed", false, 0,
                          "The answer could not be made. Nothing was changed by this request."},
    [PROBLEM_RELEASING] = {"releasing", 20503, 503,
                           "A service was missing; the saga is being undone", true, RETRY_SOON_MS,
                           "The key's saga was turned back for want of a service and is still "
                           "being undone. Once that "
                           "is done the same request with the same key starts a new one."},
    [PROBLEM_STOPPING] = {"stopping", 20503, 503, "The server is stopping", true, RETRY_SOON_MS,
                          "Nothing was started; repeat with the same key."},
    [PROBLEM_NO_ANSWER] = {"no_answer", 20503, 503, "The engine did not answer in time", true,
                           RETRY_SOON_MS,
                           "Reading failed for now; nothing was changed by this request."},
    [PROBLEM_UNKNOWN_OUTCOME] =
        {"unknown_outcome", 20504, 504, "The outcome is not known", false, 0,
         "The engine took the action and did not answer in time. Look at the saga before you "
         "repeat it."},
    [PROBLEM_STORE_FULL] =
        {"store_full", 20507, 507, "The store is full", true, 10000,
         "Nothing was started. Sagas that run go on; somebody has to make room."},
};

const struct problem_kind *problem_kind(enum problem_code code)
{
    assert(code < PROBLEM_CODE_COUNT);

    return &kinds[code];
}

static void add_common_headers(struct exchange *exchange, const struct problem_kind *kind)
{
    const struct route_match *match = &exchange->match;

    if (kind->retry_after_ms > 0)
        exchange_add_header(exchange, "Retry-After", "%u", (kind->retry_after_ms + 999u) / 1000u);
    if (kind->status == 405)
        exchange_add_header(exchange, "Allow", "%s%s%s", match->allows_get ? "GET, HEAD" : "",
                            match->allows_get && match->allows_post ? ", " : "",
                            match->allows_post ? "POST" : "");
    if (kind->status == 401)
        exchange_add_header(exchange, "WWW-Authenticate", "%s",
                            match->face == FACE_MESSAGES ? "Basic realm=\"sagad\""
                                                         : "Basic realm=\"sagad\", Bearer");
}

static json_t *errors_of(const struct problem *problem)
{
    json_t *errors = json_array();

    for (size_t i = 0; i < problem->error_count; i++) {
        json_t *error = json_object();
        json_object_set_new(error, "pointer", body_text(problem->errors[i].pointer));
        json_object_set_new(error, "detail", body_text(problem->errors[i].detail));
        json_array_append_new(errors, error);
    }
    return errors;
}

static void reply_native(struct exchange *exchange, const struct problem *problem)
{
    const struct problem_kind *kind = problem_kind(problem->code);
    json_t *body = json_object();

    json_object_set_new(body, "type", json_sprintf("/docs/errors/%s", kind->code));
    json_object_set_new(body, "title", json_string(kind->title));
    json_object_set_new(body, "status", json_integer(kind->status));
    json_object_set_new(body, "detail",
                        body_text(problem->detail[0] ? problem->detail : kind->title));
    json_object_set_new(body, "code", json_string(kind->code));
    if (problem->saga.number != 0) {
        char id[ID_TEXT_SIZE];
        id_text(problem->saga, id);
        json_object_set_new(body, "saga_id", json_string(id));
    }
    if (problem->error_count > 0)
        json_object_set_new(body, "errors", errors_of(problem));
    json_object_set_new(body, "retryable", json_boolean(kind->retryable));
    if (kind->retry_after_ms > 0)
        json_object_set_new(body, "retry_after_ms", json_integer(kind->retry_after_ms));
    if (problem->names_verbs)
        json_object_set_new(body, "allowed", body_verbs(problem->allowed));
    add_common_headers(exchange, kind);
    exchange_reply_json(exchange, kind->status, body);
    exchange->reply.type = "application/problem+json";
}

void message_error_reply(struct exchange *exchange, unsigned status, unsigned number,
                         const char *text, const char *sid, uint32_t retry_after_ms)
{
    json_t *body = json_object();

    json_object_set_new(body, "code", json_integer(number));
    json_object_set_new(body, "message", body_text(text));
    json_object_set_new(body, "more_info", json_sprintf("/docs/errors/%u", number));
    json_object_set_new(body, "status", json_integer(status));
    if (sid)
        json_object_set_new(body, "sid", json_string(sid));
    if (retry_after_ms > 0)
        exchange_add_header(exchange, "Retry-After", "%u", (retry_after_ms + 999u) / 1000u);
    exchange_reply_json(exchange, status, body);
}

static void reply_messages(struct exchange *exchange, const struct problem *problem)
{
    const struct problem_kind *kind = problem_kind(problem->code);
    char sid[ID_SID_SIZE];

    id_sid(problem->saga, sid);
    add_common_headers(exchange, kind);
    message_error_reply(exchange, kind->status, kind->number,
                        problem->detail[0] ? problem->detail : kind->title,
                        problem->saga.number != 0 ? sid : NULL, 0);
}

void problem_reply(struct exchange *exchange, const struct problem *problem)
{
    switch (exchange->match.face) {
    case FACE_NATIVE:
        reply_native(exchange, problem);
        break;
    case FACE_MESSAGES:
        reply_messages(exchange, problem);
        break;
    }
}

void problem_say(struct exchange *exchange, enum problem_code code, const char *format, ...)
{
    struct problem problem = {.code = code};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(problem.detail, sizeof(problem.detail), format, arguments);
    va_end(arguments);
    problem_reply(exchange, &problem);
}

void problem_say_member(struct exchange *exchange, const char *name, const char *format, ...)
{
    struct problem problem = {.code = PROBLEM_INVALID};
    char detail[PROBLEM_DETAIL_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    problem_add_error(&problem, name, "%s", detail);
    problem_reply(exchange, &problem);
}

static enum problem_code code_of(const struct exchange *exchange, enum answer_status status)
{
    switch (status) {
    case ANSWER_CONFLICT:
        return PROBLEM_CONFLICT;
    case ANSWER_RELEASING:
        return PROBLEM_RELEASING;
    case ANSWER_NO_DEFINITION:
        return PROBLEM_UNKNOWN_DEFINITION;
    case ANSWER_TOO_LARGE:
        return PROBLEM_TOO_LARGE;
    case ANSWER_SHED:
        return atomic_load(&exchange->service->stopping) ? PROBLEM_STOPPING : PROBLEM_OVERLOADED;
    case ANSWER_FULL:
        return PROBLEM_STORE_FULL;
    case ANSWER_NOT_FOUND:
        return PROBLEM_NOT_FOUND;
    case ANSWER_REFUSED:
        return PROBLEM_NOT_ALLOWED;
    case ANSWER_CHANGED:
        return PROBLEM_PRECONDITION;
    case ANSWER_OK:
    case ANSWER_REPLAYED:
    case ANSWER_FAULT:
        break;
    }
    return PROBLEM_INTERNAL;
}

void problem_from_answer(struct exchange *exchange, const struct desk_reply *reply)
{
    struct problem problem = {.code = PROBLEM_NO_ANSWER};

    if (reply->came)
        problem.code = code_of(exchange, reply->status);
    if (reply->came && reply->snapshot)
        problem.saga = reply->snapshot->id;
    if (problem.code == PROBLEM_NOT_ALLOWED) {
        problem.names_verbs = true;
        problem.allowed = reply->refusal.allowed;
        snprintf(problem.detail, sizeof(problem.detail), "%s",
                 saga_refusal_text(reply->refusal.reason));
    }
    problem_reply(exchange, &problem);
}
