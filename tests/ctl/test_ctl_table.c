/* Tables of text. */
#include "ctl/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_table(const char *const *cells, size_t count, size_t columns,
                         const char *indent, const char *expected)
{
    struct table table;
    char *text = NULL;
    size_t size = 0;

    table_init(&table, columns);
    for (size_t i = 0; i < count; i++)
        table_cell(&table, cells[i]);
    FILE *out = open_memstream(&text, &size);
    table_print(&table, indent, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
    table_fini(&table);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    (void)state;
    const char *const cells[] = {"ID", "PHASE", "saga_1", "running", "x", "completed"};

    expect_table(cells, 6, 2, "", "ID      PHASE\n"
                                  "saga_1  running\n"
                                  "x       completed\n");
}

static void no_blanks_follow_the_last_text_of_a_row(void **state)
{
    (void)state;
    const char *const cells[] = {"a", "b", "c", "long", "", "", NULL, "", "z"};

    expect_table(cells, 9, 3, "  ", "  a     b  c\n"
                                    "  long\n"
                                    "           z\n");
}

static void a_character_is_one_column_whatever_its_bytes(void **state)
{
    (void)state;
    const char *const cells[] = {"→é", "x", "abc", "y"};

    expect_table(cells, 4, 2, "", "→é   x\nabc  y\n");
}

static void what_steers_a_terminal_is_replaced(void **state)
{
    (void)state;
    const char *const cells[] = {"a\x1b[31m", "b\nc", "\x7f\t", "d\302\233e"};

    expect_table(cells, 4, 2, "", "a?[31m  b?c\n??      d?e\n");
}

static void an_empty_table_prints_nothing(void **state)
{
    (void)state;

    expect_table(NULL, 0, 3, "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(no_blanks_follow_the_last_text_of_a_row),
        cmocka_unit_test(a_character_is_one_column_whatever_its_bytes),
        cmocka_unit_test(what_steers_a_terminal_is_replaced),
        cmocka_unit_test(an_empty_table_prints_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
