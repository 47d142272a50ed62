#include "engine/verify.h"

#include "base/fault.h"
#include "catalog/catalog.h"
#include "codec/record_audit.h"
#include "engine/fold.h"
#include "engine/verify_tables.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verify {
    struct verify_options options;
    struct verify_report report;
    struct catalog *catalog; /* Owned: the versions that the store has. */
    struct plan *plans;      /* Owned. */
    uint64_t stream;         /* That is walked; 0: the next has to be found. */
    bool streams_ended;
    uint64_t next_row;                  /* Where the walk of the rows goes on. */
    struct fold fold;                   /* Of that stream, when it is a saga's, */
    uint32_t sequence;                  /* and of any other: how far, */
    uint8_t digest[RECORD_DIGEST_SIZE]; /* and the link there. */
    uint32_t left;                      /* Of this slice. */
    int result;                         /* Of a visitor. */
};

/* ---- what is wrong ---- */

/* The first thing that is wrong ends it. */
static int __attribute__((format(printf, 4, 5)))
find_wrong(struct verify *verify, uint32_t sequence, const char *where, const char *format, ...)
{
    va_list arguments;

    verify->report.state = VERIFY_FAILED;
    verify->report.stream = verify->stream;
    verify->report.sequence = sequence;
    verify->report.where = where;
    va_start(arguments, format);
    vsnprintf(verify->report.text, sizeof verify->report.text, format, arguments);
    va_end(arguments);
    return VERIFY_END;
}

static int judge_fold(struct verify *verify, uint32_t sequence, int r)
{
    if (r == fault(FAULT_CORRUPT))
        return find_wrong(verify, sequence, "record", "%s",
                          verify->fold.wrong != NULL ? verify->fold.wrong : "it does not fit");
    if (r == fault(FAULT_VERSION))
        return find_wrong(verify, sequence, "record", "a newer release wrote it");
    return pass(r);
}

/* ---- the system's streams ---- */

static int check_definition(struct verify *verify, const struct store_record *record)
{
    const struct definition *definition = NULL;
    struct record_definition stored;
    int r = record_decode_definition(record->body, record->payload, &stored);

    if (r == 0)
        r = catalog_add_stored(verify->catalog, record->payload, &definition);
    if (r == 0 && memcmp(definition->hash, stored.hash, sizeof stored.hash) != 0)
        r = fault(FAULT_CORRUPT);
    return pass(r);
}

static int check_content(struct verify *verify, const struct store_record *record)
{
    struct record_audit audit;

    switch (record->stream) {
    case STORE_STREAM_SERVER:
        return record_decode_server(record->body, record->payload);
    case STORE_STREAM_DEFINITIONS:
        return check_definition(verify, record);
    case STORE_STREAM_AUDIT:
        return record_decode_audit(record->body, &audit);
    default: /* Of a later release: its chain is all that is known of it. */
        return 0;
    }
}

static int check_system_record(struct verify *verify, const struct store_record *record)
{
    uint8_t digest[RECORD_DIGEST_SIZE];

    if (record->sequence != ++verify->sequence)
        return find_wrong(verify, verify->sequence, "record", "it is missing");
    record_chain(verify->digest, record->stream, record->sequence, record->body, digest);
    if (memcmp(digest, record->digest, sizeof digest) != 0)
        return find_wrong(verify, record->sequence, "record", "the chain of digests breaks here");
    memcpy(verify->digest, digest, sizeof digest);
    int r = check_content(verify, record);
    if (r == fault(FAULT_CORRUPT))
        return find_wrong(verify, record->sequence, "record", "what it says does not fit");
    return judge_fold(verify, record->sequence, r);
}

/* ---- sagas ---- */

static struct plan *plan_for(void *context, const struct definition *definition)
{
    struct verify *verify = context;
    struct plan *plan = verify->plans;

    while (plan != NULL && plan->definition != definition)
        plan = plan->next;
    if (plan != NULL)
        return plan;
    plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return NULL;
    plan->definition = definition;
    plan->next = verify->plans;
    verify->plans = plan;
    return plan;
}

static int check_saga_record(struct verify *verify, const struct store_record *record)
{
    int r = judge_fold(verify, record->sequence, fold_record(&verify->fold, record));

    verify->sequence = verify->fold.sequence;
    verify->report.payloads += record->payload.data != NULL;
    if (r == 0)
        verify->report.erased += verify->fold.record.has_payload && record->payload.data == NULL;
    return r;
}

static int check_memory(struct verify *verify, const struct live *folded)
{
    const struct live *live =
        verify->options.in_memory == NULL
            ? NULL
            : verify->options.in_memory(verify->options.context, folded->id.number);

    if (live == NULL || memcmp(live->digest, folded->digest, sizeof live->digest) == 0)
        return 0;
    return find_wrong(verify, folded->saga->sequence, "memory",
                      "the server's memory has %u records of this saga, and the store has others",
                      (unsigned)live->saga->sequence);
}

