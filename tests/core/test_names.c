/*
 * Every value of every enumeration has its own word, in lower case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/names.h"

#include <ctype.h>
#include <string.h>

/* Each enumeration's words behind one type, so that one test asks them all. */
static const char *phase_word(uint32_t value)
{
    return saga_phase_name((enum saga_phase)value);
}

static const char *do_state_word(uint32_t value)
{
    return saga_do_state_name((enum saga_do_state)value);
}

static const char *undo_state_word(uint32_t value)
{
    return saga_undo_state_name((enum saga_undo_state)value);
}

static const char *park_reason_word(uint32_t value)
{
    return saga_park_reason_name((enum saga_park_reason)value);
}

static const char *turn_reason_word(uint32_t value)
{
    return saga_turn_reason_name((enum saga_turn_reason)value);
}

static const char *event_type_word(uint32_t value)
{
    return saga_event_type_name((enum saga_event_type)value);
}

static const char *direction_word(uint32_t value)
{
    return saga_direction_name((enum saga_direction)value);
}

static const char *verdict_word(uint32_t value)
{
    return saga_verdict_name((enum saga_verdict)value);
}

static const char *verb_word(uint32_t value)
{
    return saga_verb_name((enum saga_verb)value);
}

static const char *condition_word(uint32_t value)
{
    return saga_condition_name((enum saga_condition_name)value);
}

static const struct {
    const char *(*word)(uint32_t value);
    uint32_t count;
} enumerations[] = {
    {phase_word, SAGA_PHASE_COUNT},
    {do_state_word, SAGA_DO_COUNT},
    {undo_state_word, SAGA_UNDO_COUNT},
    {park_reason_word, SAGA_PARK_COUNT},
    {turn_reason_word, SAGA_TURN_COUNT},
    {event_type_word, SAGA_EVENT_COUNT},
    {direction_word, SAGA_DIRECTION_COUNT},
    {verdict_word, SAGA_VERDICT_COUNT},
    {verb_word, SAGA_VERB_COUNT},
    {condition_word, SAGA_CONDITION_COUNT},
};

static void every_value_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (size_t e = 0; e < sizeof enumerations / sizeof enumerations[0]; e++)
        for (uint32_t i = 0; i < enumerations[e].count; i++) {
            const char *word = enumerations[e].word(i);

            assert_true(strlen(word) > 0);
            for (const char *letter = word; *letter != '\0'; letter++)
                assert_true(islower(*letter) || *letter == '_' || *letter == '-');
            for (uint32_t j = 0; j < i; j++)
                assert_string_not_equal(word, enumerations[e].word(j));
        }
}

static void words_are_those_that_users_know(void **state)
{
    (void)state;
    assert_string_equal(saga_phase_name(SAGA_COMPENSATED), "compensated");
    assert_string_equal(saga_do_state_name(SAGA_DO_NOT_RUN), "not_run");
    assert_string_equal(saga_undo_state_name(SAGA_UNDO_WAIVED), "waived");
    assert_string_equal(saga_condition_name(SAGA_BLOCKED_BY_BREAKER), "blocked-by-breaker");
    assert_string_equal(saga_condition_name(SAGA_NO_WORKER), "no-worker");
}

static void every_refusal_is_a_sentence(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SAGA_REFUSED_COUNT; i++)
        assert_non_null(strchr(saga_refusal_text((enum saga_refusal_reason)i), ' '));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_a_word_of_its_own),
        cmocka_unit_test(words_are_those_that_users_know),
        cmocka_unit_test(every_refusal_is_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
