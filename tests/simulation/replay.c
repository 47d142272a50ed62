#include "simulation/replay.h"

#include "simulation/script.h"
#include "simulation/shrink.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLANTED "/saga-sim-" /* A program with a planted bug has its name after this. */

static bool program_path(char ret_path[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);

    if (size > 0)
        ret_path[size] = '\0';
    return size > 0;
}

static void name_bug(struct tape *tape)
{
    char program[PATH_MAX];
    const char *planted = program_path(program) ? strstr(program, PLANTED) : NULL;

    if (planted != NULL)
        snprintf(tape->settings.bug, sizeof tape->settings.bug, "%s", planted + strlen(PLANTED));
}

static void write_words(const struct world_options *options, uint32_t invariant,
                        const char *words, const struct tape *tape, FILE *file)
{
    fprintf(file, "# I-%02u at seed %" PRIu64 ": %s\n", invariant, options->seed, words);
    script_write(tape, file);
}

static void write_file(const struct world_options *options, uint32_t invariant, const char *words,
                       const struct tape *tape, const char *path)
{
    char program[PATH_MAX], beside[PATH_MAX + 32];

    if (path == NULL && program_path(program)) {
        snprintf(beside, sizeof beside, "%s-%" PRIu64 ".script", program, options->seed);
        path = beside;
    }
    FILE *file = path != NULL ? fopen(path, "we") : NULL;
    if (file == NULL) {
        perror(path);
        return;
    }
    write_words(options, invariant, words, tape, file);
    if (fclose(file) != 0)
        perror(path);
    printf("repeat: saga-sim --script %s%s\n", path, options->false_check ? " --false-check" : "");
}

void replay_keep(struct world *world, const struct world_options *options, const char *path)
{
    struct tape *tape = tape_open();
    uint32_t invariant = world->oracle.violated;
    char words[sizeof world->oracle.words];

    memcpy(words, world->oracle.words, sizeof words);
    if (shrink_run(world, options, invariant, tape)) {
        name_bug(tape);
        write_words(options, invariant, words, tape, stdout);
        write_file(options, invariant, words, tape, path);
    }
    tape_close(tape);
}

/* ---- from a file ---- */

static bool read_file(const char *path, char **ret_text, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(SCRIPT_SIZE_MAX + 1);

    assert(text != NULL);
    if (file == NULL) {
        perror(path);
        free(text);
        return false;
    }
    *ret_size = fread(text, 1, SCRIPT_SIZE_MAX + 1, file);
    *ret_text = text;
    fclose(file);
    return true;
}

static bool read_tape(const char *path, struct tape *tape)
{
    struct script_error error;
    char *text;
    size_t size;

    if (!read_file(path, &text, &size))
        return false;
    int r = script_read(text, size, tape, &error);
    free(text);
    if (r != 0)
        fprintf(stderr, "%s:%u: %s\n", path, error.line, error.words);
    return r == 0 && shapes_fit(tape, stderr);
}

uint32_t replay_script(struct world *world, const struct world_options *options, const char *path)
{
    struct world_options played = *options;
    struct tape *tape = tape_open();
    uint32_t violated = SIM_NONE;

    if (read_tape(path, tape)) {
        tape_play(tape);
        played.tape = tape;
        played.seed = tape->settings.seed;
        violated = world_run(world, &played);
        if (violated != 0)
            printf("I-%02u violated at %" PRIu64 " ms, script %s: %s\n", violated, world->now_ms,
                   path, world->oracle.words);
    }
    tape_close(tape);
    return violated;
}
