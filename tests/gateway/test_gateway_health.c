/*
 * Health, version, metrics, the page of errors, and the check of definitions.
 */
#include "gateway/world.h"

#include "gateway/message_code.h"
#include "gateway/problem.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERIES_MAX 128u

static struct request *asked(struct world *world, const char *path)
{
    world_ask(world, "GET", path, "", NULL);
    return fake_take(world->inbox, REQUEST_STATUS);
}

static void report(struct request *request, const struct status *status)
{
    fake_answer(request, (struct answer){.status = ANSWER_OK, .status_report = status});
}

/* ---- health ---- */

static void it_lives_while_the_engine_answers(void **state)
{
    struct world *world = *state;
    struct status status = {0};

    report(asked(world, "/livez"), &status);
    struct response response = peer_read(&world->peer);
    expect_text(&response, 200, "status", "live");
    fake_refuse(world->inbox, true);
    response = world_call(world, "GET", "/livez", "", NULL);
    expect_text(&response, 503, "status", "dead");
}

static void an_engine_that_does_not_turn_is_dead_after_two_seconds(void **state)
{
    struct world *world = *state;
    struct request *request = asked(world, "/livez");
    struct response response = peer_read(&world->peer);
    struct status status = {0};

    expect_text(&response, 503, "status", "dead");
    report(request, &status);
}

static void it_is_ready_when_nothing_speaks_against_it(void **state)
{
    static const struct {
        struct status status;
        unsigned answer;
        const char *detail;
    } cases[] = {
        {{.recovered = true}, 200, "(absent)"},
        {{.recovered = false}, 503, "the server is recovering"},
        {{.recovered = true, .store_full = true}, 503, "the store is full"},
        {{.recovered = true, .stopping = true}, 503, "the server is stopping"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        report(asked(world, "/readyz"), &cases[i].status);
        struct response response = peer_read(&world->peer);
        expect_text(&response, cases[i].answer, "detail", cases[i].detail);
    }
}

static void readiness_ends_before_anything_else(void **state)
{
    struct world *world = *state;

    gateway_set_stopping(world->gateway);
    struct response response = world_call(world, "GET", "/readyz", "", NULL);
    expect_text(&response, 503, "detail", "the server is stopping");
    struct status status = {.recovered = true};
    report(asked(world, "/livez"), &status);
    response = peer_read(&world->peer);
    expect_text(&response, 200, "status", "live");
}

static void it_says_its_version(void **state)
{
    struct world *world = *state;
    struct response response = world_call(world, "GET", "/version", "", NULL);

    expect_text(&response, 200, "version", "1.2.3");
}

/* ---- metrics ---- */

static char *metrics_of(struct world *world, const struct status *status)
{
    report(asked(world, "/metrics"), status);
    struct response response = peer_read(&world->peer);
    assert_int_equal(response.status, 200);
    assert_string_equal(response_header(&response, "Content-Type"),
                        "text/plain; version=0.0.4; charset=utf-8");
    char *text = strdup(response.body);
    response_fini(&response);
    return text;
}

static void counters_are_shown_with_their_labels(void **state)
{
    static const char *const lines[] = {
        "saga_sagas_started_total 10\n",
        "saga_sagas_finished_total{phase=\"completed\"} 7\n",
        "saga_sagas_finished_total{phase=\"compensated\"} 2\n",
        "saga_sagas_finished_total{phase=\"terminated\"} 0\n",
        "saga_sagas_live 1\n",
        "saga_sagas_parked 1\n",
        "saga_store_commits_total 61\n",
        "saga_events_total 62\n",
        "saga_stale_results_total 4\n",
        "saga_listener_relistens_total 3\n",
        "saga_uptime_seconds 61.007\n",
        "saga_participant_workers{participant=\"billing\"} 2\n",
        "saga_participant_results_total{participant=\"billing\",verdict=\"rejected\"} 5\n",
    };
    static struct status status = {
        .sagas_started = 10,
        .sagas_finished = {[SAGA_COMPLETED] = 7, [SAGA_COMPENSATED] = 2},
        .sagas_live = 1,
        .sagas_parked = 1,
        .commits = 61,
        .events = 62,
        .stale_results = 4,
        .uptime_ms = 61007,
        .transport = {.relistens = 3},
        .participant_count = 1,
        .participants = {{.name = "billing",
                          .workers = 2,
                          .results = {[SAGA_VERDICT_REJECTED] = 5}}},
    };
    struct world *world = *state;
    char *text = metrics_of(world, &status);

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!strstr(text, lines[i]))
            fail_msg("not there: %s", lines[i]);
    free(text);
}

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!islower((unsigned char)text[i]) && text[i] != '_')
            return false;
    return length > 5 && strncmp(text, "saga_", 5) == 0;
}

static bool ends_in(const char *text, size_t length, const char *end)
{
    return length > strlen(end) && strncmp(text + length - strlen(end), end, strlen(end)) == 0;
}

/* The rules of the text format that a scraper insists on, and those of naming. */
static void check_lines(char *text)
{
    char *family = NULL, *seen[SERIES_MAX];
    size_t family_length = 0, seen_count = 0;
    bool is_counter = false;

    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        size_t name = strcspn(line, "{ ");
        if (strncmp(line, "# HELP ", 7) == 0) {
            family = line + 7;
            family_length = strcspn(family, " ");
            assert_true(is_name(family, family_length));
            assert_true(line[strlen(line) - 1] == '.');
            for (size_t i = 0; i < seen_count; i++)
                assert_false(strncmp(seen[i], family, family_length + 1) == 0);
            assert_true(seen_count < SERIES_MAX);
            seen[seen_count++] = family;
            continue;
        }
        assert_non_null(family);
        if (strncmp(line, "# TYPE ", 7) == 0) {
            assert_true(strncmp(line + 7, family, family_length + 1) == 0);
            is_counter = strcmp(line + 7 + family_length, " counter") == 0;
            assert_true(is_counter || strcmp(line + 7 + family_length, " gauge") == 0);
            assert_int_equal(is_counter, ends_in(family, family_length, "_total"));
            continue;
        }
        assert_true(name == family_length && strncmp(line, family, name) == 0);
        char *end;
        strtod(strrchr(line, ' ') + 1, &end);
        assert_true(*end == '\0');
    }
    assert_true(seen_count > 15);
}