/* The stream of a saga is folded to its end: what is derived from it? */
static int end_saga(struct verify *verify, uint64_t wall_ms)
{
    struct live *folded = verify->fold.live;
    char text[VERIFY_TEXT_SIZE];
    int r = judge_fold(verify, folded->saga->sequence, fold_end(&verify->fold));

    if (r == 0)
        r = check_memory(verify, folded);
    if (r == 0) {
        r = verify_row(verify->options.store, folded, text);
        if (r == VERIFY_DIFFERS)
            return find_wrong(verify, 0, "row", "%s", text);
        verify->report.rows++;
    }
    if (r == 0 && folded->key[0] != '\0') {
        r = verify_key(verify->options.store, folded, wall_ms, verify->options.keys_keep_ms, text);
        if (r == VERIFY_DIFFERS)
            return find_wrong(verify, 0, "key", "%s", text);
        verify->report.keys++;
    }
    verify->report.sagas++;
    return pass(r);
}

/* ---- the walk ---- */

static bool visit_record(void *context, const struct store_record *record)
{
    struct verify *verify = context;

    verify->result = record->stream >= ID_FIRST_SAGA ? check_saga_record(verify, record)
                                                     : check_system_record(verify, record);
    verify->report.records++;
    return verify->result == 0 && --verify->left > 0;
}

static int leave_stream(struct verify *verify, uint64_t wall_ms)
{
    int r = verify->fold.live != NULL ? end_saga(verify, wall_ms) : 0;

    verify->fold.live = live_free(verify->fold.live);
    verify->report.at = verify->stream;
    verify->stream = 0;
    return r;
}

/* A record that cannot even be read is where the walk has come to. */
static int walk_stream(struct verify *verify, uint64_t wall_ms)
{
    verify->result = 0;
    int r = store_load_from(verify->options.store, verify->stream, verify->sequence + 1,
                            visit_record, verify);

    if (r == fault(FAULT_CORRUPT))
        return find_wrong(verify, verify->sequence + 1, "record",
                          "it is missing, or cannot be read");
    if (r < 0 || verify->result != 0)
        return r < 0 ? pass(r) : verify->result;
    return verify->left == 0 ? 0 : leave_stream(verify, wall_ms);
}

static int enter_stream(struct verify *verify)
{
    int r = store_next(verify->options.store, verify->report.at, &verify->stream);

    if (r == STORE_NONE || (r == 0 && verify->stream > verify->report.last)) {
        verify->streams_ended = true;
        verify->stream = 0;
        return 0;
    }
    verify->sequence = 0;
    memset(verify->digest, 0, sizeof verify->digest);
    verify->fold =
        (struct fold){.catalog = verify->catalog, .plan_for = plan_for, .context = verify};
    return pass(r);
}

struct rows {
    size_t count;
    size_t wanted;
    uint64_t numbers[STORE_SCAN_MAX];
};

static bool collect_row(void *context, const struct store_row *row)
{
    struct rows *rows = context;

    rows->numbers[rows->count++] = row->id.number;
    return rows->count < rows->wanted;
}

static bool stop_at_once(void *context, const struct store_record *record)
{
    (void)context;
    (void)record;
    return false;
}

static int walk_rows(struct verify *verify)
{
    struct rows rows = {.wanted = verify->left};
    uint64_t cursor = 0;
    int r = store_page_newer(verify->options.store, verify->next_row, NULL, collect_row, &rows,
                             &cursor);

    for (size_t i = 0; i < rows.count && r == 0; i++) {
        r = store_load_from(verify->options.store, rows.numbers[i], 1, stop_at_once, NULL);
        verify->stream = rows.numbers[i];
        if (r == STORE_NONE)
            return find_wrong(verify, 0, "row", "there is a row, and no saga");
    }
    verify->left = 0;
    verify->next_row = cursor;
    if (r == 0 && cursor == 0) {
        verify->report.state = VERIFY_DONE;
        return VERIFY_END;
    }
    return pass(r);
}

static int walk(struct verify *verify, uint64_t wall_ms)
{
    if (verify->streams_ended)
        return walk_rows(verify);
    int r = verify->stream == 0 ? enter_stream(verify) : 0;
    return r != 0 || verify->streams_ended ? pass(r) : walk_stream(verify, wall_ms);
}

int verify_step(struct verify *verify, uint32_t slice, uint64_t wall_ms)
{
    int r = 0;

    assert(slice > 0 && slice <= STORE_SCAN_MAX);
    assert(verify->report.state == VERIFY_RUNNING);
    verify->left = slice;
    while (r == 0 && verify->left > 0)
        r = walk(verify, wall_ms);
    if (r == VERIFY_END)
        verify->report.ended_ms = wall_ms;
    return pass(r);
}

/* ---- open and close ---- */

int verify_open(const struct verify_options *options, uint64_t wall_ms, struct verify **ret_verify)
{
    struct verify *verify = calloc(1, sizeof *verify);

    if (verify == NULL)
        return fault(FAULT_MEMORY);
    verify->options = *options;
    verify->report =
        (struct verify_report){.state = VERIFY_RUNNING, .begun_ms = wall_ms, .where = ""};
    int r = catalog_open(&verify->catalog);
    if (r == 0)
        r = store_last_number(options->store, &verify->report.last);
    if (r < 0) {
        verify_close(verify);
        return pass(r);
    }
    *ret_verify = verify;
    return 0;
}

const struct verify_report *verify_report(const struct verify *verify)
{
    return &verify->report;
}

struct verify *verify_close(struct verify *verify)
{
    if (verify == NULL)
        return NULL;
    live_free(verify->fold.live);
    while (verify->plans != NULL) {
        struct plan *plan = verify->plans;
        verify->plans = plan->next;
        free(plan);
    }
    catalog_close(verify->catalog);
    free(verify);
    return NULL;
}
