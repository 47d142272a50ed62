#include "explore/explore.h"

#include "base/fault.h"
#include "explore/explore_run.h"

#include <assert.h>
#include <string.h>

#define PROGRESS_RUNS 1024u

const char *explore_fault_text(enum explore_fault fault)
{
    static const char *const texts[EXPLORE_FAULT_COUNT] = {
        [EXPLORE_NONE] = "is done",
        [EXPLORE_REFUSED] = "is refused",
        [EXPLORE_REQUEST_LOST] = "is lost on its way",
        [EXPLORE_REPLY_LOST] = "is done, but its answer is lost",
        [EXPLORE_LATE] = "is done and answered after its time-out",
        [EXPLORE_LATEST] = "is done when everything else is over",
        [EXPLORE_TWICE] = "arrives twice",
        [EXPLORE_BUSY] = "finds no room",
        [EXPLORE_VANISHED] = "is lost with its worker",
        [EXPLORE_RESTART] = "is sent again, because the server died",
        [EXPLORE_SILENT] = "is never answered",
    };

    assert(fault < EXPLORE_FAULT_COUNT);
    return texts[fault];
}

const char *explore_flaw_text(enum explore_flaw flaw)
{
    static const char *const texts[EXPLORE_FLAW_COUNT] = {
        [EXPLORE_SOUND] = "nothing is wrong",
        [EXPLORE_STUCK] = "it neither ends nor parks, and waits for nothing",
        [EXPLORE_ENDLESS] = "it goes on for ever",
        [EXPLORE_EFFECT_LEFT] = "the saga is undone, but this step's effect is left",
        [EXPLORE_EFFECT_MISSING] = "the saga is done, but this step's effect is not there",
        [EXPLORE_NEEDS_PERSON] = "one fault that passes by itself parks it for a person",
        [EXPLORE_TOO_SLOW] = "every call is answered just in time, and yet it is turned back",
    };

    assert(flaw < EXPLORE_FLAW_COUNT);
    return texts[flaw];
}

/* ---- one run's part of the report ---- */

static void count_end(struct explore_report *report, const struct explore_end *end,
                      const struct explore_run *run, uint64_t *longest_ms)
{
    uint64_t *worst_ms = &report->worst_ms[end->phase];

    if (end->parked != SAGA_PARK_NONE) {
        report->parked[end->parked]++;
        worst_ms = &report->worst_parked_ms[end->parked];
    } else {
        report->phases[end->phase]++;
    }
    if (end->time_ms > *worst_ms)
        *worst_ms = end->time_ms;
    if (end->time_ms > *longest_ms) {
        *longest_ms = end->time_ms;
        report->worst = *run;
    }
}

/* ---- from run to run ---- */

static uint32_t faults_before(const struct explore_run *run, uint32_t end)
{
    uint32_t faults = 0;

    for (uint32_t i = 0; i < end; i++)
        faults += run->faults[i] != EXPLORE_NONE;
    return faults;
}

/* Change the last choice that has another, and forget those after it. False: all are tried. */
static bool next_run(struct explore_run *run, uint32_t faults)
{
    while (run->count > 0) {
        uint8_t *last = &run->faults[run->count - 1];
        if (*last + 1u < EXPLORE_FAULT_COUNT && faults_before(run, run->count - 1) < faults) {
            (*last)++;
            return true;
        }
        run->count--;
    }
    return false;
}

static bool play(struct explore_state *state, struct explore_run *run, uint64_t *longest_ms,
                 struct explore_report *report)
{
    struct explore_end end = explore_play(state, run, NULL);

    report->runs++;
    explore_gather(state, report);
    if (end.flaw != EXPLORE_SOUND) {
        report->end = end;
        report->wrong = *run;
        return false;
    }
    count_end(report, &end, run, longest_ms);
    return true;
}

int explore(const struct definition *definition, uint32_t faults, explore_progress *progress,
            void *context, struct explore_report *ret_report)
{
    struct explore_run run = {.slow = true};
    uint64_t longest_ms = 0;

    assert(faults > 0 && faults <= EXPLORE_FAULTS_MAX);
    struct explore_state *state = explore_state_new(definition);
    if (state == NULL)
        return fault(FAULT_MEMORY);
    memset(ret_report, 0, sizeof *ret_report);
    bool sound = play(state, &run, &longest_ms, ret_report);
    run = (struct explore_run){.count = 0};
    while (sound) {
        sound = play(state, &run, &longest_ms, ret_report);
        if (progress != NULL && ret_report->runs % PROGRESS_RUNS == 0)
            progress(context, ret_report->runs);
        if (!next_run(&run, faults))
            break;
    }
    explore_state_free(state);
    return 0;
}

int explore_again(const struct definition *definition, const struct explore_run *run,
                  const struct explore_watch *watch, struct explore_end *ret_end)
{
    struct explore_run again = *run;
    struct explore_state *state = explore_state_new(definition);

    if (state == NULL)
        return fault(FAULT_MEMORY);
    *ret_end = explore_play(state, &again, watch);
    explore_state_free(state);
    return 0;
}
