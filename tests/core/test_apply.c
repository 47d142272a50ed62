/*
 * Apply copies decisions, and stops at what no decision may say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/stage.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Is the process stopped by an assert when this event is applied? The try is made in a child. */
static bool apply_asserts(const struct stage *stage, const struct saga_event *event)
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        fclose(stderr);
        saga_apply(stage->oracle.saga, event);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static struct saga_event next_event(const struct stage *stage)
{
    struct saga_event event = {0};

    event.type = SAGA_EVENT_TIMER;
    event.sequence = stage_saga(stage)->sequence + 1;
    event.time_ms = stage->now_ms;
    event.state = stage_saga(stage)->state;
    return event;
}

/* What an older release decided, this release copies, even if it would decide otherwise itself. */
static void decision_of_yesterday_is_copied_as_it_is(void **state)
{
    struct stage *stage = stage_open("send_message");
    struct saga_event event = next_event(stage);

    (void)state;
    event.changed = 1u << 1;
    event.steps[1].do_state = SAGA_DO_DONE;
    event.state.deadline_ms = 77;
    saga_apply(stage->oracle.saga, &event);
    expect_do(stage, 1, SAGA_DO_DONE);
    expect_do(stage, 0, SAGA_DO_CALLING);
    assert_int_equal(stage_saga(stage)->state.deadline_ms, 77);
    stage_abandon(stage);
}

static void phase_moves_only_along_the_arrows(void **state)
{
    static const uint8_t arrows[SAGA_PHASE_COUNT] = {
        [SAGA_RUNNING] = 1u << SAGA_RUNNING | 1u << SAGA_COMPENSATING | 1u << SAGA_COMPLETED |
                         1u << SAGA_COMPENSATED | 1u << SAGA_TERMINATED,
        [SAGA_COMPENSATING] =
            1u << SAGA_COMPENSATING | 1u << SAGA_COMPENSATED | 1u << SAGA_TERMINATED,
    };
    struct stage *stage = stage_open("send_message");

    (void)state;
    for (uint8_t from = 0; from < SAGA_PHASE_COUNT; from++)
        for (uint8_t to = 0; to <= SAGA_PHASE_COUNT; to++) {
            struct saga_event event = next_event(stage);

            stage->oracle.saga->state.phase = from;
            event.state.phase = to;
            assert_int_equal(apply_asserts(stage, &event), !(arrows[from] & 1u << to));
        }
    stage_abandon(stage);
}

static void event_out_of_order_is_stopped(void **state)
{
    struct stage *stage = stage_open("send_message");
    struct saga_event event = next_event(stage);

    (void)state;
    event.sequence = 1;
    assert_true(apply_asserts(stage, &event));
    event.sequence = 3;
    assert_true(apply_asserts(stage, &event));
    event.sequence = 2;
    assert_false(apply_asserts(stage, &event));
    event.changed = 1u << 5;
    assert_true(apply_asserts(stage, &event));
    stage_close(stage);
}

static void terminal_saga_with_a_hold_is_stopped(void **state)
{
    struct stage *stage = stage_open("send_message");
    struct saga_event event = next_event(stage);

    (void)state;
    event.state.phase = SAGA_COMPLETED;
    assert_false(apply_asserts(stage, &event));
    event.state.paused = true;
    assert_true(apply_asserts(stage, &event));
    stage_close(stage);
}

/* Numbers stay at their end rather than start again. */
static void last_attempt_number_is_kept(void **state)
{
    struct stage *stage = stage_open("two_routes");
    struct saga_event event = next_event(stage);

    (void)state;
    event.changed = 1u << 0;
    event.steps[0] = stage_saga(stage)->steps[0];
    event.steps[0].do_state = SAGA_DO_CALLING;
    event.steps[0].forward.attempt = UINT16_MAX - 1;
    event.steps[0].forward.counted = UINT16_MAX - 1;
    saga_apply(stage->oracle.saga, &event);

    for (int i = 0; i < 2; i++) {
        give(stage, answer(stage, 0, SAGA_VERDICT_RETRY));
        while (stage_saga(stage)->steps[0].do_state != SAGA_DO_CALLING)
            stage_tick(stage);
        assert_int_equal(stage_saga(stage)->steps[0].forward.attempt, UINT16_MAX);
        assert_int_equal(stage_saga(stage)->steps[0].forward.counted, UINT16_MAX);
    }
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    expect_phase(stage, SAGA_COMPLETED);
    stage_abandon(stage);
}

/* Undoing has no attempts to count down: only its number must not start again. */
static void last_count_of_undos_is_kept(void **state)
{
    struct stage *stage = stage_open("trip");
    struct saga_event event;

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_REJECTED));
    give(stage, answer(stage, 2, SAGA_VERDICT_REJECTED));
    expect_undo(stage, 0, SAGA_UNDO_CALLING);
    event = next_event(stage);
    event.changed = 1u << 0;
    event.steps[0] = stage_saga(stage)->steps[0];
    event.steps[0].backward.counted = UINT16_MAX - 1;
    saga_apply(stage->oracle.saga, &event);

    for (int i = 0; i < 2; i++) {
        give(stage, undo_answer(stage, 0, SAGA_VERDICT_RETRY));
        expect_undo(stage, 0, SAGA_UNDO_BACKOFF);
        assert_int_equal(stage_saga(stage)->steps[0].backward.counted, UINT16_MAX);
        stage_tick(stage);
    }
    stage_abandon(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decision_of_yesterday_is_copied_as_it_is),
        cmocka_unit_test(phase_moves_only_along_the_arrows),
        cmocka_unit_test(event_out_of_order_is_stopped),
        cmocka_unit_test(terminal_saga_with_a_hold_is_stopped),
        cmocka_unit_test(last_attempt_number_is_kept),
        cmocka_unit_test(last_count_of_undos_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
