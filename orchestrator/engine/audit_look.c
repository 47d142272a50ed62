/*
 * Looks at the audit: a page of it, and whether it is as it was written.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- a page ---- */

struct paging {
    const struct request *request;
    struct audit_page *page;
    uint32_t limit;
    uint32_t seen;
    bool stopped; /* Before the first entry. */
};

static bool is_same(const char *wanted, const char *text)
{
    return wanted[0] == '\0' || strcmp(wanted, text) == 0;
}

static const char *verb_of(const struct record_audit *entry)
{
    return entry->act[0] != '\0' ? entry->act : saga_verb_name((enum saga_verb)entry->verb);
}

/* "resolve" stands for "resolve_done" and for "resolve_rejected". */
static bool is_verb(const char *wanted, const char *verb)
{
    size_t length = strlen(wanted);

    return length == 0 || (strncmp(wanted, verb, length) == 0 &&
                           (verb[length] == '\0' || verb[length] == '_'));
}

static bool is_wanted(const struct audit_query *query, const struct audit_row *row)
{
    const struct record_audit *entry = &row->entry;
    bool by_actor = is_same(query->actor, entry->actor) || is_same(query->actor, entry->credential);

    if (row->corrupt) /* Nobody knows what it was; so everybody is told. */
        return true;
    if (!by_actor || !is_verb(query->verb, verb_of(entry)))
        return false;
    if (query->saga.number != 0 && !id_equal(query->saga, entry->saga))
        return false;
    return entry->wall_ms >= query->since_ms &&
           (query->until_ms == 0 || entry->wall_ms < query->until_ms);
}

static bool visit_entry(void *context, const struct store_record *record)
{
    struct paging *paging = context;
    struct audit_page *page = paging->page;
    struct audit_row *row = &page->rows[page->count];

    *row = (struct audit_row){.number = record->sequence};
    row->corrupt = record_decode_audit(record->body, &row->entry) != 0;
    page->count += is_wanted(&paging->request->audit, row);
    page->cursor = record->sequence;
    paging->seen++;
    paging->stopped = page->count == paging->limit || paging->seen == AUDIT_LOOK_MAX;
    return !paging->stopped;
}

int audit_list(struct engine *engine, struct request *request, struct looked *ret_looked)
{
    assert(request->limit > 0);
    assert(request->limit <= AUDIT_PAGE_MAX);

    uint32_t limit = request->limit < AUDIT_SHOW_MAX ? request->limit : AUDIT_SHOW_MAX;
    struct audit_page *page = calloc(1, sizeof *page + limit * sizeof(struct audit_row));
    if (page == NULL)
        return fault(FAULT_MEMORY);
    struct paging paging = {.request = request, .page = page, .limit = limit};
    uint32_t before = request->before > UINT32_MAX ? 0 : (uint32_t)request->before;
    int r = store_load_back(engine->options.store, STORE_STREAM_AUDIT, before, visit_entry,
                            &paging);
    if (r < 0) {
        free(page);
        return pass(r);
    }
    if (!paging.stopped || page->cursor == 1)
        page->cursor = 0;
    *ret_looked = (struct looked){.seen = paging.seen, .shown = (uint32_t)page->count};
    struct answer answer = {.status = ANSWER_OK, .audit = page};
    request->answer(request, &answer);
    return 0;
}

/* ---- a check ---- */

/* The event that an entry speaks of; looked at when the entries have been read. */
struct spoken_of {
    uint32_t entry;
    uint64_t saga;
    uint32_t sequence;
    uint8_t digest[RECORD_DIGEST_SIZE];
};

struct checking {
    const struct audit_query *query;
    struct audit_check check;
    uint32_t seen;
    size_t count;
    struct spoken_of events[AUDIT_CHECK_MAX];
};

static bool find_broken(struct audit_check *check, uint32_t entry, const char *what)
{
    check->broken = entry;
    check->checked = entry - 1;
    check->complete = true;
    text_copy(what, sizeof check->what, check->what);
    return false;
}

