/*
 * The catalog: what a definition becomes, which version is current, and what is the same version.
 */
#include "base/fault.h"
#include "catalog/catalog.h"
#include "world/place.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char first_text[] = "saga: pay\n"
                                 "steps:\n"
                                 "  - {name: take, participant: bank, undo: give_back}\n";
static const char other_text[] = "saga: pay\n"
                                 "deadline: 20s\n"
                                 "steps:\n"
                                 "  - {name: take, participant: bank, undo: give_back}\n";

static int open_catalog(void **state)
{
    return catalog_open((struct catalog **)state);
}

static int close_catalog(void **state)
{
    *state = catalog_close(*state);
    return 0;
}

static void add(struct catalog *catalog, const char *file, const char *text)
{
    struct catalog_report report = {0};
    int r = catalog_add_text(catalog, file, text, strlen(text), &report);

    if (r != 0)
        fail_msg("%.*s", (int)report.text.size, (char *)report.text.data);
    assert_int_equal(report.problems, 0);
    assert_int_equal(report.text.size, 0);
    catalog_report_fini(&report);
}

static void expect_told(const struct catalog_report *report, const char *expected)
{
    assert_int_equal(report->text.size, strlen(expected));
    assert_memory_equal(report->text.data, expected, strlen(expected));
}

static void hash_of(struct catalog *catalog, const char *text, uint8_t hash[32])
{
    add(catalog, "x.yaml", text);
    memcpy(hash, catalog_current(catalog, "pay")->hash, 32);
}