static void metrics_follow_the_rules_of_the_format(void **state)
{
    static struct status status = {.participant_count = 2,
                                   .participants = {{.name = "auth"}, {.name = "billing"}}};
    static struct status empty;
    struct world *world = *state;
    char *text = metrics_of(world, &status);

    assert_true(text[strlen(text) - 1] == '\n');
    check_lines(text);
    free(text);
    text = metrics_of(world, &empty);
    assert_null(strstr(text, "saga_participant_"));
    check_lines(text);
    free(text);
    fake_answer_plainly(asked(world, "/metrics"), ANSWER_SHED);
    struct response response = peer_read(&world->peer);
    expect_text(&response, 429, "code", "overloaded");
}

/* ---- errors ---- */

static char *read_page(const char *path)
{
    FILE *file = fopen(path, "r");
    static char text[65536];

    assert_non_null(file);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

/* The rows of the page's tables that are about a code: `word` or five digits. */
static size_t count_codes(const char *docs)
{
    size_t count = 0;

    for (const char *at = strstr(docs, "\n| "); at; at = strstr(at + 1, "\n| "))
        count += at[3] == '`' || (at[3] >= '0' && at[3] <= '9');
    return count;
}

static void every_error_has_its_page_and_its_place_in_the_docs(void **state)
{
    struct world *world = *state;
    const char *docs = read_page(GATEWAY_DOCS "/reference/errors.md");
    char path[128], row[512];
    size_t count;

    for (unsigned i = 0; i < PROBLEM_CODE_COUNT; i++) {
        const struct problem_kind *kind = problem_kind((enum problem_code)i);
        snprintf(path, sizeof(path), "/docs/errors/%s", kind->code);
        struct response response = world_call(world, "GET", path, "", NULL);
        assert_int_equal(response.status, 200);
        assert_non_null(strstr(response.body, kind->what));
        response_fini(&response);
        snprintf(row, sizeof(row), "| `%s` | %u | %u |", kind->code, kind->status, kind->number);
        if (!strstr(docs, row))
            fail_msg("errors.md has no row that begins %s", row);
    }
    const struct message_code *codes = message_codes(&count);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "/docs/errors/%u", codes[i].number);
        struct response response = world_call(world, "GET", path, "", NULL);
        assert_int_equal(response.status, 200);
        assert_non_null(strstr(response.body, codes[i].text));
        assert_non_null(strstr(response.body, codes[i].remedy));
        response_fini(&response);
        snprintf(row, sizeof(row), "| %u | %u | %s | %s |", codes[i].number, codes[i].status,
                 codes[i].text, codes[i].remedy);
        if (!strstr(docs, row))
            fail_msg("errors.md has no row %s", row);
    }
    assert_int_equal(count_codes(docs), PROBLEM_CODE_COUNT + count);
    struct response response = world_call(world, "GET", "/docs/errors", "", NULL);
    assert_non_null(strstr(response.body, "idempotency_conflict  (HTTP 422; 20422"));
    response_fini(&response);
    response = world_call(world, "GET", "/docs/errors/12345", "", NULL);
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(response.body, "12345  (HTTP 400)"));
    response_fini(&response);
    response = world_call(world, "GET", "/docs/errors/nothing", "", NULL);
    expect_text(&response, 404, "code", "not_found");
}

/* ---- definitions ---- */

static char *lint(void *context, struct bytes text)
{
    assert_string_equal(context, "context");
    if (text.size == 4 && memcmp(text.data, "good", 4) == 0)
        return NULL;
    return strdup("x.yaml:1:1: no\n");
}

static void a_definition_is_checked_by_the_catalog(void **state)
{
    struct world *world =
        world_open(&(struct gateway_options){.lint = lint, .lint_context = "context"});
    struct response response = world_call(world, "POST", "/v1/definitions/lint", AS_VIEWER, "good");

    (void)state;
    assert_string_equal(response_text(&response, "report"), "");
    expect_text(&response, 200, "valid", "true");
    response = world_call(world, "POST", "/v1/definitions/lint", AS_VIEWER, "bad");
    assert_string_equal(response_text(&response, "valid"), "false");
    expect_text(&response, 200, "report", "x.yaml:1:1: no\n");
    response = world_call(world, "POST", "/v1/definitions/lint", AS_AC1, "bad");
    expect_text(&response, 403, "code", "forbidden");
    world_close(world);
}

static void without_a_catalog_nothing_is_checked(void **state)
{
    struct world *world = *state;
    struct response response = world_call(world, "POST", "/v1/definitions/lint", AS_VIEWER, "good");

    expect_text(&response, 404, "code", "not_found");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(it_lives_while_the_engine_answers),
        CASE(an_engine_that_does_not_turn_is_dead_after_two_seconds),
        CASE(it_is_ready_when_nothing_speaks_against_it),
        CASE(readiness_ends_before_anything_else),
        CASE(it_says_its_version),
        CASE(counters_are_shown_with_their_labels),
        CASE(metrics_follow_the_rules_of_the_format),
        CASE(every_error_has_its_page_and_its_place_in_the_docs),
        cmocka_unit_test(a_definition_is_checked_by_the_catalog),
        CASE(without_a_catalog_nothing_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
