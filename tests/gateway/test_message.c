/*
 * How a message shows the state of its saga, and what becomes of a saga's code.
 */
#include "gateway/message.h"

#include "gateway/fake_inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    struct snapshot snapshot;
    enum message_status status;
    unsigned code;
} states[] = {
    {{.phase = SAGA_RUNNING}, MESSAGE_ACCEPTED, 0},
    {{.phase = SAGA_RUNNING, .parked = SAGA_PARK_PATIENCE}, MESSAGE_ACCEPTED, 0},
    {{.phase = SAGA_RUNNING, .pivot_done = true}, MESSAGE_QUEUED, 0},
    {{.phase = SAGA_COMPLETED, .pivot_done = true}, MESSAGE_QUEUED, 0},
    {{.phase = SAGA_COMPLETED}, MESSAGE_QUEUED, 0},
    {{.phase = SAGA_COMPENSATING, .turn_reason = SAGA_TURN_REJECTED, .code = "21610"},
     MESSAGE_FAILED,
     21610},
    {{.phase = SAGA_COMPENSATED, .turn_reason = SAGA_TURN_REJECTED, .code = "21610"},
     MESSAGE_FAILED,
     21610},
    {{.phase = SAGA_COMPENSATED, .turn_reason = SAGA_TURN_REJECTED, .code = "no"},
     MESSAGE_FAILED,
     20500},
    {{.phase = SAGA_COMPENSATED, .turn_reason = SAGA_TURN_REJECTED}, MESSAGE_FAILED, 20500},
    {{.phase = SAGA_COMPENSATED, .turn_reason = SAGA_TURN_EXHAUSTED, .code = "503"},
     MESSAGE_FAILED,
     20500},
    {{.phase = SAGA_COMPENSATED, .turn_reason = SAGA_TURN_DEADLINE}, MESSAGE_FAILED, 20500},
    {{.phase = SAGA_COMPENSATED, .turn_reason = SAGA_TURN_CANCELLED}, MESSAGE_CANCELED, 0},
    {{.phase = SAGA_COMPENSATED, .turn_reason = SAGA_TURN_CANCELLED, .turned_for_service = true},
     MESSAGE_FAILED,
     20503},
    {{.phase = SAGA_TERMINATED}, MESSAGE_FAILED, 20500},
    {{.phase = SAGA_TERMINATED, .pivot_done = true}, MESSAGE_QUEUED, 0},
};

static void each_state_has_its_status_and_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        assert_int_equal(message_status(&states[i].snapshot), states[i].status);
        if (states[i].status == MESSAGE_FAILED)
            assert_int_equal(message_failure(&states[i].snapshot).number, states[i].code);
    }
}

static void a_code_is_known_or_a_number_or_ours(void **state)
{
    static const struct {
        const char *code;
        unsigned number, status;
    } codes[] = {{"21611", 21611, 429},  {"21621", 21621, 402}, {"12345", 12345, 400},
                 {"", 20500, 500},       {"x1", 20500, 500},    {"1x", 20500, 500},
                 {"1234567", 20500, 500}};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct message_code code = message_code_of_saga(codes[i].code);
        assert_int_equal(code.number, codes[i].number);
        assert_int_equal(code.status, codes[i].status);
        assert_non_null(code.text);
    }
}

static void codes_are_listed_once_and_in_order(void **state)
{
    size_t count;
    const struct message_code *codes = message_codes(&count);

    (void)state;
    for (size_t i = 1; i < count; i++)
        assert_true(codes[i - 1].number < codes[i].number);
}

/* Erased or damaged, an input that is no JSON leaves a message without content, not a crash. */
static void a_message_without_a_readable_input_is_shown_empty(void **state)
{
    struct snapshot *snapshot = fake_snapshot();

    (void)state;
    snapshot->input.size = 3;
    json_t *message = message_json(snapshot);
    assert_string_equal(json_string_value(json_object_get(message, "body")), "");
    assert_true(json_is_null(json_object_get(message, "to")));
    json_decref(message);
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_status_and_code),
        cmocka_unit_test(a_code_is_known_or_a_number_or_ours),
        cmocka_unit_test(codes_are_listed_once_and_in_order),
        cmocka_unit_test(a_message_without_a_readable_input_is_shown_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
