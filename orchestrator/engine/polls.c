/*
 * What participants send: polls, and the results they carry.
 *
 * A result counts only if it comes from the owner of the participant's name and its token fits
 * (semantics, rule 10). One that cannot be placed is stale: counted, acknowledged, without effect.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ARRIVALS_CAPACITY_MIN 64u
#define WORKING_ASK_MS_MIN 100u /* Nobody is asked again sooner, whatever it answered. */

int arrivals_add(struct engine *engine, struct arrival arrival)
{
    struct arrivals *arrivals = &engine->arrivals;

    if (arrivals->count == arrivals->capacity) {
        size_t capacity =
            arrivals->capacity > 0 ? 2 * arrivals->capacity : ARRIVALS_CAPACITY_MIN;
        struct arrival *items = realloc(arrivals->items, capacity * sizeof *items);
        if (items == NULL)
            return fault(FAULT_MEMORY);
        arrivals->items = items;
        arrivals->capacity = capacity;
    }
    arrivals->items[arrivals->count++] = arrival;
    return 0;
}

int take_poll(struct engine *engine, struct transport_delivery *delivery)
{
    const struct wire_poll *poll = &delivery->request.poll;
    struct worker *worker = NULL;

    if (!accounts_check_participant(engine->options.accounts, poll->participant,
                                    poll->credential)) {
        engine->status.refused_polls++;
        return refuse(engine, delivery->exchange, "unauthenticated",
                      "no participant of this name has this secret");
    }
    int index = roster_index(&engine->roster, poll->participant);
    if (index < 0)
        return refuse(engine, delivery->exchange, "overloaded", "too many participants");
    int r = roster_park(&engine->roster, &engine->roster.participants[index], poll->worker,
                        delivery->pipe, delivery->exchange, poll->slots, engine->now_ms, &worker);
    if (r == fault(FAULT_LIMIT))
        return refuse(engine, delivery->exchange, "overloaded", "too many workers");
    for (size_t i = 0; i < poll->result_count && r == 0; i++)
        r = arrivals_add(engine, (struct arrival){
                                     .type = ARRIVAL_RESULT,
                                     .result = &poll->results[i],
                                     .delivery = delivery,
                                     .worker = worker,
                                 });
    return pass(r);
}

/* ---- results ---- */

struct operation {
    struct live *live;
    uint8_t step;
    uint8_t generation;
    enum saga_direction direction;
};

/* "saga_…/step/do.0" or "saga_…/step/undo"; false when there is no such live saga or step. */
static bool find_operation(struct engine *engine, const char *text, struct operation *ret)
{
    char id_text[ID_TEXT_SIZE], step[SAGA_NAME_SIZE];
    const char *slash = strchr(text, '/');
    const char *second = slash != NULL ? strchr(slash + 1, '/') : NULL;
    struct saga_id id;

    if (second == NULL || (size_t)(slash - text) >= sizeof id_text ||
        (size_t)(second - slash - 1) >= sizeof step)
        return false;
    text_copy(text, (size_t)(slash - text) + 1, id_text);
    text_copy(slash + 1, (size_t)(second - slash), step);
    if (!id_parse(id_text, &id))
        return false;
    ret->live = lives_find(&engine->lives, id.number);
    if (ret->live == NULL || ret->live->id.nonce != id.nonce)
        return false;
    ret->step = definition_step_named(ret->live->saga->definition, step);
    ret->direction = strcmp(second + 1, "undo") == 0 ? SAGA_UNDO : SAGA_DO;
    if (ret->direction == SAGA_DO && strncmp(second + 1, "do.", 3) != 0)
        return false;
    ret->generation = ret->direction == SAGA_DO ? (uint8_t)strtoul(second + 4, NULL, 10) : 0;
    return ret->step != DEFINITION_NO_STEP;
}

static int stale(struct engine *engine, const struct arrival *arrival)
{
    engine->status.stale_results++;
    roster_acknowledge(&engine->roster, arrival->worker, arrival->result->token, engine->now_ms);
    return 0;
}

/* A fence has the operation id of the do; the call that is out says which of the two it is. */
static enum saga_direction answered_direction(const struct operation *operation,
                                              const struct wire_result *result)
{
    const struct call *call = &operation->live->calls[operation->step];

    if (operation->direction == SAGA_DO && call->direction == SAGA_FENCE &&
        call->attempt == result->attempt)
        return SAGA_FENCE;
    return operation->direction;
}

static uint32_t ask_after_ms(const struct wire_result *result)
{
    if (result->after_ms < WORKING_ASK_MS_MIN)
        return WORKING_ASK_MS_MIN;
    return result->after_ms < SAGA_AFTER_MS_MAX ? result->after_ms : SAGA_AFTER_MS_MAX;
}

/* WORKING again: no event; ask again later. */
static void note_working(struct engine *engine, struct call *call, const struct wire_result *result)
{
    if (call->place != CALL_OUT || call->attempt != result->attempt)
        return;
    roster_rest(&engine->roster, call, engine->now_ms + ask_after_ms(result));
    if (call->ask_ms < call->live->timer.at_ms || call->live->timer.place == 0)
        timers_set(&engine->timers, &call->live->timer, call->ask_ms);
}

static int judge_result(struct engine *engine, const struct arrival *arrival,
                        const struct operation *operation)
{
    const struct wire_result *result = arrival->result;
    struct call *call = &operation->live->calls[operation->step];
    struct saga_input input = {
        .type = SAGA_INPUT_RESULT,
        .step = operation->step,
        .direction = answered_direction(operation, result),
        .attempt = (uint16_t)result->attempt,
        .generation = operation->generation,
        .verdict = result->verdict,
        .has_output = result->verdict == SAGA_VERDICT_DONE && result->output.size > 0,
        .after_ms = result->after_ms,
    };
    struct staged *staged = NULL;
    int r = judge(engine, operation->live, &input, &staged, NULL);

    if (r < 0)
        return pass(r);
    roster_acknowledge(&engine->roster, arrival->worker, result->token, engine->now_ms);
    if (r != 0) {
        if (result->verdict == SAGA_VERDICT_WORKING)
            note_working(engine, call, result);
        return 0;
    }
    if (result->verdict == SAGA_VERDICT_WORKING && call->place == CALL_OUT) {
        call->answered_working = true;
        call->after_ms = ask_after_ms(result);
    }
    arrival->worker->participant->results[result->verdict]++;
    text_copy(result->code, sizeof staged->record.code, staged->record.code);
    text_copy(result->text, sizeof staged->record.text, staged->record.text);
    if (input.has_output && operation->direction == SAGA_DO)
        staged->payload = result->output;
    return 0;
}

int take_result(struct engine *engine, const struct arrival *arrival)
{
    const struct wire_result *result = arrival->result;
    uint8_t token[WIRE_TOKEN_SIZE];
    struct operation operation;

    call_token(engine, result->operation_id, result->attempt, arrival->worker->participant->name,
               token);
    if (result->attempt > UINT16_MAX || sodium_memcmp(token, result->token, sizeof token) != 0 ||
        !find_operation(engine, result->operation_id, &operation))
        return stale(engine, arrival);
    if (operation.live->staged)
        return LATER;
    return judge_result(engine, arrival, &operation);
}
