#include "simulation/shrink.h"

#include "simulation/tape_edit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORLDS_MAX 4000u
#define CPU_S_MAX 60u
#define TELL_EVERY_S 5u
#define WORLD_CPU_S_MAX 20u /* A world that takes longer hangs. */

/* What a world tells from its own process. */
struct account {
    uint32_t violated;
    uint64_t trace;
    struct shrink_size size;
    bool used[]; /* For each mark. */
};

struct shrink {
    struct world *world;
    struct world_options options;
    uint32_t invariant;
    struct tape *best, *trial; /* Owns. */
    struct account *account;   /* Shared with the processes of the worlds; owns. */
    size_t account_size;
    struct shrink_size size; /* Of the best. */
    uint32_t worlds;
    double begun_s, told_s;
};

/* ---- effort ---- */

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double cpu_s(void)
{
    struct rusage own, children;

    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    return seconds(own.ru_utime) + seconds(own.ru_stime) + seconds(children.ru_utime) +
           seconds(children.ru_stime);
}

static bool is_spent(const struct shrink *shrink)
{
    return shrink->worlds >= WORLDS_MAX || cpu_s() - shrink->begun_s > CPU_S_MAX;
}

static void tell(struct shrink *shrink, const char *what)
{
    shrink->told_s = cpu_s();
    fprintf(stderr, "%s: %" PRIu64 " events of %u sagas, %zu marks; %u worlds, %.1f s\n", what,
            shrink->size.events, shrink->size.sagas, shrink->size.marks, shrink->worlds,
            shrink->told_s - shrink->begun_s);
}

/* ---- one world ---- */

static void live(struct shrink *shrink)
{
    struct tape *tape = shrink->trial;
    struct rlimit limit = {WORLD_CPU_S_MAX, WORLD_CPU_S_MAX}, none = {0, 0};

    setrlimit(RLIMIT_CPU, &limit);
    setrlimit(RLIMIT_CORE, &none);
    if (freopen("/dev/null", "w", stderr) == NULL)
        return;
    tape_play(tape);
    shrink->options.tape = tape;
    shrink->options.seed = tape->settings.seed;
    shrink->account->violated = world_run(shrink->world, &shrink->options);
    shrink->account->trace = shrink->world->trail.hash;
    shrink->account->size = shrink_size_of(shrink->world, tape);
    for (size_t i = 0; i < tape->mark_count; i++)
        shrink->account->used[i] = tape->marks[i].used;
}