static void send_message_is_what_its_file_says(void **state)
{
    struct catalog *catalog = *state;
    struct catalog_report report = {0};

    assert_int_equal(catalog_load_folder(catalog, SAGAS, &report), 0);
    const struct definition *found = catalog_current(catalog, "send_message");
    assert_non_null(found);
    assert_int_equal(found->step_count, 5);
    assert_int_equal(found->pivot, 3);
    assert_int_equal(found->after_pivot, 1u << 4);
    assert_int_equal(found->deadline_ms, 30000);
    assert_int_equal(found->patience_ms, 86400000);
    assert_int_equal(found->participant_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(found->participants[i].guarded);
    assert_int_equal(found->steps[0].timeout_ms, 300);
    assert_true(found->steps[0].read_only);
    assert_string_equal(found->steps[2].operation, "reserve_balance");
    assert_string_equal(found->steps[2].undo, "release_balance");
    assert_int_equal(found->steps[2].needs, 1u << 1);
    assert_string_equal(found->participants[found->steps[4].routes[0]].name, "billing");
}

static void what_is_not_said_has_its_default(void **state)
{
    struct catalog *catalog = *state;

    add(catalog, "x.yaml", first_text);
    const struct definition *found = catalog_current(catalog, "pay");
    const struct definition_step *step = &found->steps[0];
    assert_int_equal(found->deadline_ms, 30000);
    assert_int_equal(found->patience_ms, 86400000);
    assert_int_equal(found->pivot, DEFINITION_NO_STEP);
    assert_false(found->participants[0].guarded);
    assert_int_equal(step->timeout_ms, 1000);
    assert_int_equal(step->retry.attempts, 3);
    assert_int_equal(step->retry.base_ms, 100);
    assert_int_equal(step->retry.factor, 2);
    assert_int_equal(step->retry.max_ms, 5000);
    assert_false(step->park_on_exhausted || step->compensate_on_reject || step->read_only);
    assert_string_equal(step->operation, "take");
}

static void every_key_is_read(void **state)
{
    struct catalog *catalog = *state;

    add(catalog, "x.yaml",
        "saga: pay\ndeadline: 1h\npatience: 2m\nguarded: [b, a]\n"
        "retry: {attempts: 2, base: 10ms, factor: 3, max: 1s}\n"
        "steps:\n"
        "  - {name: one, routes: [a, b], do: work, undo: unwork, needs: [], timeout: 5m,\n"
        "     on_exhausted: park, compensate_on_reject: true}\n"
        "  - {name: two, participant: c, read_only: true, needs: [], retry: {base: 20ms}}\n"
        "  - {name: go, participant: a, pivot: true, needs: [one, two]}\n");
    const struct definition *found = catalog_current(catalog, "pay");
    const struct definition_step *one = &found->steps[0], *two = &found->steps[1];
    assert_int_equal(found->deadline_ms, 3600000);
    assert_int_equal(found->patience_ms, 120000);
    assert_int_equal(one->route_count, 2);
    assert_string_equal(found->participants[one->routes[1]].name, "b");
    assert_true(found->participants[one->routes[0]].guarded);
    assert_false(found->participants[two->routes[0]].guarded);
    assert_string_equal(one->operation, "work");
    assert_string_equal(one->undo, "unwork");
    assert_int_equal(one->timeout_ms, 300000);
    assert_true(one->park_on_exhausted && one->compensate_on_reject);
    assert_int_equal(one->retry.attempts, 2);
    assert_int_equal(two->retry.base_ms, 20);
    assert_int_equal(two->retry.max_ms, 1000);
    assert_int_equal(two->needs, 0);
    assert_int_equal(found->steps[2].needs, 3);
}

static void comments_layout_and_spelled_out_defaults_are_no_new_version(void **state)
{
    uint8_t first[32], again[32];

    hash_of(*state, first_text, first);
    hash_of(*state,
            "# The same.\n"
            "steps:\n"
            "  - name: take\n"
            "    undo: \"give_back\"\n"
            "    do: take\n"
            "    routes: [bank]   # one\n"
            "    timeout: 1000ms\n"
            "    needs: []\n"
            "deadline: 30s\n"
            "saga: pay\n",
            again);
    assert_memory_equal(first, again, 32);
}

static void every_meaning_has_its_own_version(void **state)
{
    static const char *const texts[] = {
        "saga: pay\nsteps: [{name: take, participant: bank, undo: give}]\n",
        "saga: pay\nsteps: [{name: take, participant: bank, undo: give2}]\n",
        "saga: pay\nsteps: [{name: take, participant: bank, undo: give, do: x}]\n",
        "saga: pay\nsteps: [{name: take, participant: bank, undo: give, timeout: 2s}]\n",
        "saga: pay\nsteps: [{name: take, participant: bank, undo: give, on_exhausted: park}]\n",
        "saga: pay\nsteps: [{name: take, participant: bank, read_only: true}]\n",
        "saga: pay\nsteps: [{name: take, participant: bank, pivot: true}]\n",
        "saga: pay\nsteps: [{name: take, routes: [bank, b], undo: give}]\n",
        "saga: pay\nguarded: [bank]\nsteps: [{name: take, participant: bank, undo: give}]\n",
        "saga: pay\nsteps: [{name: take, participant: bank, undo: give, retry: {factor: 3}}]\n",
        "saga: pay\npatience: 1h\nsteps: [{name: take, participant: bank, undo: give}]\n",
    };
    enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
    uint8_t hashes[COUNT][32];

    for (size_t i = 0; i < COUNT; i++) {
        hash_of(*state, texts[i], hashes[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(hashes[i], hashes[j], 32);
    }
}

static void an_old_version_can_be_asked_for_by_its_hash(void **state)
{
    struct catalog *catalog = *state;

    add(catalog, "x.yaml", first_text);
    const struct definition *first = catalog_current(catalog, "pay");
    add(catalog, "x.yaml", other_text);
    const struct definition *other = catalog_current(catalog, "pay");
    assert_ptr_not_equal(first, other);
    assert_ptr_equal(catalog_version(catalog, "pay", first->hash), first);
    assert_ptr_equal(catalog_version(catalog, "pay", other->hash), other);
    assert_null(catalog_version(catalog, "send", first->hash));
    assert_null(catalog_current(catalog, "send"));
}

static void going_back_to_an_older_text_makes_it_current_again(void **state)
{
    struct catalog *catalog = *state;

    add(catalog, "x.yaml", first_text);
    const struct definition *first = catalog_current(catalog, "pay");
    add(catalog, "x.yaml", other_text);
    add(catalog, "x.yaml", first_text);
    assert_ptr_equal(catalog_current(catalog, "pay"), first);
}

static void a_stored_text_gives_the_same_version_in_another_catalog(void **state)
{
    struct catalog *catalog = *state, *restarted;
    const struct definition *stored, *again;

    add(catalog, "x.yaml", first_text);
    const struct definition *first = catalog_current(catalog, "pay");
    assert_int_equal(catalog_open(&restarted), 0);
    struct bytes text = catalog_text(catalog, first);
    assert_int_equal(catalog_add_stored(restarted, text, &stored), 0);
    assert_memory_equal(stored->hash, first->hash, DEFINITION_HASH_SIZE);
    assert_int_equal(stored->step_count, first->step_count);
    assert_null(catalog_current(restarted, "pay"));
    assert_ptr_equal(catalog_version(restarted, "pay", first->hash), stored);
    assert_int_equal(catalog_add_stored(restarted, text, &again), 0);
    assert_ptr_equal(again, stored);
    add(restarted, "x.yaml", first_text);
    assert_ptr_equal(catalog_current(restarted, "pay"), stored);
    catalog_close(restarted);
}

static void a_stored_text_keeps_its_hash_whatever_its_layout(void **state)
{
    struct catalog *catalog = *state;
    const struct definition *stored;
    uint8_t hash[32];

    assert_int_equal(catalog_add_stored(catalog, bytes_of_text(first_text), &stored), 0);
    crypto_generichash(hash, 32, (const uint8_t *)first_text, strlen(first_text), NULL, 0);
    assert_memory_equal(stored->hash, hash, 32);
    assert_true(bytes_equal(catalog_text(catalog, stored), bytes_of_text(first_text)));
}

static void a_damaged_stored_text_is_a_fault(void **state)
{
    const struct definition *stored = NULL;

    assert_int_equal(catalog_add_stored(*state, bytes_of_text("saga: pay\n"), &stored),
                     fault(FAULT_CORRUPT));
    assert_null(stored);
}

static void a_refused_text_changes_nothing(void **state)
{
    struct catalog *catalog = *state;
    struct catalog_report report = {0};
    static const char wrong[] = "saga: pay\nstep: []\n";

    add(catalog, "x.yaml", first_text);
    const struct definition *first = catalog_current(catalog, "pay");
    assert_int_equal(catalog_add_text(catalog, "x.yaml", wrong, strlen(wrong), &report),
                     CATALOG_REFUSED);
    assert_int_equal(report.problems, 2);
    assert_ptr_equal(catalog_current(catalog, "pay"), first);
    catalog_report_fini(&report);
}

static void a_second_file_for_one_saga_is_refused(void **state)
{
    struct catalog *catalog = *state;
    struct catalog_report report = {0};

    add(catalog, "x.yaml", first_text);
    assert_int_equal(catalog_add_text(catalog, "y.yaml", other_text, strlen(other_text), &report),
                     CATALOG_REFUSED);
    expect_told(&report, "y.yaml: saga \"pay\" is already defined by x.yaml\n");
    catalog_report_fini(&report);
}

struct visited {
    size_t all, current, stop_after;
};

static bool count(void *context, const struct definition *definition, bool current)
{
    struct visited *visited = context;

    assert_string_equal(definition->name, "pay");
    visited->all++;
    visited->current += current ? 1 : 0;
    return visited->all < visited->stop_after;
}

static void each_version_is_visited_until_told_to_stop(void **state)
{
    struct visited all = {.stop_after = 9}, one = {.stop_after = 1};

    add(*state, "x.yaml", first_text);
    add(*state, "x.yaml", other_text);
    catalog_each(*state, count, &all);
    assert_int_equal(all.all, 2);
    assert_int_equal(all.current, 1);
    catalog_each(*state, count, &one);
    assert_int_equal(one.all, 1);
}

/* ---- files ---- */

static void a_folder_tells_the_mistakes_of_all_its_files(void **state)
{
    struct catalog_report report = {0};
    char expected[2 * PLACE_PATH_SIZE];
    void *place;

    assert_int_equal(place_open(&place), 0);
    place_write(place, "a.yaml", "saga: a\n");
    place_write(place, "b.yml", first_text);
    place_write(place, "c.yaml", "");
    place_write(place, ".hidden.yaml", "nonsense");
    place_write(place, "d.txt", "nonsense");
    assert_int_equal(catalog_load_folder(*state, place, &report), CATALOG_REFUSED);
    snprintf(expected, sizeof(expected),
             "%s/a.yaml:1:1: the definition has no key \"steps\"\nsaga: a\n^\n"
             "%s/c.yaml:1:1: the file is empty\n\n^\n",
             (char *)place, (char *)place);
    expect_told(&report, expected);
    assert_int_equal(report.problems, 2);
    assert_non_null(catalog_current(*state, "pay"));
    catalog_report_fini(&report);
    assert_int_equal(place_close(&place), 0);
}

static void what_cannot_be_read_is_told(void **state)
{
    struct catalog_report report = {0};

    assert_int_equal(catalog_add_file(*state, "/nowhere/x.yaml", &report), CATALOG_REFUSED);
    assert_int_equal(catalog_add_file(*state, "/tmp", &report), CATALOG_REFUSED);
    assert_int_equal(catalog_load_folder(*state, "/nowhere", &report), CATALOG_REFUSED);
    expect_told(&report, "/nowhere/x.yaml: No such file or directory\n"
                         "/tmp: Is a directory\n"
                         "/nowhere: No such file or directory\n");
    assert_int_equal(report.problems, 3);
    catalog_report_fini(&report);
}

static void a_file_over_the_limit_is_refused(void **state)
{
    struct catalog_report report = {0};
    char path[PLACE_PATH_SIZE];
    void *place;

    assert_int_equal(place_open(&place), 0);
    place_write(place, "x.yaml", first_text);
    assert_int_equal(truncate(place_file(place, "x.yaml", path), CATALOG_TEXT_MAX + 1), 0);
    assert_int_equal(catalog_add_file(*state, path, &report), CATALOG_REFUSED);
    assert_non_null(memmem(report.text.data, report.text.size, "at most 1048576 are read", 24));
    catalog_report_fini(&report);
    assert_int_equal(place_close(&place), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_catalog, close_catalog)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(send_message_is_what_its_file_says),
        TEST(what_is_not_said_has_its_default),
        TEST(every_key_is_read),
        TEST(comments_layout_and_spelled_out_defaults_are_no_new_version),
        TEST(every_meaning_has_its_own_version),
        TEST(an_old_version_can_be_asked_for_by_its_hash),
        TEST(going_back_to_an_older_text_makes_it_current_again),
        TEST(a_stored_text_gives_the_same_version_in_another_catalog),
        TEST(a_stored_text_keeps_its_hash_whatever_its_layout),
        TEST(a_damaged_stored_text_is_a_fault),
        TEST(a_refused_text_changes_nothing),
        TEST(a_second_file_for_one_saga_is_refused),
        TEST(each_version_is_visited_until_told_to_stop),
        TEST(a_folder_tells_the_mistakes_of_all_its_files),
        TEST(what_cannot_be_read_is_told),
        TEST(a_file_over_the_limit_is_refused),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
