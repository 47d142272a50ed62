/*
 * Any text is a script or refused with a line and a reason; what is taken and written is the same
 * when it is read again, and so is what the shrinker makes of it.
 */
#include "simulation/script.h"
#include "simulation/tape_edit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *written(const struct tape *tape, size_t *ret_size)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, ret_size);

    assert(file != NULL);
    script_write(tape, file);
    fclose(file);
    return text;
}

static void expect_same_again(const struct tape *tape)
{
    struct tape *again = tape_open();
    struct script_error error;
    size_t size, size_again;
    char *text = written(tape, &size);

    if (size <= SCRIPT_SIZE_MAX) {
        int r = script_read(text, size, again, &error);
        assert(r == 0);
        char *text_again = written(again, &size_again);
        assert(size_again == size && memcmp(text, text_again, size) == 0);
        free(text_again);
    }
    free(text);
    tape_close(again);
}

/* Play every mark, then take some things away: it must stay a tape. */
static void make_smaller(struct tape *tape)
{
    const struct tape_mark *twice;

    for (uint32_t step = 0; step < 3; step++)
        if (tape->definition_count > 0)
            (void)tape_drop_step(tape, 0, step);
    tape_drop_marks(tape, 0, tape->mark_count / 2);
    tape_renumber(tape);
    if (tape_sort(tape, &twice))
        expect_same_again(tape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tape *tape = tape_open();
    struct script_error error;

    if (script_read((const char *)data, size, tape, &error) != 0) {
        assert(error.words[0] != '\0');
        assert(error.line <= size + 1);
        tape_close(tape);
        return 0;
    }
    assert(tape->client_count > 0 && tape->client_count <= TAPE_CLIENTS_MAX);
    assert(tape->definition_count <= TAPE_DEFINITIONS_MAX);
    assert(tape->mark_count <= SCRIPT_MARKS_MAX);
    expect_same_again(tape);
    make_smaller(tape);
    tape_close(tape);
    return 0;
}
