/*
 * The audit: an entry for each verb, with its event or without one; and what a check finds.
 */
#include "base/fault.h"
#include "core/names.h"
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ask_audit(struct world *world, struct asked *asked, struct audit_query query,
                      uint64_t before, uint32_t limit)
{
    world_ask(world, asked,
              (struct request){.type = REQUEST_AUDIT_LIST, .audit = query, .before = before,
                               .limit = limit});
    assert_int_equal(asked->status, ANSWER_OK);
}

static struct audit_check check_from(struct world *world, struct audit_query query)
{
    struct asked asked;

    world_ask(world, &asked, (struct request){.type = REQUEST_AUDIT_CHECK, .audit = query});
    assert_int_equal(asked.status, ANSWER_OK);
    return asked.check;
}

static struct audit_check check(struct world *world)
{
    return check_from(world, (struct audit_query){.checked = 0});
}

static void expect_whole(struct world *world, uint32_t count)
{
    struct audit_check found = check(world);

    assert_true(found.complete);
    assert_int_equal(found.broken, 0);
    assert_int_equal(found.checked, count);
}

static void act(struct world *world, struct saga_id id, enum saga_verb verb, const char *step,
                enum answer_status expected)
{
    struct asked asked = {0};

    world_act(world, &asked, id, verb, step);
    assert_int_equal(asked.status, expected);
    asked_fini(&asked);
}

static void a_verb_leaves_one_entry_that_says_it_all(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked;
    struct request pause = {
        .type = REQUEST_VERB, .id = id, .verb = SAGA_PAUSE, .actor = "ada/laptop",
        .credential = "ada", .role = "operator", .reason = "looking",
    };

    world_ask(world, &asked, pause);
    asked_fini(&asked);
    ask_audit(world, &asked, (struct audit_query){.since_ms = 0}, 0, 10);
    assert_int_equal(asked.audit->count, 1);
    assert_int_equal(asked.audit->cursor, 0);
    const struct record_audit *entry = &asked.audit->rows[0].entry;
    assert_int_equal(asked.audit->rows[0].number, 1);
    assert_true(id_equal(entry->saga, id));
    assert_int_equal(entry->verb, SAGA_PAUSE);
    assert_int_equal(entry->outcome, RECORD_ACCEPTED);
    assert_string_equal(entry->actor, "ada/laptop");
    assert_string_equal(entry->credential, "ada");
    assert_string_equal(entry->role, "operator");
    assert_string_equal(entry->reason, "looking");
    assert_int_equal(entry->sequence, 2);
    assert_true(entry->wall_ms <= world->now.wall_ms && entry->wall_ms + 10 > world->now.wall_ms);
    assert_false(entry->before.paused);
    assert_true(entry->after.paused);
    assert_int_equal(entry->before.condition, SAGA_PROGRESSING);
    assert_int_equal(entry->after.condition, SAGA_PAUSED);
    asked_fini(&asked);
    expect_whole(world, 1);
    world_close(world);
    (void)state;
}

