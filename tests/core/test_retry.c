/*
 * Waits: clamped first, then jittered, by a hash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/retry.h"

static const struct definition_retry usual = {3, 100, 2, 5000};

static void waits_double_until_the_maximum(void **state)
{
    (void)state;
    assert_int_equal(retry_ceiling_ms(&usual, 5000, 0), 100);
    assert_int_equal(retry_ceiling_ms(&usual, 5000, 1), 200);
    assert_int_equal(retry_ceiling_ms(&usual, 5000, 5), 3200);
    assert_int_equal(retry_ceiling_ms(&usual, 5000, 6), 5000);
}

static void every_n_up_to_a_thousand_is_right(void **state)
{
    const struct definition_retry widest = {3, UINT32_MAX - 1, UINT32_MAX, UINT32_MAX};
    uint32_t before = 0;

    (void)state;
    for (uint32_t n = 0; n <= 1000; n++) {
        uint32_t wait = retry_ceiling_ms(&usual, 5000, n);

        assert_true(wait >= before);
        assert_true(wait <= 5000);
        assert_int_equal(retry_ceiling_ms(&widest, UINT32_MAX, n),
                         n == 0 ? UINT32_MAX - 1 : UINT32_MAX);
        before = wait;
    }
    assert_int_equal(before, 5000);
}

static void factor_of_one_or_none_does_not_grow(void **state)
{
    const struct definition_retry level = {3, 100, 1, 5000};
    const struct definition_retry flat = {3, 100, 0, 5000};
    const struct definition_retry none = {3, 0, 2, 5000};

    (void)state;
    assert_int_equal(retry_ceiling_ms(&level, 5000, 1000), 100);
    assert_int_equal(retry_ceiling_ms(&flat, 5000, 1000), 100);
    assert_int_equal(retry_ceiling_ms(&none, 5000, 1000), 0);
}

static void jitter_is_half_to_one_and_a_half_around_the_clamped_wait(void **state)
{
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    uint64_t sum = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 10000; seed++) {
        struct retry_wait wait = {.seed = seed, .step = 3, .attempt = 9, .n = 1000};
        uint64_t delay = retry_delay_ms(&usual, &wait);

        assert_true(delay >= 2500);
        assert_true(delay < 7500);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
        sum += delay;
    }
    /* The whole width is used, and evenly: not a spike at the cap. */
    assert_true(least < 2510);
    assert_true(most > 7490);
    assert_in_range(sum / 10000, 4950, 5050);
}

static void jitter_is_the_same_for_the_same_attempt_and_another_for_another(void **state)
{
    struct retry_wait wait = {.seed = 1, .step = 2, .attempt = 3, .n = 1000};
    uint64_t delay = retry_delay_ms(&usual, &wait);
    struct retry_wait other_step = wait, other_way = wait, other_try = wait, other_saga = wait;

    (void)state;
    other_step.step = 4;
    other_way.direction = SAGA_UNDO;
    other_try.attempt = 4;
    other_saga.seed = 2;
    assert_int_equal(retry_delay_ms(&usual, &wait), delay);
    assert_int_not_equal(retry_delay_ms(&usual, &other_step), delay);
    assert_int_not_equal(retry_delay_ms(&usual, &other_way), delay);
    assert_int_not_equal(retry_delay_ms(&usual, &other_try), delay);
    assert_int_not_equal(retry_delay_ms(&usual, &other_saga), delay);
}

static void patience_waits_a_minute_at_most_or_longer_if_the_definition_says(void **state)
{
    const struct definition_retry slow = {3, 100, 2, 120000};
    struct retry_wait wait = {.n = 1000, .patient = true};

    (void)state;
    assert_in_range(retry_delay_ms(&usual, &wait), 30000, 90000);
    assert_in_range(retry_delay_ms(&slow, &wait), 60000, 180000);
}

static void patience_waits_a_minute_to_the_millisecond(void **state)
{
    const struct definition_retry minute = {3, 100, 2, RETRY_PATIENT_MAX_MS};
    const struct definition_retry nearly = {3, 100, 2, RETRY_PATIENT_MAX_MS - 1};

    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct retry_wait plain = {.seed = seed, .n = 1000};
        struct retry_wait patient = {.seed = seed, .n = 1000, .patient = true};
        uint64_t delay = retry_delay_ms(&minute, &plain);

        assert_int_equal(retry_delay_ms(&usual, &patient), delay);
        assert_int_equal(retry_delay_ms(&nearly, &patient), delay);
    }
}

static void participant_may_ask_for_longer_up_to_an_hour(void **state)
{
    struct retry_wait wait = {.n = 0, .after_ms = 10};

    (void)state;
    assert_in_range(retry_delay_ms(&usual, &wait), 50, 150);
    wait.after_ms = 7000;
    assert_int_equal(retry_delay_ms(&usual, &wait), 7000);
    wait.after_ms = SAGA_AFTER_MS_MAX - 1;
    assert_int_equal(retry_delay_ms(&usual, &wait), SAGA_AFTER_MS_MAX - 1);
    wait.after_ms = UINT32_MAX;
    assert_int_equal(retry_delay_ms(&usual, &wait), SAGA_AFTER_MS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_until_the_maximum),
        cmocka_unit_test(every_n_up_to_a_thousand_is_right),
        cmocka_unit_test(factor_of_one_or_none_does_not_grow),
        cmocka_unit_test(jitter_is_half_to_one_and_a_half_around_the_clamped_wait),
        cmocka_unit_test(jitter_is_the_same_for_the_same_attempt_and_another_for_another),
        cmocka_unit_test(patience_waits_a_minute_at_most_or_longer_if_the_definition_says),
        cmocka_unit_test(patience_waits_a_minute_to_the_millisecond),
        cmocka_unit_test(participant_may_ask_for_longer_up_to_an_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
