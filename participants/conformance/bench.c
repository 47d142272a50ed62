#include "bench.h"

#include "testkit/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BENCH_MS_LEFT 30000u
#define BENCH_HORIZON_MS (7ull * 86400 * 1000)
#define BENCH_PAUSE_MAX_MS 1000u

bool bench_fail(struct bench *bench, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(bench->why, sizeof bench->why, format, arguments);
    va_end(arguments);
    return false;
}

struct sample bench_sample(struct bench *bench)
{
    struct saga_id id = {ID_FIRST_SAGA + (story_draw(&bench->chance) >> 2),
                         story_draw(&bench->chance)};
    struct sample sample = {.attempts = 0};

    id_text(id, sample.id);
    id_sid(id, sample.sid);
    return sample;
}

struct wire_call bench_call(const struct bench *bench, struct sample *sample,
                            enum saga_direction direction, char id[WIRE_OPERATION_ID_SIZE])
{
    const struct options *options = bench->options;
    const struct promises *promises = &sample->promises;
    bool undo = direction == SAGA_UNDO;
    bool known = undo && promises->decided && promises->verdict == SAGA_VERDICT_DONE;

    snprintf(id, WIRE_OPERATION_ID_SIZE, "%s/%s/%s", sample->id, options->step,
             undo ? "undo" : "do.0");
    return (struct wire_call){
        .operation_id = id,
        .saga = sample->id,
        .sid = sample->sid,
        .definition = "conformance",
        .step = options->step,
        .operation = undo ? options->undo : options->operation,
        .direction = direction,
        .attempt = ++sample->attempts,
        .ms_left = BENCH_MS_LEFT,
        .input = bytes_of(options->input.data, options->input.size),
        .own_output = known ? bytes_of(promises->output, promises->output_size) : bytes_of("", 0),
        .outcome_known = known,
        .traceparent = "",
        .tenant = options->tenant,
        .horizon_ms = BENCH_HORIZON_MS,
    };
}

/* Why there is no answer: it may have ended. */
static bool fail_silence(struct bench *bench, const char *what, const char *operation_id)
{
    if (subject_has_ended(&bench->subject))
        return bench_fail(bench, "%s %s: the participant's process has ended", what, operation_id);
    return bench_fail(bench, "%s %s within %u s", what, operation_id,
                      bench->options->patience_ms / 1000);
}

struct errand *bench_send(struct bench *bench, struct sample *sample, enum saga_direction direction)
{
    char id[WIRE_OPERATION_ID_SIZE];
    struct wire_call call = bench_call(bench, sample, direction, id);
    struct errand *errand;

    if (desk_give(&bench->desk, &call, 1, &errand))
        return errand;
    fail_silence(bench, "no poll with a free slot came for", id);
    return NULL;
}

static bool check_effect(struct bench *bench, const struct sample *sample,
                         enum saga_direction direction)
{
    char wrong[PROMISES_TEXT_SIZE];

    if (bench->subject.effects == NULL)
        return true;
    int effect = subject_effect(&bench->subject, sample->id);
    if (promises_check_effect(&sample->promises, direction, effect, wrong))
        return true;
    return bench_fail(bench, "%s", wrong);
}

static bool take_answer(struct bench *bench, struct sample *sample, enum saga_direction direction,
                        const struct errand *errand)
{
    char wrong[PROMISES_TEXT_SIZE];

    if (promises_take(&sample->promises, direction, &errand->result, wrong))
        return true;
    return bench_fail(bench, "%s", wrong);
}

bool bench_take(struct bench *bench, struct sample *sample, enum saga_direction direction,
                const struct errand *errand)
{
    if (!desk_wait_seen(&bench->desk, errand, 1))
        return fail_silence(bench, "no result came for", errand->operation_id);
    return take_answer(bench, sample, direction, errand) && check_effect(bench, sample, direction);
}

bool bench_ask(struct bench *bench, struct sample *sample, enum saga_direction direction,
               enum saga_verdict *ret_verdict)
{
    uint64_t until_ms = desk_now() + bench->options->patience_ms;

