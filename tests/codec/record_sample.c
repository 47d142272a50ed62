#include "codec/record_sample.h"

#include "core/input.h"

#include <string.h>

#define SAMPLE_TIME_MS 1750000000000u

struct bytes sample_input(void)
{
    return bytes_of_text("{\"to\":\"+15005550006\",\"body\":\"hello\"}");
}

static struct saga_state sample_state(uint64_t updated_ms)
{
    return (struct saga_state){
        .created_ms = SAMPLE_TIME_MS,
        .updated_ms = updated_ms,
        .deadline_ms = SAMPLE_TIME_MS + 30000,
        .events_limit = SAGA_EVENTS_MAX,
        .phase = SAGA_RUNNING,
        .turn_step = DEFINITION_NO_STEP,
        .parked_step = DEFINITION_NO_STEP,
    };
}

static struct saga_step sample_calling(uint64_t now_ms)
{
    return (struct saga_step){
        .forward = {.wake_ms = now_ms + 1000, .since_ms = now_ms, .attempt = 1},
        .do_state = SAGA_DO_CALLING,
        .touched = true,
    };
}

struct record sample_submit(void)
{
    struct record record = {
        .event = {
            .time_ms = SAMPLE_TIME_MS,
            .sequence = 1,
            .type = SAGA_EVENT_SUBMITTED,
            .step = DEFINITION_NO_STEP,
            .state = sample_state(SAMPLE_TIME_MS),
            .changed = 1,
            .called = 1,
        },
        .wall_skew_ms = -3,
        .submission = {
            .id = {.number = SAMPLE_NUMBER, .nonce = 0xfedcba9876543210u},
            .tenant = "AC0001",
            .key = "order-17",
            .definition = "send_message",
            .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
    };

    record.event.steps[0] = sample_calling(SAMPLE_TIME_MS);
    record_request_hash("send_message", sample_input(), record.submission.request_hash);
    record_digest(bytes_of_text("a definition"), record.submission.definition_hash);
    record_set_payload(&record, sample_input());
    return record;
}

struct record sample_result(void)
{
    uint64_t now_ms = SAMPLE_TIME_MS + 12;
    struct record record = {
        .event = {
            .time_ms = now_ms,
            .sequence = 2,
            .type = SAGA_EVENT_RESULT,
            .step = 0,
            .direction = SAGA_DO,
            .verdict = SAGA_VERDICT_DONE,
            .attempt = 1,
            .state = sample_state(now_ms),
            .changed = 3,
            .called = 2,
        },
        .wall_skew_ms = -3,
    };

