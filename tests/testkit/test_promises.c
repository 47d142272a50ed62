/* What an answer binds a participant to, one promise at a time. */
#include "promises.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static char wrong[PROMISES_TEXT_SIZE];

static bool take(struct promises *promises, enum saga_direction direction,
                 enum saga_verdict verdict, const char *output)
{
    struct wire_result result = {.operation_id = "",
                                 .verdict = verdict,
                                 .output = bytes_of_text(output),
                                 .code = "",
                                 .text = ""};

    wrong[0] = '\0';
    return promises_take(promises, direction, &result, wrong);
}

static void expect_wrong(const char *text)
{
    if (strstr(wrong, text) == NULL)
        fail_msg("it should say \"%s\", and says \"%s\"", text, wrong);
}

static void a_duplicate_gets_the_same_answer(void **state)
{
    struct promises promises = {0};

    (void)state;
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_RETRY, ""));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, "{\"a\":1}"));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_BUSY, ""));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, "{\"a\":1}"));
    assert_true(take(&promises, SAGA_FENCE, SAGA_VERDICT_DONE, "{\"a\":1}"));
    assert_false(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, "{\"a\":2}"));
    expect_wrong("a duplicate was answered otherwise than the first time: DONE {\"a\":1}, now DONE "
                 "{\"a\":2}");
    assert_false(take(&promises, SAGA_DO, SAGA_VERDICT_REJECTED, ""));
    expect_wrong("now REJECTED");
    assert_false(take(&promises, SAGA_FENCE, SAGA_VERDICT_REJECTED, ""));
    expect_wrong("the fence of what was decided was answered otherwise");
}

static void after_an_undo_nothing_new_is_done(void **state)
{
    struct promises promises = {0};

    (void)state;
    assert_true(take(&promises, SAGA_UNDO, SAGA_VERDICT_DONE, ""));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_FENCED, ""));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_REJECTED, ""));
    assert_false(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, ""));
    expect_wrong("undo without tombstone: a late do was done after its undo; it was answered DONE");
    assert_false(take(&promises, SAGA_DO, SAGA_VERDICT_WORKING, ""));
    expect_wrong("it was answered WORKING");
    assert_false(promises_check_effect(&promises, SAGA_DO, 1, wrong));
    expect_wrong("undo without tombstone: a late do was done after its undo: the effect is 1");
    assert_false(promises_check_effect(&promises, SAGA_UNDO, 1, wrong));
    expect_wrong("the undo was answered DONE and left the effect: it is 1");
    assert_true(promises_check_effect(&promises, SAGA_DO, 0, wrong));
}

static void what_was_done_and_undone_is_answered_as_then_or_fenced(void **state)
{
    struct promises promises = {0};

    (void)state;
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, "1"));
    assert_true(take(&promises, SAGA_UNDO, SAGA_VERDICT_DONE, ""));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, "1"));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_FENCED, ""));
    assert_false(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, "2"));
}

static void after_a_fence_nothing_is_done(void **state)
{
    struct promises promises = {0};

    (void)state;
    assert_true(take(&promises, SAGA_FENCE, SAGA_VERDICT_REJECTED, ""));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_FENCED, ""));
    assert_false(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, ""));
    expect_wrong("fence without tombstone: what was fenced was done");
    assert_false(promises_check_effect(&promises, SAGA_DO, 1, wrong));
    expect_wrong("fence without tombstone: what was fenced was done: the effect is 1");
}

static void a_fence_of_nothing_is_rejected(void **state)
{
    struct promises promises = {0};

    (void)state;
    assert_false(take(&promises, SAGA_FENCE, SAGA_VERDICT_DONE, ""));
    expect_wrong("a fence of what never happened was answered DONE, and REJECTED is right");
    promises.do_lost = true;
    assert_true(take(&promises, SAGA_FENCE, SAGA_VERDICT_DONE, ""));
}

static void an_undo_is_done(void **state)
{
    struct promises promises = {0};

    (void)state;
    assert_false(take(&promises, SAGA_UNDO, SAGA_VERDICT_REJECTED, ""));
    expect_wrong("an undo was answered REJECTED; there was nothing to undo");
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, ""));
    assert_false(take(&promises, SAGA_UNDO, SAGA_VERDICT_REJECTED, ""));
    expect_wrong("it must succeed in the end");
    assert_true(take(&promises, SAGA_UNDO, SAGA_VERDICT_DONE, ""));
    assert_false(take(&promises, SAGA_UNDO, SAGA_VERDICT_FENCED, ""));
    expect_wrong("it had been undone already");
}

static void fenced_needs_a_reason(void **state)
{
    struct promises promises = {0};

    (void)state;
    assert_false(take(&promises, SAGA_DO, SAGA_VERDICT_FENCED, ""));
    expect_wrong("though neither an undo nor a fence came");
    promises.undo_lost = true;
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_FENCED, ""));
}

static void the_effect_is_what_was_answered(void **state)
{
    struct promises promises = {0};

    (void)state;
    assert_true(promises_check_effect(&promises, SAGA_DO, 0, wrong));
    assert_true(promises_check_effect(&promises, SAGA_DO, 1, wrong));
    assert_true(take(&promises, SAGA_DO, SAGA_VERDICT_DONE, ""));
    assert_false(promises_check_effect(&promises, SAGA_DO, 0, wrong));
    expect_wrong("it was answered DONE, and the effect is 0");
    assert_false(promises_check_effect(&promises, SAGA_DO, 2, wrong));
    expect_wrong("new work on a duplicate: the handler did its work again on a duplicate: the "
                 "effect is 2");
    assert_false(promises_check_effect(&promises, SAGA_DO, -1, wrong));
    expect_wrong("the effect cannot be counted");
    promises = (struct promises){.do_lost = true};
    assert_false(promises_check_effect(&promises, SAGA_DO, 2, wrong));
    expect_wrong("what was done before a crash was done again after it");
    promises = (struct promises){.decided = true, .verdict = SAGA_VERDICT_REJECTED};
    assert_false(promises_check_effect(&promises, SAGA_DO, 1, wrong));
    expect_wrong("a refusal left an effect");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duplicate_gets_the_same_answer),
        cmocka_unit_test(after_an_undo_nothing_new_is_done),
        cmocka_unit_test(what_was_done_and_undone_is_answered_as_then_or_fenced),
        cmocka_unit_test(after_a_fence_nothing_is_done),
        cmocka_unit_test(a_fence_of_nothing_is_rejected),
        cmocka_unit_test(an_undo_is_done),
        cmocka_unit_test(fenced_needs_a_reason),
        cmocka_unit_test(the_effect_is_what_was_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
