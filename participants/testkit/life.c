#include "life.h"

#include "base/fault.h"
#include "sdk/worker.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIFE_ASKS_MAX 100u    /* Then it is never going to be settled. */
#define LIFE_PAUSE_MAX_MS 20u /* What is to be asked again later is asked again soon. */
#define LIFE_SECONDS 120u     /* A life that is not over by then hangs. */
#define LIFE_CALLS_MAX 3u

static const char crash_operation[] = "participant_test_crash";

/* What a life consists of; in the child only. */
struct life {
    struct trial *trial;
    struct participant *participant;
    char undo_operation[SAGA_NAME_SIZE];
};

/* One call of a message, and what was answered. */
struct asked {
    struct life_saga *saga;
    enum saga_direction direction;
    enum saga_verdict verdict;
};

__attribute__((noreturn)) static void end(enum life_end how)
{
    _exit((int)how);
}

static void crash(void *context, const struct participant_call *call,
                  struct participant_answer *answer)
{
    (void)context;
    (void)call;
    (void)answer;
    end(LIFE_CRASHED);
}

__attribute__((noreturn, format(printf, 2, 3))) static void broken(struct life *life,
                                                                   const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(life->trial->wrong, sizeof life->trial->wrong, format, arguments);
    va_end(arguments);
    end(LIFE_BROKEN);
}

/* ---- the beginning ---- */

static void find_undo(struct life *life)
{
    const struct participant *participant = life->participant;
    const char *wanted = life->trial->test->operation;

    for (size_t i = 0; i < participant->operation_count; i++) {
        const struct operation *operation = &participant->operations[i];
        if (strcmp(operation->name, wanted) != 0)
            continue;
        snprintf(life->undo_operation, sizeof life->undo_operation, "%s", operation->undo_name);
        life->trial->can_undo = operation->undo != NULL;
        return;
    }
    broken(life, "no operation \"%s\" is registered", wanted);
}

static void open_participant(struct life *life)
{
    const struct participant_test *test = life->trial->test;

    life->participant = test->open(test->context, life->trial->folder);
    if (life->participant == NULL)
        broken(life, "open gave no participant: %s", participant_error(NULL));
    find_undo(life);
    life->trial->unguarded = life->participant->guard == NULL;
    life->trial->saga.promises.unguarded = life->trial->unguarded;
    life->trial->neighbour.promises.unguarded = life->trial->unguarded;
    if (participant_register(life->participant, crash_operation, crash, NULL, NULL) < 0)
        broken(life, "%s", participant_error(life->participant));
}

/* ---- messages ---- */

static struct wire_call make_call(struct life *life, const struct life_saga *saga,
                                  enum saga_direction direction, char id[WIRE_OPERATION_ID_SIZE])
{
    const struct participant_test *test = life->trial->test;
    const struct promises *promises = &saga->promises;
    bool undo = direction == SAGA_UNDO;
    bool known = undo && promises->decided && promises->verdict == SAGA_VERDICT_DONE;
    struct wire_call call = {
        .operation_id = id,
        .saga = saga->id,
        .sid = saga->sid,
        .definition = "test",
        .step = "step",
        .operation = undo ? life->undo_operation : test->operation,
        .direction = direction,
        .attempt = 1,
        .ms_left = 10000,
        .input = bytes_of_text(test->input != NULL ? test->input : "{}"),
        .outcome_known = known,
        .traceparent = "",
        .tenant = "AC00000000000000000000000000000000",
        .horizon_ms = 7u * 86400u * 1000u,
    };

    if (known)
        call.own_output = bytes_of(promises->output, promises->output_size);
    snprintf(id, WIRE_OPERATION_ID_SIZE, "%s/step/%s", saga->id, undo ? "undo" : "do.0");
    uint64_t token = ++life->trial->next_token;
    memcpy(call.token, &token, sizeof token);
    return call;
}

static void use_outputs(const struct participant_test *test,
                        struct wire_output outputs[SAGA_STEPS_MAX], struct wire_call *call)
{
    size_t count = test->output_count < SAGA_STEPS_MAX ? test->output_count : SAGA_STEPS_MAX;

    for (size_t i = 0; i < count; i++)
        outputs[i] =
            (struct wire_output){.step = test->outputs[i].step,
                                 .output = bytes_of(test->outputs[i].data, test->outputs[i].size)};
    call->outputs = outputs;
    call->output_count = count;
}

static int count_effect(struct life *life, const struct life_saga *saga)
{
    const struct participant_test *test = life->trial->test;

    return test->effect != NULL ? test->effect(test->context, saga->id) : 0;
}

