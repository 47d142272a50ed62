/*
 * Every kind of mistake, with the exact text that people see.
 *
 *   bad/NAME.yaml is what somebody wrote; bad/NAME.txt is what they are told.
 *
 * Run with --rewrite, the program writes the .txt files anew; the difference is for review.
 */
#include "base/fault.h"
#include "catalog/catalog.h"

#include <dirent.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES_MIN 80u

static bool rewrite;

static void read_file(const char *path, struct buffer *text)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        fail_msg("%s cannot be read", path);
    for (size_t got = 1; got > 0;) {
        uint8_t *end = buffer_reserve(text, 4096);
        assert_non_null(end);
        got = fread(end, 1, 4096, file);
        text->size += got;
    }
    fclose(file);
}

static void write_file(const char *path, const struct buffer *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->size, file), text->size);
    assert_int_equal(fclose(file), 0);
}

/* The file is named in messages as it is found in this folder. */
static void expect_told(const char *yaml_name)
{
    char yaml_path[512], txt_path[512], shown[300];
    struct catalog_report report = {0};
    struct buffer text = {0}, expected = {0};
    struct definition definition;

    snprintf(shown, sizeof(shown), "bad/%s", yaml_name);
    snprintf(yaml_path, sizeof(yaml_path), "%s/%s", TESTS_CATALOG, shown);
    snprintf(txt_path, sizeof(txt_path), "%.*s.txt", (int)(strlen(yaml_path) - strlen(".yaml")),
             yaml_path);
    read_file(yaml_path, &text);
    int r = catalog_check(shown, (const char *)text.data, text.size, &report, &definition);
    if (r != CATALOG_REFUSED)
        fail_msg("%s: %s", yaml_name, r == 0 ? "was taken" : fault_name(r));
    assert_true(report.problems > 0);
    if (rewrite)
        write_file(txt_path, &report.text);
    read_file(txt_path, &expected);
    if (expected.size != report.text.size ||
        memcmp(expected.data, report.text.data, expected.size) != 0)
        fail_msg("%s: told\n%.*s", yaml_name, (int)report.text.size, (char *)report.text.data);
    catalog_report_fini(&report);
    buffer_fini(&text);
    buffer_fini(&expected);
}

static void every_mistake_is_told_with_its_place(void **state)
{
    DIR *folder = opendir(TESTS_CATALOG "/bad");
    size_t cases = 0;

    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        const char *ending = strrchr(entry->d_name, '.');
        if (ending == NULL || strcmp(ending, ".yaml") != 0)
            continue;
        expect_told(entry->d_name);
        cases++;
    }
    closedir(folder);
    assert_true(cases >= CASES_MIN);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_told_with_its_place),
    };

    rewrite = argc > 1 && strcmp(argv[1], "--rewrite") == 0;
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