static void the_step_that_was_named_is_shown_before_and_after(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start_to_queue(world, "k1");
    struct asked asked;

    act(world, id, SAGA_PAUSE, "", ANSWER_OK);
    act(world, id, SAGA_RESOLVE_DONE, "queue", ANSWER_OK);
    ask_audit(world, &asked, (struct audit_query){.verb = "resolve"}, 0, 10);
    assert_int_equal(asked.audit->count, 1);
    const struct record_audit *entry = &asked.audit->rows[0].entry;
    assert_string_equal(entry->step, "queue");
    assert_int_equal(entry->before.do_state, SAGA_DO_CALLING);
    assert_int_equal(entry->after.do_state, SAGA_DO_DONE);
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void what_was_not_accepted_is_told_without_an_event(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked;
    struct request stale = {.type = REQUEST_VERB, .id = id, .verb = SAGA_PAUSE, .actor = "ada",
                            .reason = "because", .only_sequence = 7};

    act(world, id, SAGA_RESUME, "", ANSWER_REFUSED);
    act(world, id, SAGA_SKIP, "nonsense", ANSWER_REFUSED);
    world_ask(world, &asked, stale);
    assert_int_equal(asked.status, ANSWER_CHANGED);
    asked_fini(&asked);
    world_do_all(world);
    act(world, id, SAGA_CANCEL, "", ANSWER_REFUSED);
    act(world, (struct saga_id){.number = 5000, .nonce = 1}, SAGA_CANCEL, "", ANSWER_NOT_FOUND);

    ask_audit(world, &asked, (struct audit_query){.since_ms = 0}, 0, 10);
    assert_int_equal(asked.audit->count, 4);
    const struct audit_row *rows = asked.audit->rows;
    assert_int_equal(rows[0].entry.outcome, RECORD_REFUSED);
    assert_string_equal(rows[0].entry.text, saga_refusal_text(SAGA_REFUSED_TERMINAL));
    assert_int_equal(rows[0].entry.before.phase, SAGA_COMPLETED);
    assert_int_equal(rows[1].entry.outcome, RECORD_CHANGED);
    assert_string_equal(rows[1].entry.text, "version 7 was meant, and it is 1");
    assert_string_equal(rows[2].entry.step, "nonsense");
    assert_string_equal(rows[3].entry.text, saga_refusal_text(SAGA_REFUSED_NOT_HELD));
    assert_int_equal(rows[3].entry.sequence, 1);
    assert_false(rows[3].entry.has_event);
    asked_fini(&asked);
    expect_whole(world, 4);
    world_close(world);
    (void)state;
}

static void what_the_server_gives_up_by_itself_has_no_entry(void **state)
{
    struct world *world = world_open();
    struct request cancel = {.type = REQUEST_VERB, .id = world_start(world, "k1"),
                             .verb = SAGA_CANCEL, .actor = "gateway", .reason = "late",
                             .for_want_of_service = true};
    struct asked asked;

    world_ask(world, &asked, cancel);
    assert_int_equal(asked.status, ANSWER_OK);
    asked_fini(&asked);
    expect_whole(world, 0);
    world_close(world);
    (void)state;
}

static void verbs_of_one_commit_follow_each_other(void **state)
{
    struct world *world = world_open();
    struct saga_id ids[3];
    static struct asked asked[3];
    struct asked listed;

    for (size_t i = 0; i < 3; i++)
        ids[i] = world_start(world, i == 0 ? "a" : i == 1 ? "b" : "c");
    for (size_t i = 0; i < 3; i++)
        world_put(world, &asked[i],
                  (struct request){.type = REQUEST_VERB, .id = ids[i], .verb = SAGA_PAUSE,
                                   .actor = "ada", .reason = "because"});
    world_turn(world);
    ask_audit(world, &listed, (struct audit_query){.since_ms = 0}, 0, 10);
    assert_int_equal(listed.audit->count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(asked[i].status, ANSWER_OK);
        assert_int_equal(listed.audit->rows[i].number, 3 - i);
        assert_true(id_equal(listed.audit->rows[i].entry.saga, ids[2 - i]));
        asked_fini(&asked[i]);
    }
    asked_fini(&listed);
    expect_whole(world, 3);
    world_close(world);
    (void)state;
}

static void the_chain_goes_on_after_a_crash(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");

    act(world, id, SAGA_PAUSE, "", ANSWER_OK);
    struct audit_check before = check(world);
    world_crash(world, 10);
    act(world, id, SAGA_RESUME, "", ANSWER_OK);
    world_crash(world, 10);
    act(world, id, SAGA_RESUME, "", ANSWER_REFUSED);
    expect_whole(world, 3);

    struct audit_query noted = {.has_head = true};
    memcpy(noted.head, before.link, sizeof noted.head);
    assert_int_equal(check_from(world, noted).head_at, 1);
    noted.head[0] ^= 1;
    assert_int_equal(check_from(world, noted).head_at, 0);
    world_close(world);
    (void)state;
}

/* ---- filters and pages ---- */

static void pages_and_filters_find_what_they_say(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1"), other = world_start(world, "k2");
    struct asked asked;
    uint64_t middle_ms = 0;

    for (uint32_t i = 0; i < 10; i++) {
        struct request request = {.type = REQUEST_VERB, .id = i < 8 ? id : other,
                                  .verb = i % 2 == 0 ? SAGA_PAUSE : SAGA_RESUME,
                                  .reason = "because"};
        snprintf(request.actor, sizeof request.actor, "%s", i < 4 ? "ada" : "bob/cron");
        snprintf(request.credential, sizeof request.credential, "%s", i < 4 ? "ada" : "bob");
        world_ask(world, &asked, request);
        assert_int_equal(asked.status, ANSWER_OK);
        asked_fini(&asked);
        world_pass(world, 10);
        middle_ms = i == 4 ? world->now.wall_ms : middle_ms;
    }
    ask_audit(world, &asked, (struct audit_query){.since_ms = 0}, 0, 4);
    assert_int_equal(asked.audit->count, 4);
    assert_int_equal(asked.audit->rows[3].number, 7);
    assert_int_equal(asked.audit->cursor, 7);
    asked_fini(&asked);
    ask_audit(world, &asked, (struct audit_query){.since_ms = 0}, 4, 4);
    assert_int_equal(asked.audit->count, 3);
    assert_int_equal(asked.audit->cursor, 0);
    asked_fini(&asked);

    const struct { struct audit_query query; size_t count; } filters[] = {
        {{.actor = "ada"}, 4}, {{.actor = "bob"}, 6}, {{.actor = "bob/cron"}, 6},
        {{.actor = "cron"}, 0}, {{.verb = "pause"}, 5}, {{.verb = "backup"}, 0},
        {{.verb = "pau"}, 0},
        {{.saga = other}, 2}, {{.saga = id, .actor = "bob", .verb = "resume"}, 2},
        {{.since_ms = middle_ms}, 5}, {{.until_ms = middle_ms}, 5},
    };
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        ask_audit(world, &asked, filters[i].query, 0, 20);
        assert_int_equal(asked.audit->count, filters[i].count);
        asked_fini(&asked);
    }
    world_close(world);
    (void)state;
}

