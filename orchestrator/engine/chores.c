/*
 * Chores: what is long is begun and looked at here, and done elsewhere: a backup by the store.
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

static void begin_backup(struct engine *engine, struct request *request)
{
    struct backup_order order = {0};

    if (engine->stopping || engine->options.backups == NULL) {
        answer_plainly(request, ANSWER_SHED);
        return;
    }
    text_copy(engine->options.backups, sizeof order.folder, order.folder);
    text_copy(engine->options.version, sizeof order.version, order.version);
    text_copy(request->chore.name, sizeof order.name, order.name);
    if (order.name[0] == '\0')
        name_by_time(engine->wall_ms, order.name);
    int r = store_backup(engine->options.store, &order);
    if (r == STORE_BUSY) {
        answer_backup(engine, request, ANSWER_REFUSED);
        return;
    }
    if (r < 0) {
        log_line(LOG_ERROR, "backup=%s event=not_begun reason=%s", order.name, fault_name(r));
        answer_plainly(request, ANSWER_FAULT);
        return;
    }
    engine->backing_up = true;
    log_line(LOG_INFO, "backup=%s event=begun actor=%s", order.name, request->actor);
    answer_backup(engine, request, ANSWER_OK);
}

static void take_backup(struct engine *engine, struct request *request)
{
    struct backup_report report;

    if (request->chore.verb == CHORE_BEGIN) {
        begin_backup(engine, request);
        return;
    }
    store_backup_look(engine->options.store, &report);
    if (report.state == BACKUP_NONE || strcmp(report.name, request->chore.name) != 0) {
        answer_plainly(request, ANSWER_NOT_FOUND);
        return;
    }
    if (request->chore.verb == CHORE_STOP)
        store_backup_stop(engine->options.store);
    answer_backup(engine, request, ANSWER_OK);
}

void take_chore(struct engine *engine, struct request *request)
{
    switch (request->chore.kind) {
    case CHORE_BACKUP:
        take_backup(engine, request);
        return;
    }
}

/* Whoever began it may be gone; the log says how it ended. */
void chores_watch(struct engine *engine)
{
    struct backup_report report;

    if (!engine->backing_up)
        return;
    store_backup_look(engine->options.store, &report);
    if (backup_is_running(&report))
        return;
    engine->backing_up = false;
    log_line(report.state == BACKUP_FAILED ? LOG_ERROR : LOG_INFO,
             "backup=%s event=%s records=%" PRIu64 " bytes=%" PRIu64 " reason=\"%s\"", report.name,
             backup_state_name(report.state), report.records, report.bytes, report.text);
}
