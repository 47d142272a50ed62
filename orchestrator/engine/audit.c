#include "engine/audit.h"

#include "base/fault.h"
#include "engine/engine_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MIN 16u

/* ---- the end of the stream ---- */

/* The last two records, newest first: the last, and the link that it follows. */
struct ending {
    uint32_t sequence; /* Of the last. */
    uint32_t seen;
    uint8_t digest[RECORD_DIGEST_SIZE];
    uint8_t previous[RECORD_DIGEST_SIZE];
    struct buffer body;
    int result;
};

static bool visit_ending(void *context, const struct store_record *record)
{
    struct ending *ending = context;

    if (ending->seen++ == 0) {
        ending->sequence = record->sequence;
        memcpy(ending->digest, record->digest, sizeof ending->digest);
        ending->result = buffer_append(&ending->body, record->body.data, record->body.size);
        return ending->result == 0;
    }
    if (record->sequence + 1 != ending->sequence)
        ending->result = fault(FAULT_CORRUPT);
    memcpy(ending->previous, record->digest, sizeof ending->previous);
    return false;
}

static int check_ending(const struct ending *ending)
{
    struct bytes body = bytes_of(ending->body.data, ending->body.size);
    uint8_t digest[RECORD_DIGEST_SIZE];
    struct record_audit record;

    if (ending->result < 0)
        return pass(ending->result);
    record_chain(ending->previous, STORE_STREAM_AUDIT, ending->sequence, body, digest);
    bool whole = ending->seen == 2 || ending->sequence == 1;
    if (!whole || memcmp(digest, ending->digest, sizeof digest) != 0)
        return fault(FAULT_CORRUPT);
    return pass(record_decode_audit(body, &record));
}

int audit_recover(struct engine *engine)
{
    struct ending ending = {0};
    int r = store_load_back(engine->options.store, STORE_STREAM_AUDIT, 0, visit_ending, &ending);

    if (r == 0)
        r = check_ending(&ending);
    if (r == 0) {
        engine->audit.sequence = ending.sequence;
        memcpy(engine->audit.digest, ending.digest, sizeof ending.digest);
    }
    buffer_fini(&ending.body);
    return r == STORE_NONE ? 0 : pass(r);
}

void audit_fini(struct audit *audit)
{
    free(audit->entries);
    buffer_fini(&audit->bodies);
    buffer_fini(&audit->body);
    *audit = (struct audit){0};
}

/* ---- entries ---- */

static struct audit_entry *add_entry(struct audit *audit)
{
    if (audit->count == audit->capacity) {
        size_t capacity = audit->capacity > 0 ? 2 * audit->capacity : ENTRIES_MIN;
        struct audit_entry *entries = realloc(audit->entries, capacity * sizeof *entries);
        if (entries == NULL)
            return NULL;
        audit->entries = entries;
        audit->capacity = capacity;
    }
    struct audit_entry *entry = &audit->entries[audit->count++];
    *entry = (struct audit_entry){0};
    return entry;
}

static void fill_person(struct engine *engine, const struct request *request,
                        struct record_audit *record)
{
    record->wall_ms = engine->wall_ms;
    text_copy(request->actor, sizeof record->actor, record->actor);
    text_copy(request->credential, sizeof record->credential, record->credential);
    text_copy(request->role, sizeof record->role, record->role);
    text_copy(request->reason, sizeof record->reason, record->reason);
}

static struct record_view view_of(struct engine *engine, const struct live *live,
                                  const struct saga *saga, uint8_t step)
{
    struct saga_facts facts = {
        .now_ms = engine->now_ms,
        .no_worker = steps_without_worker(engine, live->plan),
    };
    struct record_view view = {
        .phase = saga->state.phase,
        .parked = saga->state.parked,
        .condition = (uint8_t)saga_condition(saga, &facts).name,
        .paused = saga->state.paused,
        .overdue = saga->state.overdue,
    };

    if (step != DEFINITION_NO_STEP) {
        view.do_state = saga->steps[step].do_state;
        view.undo_state = saga->steps[step].undo_state;
    }
    return view;
}

/* What the saga will be: its event is not applied before it is durable, so it is to a copy. */
static int view_after(struct engine *engine, const struct live *live,
                      const struct saga_event *event, uint8_t step, struct record_view *ret_view)
{
    size_t size = saga_size(live->saga->definition->step_count);
    struct saga *after = malloc(size);

    if (after == NULL)
        return fault(FAULT_MEMORY);
    memcpy(after, live->saga, size);
    saga_apply(after, event);
    *ret_view = view_of(engine, live, after, step);
    free(after);
    return 0;
}

