/* What its answers are worth: promises, one by one, and then in stories that chance has made. */
#include "checks.h"
#include "testkit/story.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define LOST_MS_MAX 20u /* How long a call that is to be lost may be on its way. */

static bool start_with_done(struct bench *bench, struct sample *sample)
{
    *sample = bench_sample(bench);
    return bench_expect(bench, sample, SAGA_DO, SAGA_VERDICT_DONE);
}

static bool start_with_undone(struct bench *bench, struct sample *sample)
{
    return start_with_done(bench, sample) &&
           bench_expect(bench, sample, SAGA_UNDO, SAGA_VERDICT_DONE);
}

bool check_duplicate(struct bench *bench)
{
    struct sample sample;
    enum saga_verdict verdict;

    return start_with_done(bench, &sample) && bench_ask(bench, &sample, SAGA_DO, &verdict) &&
           bench_ask(bench, &sample, SAGA_DO, &verdict);
}

bool check_twice_in_one_message(struct bench *bench)
{
    struct sample sample = bench_sample(bench);

    return bench_ask_together(bench, &sample, SAGA_DO, SAGA_DO);
}

bool check_undo(struct bench *bench)
{
    struct sample sample;

    return start_with_undone(bench, &sample);
}

bool check_undo_twice(struct bench *bench)
{
    struct sample sample;

    return start_with_undone(bench, &sample) &&
           bench_expect(bench, &sample, SAGA_UNDO, SAGA_VERDICT_DONE);
}

bool check_late_do(struct bench *bench)
{
    struct sample sample;
    enum saga_verdict verdict;

    return start_with_undone(bench, &sample) && bench_ask(bench, &sample, SAGA_DO, &verdict);
}

bool check_undo_first(struct bench *bench)
{
    struct sample sample = bench_sample(bench);

    return bench_expect(bench, &sample, SAGA_UNDO, SAGA_VERDICT_DONE) &&
           bench_expect(bench, &sample, SAGA_DO, SAGA_VERDICT_FENCED);
}

bool check_other_saga(struct bench *bench)
{
    struct sample one, other;
    enum saga_verdict verdict;

    return start_with_done(bench, &one) && start_with_undone(bench, &other) &&
           bench_ask(bench, &one, SAGA_DO, &verdict);
}

bool check_fence_first(struct bench *bench)
{
    struct sample sample = bench_sample(bench);

    return bench_expect(bench, &sample, SAGA_FENCE, SAGA_VERDICT_REJECTED) &&
           bench_expect(bench, &sample, SAGA_DO, SAGA_VERDICT_FENCED);
}

bool check_fence_late(struct bench *bench)
{
    struct sample sample;

    return start_with_done(bench, &sample) &&
           bench_expect(bench, &sample, SAGA_FENCE, SAGA_VERDICT_DONE);
}

bool check_break(struct bench *bench)
{
    struct sample done, undone = bench_sample(bench);
    enum saga_verdict verdict;
    bool can_undo = bench->options->undo != NULL;

    if (can_undo && !bench_expect(bench, &undone, SAGA_UNDO, SAGA_VERDICT_DONE))
        return false;
    return start_with_done(bench, &done) && bench_break(bench) &&
           bench_ask(bench, &done, SAGA_DO, &verdict) &&
           (!can_undo || bench_expect(bench, &undone, SAGA_DO, SAGA_VERDICT_FENCED));
}

/* ---- stories ---- */

/* A call whose answer nobody hears: it may have arrived, or not; begun, or not. */
static bool lose(struct bench *bench, struct sample *sample, enum saga_direction direction)
{
    if (bench_send(bench, sample, direction) == NULL)
        return false;
    if (direction == SAGA_UNDO)
        sample->promises.undo_lost = true;
    else
        sample->promises.do_lost = true;
    desk_pass(&bench->desk, (uint32_t)(story_draw(&bench->chance) % LOST_MS_MAX));
    return bench_break(bench);
}

static bool happen(struct bench *bench, struct sample *sample, enum happening happening)
{
    enum saga_verdict verdict;

    switch (happening) {
    case STORY_DO:
        return bench_ask(bench, sample, SAGA_DO, &verdict);
    case STORY_DO_TWICE:
        return bench_ask_together(bench, sample, SAGA_DO, SAGA_DO);
    case STORY_UNDO:
        return bench_ask(bench, sample, SAGA_UNDO, &verdict);
    case STORY_UNDO_THEN_DO:
        return bench_ask_together(bench, sample, SAGA_UNDO, SAGA_DO);
    case STORY_FENCE:
        return bench_ask(bench, sample, SAGA_FENCE, &verdict);
    case STORY_LOST_DO:
        return lose(bench, sample, SAGA_DO);
    case STORY_LOST_UNDO:
        return lose(bench, sample, SAGA_UNDO);
    case STORY_RESTART:
        return bench_break(bench);
    case STORY_HAPPENINGS:
        break;
    }
    assert(false); /* A story has no such event. */
    return false;
}

static bool fail_story(struct bench *bench, const struct story *story, size_t told, uint32_t round)
{
    char why[PROMISES_TEXT_SIZE];
    char sequence[STORY_TEXT_SIZE];

    snprintf(why, sizeof why, "%.*s", (int)sizeof why - 1, bench->why);
    story_describe(story, told, bench->subject.command != NULL ? "crash" : "cut", sequence);
    return bench_fail(bench, "%s\n        sequence: %s\n        seed %llu, round %u", why, sequence,
                      (unsigned long long)bench->options->seed, round);
}

static bool tell(struct bench *bench, const struct story *story, uint32_t round)
{
    struct sample sample = bench_sample(bench), neighbour = bench_sample(bench);
    enum saga_verdict verdict;

    if (story->has_neighbour && !bench_ask(bench, &neighbour, SAGA_DO, &verdict))
        return fail_story(bench, story, 0, round);
    for (size_t i = 0; i < story->length; i++) {
        if (!happen(bench, &sample, story->events[i]))
            return fail_story(bench, story, i + 1, round);
    }
    if (story->has_neighbour && !bench_ask(bench, &neighbour, SAGA_DO, &verdict))
        return fail_story(bench, story, story->length, round);
    return true;
}

bool check_stories(struct bench *bench)
{
    struct story_kind kind = {.can_undo = bench->options->undo != NULL, .can_fence = true};

    for (uint32_t round = 0; round < bench->options->rounds; round++) {
        struct story story = story_make(bench->options->seed, round, kind);
        if (!tell(bench, &story, round))
            return false;
    }
    return true;
}
