/*
 * The table of verdicts: what an HTTP service answers, and what the engine is told.
 */
#include "egress/egress_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW_MS UINT64_C(784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */

#define DONE SAGA_VERDICT_DONE
#define REJECTED SAGA_VERDICT_REJECTED
#define BUSY SAGA_VERDICT_BUSY
#define RETRY SAGA_VERDICT_RETRY

static void give_line(struct egress_answer *answer, const char *line)
{
    assert_true(egress_answer_line(answer, bytes_of_text(line), NOW_MS));
}

static struct egress_answer answered(unsigned status, const char *header, const char *body)
{
    struct egress_answer answer = {.end = EGRESS_ANSWERED};
    char line[32];

    snprintf(line, sizeof line, "HTTP/1.1 %u Whatever\r\n", status);
    give_line(&answer, line);
    if (header != NULL)
        give_line(&answer, header);
    give_line(&answer, "\r\n");
    if (body != NULL)
        assert_true(egress_answer_piece(&answer, bytes_of_text(body)));
    return answer;
}

static struct egress_verdict judged(struct egress_answer answer, enum saga_direction direction)
{
    struct egress_verdict verdict;

    egress_answer_judge(&answer, direction, &verdict);
    verdict.output = bytes_of(NULL, verdict.output.size); /* It dies with the answer. */
    egress_answer_fini(&answer);
    return verdict;
}

static void expect_verdict(unsigned status, const char *header, enum saga_direction direction,
                           enum saga_verdict expected)
{
    struct egress_verdict verdict = judged(answered(status, header, NULL), direction);

    if (verdict.verdict != expected)
        fail_msg("%u %s, direction %d: %d, not %d", status, header != NULL ? header : "",
                 (int)direction, (int)verdict.verdict, (int)expected);
}

/* ---- status ---- */