static void remember(struct life *life, const struct asked *asked, const struct wire_result *result)
{
    struct trial *trial = life->trial;

    if (asked->direction == SAGA_DO && result->verdict != SAGA_VERDICT_FENCED)
        snprintf(trial->last_answer, sizeof trial->last_answer, "%s %s %s",
                 promises_verdict(result->verdict), result->code, result->text);
    if (asked->direction == SAGA_DO && result->verdict == SAGA_VERDICT_DONE)
        trial->counts.done++;
    if (asked->direction == SAGA_DO && result->verdict == SAGA_VERDICT_REJECTED)
        trial->counts.rejected++;
    if (asked->direction == SAGA_UNDO && result->verdict == SAGA_VERDICT_DONE)
        trial->counts.undone++;
}

/* Take the results of a message, which stand in the order of its calls. */
static void take_results(struct life *life, struct asked *asked, size_t count)
{
    struct results *results = &life->participant->results;
    const struct result *result = results->first;

    for (size_t i = 0; i < count; i++, result = result->next) {
        struct promises *promises = &asked[i].saga->promises;
        if (result == NULL)
            broken(life, "memory is short");
        asked[i].verdict = result->wire.verdict;
        remember(life, &asked[i], &result->wire);
        if (!promises_take(promises, asked[i].direction, &result->wire, life->trial->wrong))
            end(LIFE_BROKEN);
    }
    results_fini(results);
}

/* Work that is not settled is rolled back, or kept with WORKING: not something between. */
static void check_unsettled(struct life *life, const struct asked *asked, int before)
{
    bool gone = asked->verdict == SAGA_VERDICT_RETRY || asked->verdict == SAGA_VERDICT_BUSY;

    if (gone && !life->trial->unguarded && asked->saga->effect != before)
        broken(life,
               "work outside the transaction: the call was answered %s, which rolls its work "
               "back, and the effect went from %d to %d",
               promises_verdict(asked->verdict), before, asked->saga->effect);
}

static void check_neighbour(struct life *life)
{
    struct life_saga *neighbour = &life->trial->neighbour;
    int before = neighbour->effect;

    if (!life->trial->neighbour_met)
        return;
    neighbour->effect = count_effect(life, neighbour);
    if (neighbour->effect != before)
        broken(life, "the effect of another saga went from %d to %d", before, neighbour->effect);
}

static void check_effects(struct life *life, const struct asked *asked, size_t count)
{
    struct life_saga *saga = asked[0].saga;
    int before = saga->effect;

    if (life->trial->test->effect == NULL)
        return;
    saga->effect = count_effect(life, saga);
    if (!promises_check_effect(&saga->promises, asked[count - 1].direction, saga->effect,
                               life->trial->wrong))
        end(LIFE_BROKEN);
    if (count == 1)
        check_unsettled(life, &asked[0], before);
    if (saga != &life->trial->neighbour)
        check_neighbour(life);
}

/* One message of these calls, all of one saga; with @crashing another that ends the process. */
static void send(struct life *life, struct asked *asked, size_t count, bool crashing)
{
    char ids[LIFE_CALLS_MAX][WIRE_OPERATION_ID_SIZE];
    struct wire_call calls[LIFE_CALLS_MAX];
    struct wire_output outputs[SAGA_STEPS_MAX];
    struct wire_work work = {.calls = calls, .call_count = count};

    assert(count > 0 && count < LIFE_CALLS_MAX);
    for (size_t i = 0; i < count; i++) {
        calls[i] = make_call(life, asked[i].saga, asked[i].direction, ids[i]);
        use_outputs(life->trial->test, outputs, &calls[i]);
    }
    if (crashing) {
        calls[count] = make_call(life, asked[0].saga, SAGA_DO, ids[count]);
        snprintf(ids[count], sizeof ids[count], "%s/crash/do.0", asked[0].saga->id);
        calls[count].step = "crash";
        calls[count].operation = crash_operation;
        work.call_count++;
    }
    int r = worker_perform(life->participant, &work, true);
    if (r < 0)
        broken(life, "the participant's database failed: %s", fault_name(r));
    take_results(life, asked, count);
    check_effects(life, asked, count);
}

/* ---- what happens ---- */

/* Between messages, as in the worker: time passes, and the participant may tend to itself. */
static void pass_time(struct life *life)
{
    if (life->participant->idle != NULL)
        life->participant->idle(life->participant->context);
    poll(NULL, 0, (int)LIFE_PAUSE_MAX_MS);
}