    record.event.steps[0] = (struct saga_step){
        .forward = {.since_ms = now_ms, .attempt = 1, .counted = 1},
        .do_state = SAGA_DO_DONE,
        .touched = true,
        .has_output = true,
    };
    record.event.steps[1] = sample_calling(now_ms);
    record_set_payload(&record, bytes_of_text("{\"segments\":1}"));
    return record;
}

/* SplitMix64: good enough to shuffle, and the same everywhere. */
static uint64_t draw(uint64_t *seed)
{
    uint64_t value = *seed += 0x9e3779b97f4a7c15u;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

/* Zero is drawn often, since the page leaves it out; and the largest, since it takes most room. */
static uint64_t draw_below(uint64_t *seed, uint64_t count)
{
    uint64_t kind = draw(seed) % 4;

    if (kind == 0)
        return 0;
    return kind == 1 ? count - 1 : draw(seed) % count;
}

static bool draw_bool(uint64_t *seed)
{
    return draw(seed) % 2 == 0;
}

static uint8_t draw_step(uint64_t *seed)
{
    uint8_t step = (uint8_t)draw_below(seed, SAGA_STEPS_MAX + 1);

    return step == SAGA_STEPS_MAX ? DEFINITION_NO_STEP : step;
}

static void draw_text(uint64_t *seed, size_t size, char *ret_text)
{
    size_t length = (size_t)draw_below(seed, size);

    memset(ret_text, 0, size);
    for (size_t i = 0; i < length; i++)
        ret_text[i] = (char)(1 + draw(seed) % 255);
}

static void draw_bytes(uint64_t *seed, size_t size, uint8_t *ret_data)
{
    for (size_t i = 0; i < size; i++)
        ret_data[i] = (uint8_t)draw(seed);
}

static struct saga_call draw_call(uint64_t *seed)
{
    return (struct saga_call){
        .wake_ms = draw_below(seed, UINT64_MAX),
        .patience_ms = draw_below(seed, UINT64_MAX),
        .since_ms = draw_below(seed, UINT64_MAX),
        .attempt = (uint16_t)draw_below(seed, UINT16_MAX + 1u),
        .counted = (uint16_t)draw_below(seed, UINT16_MAX + 1u),
    };
}

static struct saga_step draw_step_value(uint64_t *seed)
{
    return (struct saga_step){
        .forward = draw_call(seed),
        .backward = draw_call(seed),
        .do_state = (uint8_t)draw_below(seed, SAGA_DO_COUNT),
        .undo_state = (uint8_t)draw_below(seed, SAGA_UNDO_COUNT),
        .route = (uint8_t)draw_below(seed, SAGA_ROUTES_MAX),
        .generation = (uint8_t)draw_below(seed, UINT8_MAX + 1u),
        .touched = draw_bool(seed),
        .doubt_earlier = draw_bool(seed),
        .working = draw_bool(seed),
        .fencing = draw_bool(seed),
        .has_output = draw_bool(seed),
        .resent = draw_bool(seed),
    };
}

static struct saga_state draw_state(uint64_t *seed)
{
    return (struct saga_state){
        .created_ms = draw_below(seed, UINT64_MAX),
        .updated_ms = draw_below(seed, UINT64_MAX),
        .deadline_ms = draw_below(seed, UINT64_MAX),
        .held_ms = draw_below(seed, UINT64_MAX),
        .events_limit = (uint32_t)draw_below(seed, UINT32_MAX),
        .phase = (uint8_t)draw_below(seed, SAGA_PHASE_COUNT),
        .turn_reason = (uint8_t)draw_below(seed, SAGA_TURN_COUNT),
        .turn_step = draw_step(seed),
        .parked = (uint8_t)draw_below(seed, SAGA_PARK_COUNT),
        .parked_step = draw_step(seed),
        .paused = draw_bool(seed),
        .overdue = draw_bool(seed),
        .turned_for_service = draw_bool(seed),
    };
}

static void draw_event(uint64_t *seed, struct saga_event *ret_event)
{
    ret_event->type = (uint8_t)draw_below(seed, SAGA_EVENT_COUNT);
    ret_event->sequence = 1;
    if (ret_event->type != SAGA_EVENT_SUBMITTED)
        ret_event->sequence = 2 + (uint32_t)draw_below(seed, SAGA_EVENTS_MAX);
    ret_event->time_ms = draw_below(seed, UINT64_MAX);
    ret_event->step = draw_step(seed);
    ret_event->direction = (uint8_t)draw_below(seed, SAGA_DIRECTION_COUNT);
    ret_event->verdict = (uint8_t)draw_below(seed, SAGA_VERDICT_COUNT);
    ret_event->verb = (uint8_t)draw_below(seed, SAGA_VERB_COUNT);
    ret_event->attempt = (uint16_t)draw_below(seed, UINT16_MAX + 1u);
    ret_event->late = draw_bool(seed);
    ret_event->state = draw_state(seed);
    ret_event->changed = (uint32_t)draw_below(seed, UINT64_C(1) << 32);
    ret_event->called = (uint32_t)draw_below(seed, UINT64_C(1) << 32);
    for (uint32_t i = 0; i < SAGA_STEPS_MAX; i++) {
        if ((ret_event->changed >> i & 1u) != 0)
            ret_event->steps[i] = draw_step_value(seed);
    }
}

static void draw_submission(uint64_t *seed, struct record_submission *ret_submission)
{
    ret_submission->id = (struct saga_id){.number = SAMPLE_NUMBER, .nonce = draw(seed)};
    ret_submission->previous.number = draw_below(seed, UINT64_MAX);
    ret_submission->previous.nonce = draw_below(seed, UINT64_MAX);
    draw_text(seed, SAGA_TENANT_SIZE, ret_submission->tenant);
    draw_text(seed, SAGA_KEY_SIZE, ret_submission->key);
    draw_text(seed, SAGA_NAME_SIZE, ret_submission->definition);
    draw_text(seed, RECORD_TRACEPARENT_SIZE, ret_submission->traceparent);
    draw_bytes(seed, RECORD_DIGEST_SIZE, ret_submission->request_hash);
    draw_bytes(seed, DEFINITION_HASH_SIZE, ret_submission->definition_hash);
}

struct record sample_random(uint64_t seed)
{
    struct record record = {0};

    draw_event(&seed, &record.event);
    record.wall_skew_ms = (int64_t)draw_below(&seed, UINT64_MAX);
    draw_text(&seed, SAGA_CODE_SIZE, record.code);
    draw_text(&seed, SAGA_TEXT_SIZE, record.text);
    draw_text(&seed, SAGA_NAME_SIZE, record.actor);
    draw_text(&seed, SAGA_TEXT_SIZE, record.reason);
    record.has_payload = draw_bool(&seed);
    if (record.has_payload) {
        record.payload_size = (uint32_t)draw_below(&seed, SAGA_INPUT_MAX + 1);
        draw_bytes(&seed, RECORD_DIGEST_SIZE, record.payload_digest);
    }
    if (record.event.type == SAGA_EVENT_SUBMITTED)
        draw_submission(&seed, &record.submission);
    return record;
}

/* ---- the audit ---- */

static struct record_audit sample_verb(enum saga_verb verb, enum record_outcome outcome)
{
    struct record_audit audit = {
        .wall_ms = SAMPLE_TIME_MS + 5000,
        .saga = {.number = SAMPLE_NUMBER, .nonce = 0xfedcba9876543210u},
        .verb = (uint8_t)verb,
        .outcome = (uint8_t)outcome,
        .actor = "ada/laptop",
        .credential = "ada",
        .role = "operator",
        .reason = "asked the participant: nothing was done",
        .sequence = 7,
        .has_event = outcome == RECORD_ACCEPTED,
        .before = {.parked = SAGA_PARK_PATIENCE, .condition = SAGA_PARKED},
        .after = {.parked = SAGA_PARK_PATIENCE, .condition = SAGA_PARKED},
    };

    if (audit.has_event)
        record_digest(bytes_of_text("the event"), audit.event_digest);
    return audit;
}

struct record_audit sample_audit(size_t index)
{
    struct record_audit audit;

    switch (index) {
    case 0:
        audit = sample_verb(SAGA_RESOLVE_REJECTED, RECORD_ACCEPTED);
        audit.force = true;
        memcpy(audit.step, "queue", 6);
        audit.before.do_state = SAGA_DO_BACKOFF;
        audit.after = (struct record_view){
            .phase = SAGA_COMPENSATING,
            .condition = SAGA_NO_WORKER,
            .do_state = SAGA_DO_REJECTED,
            .undo_state = SAGA_UNDO_NONE,
            .overdue = true,
        };
        return audit;
    case 1:
        audit = sample_verb(SAGA_CANCEL, RECORD_REFUSED);
        memcpy(audit.text, "too late", 9);
        return audit;
    case 2:
        audit = sample_verb(SAGA_PAUSE, RECORD_CHANGED);
        memcpy(audit.text, "version 6 was meant, and it is 7", 33);
        audit.before.paused = audit.after.paused = true;
        return audit;
    case 3:
        return sample_verb(SAGA_TERMINATE, RECORD_IDLE);
    default:
        return (struct record_audit){
            .wall_ms = SAMPLE_TIME_MS + 9000,
            .act = "backup",
            .outcome = RECORD_FAILED,
            .actor = "root",
            .reason = "before the upgrade",
            .text = "the disk is full",
        };
    }
}

static struct record_view draw_view(uint64_t *seed)
{
    return (struct record_view){
        .phase = (uint8_t)draw_below(seed, SAGA_PHASE_COUNT),
        .parked = (uint8_t)draw_below(seed, SAGA_PARK_COUNT),
        .condition = (uint8_t)draw_below(seed, SAGA_CONDITION_COUNT),
        .do_state = (uint8_t)draw_below(seed, SAGA_DO_COUNT),
        .undo_state = (uint8_t)draw_below(seed, SAGA_UNDO_COUNT),
        .paused = draw_bool(seed),
        .overdue = draw_bool(seed),
    };
}

static void draw_verb(uint64_t *seed, struct record_audit *audit)
{
    audit->saga = (struct saga_id){ID_FIRST_SAGA + draw_below(seed, INT64_MAX), draw(seed)};
    audit->verb = (uint8_t)draw_below(seed, SAGA_VERB_COUNT);
    audit->force = draw_bool(seed);
    draw_text(seed, sizeof audit->step, audit->step);
    audit->sequence = 1 + (uint32_t)draw_below(seed, SAGA_EVENTS_MAX);
    audit->has_event = audit->outcome == RECORD_ACCEPTED;
    if (audit->has_event)
        draw_bytes(seed, sizeof audit->event_digest, audit->event_digest);
    audit->before = draw_view(seed);
    audit->after = draw_view(seed);
}

struct record_audit sample_random_audit(uint64_t seed)
{
    struct record_audit audit;

    memset(&audit, 0, sizeof audit);
    audit.wall_ms = draw_below(&seed, UINT64_MAX);
    audit.outcome = (uint8_t)draw_below(&seed, RECORD_OUTCOME_COUNT);
    draw_text(&seed, sizeof audit.actor, audit.actor);
    draw_text(&seed, sizeof audit.credential, audit.credential);
    draw_text(&seed, sizeof audit.role, audit.role);
    draw_text(&seed, sizeof audit.reason, audit.reason);
    draw_text(&seed, sizeof audit.text, audit.text);
    uint64_t kind = draw(&seed) % 4;
    if (kind != 0)
        draw_verb(&seed, &audit);
    if (kind <= 1) {
        audit.verb = 0;
        audit.force = false;
        memcpy(audit.act, kind == 1 ? "rerun" : "backup", 7 - kind);
    }
    return audit;
}
