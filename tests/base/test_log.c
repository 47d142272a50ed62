/* What log_line writes on a stderr that is no terminal. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CAPTURE_SIZE 8192u

/* Between begin and end, stderr is a pipe. */
static int kept_stderr;
static int reader;

static void capture_begin(void)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    kept_stderr = dup(STDERR_FILENO);
    assert_true(kept_stderr >= 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    reader = ends[0];
}

/* The lines are far smaller than a pipe, so one process can write first and read then. */
static void capture_end(char ret_text[CAPTURE_SIZE])
{
    size_t size = 0;
    ssize_t got;

    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    while ((got = read(reader, ret_text + size, CAPTURE_SIZE - 1 - size)) > 0)
        size += (size_t)got;
    ret_text[size] = '\0';
    close(reader);
}

static int quiet_again(void **state)
{
    (void)state;
    log_set_level(LOG_INFO);
    return 0;
}

static void a_line_is_one_json_object(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE];

    capture_begin();
    log_line(LOG_WARNING, "saga=%s seq=%d", "saga_01", 5);
    capture_end(text);

    assert_int_equal(strncmp(text, "{\"time\":\"20", 11), 0);
    assert_non_null(strstr(text, "\"level\":\"warning\""));
    assert_non_null(strstr(text, "\"message\":\"saga=saga_01 seq=5\"}\n"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void what_json_cannot_hold_is_escaped(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE];

    capture_begin();
    log_line(LOG_ERROR, "%s", "say \"no\"\\\nnext\x01");
    capture_end(text);

    assert_non_null(strstr(text, "say \\\"no\\\"\\\\\\u000anext\\u0001"));
}

static void a_level_below_the_least_is_dropped(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE];

    assert_int_equal(log_level(), LOG_INFO);
    capture_begin();
    log_line(LOG_DEBUG, "not seen");
    log_set_level(LOG_ERROR);
    log_line(LOG_WARNING, "nor this");
    log_set_level(LOG_DEBUG);
    log_line(LOG_DEBUG, "but this");
    capture_end(text);

    assert_null(strstr(text, "not seen"));
    assert_null(strstr(text, "nor this"));
    assert_non_null(strstr(text, "but this"));
    assert_int_equal(log_level(), LOG_DEBUG);
}

static void a_message_that_is_too_long_is_cut_and_still_json(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE], message[4000];

    memset(message, '"', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    capture_begin();
    log_line(LOG_ERROR, "%s", message);
    capture_end(text);

    size_t length = strlen(text);
    assert_true(length > 1000 && length < 3000);
    assert_string_equal(text + length - 5, "\\\"\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_line_is_one_json_object, quiet_again),
        cmocka_unit_test_teardown(what_json_cannot_hold_is_escaped, quiet_again),
        cmocka_unit_test_teardown(a_level_below_the_least_is_dropped, quiet_again),
        cmocka_unit_test_teardown(a_message_that_is_too_long_is_cut_and_still_json, quiet_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