/* Ask until the answer is final. */
static void ask(struct life *life, struct life_saga *saga, enum saga_direction direction)
{
    for (unsigned i = 0; i < LIFE_ASKS_MAX; i++) {
        struct asked asked = {.saga = saga, .direction = direction};

        send(life, &asked, 1, false);
        if (promises_is_settled(asked.verdict))
            return;
        /* What is going on can be finished only by its do. */
        if (direction == SAGA_FENCE && asked.verdict == SAGA_VERDICT_WORKING)
            return;
        pass_time(life);
    }
    broken(life, "asked %u times, it was never settled; the last answer was %s", LIFE_ASKS_MAX,
           life->trial->last_answer);
}

static void ask_together(struct life *life, enum saga_direction first, enum saga_direction second)
{
    struct life_saga *saga = &life->trial->saga;
    struct asked asked[] = {{.saga = saga, .direction = first},
                            {.saga = saga, .direction = second}};

    send(life, asked, 2, false);
    for (size_t i = 0; i < 2; i++) {
        if (!promises_is_settled(asked[i].verdict))
            ask(life, saga, asked[i].direction);
    }
}

static void ask_and_crash(struct life *life, enum saga_direction direction)
{
    struct trial *trial = life->trial;
    struct asked asked = {.saga = &trial->saga, .direction = direction};

    trial->lost = direction;
    trial->is_lost = true;
    send(life, &asked, 1, true);
    trial->is_lost = false; /* The database took nothing in, so it did not come to the crash. */
}

static void happen(struct life *life, enum happening happening)
{
    struct life_saga *saga = &life->trial->saga;

    switch (happening) {
    case STORY_DO:
        ask(life, saga, SAGA_DO);
        return;
    case STORY_DO_TWICE:
        ask_together(life, SAGA_DO, SAGA_DO);
        return;
    case STORY_UNDO:
        ask(life, saga, SAGA_UNDO);
        return;
    case STORY_UNDO_THEN_DO:
        ask_together(life, SAGA_UNDO, SAGA_DO);
        return;
    case STORY_FENCE:
        ask(life, saga, SAGA_FENCE);
        return;
    case STORY_LOST_DO:
        ask_and_crash(life, SAGA_DO);
        return;
    case STORY_LOST_UNDO:
        ask_and_crash(life, SAGA_UNDO);
        return;
    case STORY_RESTART:
        end(LIFE_CRASHED);
    case STORY_HAPPENINGS:
        break;
    }
    assert(false); /* A story has no such event. */
}

/* What a crash before the commit interrupted has not happened, if the guard had it in hand. */
static void wake_up(struct life *life)
{
    struct trial *trial = life->trial;
    struct life_saga *saga = &trial->saga;
    int before = saga->effect;

    if (!trial->is_lost)
        return;
    trial->is_lost = false;
    if (trial->unguarded && trial->lost == SAGA_DO)
        saga->promises.do_lost = true;
    if (trial->unguarded && trial->lost == SAGA_UNDO)
        saga->promises.undo_lost = true;
    if (trial->test->effect == NULL)
        return;
    saga->effect = count_effect(life, saga);
    if (!trial->unguarded && saga->effect != before)
        broken(life,
               "work outside the transaction: it outlived a crash before the commit, and the "
               "effect went from %d to %d",
               before, saga->effect);
    if (!promises_check_effect(&saga->promises, trial->lost, saga->effect, trial->wrong))
        end(LIFE_BROKEN);
    check_neighbour(life);
}

__attribute__((noreturn)) static void live(struct trial *trial)
{
    static struct life life;

    life.trial = trial;
    open_participant(&life);
    wake_up(&life);
    if (trial->story.has_neighbour && !trial->neighbour_met) {
        ask(&life, &trial->neighbour, SAGA_DO);
        trial->neighbour_met = true;
    }
    while (trial->told < trial->story.length)
        happen(&life, trial->story.events[trial->told++]);
    end(LIFE_TOLD);
}

/* ---- the parent's side ---- */

static enum life_end explain_death(struct trial *trial, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(trial->wrong, sizeof trial->wrong, "the participant hangs");
    else if (WIFSIGNALED(status))
        snprintf(trial->wrong, sizeof trial->wrong, "the participant died of signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(trial->wrong, sizeof trial->wrong, "the participant ended its process with %d",
                 WEXITSTATUS(status));
    return LIFE_BROKEN;
}

int life_run(struct trial *trial, enum life_end *ret_end)
{
    int status;
    pid_t parent = getpid();
    pid_t child = fork();

    if (child < 0)
        return fault(FAULT_SYSTEM);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        alarm(LIFE_SECONDS);
        live(trial);
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return fault(FAULT_SYSTEM);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) >= LIFE_FIRST)
        *ret_end = (enum life_end)WEXITSTATUS(status);
    else
        *ret_end = explain_death(trial, status);
    return 0;
}
