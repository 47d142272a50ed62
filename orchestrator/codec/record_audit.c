#include "codec/record_audit.h"

#include "base/fault.h"
#include "codec/pen.h"
#include "codec/scan.h"
#include "core/input.h"

#include <assert.h>
#include <string.h>

/* AuditRecord.flags */
enum { AUDIT_FORCE = 1, AUDIT_FLAGS = 1 };

/* AuditView.flags, as those of JournalState. */
enum { VIEW_PAUSED = 1, VIEW_OVERDUE = 2, VIEW_FLAGS = 3 };

static const char *const outcome_names[RECORD_OUTCOME_COUNT] = {
    [RECORD_ACCEPTED] = "accepted",
    [RECORD_REFUSED] = "refused",
    [RECORD_CHANGED] = "changed",
    [RECORD_IDLE] = "idle",
    [RECORD_FAILED] = "failed",
};

const char *record_outcome_name(enum record_outcome outcome)
{
    assert(outcome < RECORD_OUTCOME_COUNT);

    return outcome_names[outcome];
}

/* ---- writing ---- */

static void write_view(struct pen *pen, uint32_t field, const struct record_view *view)
{
    uint8_t *opened = pen_open(pen, field);

    pen_number(pen, 1, view->phase);
    pen_number(pen, 2, view->parked);
    pen_number(pen, 3, view->condition);
    pen_number(pen, 4, view->do_state);
    pen_number(pen, 5, view->undo_state);
    pen_number(pen, 6, (view->paused ? VIEW_PAUSED : 0u) | (view->overdue ? VIEW_OVERDUE : 0u));
    pen_close(pen, opened);
}

static void write_saga(struct pen *pen, const struct record_audit *audit)
{
    pen_text(pen, 13, audit->step);
    pen_number(pen, 14, audit->sequence);
    if (audit->has_event)
        pen_bytes(pen, 15, bytes_of(audit->event_digest, RECORD_DIGEST_SIZE));
    write_view(pen, 16, &audit->before);
    write_view(pen, 17, &audit->after);
}

static size_t pack(const struct record_audit *audit, uint8_t ret_body[RECORD_AUDIT_MAX])
{
    struct pen pen = {.at = ret_body, .end = ret_body + RECORD_AUDIT_MAX};

    pen_number(&pen, 1, RECORD_SCHEMA);
    pen_number(&pen, 2, audit->wall_ms);
    pen_fixed(&pen, 3, audit->saga.number);
    pen_fixed(&pen, 4, audit->saga.nonce);
    pen_number(&pen, 5, audit->verb);
    pen_text(&pen, 6, audit->act);
    pen_number(&pen, 7, audit->outcome);
    pen_number(&pen, 8, audit->force ? AUDIT_FORCE : 0);
    pen_text(&pen, 9, audit->actor);
    pen_text(&pen, 10, audit->credential);
    pen_text(&pen, 11, audit->role);
    pen_text(&pen, 12, audit->reason);
    if (audit->saga.number != 0)
        write_saga(&pen, audit);
    pen_text(&pen, 18, audit->text);
    return (size_t)(pen.at - ret_body);
}

/*
 * A verb upon a saga, an act that started one, or an act upon the server; and an event is spoken of
 * just when there is one.
 */
static bool is_whole(const struct record_audit *audit)
{
    bool upon_saga = audit->saga.number != 0, is_act = audit->act[0] != '\0';
    bool accepted = upon_saga && audit->outcome == RECORD_ACCEPTED;

    if ((!upon_saga && !is_act) || audit->has_event != accepted)
        return false;
    if (is_act && (audit->verb != 0 || audit->force))
        return false;
    if (upon_saga)
        return audit->saga.number >= ID_FIRST_SAGA && audit->sequence > 0;
    return audit->saga.nonce == 0;
}

