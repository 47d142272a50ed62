/*
 * What the server does at length when it is asked: POST begins it, GET looks at it while it goes
 * on, POST …/stop stops it. /v1/server/backups and /v1/server/verify.
 */
#include "gateway/handlers.h"

#include "gateway/actor.h"
#include "gateway/body.h"
#include "gateway/exchange.h"
#include "gateway/members.h"
#include "gateway/problem.h"

#include <stdio.h>

static const struct member members[] = {{"name", MEMBER_TEXT, BACKUP_NAME_SIZE - 1, false}};

/* ---- backups: the answer ---- */

static void add_number(json_t *json, const char *name, uint64_t number, bool known)
{
    json_object_set_new(json, name, known ? json_integer((json_int_t)number) : json_null());
}

static json_t *backup_json(const struct backup_report *report)
{
    bool done = report->state == BACKUP_DONE;
    json_t *json = json_object();

    json_object_set_new(json, "name", body_text(report->name));
    json_object_set_new(json, "state", json_string(backup_state_name(report->state)));
    json_object_set_new(json, "failure", body_text_or_null(backup_failure_name(report->failure)));
    json_object_set_new(json, "detail", body_text_or_null(report->text));
    json_object_set_new(json, "file", body_text(report->path));
    json_object_set_new(json, "begun", body_time(report->begun_ms));
    json_object_set_new(json, "ended", body_time(report->ended_ms));
    add_number(json, "bytes", report->bytes, true);
    add_number(json, "bytes_total", report->bytes_total, true);
    add_number(json, "records", report->records, done);
    add_number(json, "sagas", report->sagas, done);
    add_number(json, "last_number", report->last_number, done);
    json_object_set_new(json, "sha256", body_text_or_null(report->sha256));
    return json;
}

static void backup_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (!reply->came || !reply->chore_report) {
        problem_from_answer(exchange, reply);
        return;
    }
    const struct backup_report *report = &reply->chore_report->backup;
    if (reply->status == ANSWER_REFUSED) {
        problem_say(exchange, PROBLEM_UNDER_WAY, "The backup \"%s\" is being made.", report->name);
        return;
    }
    if (exchange->match.parameters[0][0] == '\0') /* It has just begun. */
        exchange_add_header(exchange, "Location", "/v1/server/backups/%s", report->name);
    exchange_reply_json(exchange, exchange->method == METHOD_POST ? 202 : 200, backup_json(report));
}

/* ---- the request ---- */

static void ask_for(struct exchange *exchange, struct chore chore,
                    void (*next)(struct exchange *exchange))
{
    struct ask *ask = ask_new(REQUEST_CHORE);

    if (!ask) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return;
    }
    ask->request.chore = chore;
    actor_sign(exchange, &ask->request);
    exchange_ask(exchange, ask, next, exchange->service->options.answer_grace_ms);
}

static void ask_for_backup(struct exchange *exchange, enum chore_verb verb, const char *name)
{
    struct chore chore = {.kind = CHORE_BACKUP, .verb = verb};

    text_copy(name, sizeof(chore.name), chore.name);
    ask_for(exchange, chore, backup_answered);
}

void begin_backup(struct exchange *exchange)
{
    struct bytes text = bytes_of(exchange->body.data, exchange->body.size);
    struct problem problem;
    json_t *body;

    if (text.size == 0)
        text = bytes_of_text("{}");
    if (!exchange_has_type(exchange, "application/json")) {
        problem_say(exchange, PROBLEM_MEDIA_TYPE, "A backup is asked for as application/json.");
        return;
    }
    if (!members_parse(text, members, 1, &body, &problem)) {
        problem_reply(exchange, &problem);
        return;
    }
    const char *name = members_text(body, "name");
    if (name && !backup_name_is_valid(name))
        problem_say_member(exchange, "name",
                           "A backup's name is 1 to %u letters, digits, '-', '_' and '.', and "
                           "does not begin with '-' or '.'.",
                           BACKUP_NAME_SIZE - 1);
    else
        ask_for_backup(exchange, CHORE_BEGIN, name ? name : "");
    json_decref(body);
}

/* A name that no backup can have is that of none. */
static void ask_about(struct exchange *exchange, enum chore_verb verb)
{
    const char *name = exchange->match.parameters[0];

    if (backup_name_is_valid(name))
        ask_for_backup(exchange, verb, name);
    else
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no backup of this name.");
}

void show_backup(struct exchange *exchange)
{
    ask_about(exchange, CHORE_LOOK);
}

void stop_backup(struct exchange *exchange)
{
    ask_about(exchange, CHORE_STOP);
}

/* ---- verification ---- */

static const char *const verify_state_names[] = {
    [VERIFY_NONE] = "none",     [VERIFY_RUNNING] = "running", [VERIFY_DONE] = "done",
    [VERIFY_FAILED] = "failed", [VERIFY_STOPPED] = "stopped",
};

static json_t *wrong_json(const struct verify_report *report)
{
    json_t *json = json_object();

    add_number(json, "stream", report->stream, true);
    add_number(json, "sequence", report->sequence, report->sequence != 0);
    json_object_set_new(json, "where", json_string(report->where));
    json_object_set_new(json, "detail", body_text(report->text));
    return json;
}

static json_t *verify_json(const struct verify_report *report)
{
    json_t *json = json_object();

    json_object_set_new(json, "state", json_string(verify_state_names[report->state]));
    json_object_set_new(json, "begun", body_time(report->begun_ms));
    json_object_set_new(json, "ended", body_time(report->ended_ms));
    add_number(json, "at", report->at, true);
    add_number(json, "last", report->last, true);
    add_number(json, "sagas", report->sagas, true);
    add_number(json, "records", report->records, true);
    add_number(json, "payloads", report->payloads, true);
    add_number(json, "erased", report->erased, true);
    add_number(json, "rows", report->rows, true);
    add_number(json, "keys", report->keys, true);
    json_object_set_new(json, "wrong",
                        report->state == VERIFY_FAILED ? wrong_json(report) : json_null());
    return json;
}

static void verify_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (!reply->came || !reply->chore_report)
        problem_from_answer(exchange, reply);
    else if (reply->status == ANSWER_REFUSED)
        problem_say(exchange, PROBLEM_UNDER_WAY, "The store is being verified.");
    else
        exchange_reply_json(exchange, exchange->method == METHOD_POST ? 202 : 200,
                            verify_json(&reply->chore_report->verify));
}

static void ask_for_verify(struct exchange *exchange, enum chore_verb verb)
{
    ask_for(exchange, (struct chore){.kind = CHORE_VERIFY, .verb = verb}, verify_answered);
}

void begin_verify(struct exchange *exchange)
{
    ask_for_verify(exchange, CHORE_BEGIN);
}

void show_verify(struct exchange *exchange)
{
    ask_for_verify(exchange, CHORE_LOOK);
}

void stop_verify(struct exchange *exchange)
{
    ask_for_verify(exchange, CHORE_STOP);
}
