/*
 * Plays every scenario and compares with the transcript that stands under its ---- line.
 *
 *   test_scenarios              each *.txt is a test
 *   test_scenarios --rewrite    write what came out into the files; then read the diff
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenarios/world.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 256
#define RULE "----\n"

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t capacity = 0;
    ssize_t size;

    assert_non_null(file);
    size = getdelim(&text, &capacity, '\0', file);
    fclose(file);
    assert_true(size > 0);
    return text;
}

/* Where the transcript starts; the script ends there. */
static char *transcript_of(char *text)
{
    char *rule = strstr(text, "\n" RULE);

    if (rule == NULL)
        return NULL;
    rule[1] = '\0';
    return rule + 1 + strlen(RULE);
}

/* Play the script; the transcript is the caller's to free. */
static char *play(const char *script)
{
    char *transcript = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&transcript, &size);
    struct world world;

    assert_non_null(out);
    world_init(&world, out);
    for (const char *line = script; *line != '\0'; line += strcspn(line, "\n") + 1) {
        struct script_line parsed;

        if (script_parse(line, &parsed)) {
            fprintf(out, "> %.*s\n", (int)strcspn(line, "#\n"), line);
            world_play(&world, &parsed);
        }
        if (line[strcspn(line, "\n")] == '\0')
            break;
    }
    world_check(&world);
    world_fini(&world);
    fclose(out);
    return transcript;
}

/* Say the first line that differs, not both texts whole. */
static void compare(const char *path, const char *expected, const char *actual)
{
    int number = 1;

    while (*expected != '\0' && *expected == *actual) {
        number += *expected == '\n';
        expected++;
        actual++;
    }
    if (*expected != *actual)
        fail_msg("%s: transcript differs at line %d:\n  expected …%.80s\n  actual   …%.80s", path,
                 number, expected, actual);
}

static void scenario_plays_as_written(void **state)
{
    const char *path = *state;
    char *text = read_file(path);
    char *expected = transcript_of(text);
    char *actual;

    assert_non_null(expected);
    actual = play(text);
    compare(path, expected, actual);
    free(actual);
    free(text);
}

static void scenario_is_rewritten(void **state)
{
    const char *path = *state;
    char *text = read_file(path);
    char *actual;
    FILE *file;

    transcript_of(text);
    actual = play(text);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s" RULE "%s", text, actual);
    fclose(file);
    free(actual);
    free(text);
}

int main(int argc, char **argv)
{
    bool rewrite = argc == 2 && strcmp(argv[1], "--rewrite") == 0;
    struct CMUnitTest tests[FILES_MAX];
    glob_t files;
    int r;

    if (glob(SCENARIOS_DIR "/[a-z]*.txt", 0, NULL, &files) != 0 || files.gl_pathc > FILES_MAX)
        return 1;
    for (size_t i = 0; i < files.gl_pathc; i++)
        tests[i] = (struct CMUnitTest){
            .name = strrchr(files.gl_pathv[i], '/') + 1,
            .test_func = rewrite ? scenario_is_rewritten : scenario_plays_as_written,
            .initial_state = files.gl_pathv[i],
        };
    r = _cmocka_run_group_tests("scenarios", tests, files.gl_pathc, NULL, NULL);
    globfree(&files);
    return r;
}