static void every_status_has_its_verdict(void **state)
{
    static const struct {
        unsigned status;
        enum saga_verdict on_do, on_undo, on_fence;
    } rows[] = {
        {200, DONE, DONE, DONE},          {201, DONE, DONE, DONE},
        {202, DONE, DONE, DONE},          {204, DONE, DONE, DONE},
        {299, DONE, DONE, DONE},          {301, RETRY, RETRY, RETRY},
        {302, RETRY, RETRY, RETRY},       {303, RETRY, RETRY, RETRY},
        {307, RETRY, RETRY, RETRY},       {308, RETRY, RETRY, RETRY},
        {400, REJECTED, REJECTED, RETRY}, {401, RETRY, RETRY, RETRY},
        {402, REJECTED, REJECTED, RETRY}, {403, REJECTED, REJECTED, RETRY},
        {404, REJECTED, DONE, RETRY},     {405, REJECTED, REJECTED, RETRY},
        {407, RETRY, RETRY, RETRY},       {408, RETRY, RETRY, RETRY},
        {409, RETRY, RETRY, RETRY},       {410, REJECTED, DONE, REJECTED},
        {412, REJECTED, REJECTED, RETRY}, {413, REJECTED, REJECTED, RETRY},
        {422, REJECTED, REJECTED, RETRY}, {425, RETRY, RETRY, RETRY},
        {429, RETRY, RETRY, RETRY},       {499, REJECTED, REJECTED, RETRY},
        {500, RETRY, RETRY, RETRY},       {501, REJECTED, REJECTED, RETRY},
        {502, RETRY, RETRY, RETRY},       {503, RETRY, RETRY, RETRY},
        {504, RETRY, RETRY, RETRY},       {599, RETRY, RETRY, RETRY},
        {600, RETRY, RETRY, RETRY},       {999, RETRY, RETRY, RETRY},
        {100, RETRY, RETRY, RETRY},       {0, RETRY, RETRY, RETRY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        expect_verdict(rows[i].status, NULL, SAGA_DO, rows[i].on_do);
        expect_verdict(rows[i].status, NULL, SAGA_UNDO, rows[i].on_undo);
        expect_verdict(rows[i].status, NULL, SAGA_FENCE, rows[i].on_fence);
    }
}

static void only_two_statuses_are_busy_and_only_with_a_time(void **state)
{
    (void)state;
    for (unsigned status = 100; status < 600; status++) {
        struct egress_verdict verdict =
            judged(answered(status, "Retry-After: 7\r\n", NULL), SAGA_DO);
        bool is_busy = status == 429 || status == 503;
        assert_int_equal(verdict.verdict == BUSY, is_busy);
        if (is_busy)
            assert_int_equal(verdict.after_ms, 7000);
    }
    for (size_t direction = 0; direction < SAGA_DIRECTION_COUNT; direction++)
        expect_verdict(503, "retry-after: 0\r\n", (enum saga_direction)direction, BUSY);
}

static void a_time_to_retry_after_is_seconds_or_a_date(void **state)
{
    static const struct {
        const char *header;
        bool is_there;
        uint32_t ms;
    } rows[] = {
        {"Retry-After: 0\r\n", true, 0},
        {"RETRY-AFTER:120\r\n", true, 120000},
        {"Retry-After: \t3  \r\n", true, 3000},
        {"Retry-After: 3600\r\n", true, SAGA_AFTER_MS_MAX},
        {"Retry-After: 3601\r\n", true, SAGA_AFTER_MS_MAX},
        {"Retry-After: 99999999999999999999999999999999\r\n", true, SAGA_AFTER_MS_MAX},
        {"Retry-After: Sun, 06 Nov 1994 08:49:42 GMT\r\n", true, 5000},
        {"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", true, 0},
        {"Retry-After: Fri, 01 Jan 1960 00:00:00 GMT\r\n", true, 0},
        {"Retry-After: Mon, 07 Nov 2094 08:49:37 GMT\r\n", true, SAGA_AFTER_MS_MAX},
        {"Retry-After: Sun, 06 Nov 1994 08:49:42 GMT and more\r\n", false, 0},
        {"Retry-After: soon\r\n", false, 0},
        {"Retry-After: -1\r\n", false, 0},
        {"Retry-After: 1.5\r\n", false, 0},
        {"Retry-After:\r\n", false, 0},
        {"Retry-After-All: 5\r\n", false, 0},
        {"X-Retry-After: 5\r\n", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_answer answer = answered(503, rows[i].header, NULL);
        if (answer.retry_after != rows[i].is_there || answer.retry_after_ms != rows[i].ms)
            fail_msg("%s: %d, %u ms", rows[i].header, answer.retry_after, answer.retry_after_ms);
        egress_answer_fini(&answer);
    }
}

static void an_interim_answer_is_forgotten(void **state)
{
    struct egress_answer answer = {.end = EGRESS_ANSWERED};

    (void)state;
    give_line(&answer, "HTTP/1.1 103 Early Hints\r\n");
    give_line(&answer, "Retry-After: 5\r\n");
    give_line(&answer, "\r\n");
    give_line(&answer, "HTTP/1.1 503 Unavailable\r\n");
    give_line(&answer, "\r\n");
    assert_int_equal(judged(answer, SAGA_DO).verdict, RETRY);
}

/* ---- no answer ---- */

static void what_was_not_sent_is_busy_and_what_was_is_unknown(void **state)
{
    static const struct {
        enum egress_end end;
        enum saga_verdict verdict;
        const char *code;
    } rows[] = {
        {EGRESS_NOT_SENT, BUSY, "not_sent"},
        {EGRESS_LOST, RETRY, "no_answer"},
        {EGRESS_TIMED_OUT, RETRY, "timeout"},
        {EGRESS_UNASKABLE, REJECTED, "input_not_json"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_answer answer = {.end = rows[i].end, .status = 200, .what = "why \xff"};
        for (size_t direction = 0; direction < SAGA_DIRECTION_COUNT; direction++) {
            struct egress_verdict verdict = judged(answer, (enum saga_direction)direction);
            assert_int_equal(verdict.verdict, rows[i].verdict);
            assert_string_equal(verdict.code, rows[i].code);
            assert_int_equal(verdict.output.size, 0);
            if (rows[i].verdict != REJECTED)
                assert_string_equal(verdict.text, "why ?");
        }
    }
}

/* ---- bodies ---- */

static void an_output_is_json_or_nothing(void **state)
{
    static const struct {
        const char *body;
        enum saga_verdict verdict;
    } rows[] = {
        {"{\"a\": [1, 2.5e3, null]}", DONE},
        {"[]", DONE},
        {"7", DONE},
        {"123456789012345678901234567890", DONE},
        {"\"text\"", DONE},
        {" {}\r\n", DONE},
        {"", DONE},
        {"ok", RETRY},
        {"<html></html>", RETRY},
        {"{\"a\": 1", RETRY},
        {"{} {}", RETRY},
        {"\"\xff\"", RETRY},
        {" ", RETRY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_verdict verdict = judged(answered(200, NULL, rows[i].body), SAGA_DO);
        if (verdict.verdict != rows[i].verdict)
            fail_msg("%s: %d", rows[i].body, (int)verdict.verdict);
        assert_int_equal(verdict.output.size, rows[i].verdict == DONE ? strlen(rows[i].body) : 0);
        assert_string_equal(verdict.code, rows[i].verdict == DONE ? "" : "output_not_json");
    }
}

/* JSON of exactly so many bytes: a text between its quotes. */
static struct egress_answer answer_of_size(unsigned status, size_t size)
{
    struct egress_answer answer = answered(status, NULL, NULL);
    char *text = malloc(size);

    assert_non_null(text);
    memset(text, 'x', size);
    text[0] = text[size - 1] = '"';
    bool taken = egress_answer_piece(&answer, bytes_of(text, size / 2)) &&
                 egress_answer_piece(&answer, bytes_of(text + size / 2, size - size / 2));
    assert_int_equal(taken, size <= SAGA_OUTPUT_MAX);
    assert_true(answer.body.size <= SAGA_OUTPUT_MAX);
    free(text);
    return answer;
}

static void an_output_is_at_most_as_large_as_the_limit(void **state)
{
    (void)state;
    struct egress_verdict full = judged(answer_of_size(200, SAGA_OUTPUT_MAX), SAGA_DO);
    assert_int_equal(full.verdict, DONE);
    assert_int_equal(full.output.size, SAGA_OUTPUT_MAX);
    struct egress_verdict over = judged(answer_of_size(200, SAGA_OUTPUT_MAX + 1), SAGA_DO);
    assert_int_equal(over.verdict, RETRY);
    assert_string_equal(over.code, "output_too_large");
    assert_int_equal(judged(answer_of_size(404, SAGA_OUTPUT_MAX + 1), SAGA_DO).verdict, REJECTED);
}

static void headers_without_end_are_cut_off(void **state)
{
    struct egress_answer answer = answered(200, NULL, NULL);
    char line[1024];
    size_t lines = 0;

    (void)state;
    memset(line, 'x', sizeof line);
    while (egress_answer_line(&answer, bytes_of(line, sizeof line), NOW_MS))
        assert_true(++lines <= EGRESS_HEADERS_BYTES_MAX / sizeof line);
    assert_true(lines > 0);
    assert_int_equal(judged(answer, SAGA_DO).verdict, RETRY);
}

static void a_refusal_gives_its_reason(void **state)
{
    static const struct {
        const char *body, *code, *text;
    } rows[] = {
        {"{\"code\": \"no_ink\", \"detail\": \"Out of ink.\"}", "no_ink", "Out of ink."},
        {"{\"code\": 21610, \"message\": \"Opted out\"}", "21610", "Opted out"},
        {"{\"title\": \"Bad\", \"type\": \"about:blank\"}", "http_422", "Bad"},
        {"{\"error\": \"nope\"}", "http_422", "nope"},
        {"{\"error\": {\"code\": 5}}", "http_422", "the service answered 422"},
        {"{\"code\": \"has a space\", \"detail\": \"\"}", "http_422", "the service answered 422"},
        {"{\"code\": \"\", \"detail\": 5}", "http_422", "the service answered 422"},
        {"{\"code\": 1.5}", "http_422", "the service answered 422"},
        {"{\"detail\": \"two\\nlines\\u0007\\u2028.\"}", "http_422", "two lines  ."},
        {"[1]", "http_422", "the service answered 422"},
        {"<html>", "http_422", "the service answered 422"},
        {"", "http_422", "the service answered 422"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_verdict verdict = judged(answered(422, NULL, rows[i].body), SAGA_DO);
        assert_int_equal(verdict.verdict, REJECTED);
        assert_string_equal(verdict.code, rows[i].code);
        assert_string_equal(verdict.text, rows[i].text);
    }
}

static void a_long_reason_is_cut_between_characters(void **state)
{
    char body[2048] = "{\"code\": \"", expected[SAGA_TEXT_SIZE] = "";

    (void)state;
    memset(body + strlen(body), 'c', SAGA_CODE_SIZE);
    strcat(body, "\", \"detail\": \"x");
    for (size_t i = 0; i < 200; i++)
        strcat(body, "ü");
    strcat(body, "\"}");
    strcat(expected, "x");
    while (strlen(expected) + strlen("ü") < sizeof expected)
        strcat(expected, "ü");
    struct egress_verdict verdict = judged(answered(400, NULL, body), SAGA_DO);
    assert_string_equal(verdict.code, "http_400");
    assert_string_equal(verdict.text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_verdict),
        cmocka_unit_test(only_two_statuses_are_busy_and_only_with_a_time),
        cmocka_unit_test(a_time_to_retry_after_is_seconds_or_a_date),
        cmocka_unit_test(an_interim_answer_is_forgotten),
        cmocka_unit_test(what_was_not_sent_is_busy_and_what_was_is_unknown),
        cmocka_unit_test(an_output_is_json_or_nothing),
        cmocka_unit_test(an_output_is_at_most_as_large_as_the_limit),
        cmocka_unit_test(headers_without_end_are_cut_off),
        cmocka_unit_test(a_refusal_gives_its_reason),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
