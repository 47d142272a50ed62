/*
 * Moments as clients write them.
 */
#include "gateway/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *text;
    uint64_t wall_ms;
} good[] = {
    {"1970-01-01", 0},
    {"2026-01-02", 1767312000000u},
    {"2026-01-02T00:00:00Z", 1767312000000u},
    {"2026-01-02T03:04:05Z", 1767323045000u},
    {"2026-01-02T03:04:05.999Z", 1767323045000u},
    {"2026-01-02T05:04:05+02:00", 1767323045000u},
    {"2026-01-01T22:34:05-04:30", 1767323045000u},
    {"2024-02-29", 1709164800000u},
};

static const char *const bad[] = {
    "",
    "2026",
    "2026-1-2",
    "2026-01-02 03:04:05",
    "2026-01-02T03:04",
    "2026-01-02T03:04:05",
    "2026-01-02T24:00:00Z",
    "2026-01-02T23:60:00Z",
    "2026-01-02T23:00:60Z",
    "2026-01-02T03:04:05.Z",
    "2026-01-02T03:04:05+2",
    "2026-01-02T03:04:05+02:60",
    "2026-01-02T03:04:05Zulu",
    "2026-13-01",
    "2026-00-01",
    "2026-06-31",
    "2025-02-29",
    "2026-01-00",
    "1969-12-31",
    "1970-01-01T00:00:00+01:00",
    "-026-01-02",
    "Thu, 30 Jul 2015 20:12:31 +0000",
};

static void a_day_or_a_time_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        uint64_t wall_ms = 1;
        assert_true(moment_parse(good[i].text, &wall_ms));
        assert_true(wall_ms == good[i].wall_ms);
    }
}

static void anything_else_is_refused(void **state)
{
    uint64_t wall_ms = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(moment_parse(bad[i], &wall_ms));
    assert_int_equal(wall_ms, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_or_a_time_is_read),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