static bool has_lived(struct shrink *shrink)
{
    int status;

    shrink->account->violated = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        live(shrink);
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Is it still violated in the trial? Then that is the best, without what it did not ask for. */
static bool still_violates(struct shrink *shrink)
{
    struct tape *trial = shrink->trial;
    const struct tape_mark *twice;

    shrink->worlds++;
    if (!tape_sort(trial, &twice) || !has_lived(shrink) ||
        shrink->account->violated != shrink->invariant)
        return false;
    for (size_t i = 0; i < trial->mark_count; i++)
        trial->marks[i].used = shrink->account->used[i];
    tape_drop_unused(trial);
    shrink->size = shrink->account->size;
    shrink->size.marks = trial->mark_count;
    shrink->trial = shrink->best;
    shrink->best = trial;
    if (cpu_s() > shrink->told_s + TELL_EVERY_S)
        tell(shrink, "shrinking");
    return true;
}

static struct tape *try(struct shrink *shrink)
{
    tape_copy(shrink->trial, shrink->best);
    return shrink->trial;
}

/* ---- what can be left out ---- */

struct list {
    size_t (*count)(const struct tape *tape);
    void (*drop)(struct tape *tape, size_t first, size_t count);
    size_t least;
};

static size_t count_clients(const struct tape *tape)
{
    return tape->client_count;
}

static size_t count_marks(const struct tape *tape)
{
    return tape->mark_count;
}

static const struct list clients = {count_clients, tape_drop_clients, 1};
static const struct list marks = {count_marks, tape_drop_marks, 0};

static bool drop_parts(struct shrink *shrink, const struct list *list, size_t size)
{
    bool any = false;

    for (size_t at = 0; at < list->count(shrink->best) && !is_spent(shrink);) {
        size_t count = list->count(shrink->best);
        size_t part = size < count - at ? size : count - at;
        if (count - part >= list->least) {
            list->drop(try(shrink), at, part);
            if (still_violates(shrink)) {
                any = true;
                continue;
            }
        }
        at += part;
    }
    return any;
}

/* Halves, quarters, …, single ones. */
static bool drop_some(struct shrink *shrink, const struct list *list)
{
    bool any = false;

    for (size_t size = (list->count(shrink->best) + 1) / 2; size > 0; size /= 2)
        any = drop_parts(shrink, list, size) || any;
    return any;
}

static bool drop_subjects(struct shrink *shrink)
{
    bool any = false;

    for (uint32_t subject = 0; subject < TAPE_SUBJECTS && !is_spent(shrink); subject++) {
        if (!tape_has(shrink->best, subject))
            continue;
        tape_drop_subject(try(shrink), subject);
        any = still_violates(shrink) || any;
    }
    return any;
}

static bool drop_steps(struct shrink *shrink)
{
    bool any = false;

    for (uint32_t definition = 0; definition < shrink->best->definition_count; definition++)
        for (uint32_t step = SIM_STEPS_MAX; step-- > 0 && !is_spent(shrink);)
            if (tape_drop_step(try(shrink), definition, step) &&
                shapes_fit(shrink->trial, NULL))
                any = still_violates(shrink) || any;
    return any;
}

/* ---- what can be plainer ---- */

static bool make_plainer(struct shrink *shrink, uint32_t *in_trial, uint32_t plain)
{
    if (*in_trial == plain || is_spent(shrink))
        return false;
    *in_trial = plain;
    return still_violates(shrink);
}

static bool plain_settings(struct shrink *shrink)
{
    bool any = make_plainer(shrink, &try(shrink)->settings.workers, 1);

    any = make_plainer(shrink, &try(shrink)->settings.polls, 1) || any;
    any = make_plainer(shrink, &try(shrink)->settings.slots, 64) || any;
    any = make_plainer(shrink, &try(shrink)->settings.queue, 0) || any;
    if (try(shrink)->settings.unguarded) {
        shrink->trial->settings.unguarded = false;
        any = still_violates(shrink) || any;
    }
    while (!is_spent(shrink) && try(shrink)->settings.calm_ms > 1) {
        shrink->trial->settings.calm_ms /= 2;
        if (!still_violates(shrink))
            break;
        any = true;
    }
    return any;
}

static bool plain_clients(struct shrink *shrink)
{
    bool any = false;

    for (uint32_t i = 0; i < shrink->best->client_count && !is_spent(shrink); i++) {
        if (try(shrink)->clients[i].wants_service) {
            shrink->trial->clients[i].wants_service = false;
            any = still_violates(shrink) || any;
        }
    }
    return any;
}

/* One, or half of what it is, and half of that. */
static bool plain_values(struct shrink *shrink)
{
    bool any = false;

    for (size_t i = 0; i < shrink->best->mark_count && !is_spent(shrink); i++) {
        if (shrink->best->marks[i].value <= 1 || shrink->best->marks[i].subject == MISHAP_OPERATOR)
            continue;
        bool plainer = make_plainer(shrink, &try(shrink)->marks[i].value, 1);
        any = plainer || any;
        while (!plainer && i < shrink->best->mark_count && shrink->best->marks[i].value > 1 &&
               !is_spent(shrink)) {
            plainer = !make_plainer(shrink, &try(shrink)->marks[i].value,
                                    shrink->best->marks[i].value / 2);
            any = !plainer || any;
        }
    }
    return any;
}

/* ---- all of it ---- */

static bool shrink_once(struct shrink *shrink)
{
    bool any = drop_some(shrink, &clients);

    any = drop_subjects(shrink) || any;
    any = drop_some(shrink, &marks) || any;
    any = drop_steps(shrink) || any;
    any = plain_settings(shrink) || any;
    any = plain_clients(shrink) || any;
    any = plain_values(shrink) || any;
    return any && !is_spent(shrink);
}

static void open_account(struct shrink *shrink)
{
    shrink->account_size =
        sizeof *shrink->account + shrink->best->mark_count * sizeof shrink->account->used[0];
    shrink->account = mmap(NULL, shrink->account_size, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(shrink->account != MAP_FAILED);
}

static bool shrink_tape(struct shrink *shrink)
{
    shrink->options.tape = shrink->best;
    tape_record(shrink->best);
    uint32_t violated = world_run(shrink->world, &shrink->options);
    assert(violated == shrink->invariant);
    shrink->best->settings.violates = shrink->invariant;
    shrink->size = shrink_size_of(shrink->world, shrink->best);
    uint64_t trace = shrink->world->trail.hash;
    open_account(shrink);
    tell(shrink, "shrinking");
    try(shrink);
    if (!still_violates(shrink)) {
        tell(shrink, "not shrunk: it does not happen again without the seed");
        return false;
    }
    if (shrink->account->trace != trace)
        tell(shrink, "without the seed it happens in another way");
    while (shrink_once(shrink))
        ;
    tape_renumber(try(shrink));
    (void)still_violates(shrink);
    tell(shrink, is_spent(shrink) ? "shrunk, until the effort was spent" : "shrunk");
    return true;
}

struct shrink_size shrink_size_of(const struct world *world, const struct tape *tape)
{
    return (struct shrink_size){
        .events = world->oracle.events,
        .sagas = world->oracle.saga_count,
        .marks = tape->mark_count,
    };
}

bool shrink_run(struct world *world, const struct world_options *options, uint32_t invariant,
                struct tape *ret_tape)
{
    struct shrink shrink = {
        .world = world, .options = *options, .invariant = invariant, .best = tape_open(),
        .trial = tape_open(), .begun_s = cpu_s(),
    };

    shrink.options.shown = false;
    bool done = shrink_tape(&shrink);
    if (done)
        tape_copy(ret_tape, shrink.best);
    munmap(shrink.account, shrink.account_size);
    tape_close(shrink.best);
    tape_close(shrink.trial);
    return done;
}