static void long_audits_are_looked_at_in_parts(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked;
    uint32_t count = AUDIT_LOOK_MAX + 50, parts = 0;

    for (uint32_t i = 0; i < count; i++)
        act(world, id, SAGA_RESUME, "", ANSWER_REFUSED);
    ask_audit(world, &asked, (struct audit_query){.actor = "nobody"}, 0, 10);
    assert_int_equal(asked.audit->count, 0);
    uint32_t cursor = asked.audit->cursor;
    assert_int_equal(cursor, count - AUDIT_LOOK_MAX + 1);
    asked_fini(&asked);
    ask_audit(world, &asked, (struct audit_query){.actor = "nobody"}, cursor, 10);
    assert_int_equal(asked.audit->cursor, 0);
    asked_fini(&asked);

    struct audit_query query = {.checked = 0};
    for (bool complete = false; !complete; parts++) {
        struct audit_check found = check_from(world, query);
        complete = found.complete;
        assert_int_equal(found.broken, 0);
        assert_true(found.checked <= query.checked + AUDIT_CHECK_MAX);
        query.checked = found.checked;
        memcpy(query.link, found.link, sizeof query.link);
    }
    assert_int_equal(query.checked, count);
    assert_int_equal(parts, (count + AUDIT_CHECK_MAX - 1) / AUDIT_CHECK_MAX);
    world_close(world);
    (void)state;
}

/* ---- changed bytes ---- */

/* What the world's store does is seen through this: one record is shown other than it is. */
static struct {
    struct store_ops ops;
    const struct store_ops *real;
    uint64_t stream;
    uint32_t sequence;
    bool hidden; /* As if it and all after it were not there; else a byte of it is another. */
    store_record_visitor *visit;
    void *context;
} liar;

static bool lie(void *context, const struct store_record *record)
{
    static uint8_t bytes[RECORD_BODY_MAX];
    struct store_record shown = *record;

    (void)context;
    if (liar.hidden && record->stream == liar.stream && record->sequence >= liar.sequence)
        return false;
    if (record->stream == liar.stream && record->sequence == liar.sequence) {
        memcpy(bytes, record->body.data, record->body.size);
        bytes[record->body.size - 3] ^= 1;
        shown.body = bytes_of(bytes, record->body.size);
    }
    return liar.visit(liar.context, &shown);
}

static int lying_load(struct store *store, uint64_t stream, uint32_t from,
                      store_record_visitor *visit, void *context)
{
    liar.visit = visit;
    liar.context = context;
    return liar.real->load(store, stream, from, lie, NULL);
}

static int lying_load_back(struct store *store, uint64_t stream, uint32_t before,
                           store_record_visitor *visit, void *context)
{
    liar.visit = visit;
    liar.context = context;
    if (liar.hidden && stream == liar.stream)
        before = liar.sequence;
    return liar.real->load_back(store, stream, before, lie, NULL);
}

static void begin_to_lie(struct world *world, uint64_t stream, uint32_t sequence, bool hidden)
{
    liar.real = world->store->ops;
    liar.ops = *liar.real;
    liar.ops.load = lying_load;
    liar.ops.load_back = lying_load_back;
    liar.stream = stream;
    liar.sequence = sequence;
    liar.hidden = hidden;
    world->store->ops = &liar.ops;
}

static void tell_the_truth(struct world *world)
{
    world->store->ops = liar.real;
}

