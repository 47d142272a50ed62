/* Faults are negative, distinct, and have words. */
#include "base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_fault_is_negative_and_its_own(void **state)
{
    (void)state;

    for (int code = 1; code < FAULT_CODE_COUNT; code++) {
        assert_true(fault((enum fault_code)code) < 0);
        for (int other = 1; other < code; other++)
            assert_int_not_equal(fault((enum fault_code)code), fault((enum fault_code)other));
    }
}

static void a_result_is_passed_on_unchanged(void **state)
{
    (void)state;

    assert_int_equal(pass(fault(FAULT_IO)), fault(FAULT_IO));
    assert_int_equal(pass(0), 0);
    assert_int_equal(pass(2), 2);
}

static void every_fault_has_words_by_result_and_by_code(void **state)
{
    (void)state;

    for (int code = 1; code < FAULT_CODE_COUNT; code++) {
        const char *name = fault_name(fault((enum fault_code)code));
        assert_non_null(name);
        assert_true(strlen(name) > 0);
        assert_string_not_equal(name, "no fault");
        assert_ptr_equal(name, fault_name(code));
    }
    assert_string_equal(fault_name(fault(FAULT_MEMORY)), "out of memory");
}

static void what_is_no_fault_is_named_so(void **state)
{
    (void)state;

    assert_string_equal(fault_name(0), "no fault");
    assert_string_equal(fault_name(-FAULT_CODE_COUNT), "no fault");
    assert_string_equal(fault_name(1000), "no fault");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_negative_and_its_own),
        cmocka_unit_test(a_result_is_passed_on_unchanged),
        cmocka_unit_test(every_fault_has_words_by_result_and_by_code),
        cmocka_unit_test(what_is_no_fault_is_named_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