    while (true) {
        const struct errand *errand = bench_send(bench, sample, direction);
        if (errand == NULL || !bench_take(bench, sample, direction, errand))
            return false;
        *ret_verdict = errand->result.verdict;
        if (promises_is_settled(*ret_verdict))
            return true;
        /* What is going on can be finished only by its do. */
        if (direction == SAGA_FENCE && *ret_verdict == SAGA_VERDICT_WORKING)
            return true;
        if (desk_now() >= until_ms)
            return bench_fail(bench, "it was never settled; the last answer was %s %s %s",
                              promises_verdict(*ret_verdict), errand->code, errand->text);
        desk_pass(&bench->desk, errand->result.after_ms < BENCH_PAUSE_MAX_MS
                                    ? errand->result.after_ms
                                    : BENCH_PAUSE_MAX_MS);
    }
}

bool bench_expect(struct bench *bench, struct sample *sample, enum saga_direction direction,
                  enum saga_verdict wanted)
{
    static const char *const names[] = {
        [SAGA_DO] = "a do", [SAGA_UNDO] = "an undo", [SAGA_FENCE] = "a fence"};
    enum saga_verdict verdict;

    if (!bench_ask(bench, sample, direction, &verdict))
        return false;
    if (verdict == wanted)
        return true;
    const struct errand *last = bench->desk.errands;
    return bench_fail(bench, "%s was answered %s %s %s, and %s is right", names[direction],
                      promises_verdict(verdict), last->code, last->text, promises_verdict(wanted));
}

/* Two answers of one message: a participant that works on both at once decides their order. */
static bool take_together(struct bench *bench, struct sample *sample,
                          const enum saga_direction directions[2], struct errand *errands[2])
{
    bool second_first = directions[0] == SAGA_UNDO && directions[1] == SAGA_DO &&
                        errands[1]->result.verdict == SAGA_VERDICT_DONE;
    size_t first = second_first ? 1 : 0;

    return take_answer(bench, sample, directions[first], errands[first]) &&
           take_answer(bench, sample, directions[1 - first], errands[1 - first]) &&
           check_effect(bench, sample, directions[1]);
}

bool bench_ask_together(struct bench *bench, struct sample *sample, enum saga_direction first,
                        enum saga_direction second)
{
    const enum saga_direction directions[] = {first, second};
    char ids[2][WIRE_OPERATION_ID_SIZE];
    struct wire_call calls[2];
    struct errand *errands[2];
    enum saga_verdict verdict;

    for (size_t i = 0; i < 2; i++)
        calls[i] = bench_call(bench, sample, directions[i], ids[i]);
    if (!desk_give(&bench->desk, calls, 2, errands))
        return fail_silence(bench, "no poll with two free slots came for", ids[0]);
    for (size_t i = 0; i < 2; i++) {
        if (!desk_wait_seen(&bench->desk, errands[i], 1))
            return fail_silence(bench, "no result came for", ids[i]);
    }
    if (!take_together(bench, sample, directions, errands))
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (!promises_is_settled(errands[i]->result.verdict) &&
            !bench_ask(bench, sample, directions[i], &verdict))
            return false;
    }
    return true;
}

bool bench_break(struct bench *bench)
{
    if (bench->subject.command != NULL) {
        subject_kill(&bench->subject);
        bench->desk.may_be_new = true;
    }
    desk_cut(&bench->desk);
    if (!desk_listen(&bench->desk))
        return bench_fail(bench, "%s cannot be listened at again", host_url(bench->desk.host));
    if (bench->subject.command != NULL &&
        subject_start(&bench->subject, host_url(bench->desk.host)) < 0)
        return bench_fail(bench, "the participant cannot be started again");
    if (!desk_wait_polls(&bench->desk, 1))
        return fail_silence(bench, "after a break no poll came from", "it");
    bench->desk.may_be_new = false;
    return true;
}