int record_encode_audit(const struct record_audit *audit, struct buffer *body)
{
    assert(is_whole(audit));

    buffer_clear(body);
    uint8_t *end = buffer_reserve(body, RECORD_AUDIT_MAX);
    if (end == NULL)
        return fault(FAULT_MEMORY);
    body->size = pack(audit, end);
    return 0;
}

/* ---- reading ---- */

static void read_view(struct scan *scan, uint32_t field, struct record_view *view)
{
    const uint8_t *outer = scan_open(scan, field);

    if (outer == NULL) {
        scan_refuse(scan);
        return;
    }
    view->phase = (uint8_t)scan_number(scan, 1, SAGA_PHASE_COUNT - 1);
    view->parked = (uint8_t)scan_number(scan, 2, SAGA_PARK_COUNT - 1);
    view->condition = (uint8_t)scan_number(scan, 3, SAGA_CONDITION_COUNT - 1);
    view->do_state = (uint8_t)scan_number(scan, 4, SAGA_DO_COUNT - 1);
    view->undo_state = (uint8_t)scan_number(scan, 5, SAGA_UNDO_COUNT - 1);
    uint64_t flags = scan_number(scan, 6, VIEW_FLAGS);
    view->paused = (flags & VIEW_PAUSED) != 0;
    view->overdue = (flags & VIEW_OVERDUE) != 0;
    scan_close(scan, outer);
}

static void read_saga(struct scan *scan, struct record_audit *audit)
{
    scan_text(scan, 13, sizeof audit->step, audit->step);
    audit->sequence = (uint32_t)scan_number(scan, 14, UINT32_MAX);
    audit->has_event = audit->outcome == RECORD_ACCEPTED;
    if (audit->has_event)
        scan_exactly(scan, 15, RECORD_DIGEST_SIZE, audit->event_digest);
    read_view(scan, 16, &audit->before);
    read_view(scan, 17, &audit->after);
}

static void read_audit(struct scan *scan, struct record_audit *audit)
{
    audit->wall_ms = scan_number(scan, 2, UINT64_MAX);
    audit->saga.number = scan_fixed(scan, 3);
    audit->saga.nonce = scan_fixed(scan, 4);
    audit->verb = (uint8_t)scan_number(scan, 5, SAGA_VERB_COUNT - 1);
    scan_text(scan, 6, sizeof audit->act, audit->act);
    audit->outcome = (uint8_t)scan_number(scan, 7, RECORD_OUTCOME_COUNT - 1);
    audit->force = scan_number(scan, 8, AUDIT_FLAGS) != 0;
    scan_text(scan, 9, sizeof audit->actor, audit->actor);
    scan_text(scan, 10, sizeof audit->credential, audit->credential);
    scan_text(scan, 11, sizeof audit->role, audit->role);
    scan_text(scan, 12, sizeof audit->reason, audit->reason);
    if (audit->saga.number != 0)
        read_saga(scan, audit);
    scan_text(scan, 18, sizeof audit->text, audit->text);
}

/* As with sagas: only the bytes that packing makes are accepted. */
int record_decode_audit(struct bytes body, struct record_audit *ret_audit)
{
    uint8_t packed[RECORD_AUDIT_MAX];

    if (body.size == 0 || body.size > RECORD_AUDIT_MAX)
        return fault(FAULT_CORRUPT);
    struct scan scan = scan_of(body);
    uint64_t schema = scan_number(&scan, 1, UINT32_MAX);
    if (schema > RECORD_SCHEMA)
        return fault(FAULT_VERSION);
    *ret_audit = (struct record_audit){0};
    read_audit(&scan, ret_audit);
    if (schema != RECORD_SCHEMA || !scan_is_done(&scan) || !is_whole(ret_audit))
        return fault(FAULT_CORRUPT);
    size_t size = pack(ret_audit, packed);
    return bytes_equal(bytes_of(packed, size), body) ? 0 : fault(FAULT_CORRUPT);
}
