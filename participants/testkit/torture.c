/*
 * The torture: round after round, until a promise is broken.
 */
#include "base/fault.h"
#include "life.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TORTURE_FOLDERS_OPEN 8

/* ---- folders ---- */

static int make_folder(char ret_folder[LIFE_FOLDER_SIZE])
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(ret_folder, LIFE_FOLDER_SIZE, "%s/saga-participant-test-XXXXXX",
                          parent != NULL && parent[0] != '\0' ? parent : "/tmp");

    if (length < 0 || (size_t)length >= LIFE_FOLDER_SIZE || mkdtemp(ret_folder) == NULL)
        return fault(FAULT_SYSTEM);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static void remove_folder(const char *folder)
{
    nftw(folder, remove_entry, TORTURE_FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

/* ---- one round ---- */

static void name_saga(struct life_saga *saga, uint64_t *state)
{
    struct saga_id id = {ID_FIRST_SAGA + (story_draw(state) >> 2), story_draw(state)};

    id_text(id, saga->id);
    id_sid(id, saga->sid);
}

static void begin(struct trial *trial, const struct participant_test *test, uint32_t round)
{
    uint64_t state = test->seed + round;
    /* Whether it can be undone is known from its first life on; before there is only a do. */
    struct story_kind kind = {.can_undo = trial->can_undo, .can_fence = !trial->unguarded};

    trial->test = test;
    trial->story = story_make(test->seed, round, kind);
    trial->told = 0;
    trial->neighbour_met = false;
    trial->is_lost = false;
    memset(&trial->saga, 0, sizeof trial->saga);
    memset(&trial->neighbour, 0, sizeof trial->neighbour);
    name_saga(&trial->saga, &state);
    name_saga(&trial->neighbour, &state);
}

static int play(struct trial *trial, enum life_end *ret_end)
{
    enum life_end how = LIFE_CRASHED;
    int r = make_folder(trial->folder);

    while (r == 0 && how == LIFE_CRASHED)
        r = life_run(trial, &how);
    if (r == 0)
        *ret_end = how;
    remove_folder(trial->folder);
    return pass(r);
}

/* ---- the report ---- */

static void report_broken(struct participant_test_report *report, const struct trial *trial,
                          uint32_t round)
{
    char sequence[STORY_TEXT_SIZE];

    story_describe(&trial->story, trial->told, "crash", sequence);
    snprintf(report->text, sizeof report->text,
             "%s: %s\n"
             "  sequence: %s\n"
             "  seed %llu, round %u%s",
             trial->test->operation, trial->wrong, sequence, (unsigned long long)trial->test->seed,
             round,
             trial->unguarded ? "\n  It has no guard: participant_options.database is NULL." : "");
}

static void report_held(struct participant_test_report *report, const struct trial *trial)
{
    snprintf(report->text, sizeof report->text,
             "%s: every promise held in %u rounds: %u times DONE, %u REJECTED, %u undone (seed "
             "%llu)",
             trial->test->operation, report->rounds, report->done, report->rejected, report->undone,
             (unsigned long long)trial->test->seed);
}

/* Rounds that did nothing prove nothing. */
static void report_idle(struct participant_test_report *report, const struct trial *trial)
{
    snprintf(report->text, sizeof report->text,
             "%s: in %u rounds no do was ever DONE, so nothing is tested: does the input fit? "
             "The last answer was %s",
             trial->test->operation, report->rounds, trial->last_answer);
}

static int torture(struct trial *trial, const struct participant_test *test,
                   struct participant_test_report *report)
{
    uint32_t rounds = test->rounds > 0 ? test->rounds : PARTICIPANT_TEST_ROUNDS;
    enum life_end how = LIFE_TOLD;

    for (uint32_t round = 0; round < rounds; round++) {
        begin(trial, test, round);
        int r = play(trial, &how);
        if (r < 0)
            return pass(r);
        report->rounds++;
        report->done = trial->counts.done;
        report->rejected = trial->counts.rejected;
        report->undone = trial->counts.undone;
        if (how == LIFE_BROKEN) {
            report_broken(report, trial, round);
            return PARTICIPANT_TEST_BROKEN;
        }
    }
    if (report->done == 0) {
        report_idle(report, trial);
        return PARTICIPANT_TEST_BROKEN;
    }
    report_held(report, trial);
    return 0;
}

int participant_test_run(const struct participant_test *test,
                         struct participant_test_report *ret_report)
{
    assert(test->open != NULL);
    assert(test->operation != NULL);
    memset(ret_report, 0, sizeof *ret_report);
    struct trial *trial =
        mmap(NULL, sizeof *trial, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int r = trial != MAP_FAILED ? torture(trial, test, ret_report) : fault(FAULT_MEMORY);

    if (r < 0)
        snprintf(ret_report->text, sizeof ret_report->text, "the test cannot run: %s",
                 fault_name(r));
    if (trial != MAP_FAILED)
        munmap(trial, sizeof *trial);
    return pass(r);
}
