/*
 * Which word was meant.
 */
#include "base/spelling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = {"name", "timeout", "participant", "do", "undo"};

static const char *nearest(const char *word)
{
    return spelling_nearest(word, words, sizeof(words) / sizeof(words[0]));
}

static void a_missing_letter_is_found(void **state)
{
    (void)state;
    assert_string_equal(nearest("timout"), "timeout");
}

static void a_letter_too_many_is_found(void **state)
{
    (void)state;
    assert_string_equal(nearest("namee"), "name");
}

static void swapped_neighbours_are_one_change(void **state)
{
    (void)state;
    assert_string_equal(nearest("nmae"), "name");
    assert_string_equal(nearest("od"), "do");
}

static void a_far_word_is_nobodys(void **state)
{
    (void)state;
    assert_null(nearest("zebra"));
    assert_null(nearest(""));
    assert_null(nearest("xy"));
}

static void the_nearest_of_several_wins(void **state)
{
    (void)state;
    assert_string_equal(nearest("und"), "undo");
}

static void a_very_long_word_has_no_suggestion(void **state)
{
    char longest[SPELLING_WORD_MAX + 1] = "", longer[SPELLING_WORD_MAX + 2] = "";
    const char *const one[] = {longest};

    (void)state;
    memset(longest, 'x', SPELLING_WORD_MAX);
    memset(longer, 'x', SPELLING_WORD_MAX + 1);
    assert_null(spelling_nearest(longer, one, 1));
    longer[SPELLING_WORD_MAX - 1] = '\0';
    assert_string_equal(spelling_nearest(longer, one, 1), longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_letter_is_found),
        cmocka_unit_test(a_letter_too_many_is_found),
        cmocka_unit_test(swapped_neighbours_are_one_change),
        cmocka_unit_test(a_far_word_is_nobodys),
        cmocka_unit_test(the_nearest_of_several_wins),
        cmocka_unit_test(a_very_long_word_has_no_suggestion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