static bool check_entry(void *context, const struct store_record *record)
{
    struct checking *checking = context;
    struct audit_check *check = &checking->check;
    uint8_t link[RECORD_DIGEST_SIZE];
    struct record_audit entry;

    if (record->sequence != check->checked + 1)
        return find_broken(check, check->checked + 1, "it is missing");
    record_chain(check->link, record->stream, record->sequence, record->body, link);
    if (memcmp(link, record->digest, sizeof link) != 0)
        return find_broken(check, record->sequence, "it is not what was written");
    if (record_decode_audit(record->body, &entry) != 0)
        return find_broken(check, record->sequence, "it cannot be read");
    if (entry.has_event) {
        struct spoken_of *event = &checking->events[checking->count++];
        *event = (struct spoken_of){record->sequence, entry.saga.number, entry.sequence, {0}};
        memcpy(event->digest, entry.event_digest, sizeof event->digest);
    }
    check->checked = record->sequence;
    memcpy(check->link, link, sizeof link);
    if (checking->query->has_head && memcmp(link, checking->query->head, sizeof link) == 0)
        check->head_at = record->sequence;
    return ++checking->seen < AUDIT_CHECK_MAX;
}

/* The event and the one before it: is its link made of its own bytes, and the one noted? */
struct event_check {
    const struct spoken_of *event;
    uint8_t previous[RECORD_DIGEST_SIZE];
    bool fits;
};

static bool visit_event(void *context, const struct store_record *record)
{
    struct event_check *of = context;
    uint8_t link[RECORD_DIGEST_SIZE];

    if (record->sequence < of->event->sequence) {
        memcpy(of->previous, record->digest, sizeof of->previous);
        return true;
    }
    record_chain(of->previous, record->stream, record->sequence, record->body, link);
    of->fits = memcmp(link, of->event->digest, sizeof link) == 0;
    return false;
}

static int check_events(struct engine *engine, struct checking *checking)
{
    for (size_t i = 0; i < checking->count; i++) {
        struct event_check of = {.event = &checking->events[i]};
        uint32_t from = of.event->sequence > 1 ? of.event->sequence - 1 : 1;
        int r = store_load_from(engine->options.store, of.event->saga, from, visit_event, &of);
        if (r < 0 && r != fault(FAULT_CORRUPT))
            return pass(r);
        if (!of.fits) {
            find_broken(&checking->check, of.event->entry, "its saga has no such event");
            return 0;
        }
    }
    return 0;
}

/* All that the file has is as it was written; it must also be all that was written. */
static void check_end(const struct audit *audit, struct audit_check *check)
{
    check->complete = true;
    if (check->checked < audit->sequence)
        find_broken(check, check->checked + 1, "it is missing");
    else if (memcmp(check->link, audit->digest, sizeof check->link) != 0)
        find_broken(check, check->checked, "it is not what was written");
}

int audit_check(struct engine *engine, struct request *request, struct looked *ret_looked)
{
    struct checking *checking = calloc(1, sizeof *checking);

    if (checking == NULL)
        return fault(FAULT_MEMORY);
    struct audit_check *check = &checking->check;
    checking->query = &request->audit;
    check->checked = request->audit.checked;
    memcpy(check->link, request->audit.link, sizeof check->link);
    int r = check->checked == UINT32_MAX
                ? STORE_NONE
                : store_load_from(engine->options.store, STORE_STREAM_AUDIT, check->checked + 1,
                                  check_entry, checking);
    if (r == fault(FAULT_CORRUPT)) { /* There is a gap, or half a record. */
        find_broken(check, check->checked + 1, "it is missing");
        r = 0;
    }
    if (r >= 0 && !check->complete && checking->seen < AUDIT_CHECK_MAX)
        check_end(&engine->audit, check);
    if (r >= 0)
        r = check_events(engine, checking);
    if (r >= 0) {
        *ret_looked = (struct looked){.seen = checking->seen};
        struct answer answer = {.status = ANSWER_OK, .audit_check = check};
        request->answer(request, &answer);
    }
    free(checking);
    return r < 0 ? pass(r) : 0;
}
