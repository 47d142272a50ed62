/*
 * Submits that run an ended saga again: the link, who and why, the key, the audit.
 */
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INPUT "{\"to\":\"+1\"}"

static struct request rerun_of(struct saga_id previous, const char *key)
{
    struct request request = {
        .type = REQUEST_SUBMIT,
        .tenant = WORLD_TENANT,
        .definition = "send_message",
        .input = bytes_of_text(INPUT),
        .previous = previous,
        .actor = "ada/laptop",
        .credential = "ada",
        .role = "operator",
        .reason = "it is mended",
    };

    memcpy(request.key, key, strlen(key) + 1);
    return request;
}

/* An ended saga with the key "k1". */
static struct saga_id ended_saga(struct world *world)
{
    struct asked asked = {0};

    world_submit(world, &asked, "k1", INPUT);
    struct saga_id id = asked.snapshot->id;
    asked_fini(&asked);
    world_do_all(world);
    return id;
}

static struct snapshot *rerun(struct world *world, struct asked *asked, struct request request,
                              enum answer_status status)
{
    world_ask(world, asked, request);
    assert_int_equal(asked->status, status);
    assert_non_null(asked->snapshot);
    return asked->snapshot;
}

static void a_rerun_is_linked_to_the_old_saga_and_stays_so(void **state)
{
    struct world *world = world_open();
    struct saga_id old = ended_saga(world);
    struct asked asked;

    struct saga_id id = rerun(world, &asked, rerun_of(old, ""), ANSWER_OK)->id;
    assert_true(id_equal(asked.snapshot->previous, old));
    assert_false(id_equal(id, old));
    asked_fini(&asked);
    world_crash(world, 1);
    world_get(world, &asked, id);
    assert_true(id_equal(asked.snapshot->previous, old));
    asked_fini(&asked);
    world_get(world, &asked, old);
    assert_int_equal(asked.snapshot->phase, SAGA_COMPLETED);
    assert_int_equal(asked.snapshot->previous.number, 0);
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void its_history_begins_with_who_wanted_it_and_why(void **state)
{
    struct world *world = world_open();
    struct asked asked;
    struct saga_id id =
        rerun(world, &asked, rerun_of(ended_saga(world), ""), ANSWER_OK)->id;

    asked_fini(&asked);
    world_ask(world, &asked, (struct request){.type = REQUEST_GET, .id = id, .with_events = true});
    assert_non_null(
        strstr(asked.snapshot->events[0].text, "submitted by ada/laptop: it is mended"));
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void one_key_reruns_once(void **state)
{
    struct world *world = world_open();
    struct saga_id old = ended_saga(world);
    struct asked asked;

    struct saga_id id = rerun(world, &asked, rerun_of(old, "k2"), ANSWER_OK)->id;
    asked_fini(&asked);
    assert_true(id_equal(rerun(world, &asked, rerun_of(old, "k2"), ANSWER_REPLAYED)->id, id));
    asked_fini(&asked);
    world_do_all(world);
    assert_true(id_equal(rerun(world, &asked, rerun_of(old, "k2"), ANSWER_REPLAYED)->id, id));
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void a_key_that_was_used_otherwise_is_a_conflict(void **state)
{
    struct world *world = world_open();
    struct saga_id old = ended_saga(world);
    struct asked asked;

    /* The same definition and input, but not the same request. */
    assert_true(id_equal(rerun(world, &asked, rerun_of(old, "k1"), ANSWER_CONFLICT)->id, old));
    asked_fini(&asked);
    struct saga_id id = rerun(world, &asked, rerun_of(old, "k2"), ANSWER_OK)->id;
    asked_fini(&asked);
    world_do_all(world);
    rerun(world, &asked, rerun_of(id, "k2"), ANSWER_CONFLICT);
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

/* The entries of the audit; the caller's, by free. */
static struct audit_page *audited(struct world *world)
{
    struct asked asked;

    world_ask(world, &asked, (struct request){.type = REQUEST_AUDIT_LIST, .limit = 10});
    struct audit_page *page = asked.audit;
    asked.audit = NULL;
    asked_fini(&asked);
    assert_non_null(page);
    return page;
}

static void the_audit_has_it_once_and_is_whole(void **state)
{
    struct world *world = world_open();
    struct saga_id old = ended_saga(world);
    struct asked asked;
    char text[ID_TEXT_SIZE];

    struct saga_id id = rerun(world, &asked, rerun_of(old, "k2"), ANSWER_OK)->id;
    asked_fini(&asked);
    rerun(world, &asked, rerun_of(old, "k2"), ANSWER_REPLAYED);
    asked_fini(&asked);
    struct audit_page *page = audited(world);
    assert_int_equal(page->count, 1);
    const struct record_audit *entry = &page->rows[0].entry;
    assert_false(page->rows[0].corrupt);
    assert_string_equal(entry->act, "rerun");
    assert_true(id_equal(entry->saga, id));
    assert_string_equal(entry->actor, "ada/laptop");
    assert_string_equal(entry->reason, "it is mended");
    id_text(old, text);
    assert_non_null(strstr(entry->text, text));
    free(page);

    world_ask(world, &asked, (struct request){.type = REQUEST_AUDIT_CHECK});
    assert_int_equal(asked.check.checked, 1);
    assert_int_equal(asked.check.broken, 0);
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rerun_is_linked_to_the_old_saga_and_stays_so),
        cmocka_unit_test(its_history_begins_with_who_wanted_it_and_why),
        cmocka_unit_test(one_key_reruns_once),
        cmocka_unit_test(a_key_that_was_used_otherwise_is_a_conflict),
        cmocka_unit_test(the_audit_has_it_once_and_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