/* While this record is shown other than it is, the check names this entry. */
static void expect_broken(struct world *world, uint64_t stream, uint32_t sequence, bool hidden,
                          uint32_t entry, const char *what)
{
    begin_to_lie(world, stream, sequence, hidden);
    struct audit_check found = check(world);
    tell_the_truth(world);
    assert_true(found.complete);
    assert_int_equal(found.broken, entry);
    assert_int_equal(found.checked, entry - 1);
    assert_string_equal(found.what, what);
}

static struct world *world_with_five_entries(struct saga_id *ret_id)
{
    struct world *world = world_open();

    *ret_id = world_start(world, "k1");
    for (uint32_t i = 0; i < 5; i++)
        act(world, *ret_id, i % 2 == 0 ? SAGA_PAUSE : SAGA_RESUME, "", ANSWER_OK);
    expect_whole(world, 5);
    return world;
}

static void a_changed_byte_is_found_in_its_entry_or_in_its_event(void **state)
{
    struct saga_id id;
    struct world *world = world_with_five_entries(&id);

    for (uint32_t i = 1; i <= 5; i++) {
        expect_broken(world, STORE_STREAM_AUDIT, i, false, i, "it is not what was written");
        expect_broken(world, id.number, i + 1, false, i, "its saga has no such event");
        expect_broken(world, STORE_STREAM_AUDIT, i, true, i, "it is missing");
        expect_broken(world, id.number, i + 1, true, i, "its saga has no such event");
    }
    expect_whole(world, 5);
    world_close(world);
    (void)state;
}

static void an_entry_that_cannot_be_read_is_listed_as_such(void **state)
{
    struct saga_id id;
    struct world *world = world_with_five_entries(&id);
    struct asked asked;

    begin_to_lie(world, STORE_STREAM_AUDIT, 2, false);
    ask_audit(world, &asked, (struct audit_query){.actor = "nobody"}, 0, 10);
    tell_the_truth(world);
    /* Its bytes may still be those of an entry: then of one that nobody has asked for. */
    for (size_t i = 0; i < asked.audit->count; i++) {
        assert_true(asked.audit->rows[i].corrupt);
        assert_int_equal(asked.audit->rows[i].number, 2);
    }
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void what_was_cut_off_is_missed_by_a_head_that_was_noted(void **state)
{
    struct saga_id id;
    struct world *world = world_with_five_entries(&id);
    struct audit_query noted = {.has_head = true};

    memcpy(noted.head, check(world).link, sizeof noted.head);
    assert_int_equal(check_from(world, noted).head_at, 5);
    begin_to_lie(world, STORE_STREAM_AUDIT, 5, true);
    world_crash(world, 10);
    struct audit_check found = check_from(world, noted);
    tell_the_truth(world);
    assert_int_equal(found.broken, 0);
    assert_int_equal(found.checked, 4);
    assert_int_equal(found.head_at, 0);
    world_close(world);
    (void)state;
}

static void a_last_entry_that_was_changed_stops_the_start(void **state)
{
    struct saga_id id;
    struct world *world = world_with_five_entries(&id);
    char message[ENGINE_MESSAGE_SIZE];
    struct engine *engine = NULL;
    struct engine_options options = {
        .store = world->store, .transport = world->transport, .inbox = world->inbox,
        .catalog = world->catalog, .accounts = world->accounts,
    };

    world->engine = engine_close(world->engine);
    begin_to_lie(world, STORE_STREAM_AUDIT, 5, false);
    assert_int_equal(engine_open(&options, world->now, &engine, message), fault(FAULT_CORRUPT));
    tell_the_truth(world);
    assert_string_equal(message, "cannot recover the stream of the audit: corrupt data");
    world_crash(world, 0);
    expect_whole(world, 5);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verb_leaves_one_entry_that_says_it_all),
        cmocka_unit_test(the_step_that_was_named_is_shown_before_and_after),
        cmocka_unit_test(what_was_not_accepted_is_told_without_an_event),
        cmocka_unit_test(what_the_server_gives_up_by_itself_has_no_entry),
        cmocka_unit_test(verbs_of_one_commit_follow_each_other),
        cmocka_unit_test(the_chain_goes_on_after_a_crash),
        cmocka_unit_test(pages_and_filters_find_what_they_say),
        cmocka_unit_test(long_audits_are_looked_at_in_parts),
        cmocka_unit_test(a_changed_byte_is_found_in_its_entry_or_in_its_event),
        cmocka_unit_test(an_entry_that_cannot_be_read_is_listed_as_such),
        cmocka_unit_test(what_was_cut_off_is_missed_by_a_head_that_was_noted),
        cmocka_unit_test(a_last_entry_that_was_changed_stops_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