int audit_verb(struct engine *engine, const struct live *live, const struct request *request,
               enum record_outcome outcome, const struct staged *staged, const char *text)
{
    assert((outcome == RECORD_ACCEPTED) == (staged != NULL));

    if (request->for_want_of_service) /* It is the server that gives up waiting, not a person. */
        return 0;
    struct audit_entry *entry = add_entry(&engine->audit);
    if (entry == NULL)
        return fault(FAULT_MEMORY);
    struct record_audit *record = &entry->record;
    uint8_t step = request->step[0] != '\0'
                       ? definition_step_named(live->saga->definition, request->step)
                       : DEFINITION_NO_STEP;

    fill_person(engine, request, record);
    entry->staged = staged;
    record->saga = live->id;
    record->verb = (uint8_t)request->verb;
    record->outcome = (uint8_t)outcome;
    record->force = request->force;
    record->has_event = staged != NULL;
    record->sequence = live->saga->sequence + (staged != NULL);
    text_copy(request->step, sizeof record->step, record->step);
    text_copy(text, sizeof record->text, record->text);
    record->before = record->after = view_of(engine, live, live->saga, step);
    if (staged == NULL)
        return 0;
    return view_after(engine, live, &staged->record.event, step, &record->after);
}

int audit_start(struct engine *engine, const struct request *request, const char *act,
                const struct staged *staged, const char *text)
{
    assert(act[0] != '\0');
    assert(staged->fresh);
    struct audit_entry *entry = add_entry(&engine->audit);

    if (entry == NULL)
        return fault(FAULT_MEMORY);
    struct record_audit *record = &entry->record;
    fill_person(engine, request, record);
    entry->staged = staged;
    record->saga = staged->live->id;
    record->outcome = RECORD_ACCEPTED;
    record->has_event = true;
    record->sequence = 1;
    text_copy(act, sizeof record->act, record->act);
    text_copy(text, sizeof record->text, record->text);
    int r = view_after(engine, staged->live, &staged->record.event, DEFINITION_NO_STEP,
                       &record->after);
    record->before = record->after; /* Before it there was no saga. */
    return pass(r);
}

int audit_act(struct engine *engine, const struct request *request, const char *act,
              enum record_outcome outcome, const char *text)
{
    assert(act[0] != '\0');
    struct audit_entry *entry = add_entry(&engine->audit);

    if (entry == NULL)
        return fault(FAULT_MEMORY);
    fill_person(engine, request, &entry->record);
    entry->record.outcome = (uint8_t)outcome;
    text_copy(act, sizeof entry->record.act, entry->record.act);
    text_copy(text, sizeof entry->record.text, entry->record.text);
    return 0;
}

/* ---- the commit ---- */

/* Room for all is made first: the bodies must stay where they are until the append returns. */
int audit_records(struct engine *engine, struct store_record *records)
{
    struct audit *audit = &engine->audit;
    const uint8_t *link = audit->digest;

    buffer_clear(&audit->bodies);
    if (audit->count > 0 &&
        buffer_reserve(&audit->bodies, audit->count * RECORD_AUDIT_MAX) == NULL)
        return fault(FAULT_MEMORY);
    for (size_t i = 0; i < audit->count; i++) {
        struct audit_entry *entry = &audit->entries[i];
        if (entry->staged != NULL)
            memcpy(entry->record.event_digest, entry->staged->digest, RECORD_DIGEST_SIZE);
        size_t offset = audit->bodies.size;
        int r = record_encode_audit(&entry->record, &audit->body);
        if (r == 0)
            r = buffer_append(&audit->bodies, audit->body.data, audit->body.size);
        if (r < 0)
            return pass(r);
        records[i] = (struct store_record){
            .stream = STORE_STREAM_AUDIT,
            .sequence = audit->sequence + 1 + (uint32_t)i,
            .body = bytes_of(audit->bodies.data + offset, audit->body.size),
        };
        record_chain(link, STORE_STREAM_AUDIT, records[i].sequence, records[i].body,
                     records[i].digest);
        link = records[i].digest;
    }
    return 0;
}

void audit_drop_refusals(struct audit *audit)
{
    size_t kept = 0;

    for (size_t i = 0; i < audit->count; i++)
        if (audit->entries[i].staged != NULL && !audit->entries[i].staged->fresh)
            audit->entries[kept++] = audit->entries[i];
    audit->count = kept;
}

void audit_written(struct audit *audit, const struct store_record *records)
{
    if (audit->count == 0)
        return;
    const struct store_record *last = &records[audit->count - 1];

    audit->sequence = last->sequence;
    memcpy(audit->digest, last->digest, sizeof audit->digest);
    audit->count = 0;
}
