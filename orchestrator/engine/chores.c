/*
 * Chores: what is long is begun and looked at here. A backup is made by the store, on a thread of
 * its own; a verification goes on by slices, at a pace.
 */
#include "engine/engine_state.h"

#include "base/fault.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "saga-20261130T155822Z": of this second. */
static void name_by_time(uint64_t wall_ms, char ret_name[BACKUP_NAME_SIZE])
{
    char text[CLOCK_RFC3339_SIZE];

    clock_rfc3339(wall_ms, text);
    snprintf(ret_name, BACKUP_NAME_SIZE, "saga-%.4s%.2s%.2sT%.2s%.2s%.2sZ", text, text + 5,
             text + 8, text + 11, text + 14, text + 17);
}

static void answer_backup(struct engine *engine, struct request *request, enum answer_status status)
{
    struct chore_report report;
    struct answer answer = {.status = status, .chore_report = &report};

    store_backup_look(engine->options.store, &report.backup);
    request->answer(request, &answer);
}

static int begin_backup(struct engine *engine, struct request *request)
{
    struct backup_order order = {0};

    if (engine->stopping || engine->options.backups == NULL) {
        answer_plainly(request, ANSWER_SHED);
        return 0;
    }
    text_copy(engine->options.backups, sizeof order.folder, order.folder);
    text_copy(engine->options.version, sizeof order.version, order.version);
    text_copy(request->chore.name, sizeof order.name, order.name);
    if (order.name[0] == '\0')
        name_by_time(engine->wall_ms, order.name);
    int r = store_backup(engine->options.store, &order);
    if (r == STORE_BUSY) {
        answer_backup(engine, request, ANSWER_REFUSED);
        return 0;
    }
    if (r < 0) {
        log_line(LOG_ERROR, "backup=%s event=not_begun reason=%s", order.name, fault_name(r));
        answer_plainly(request, ANSWER_FAULT);
        return 0;
    }
    engine->chores.backing_up = true;
    log_line(LOG_INFO, "backup=%s event=begun actor=%s", order.name, request->actor);
    r = audit_act(engine, request, "backup", RECORD_ACCEPTED, order.name);
    answer_backup(engine, request, ANSWER_OK);
    return pass(r);
}

static int take_backup(struct engine *engine, struct request *request)
{
    struct backup_report report;
    int r = 0;

    if (request->chore.verb == CHORE_BEGIN)
        return begin_backup(engine, request);
    store_backup_look(engine->options.store, &report);
    if (report.state == BACKUP_NONE || strcmp(report.name, request->chore.name) != 0) {
        answer_plainly(request, ANSWER_NOT_FOUND);
        return 0;
    }
    if (request->chore.verb == CHORE_STOP) {
        store_backup_stop(engine->options.store);
        r = audit_act(engine, request, "stop_backup", RECORD_ACCEPTED, report.name);
    }
    answer_backup(engine, request, ANSWER_OK);
    return pass(r);
}

/* Whoever began it may be gone; the log says how it ended. */
void chores_watch(struct engine *engine)
{
    struct backup_report report;

    if (!engine->chores.backing_up)
        return;
    store_backup_look(engine->options.store, &report);
    if (backup_is_running(&report))
        return;
    engine->chores.backing_up = false;
    log_line(report.state == BACKUP_FAILED ? LOG_ERROR : LOG_INFO,
             "backup=%s event=%s records=%" PRIu64 " bytes=%" PRIu64 " reason=\"%s\"", report.name,
             backup_state_name(report.state), report.records, report.bytes, report.text);
}

/* ---- verification ---- */

static const struct live *in_memory(void *context, uint64_t number)
{
    struct engine *engine = context;

    return lives_find(&engine->lives, number);
}

static void answer_verify(struct engine *engine, struct request *request, enum answer_status status)
{
    struct chore_report report = {.verify = engine->chores.verified};
    struct answer answer = {.status = status, .chore_report = &report};

    request->answer(request, &answer);
}

static void begin_verify(struct engine *engine, struct request *request)
{
    const struct verify_options options = {
        .store = engine->options.store,
        .keys_keep_ms = ENGINE_KEYS_KEEP_MS,
        .in_memory = in_memory,
        .context = engine,
    };

    if (engine->stopping) {
        answer_plainly(request, ANSWER_SHED);
        return;
    }
    if (engine->chores.verify != NULL) {
        answer_verify(engine, request, ANSWER_REFUSED);
        return;
    }
    int r = verify_open(&options, keys_wall_ms(engine), &engine->chores.verify);
    if (r < 0) {
        answer_plainly(request, ANSWER_FAULT);
        return;
    }
    engine->chores.verified = *verify_report(engine->chores.verify);
    log_line(LOG_INFO, "event=verification_begun actor=%s", request->actor);
    answer_verify(engine, request, ANSWER_OK);
}

static void end_verify(struct engine *engine)
{
    const struct verify_report *report = &engine->chores.verified;

    engine->chores.verify = verify_close(engine->chores.verify);
    if (report->state == VERIFY_FAILED)
        log_line(LOG_ERROR,
                 "event=verification_failed stream=%" PRIu64 " sequence=%u where=%s reason=\"%s\"",
                 report->stream, (unsigned)report->sequence, report->where, report->text);
    else
        log_line(LOG_INFO, "event=verification_ended sagas=%" PRIu64 " records=%" PRIu64,
                 report->sagas, report->records);
}

static void take_verify(struct engine *engine, struct request *request)
{
    if (request->chore.verb == CHORE_BEGIN) {
        begin_verify(engine, request);
        return;
    }
    if (engine->chores.verified.state == VERIFY_NONE) {
        answer_plainly(request, ANSWER_NOT_FOUND);
        return;
    }
    if (request->chore.verb == CHORE_STOP && engine->chores.verify != NULL) {
        engine->chores.verified.state = VERIFY_STOPPED;
        engine->chores.verified.ended_ms = engine->wall_ms;
        end_verify(engine);
    }
    answer_verify(engine, request, ANSWER_OK);
}

/* What cannot be read at all is reported like what is wrong; the next append finds out as well. */
void chores_turn(struct engine *engine)
{
    struct pace *pace = &engine->chores.pace;

    if (engine->chores.verify == NULL || pace_wait_us(pace, clock_us(engine)) > 0)
        return;
    if (!is_quiet(engine))
        pace_pay(pace, clock_us(engine), VERIFY_SLICE * VERIFY_RECORD_US * VERIFY_ONE_IN);
    int r = verify_step(engine->chores.verify, VERIFY_SLICE, keys_wall_ms(engine));
    engine->chores.verified = *verify_report(engine->chores.verify);
    if (r == 0)
        return;
    if (r < 0) {
        engine->chores.verified.state = VERIFY_FAILED;
        engine->chores.verified.ended_ms = engine->wall_ms;
        engine->chores.verified.where = "store";
        text_copy(fault_name(r), sizeof engine->chores.verified.text, engine->chores.verified.text);
    }
    end_verify(engine);
}

uint64_t chores_wait_ms(const struct engine *engine)
{
    if (engine->chores.verify == NULL)
        return UINT64_MAX;
    return (pace_wait_us(&engine->chores.pace, clock_us(engine)) + 999u) / 1000u;
}

void chores_fini(struct chores *chores)
{
    chores->verify = verify_close(chores->verify);
}

int take_chore(struct engine *engine, struct request *request)
{
    switch (request->chore.kind) {
    case CHORE_BACKUP:
        return take_backup(engine, request);
    case CHORE_VERIFY:
        take_verify(engine, request);
        return 0;
    }
    return 0;
}
