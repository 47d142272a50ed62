#include "promises.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_TEXT_SIZE 160u
#define ANSWER_OUTPUT_SHOWN 60u

bool promises_is_settled(enum saga_verdict verdict)
{
    return verdict == SAGA_VERDICT_DONE || verdict == SAGA_VERDICT_REJECTED ||
           verdict == SAGA_VERDICT_FENCED;
}

const char *promises_verdict(enum saga_verdict verdict)
{
    switch (verdict) {
    case SAGA_VERDICT_DONE:
        return "DONE";
    case SAGA_VERDICT_REJECTED:
        return "REJECTED";
    case SAGA_VERDICT_FENCED:
        return "FENCED";
    case SAGA_VERDICT_BUSY:
        return "BUSY";
    case SAGA_VERDICT_RETRY:
        return "RETRY";
    case SAGA_VERDICT_WORKING:
        return "WORKING";
    case SAGA_VERDICT_COUNT:
        break;
    }
    return "nothing known";
}

__attribute__((format(printf, 2, 3))) static bool wrong(char text[PROMISES_TEXT_SIZE],
                                                        const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, PROMISES_TEXT_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- answers in words ---- */

static void describe(enum saga_verdict verdict, const char *code, struct bytes output,
                     char ret_text[ANSWER_TEXT_SIZE])
{
    int shown = (int)(output.size < ANSWER_OUTPUT_SHOWN ? output.size : ANSWER_OUTPUT_SHOWN);

    snprintf(ret_text, ANSWER_TEXT_SIZE, "%s%s%s%s%.*s%s", promises_verdict(verdict),
             code[0] != '\0' ? " " : "", code, shown > 0 ? " " : "", shown,
             shown > 0 ? (const char *)output.data : "",
             output.size > ANSWER_OUTPUT_SHOWN ? "…" : "");
}

static bool wrong_duplicate(const struct promises *promises, const struct wire_result *result,
                            const char *whose, char text[PROMISES_TEXT_SIZE])
{
    char first[ANSWER_TEXT_SIZE], now[ANSWER_TEXT_SIZE];

    describe(promises->verdict, promises->code, bytes_of(promises->output, promises->output_size),
             first);
    describe(result->verdict, result->code, result->output, now);
    return wrong(text, "%s%s was answered otherwise than the first time: %s, now %s",
                 promises->unguarded ? "no guard: " : "", whose, first, now);
}

/* ---- taking answers ---- */

static bool is_the_same(const struct promises *promises, const struct wire_result *result)
{
    if (result->verdict != promises->verdict)
        return false;
    if (result->verdict == SAGA_VERDICT_REJECTED)
        return strcmp(result->code, promises->code) == 0;
    return bytes_equal(result->output, bytes_of(promises->output, promises->output_size));
}

static void decide(struct promises *promises, const struct wire_result *result)
{
    assert(!promises->decided);
    assert(result->output.size <= sizeof promises->output);

    promises->decided = true;
    promises->verdict = result->verdict;
    snprintf(promises->code, sizeof promises->code, "%s", result->code);
    promises->output_size = result->output.size;
    if (result->output.size > 0)
        memcpy(promises->output, result->output.data, result->output.size);
}

/* What came too late must not be done; that nobody could look yet is no harm. */
static bool take_late_do(const struct promises *promises, const struct wire_result *result,
                         char text[PROMISES_TEXT_SIZE])
{
    bool is_done = result->verdict == SAGA_VERDICT_DONE || result->verdict == SAGA_VERDICT_WORKING;

    if (!is_done)
        return true;
    /* It may have been done before the undo, which nobody heard, and be answered as then. */
    if (promises->undone && promises->do_lost && result->verdict == SAGA_VERDICT_DONE)
        return true;
    if (promises->undone)
        return wrong(text,
                     "undo without tombstone: a late do was done after its undo; it was "
                     "answered %s, and FENCED is right",
                     promises_verdict(result->verdict));
    return wrong(text,
                 "fence without tombstone: what was fenced was done; it was answered %s, "
                 "and FENCED is right",
                 promises_verdict(result->verdict));
}

static bool take_do(struct promises *promises, const struct wire_result *result,
                    char text[PROMISES_TEXT_SIZE])
{
    bool may_be_undone = promises->undone || promises->undo_lost;

    if (promises->decided) {
        if (is_the_same(promises, result) ||
            (may_be_undone && result->verdict == SAGA_VERDICT_FENCED) ||
            !promises_is_settled(result->verdict))
            return true;
        return wrong_duplicate(promises, result, "a duplicate", text);
    }
    if (promises->undone || promises->fenced)
        return take_late_do(promises, result, text);
    if (result->verdict == SAGA_VERDICT_FENCED && may_be_undone)
        return true;
    if (result->verdict == SAGA_VERDICT_FENCED)
        return wrong(text, "a do was answered FENCED, though neither an undo nor a fence came");
    if (result->verdict == SAGA_VERDICT_WORKING)
        promises->begun = true;
    if (promises_is_settled(result->verdict))
        decide(promises, result);
    return true;
}

static bool take_undo(struct promises *promises, const struct wire_result *result,
                      char text[PROMISES_TEXT_SIZE])
{
    char now[ANSWER_TEXT_SIZE];

    if (!promises_is_settled(result->verdict))
        return true;
    if (result->verdict == SAGA_VERDICT_DONE) {
        promises->undone = true;
        return true;
    }
    describe(result->verdict, result->code, bytes_of(NULL, 0), now);
    return wrong(text, "an undo was answered %s; %s, and DONE is right", now,
                 promises->undone ? "it had been undone already"
                 : promises->decided && promises->verdict == SAGA_VERDICT_DONE
                     ? "it must succeed in the end"
                     : "there was nothing to undo");
}

static bool take_fence(struct promises *promises, const struct wire_result *result,
                       char text[PROMISES_TEXT_SIZE])
{
    if (!promises_is_settled(result->verdict))
        return true;
    if (promises->decided) {
        if (is_the_same(promises, result))
            return true;
        return wrong_duplicate(promises, result, "the fence of what was decided", text);
    }
    if (result->verdict == SAGA_VERDICT_REJECTED) {
        promises->fenced = true;
        return true;
    }
    /* The work of a do whose answer was lost may be there, and decided. */
    if (result->verdict == SAGA_VERDICT_DONE && promises->do_lost && !promises->undone &&
        !promises->fenced) {
        decide(promises, result);
        return true;
    }
    return wrong(text, "a fence of what never happened was answered %s, and REJECTED is right",
                 promises_verdict(result->verdict));
}

bool promises_take(struct promises *promises, enum saga_direction direction,
                   const struct wire_result *result, char ret_wrong[PROMISES_TEXT_SIZE])
{
    assert(direction != SAGA_DIRECTION_COUNT);
    switch (direction) {
    case SAGA_DO:
        return take_do(promises, result, ret_wrong);
    case SAGA_UNDO:
        return take_undo(promises, result, ret_wrong);
    case SAGA_FENCE:
        return take_fence(promises, result, ret_wrong);
    case SAGA_DIRECTION_COUNT:
        break;
    }
    return false;
}

/* ---- the effect ---- */

static bool wrong_repetition(const struct promises *promises, int effect,
                             char text[PROMISES_TEXT_SIZE])
{
    if (promises->unguarded)
        return wrong(text,
                     "no guard: the handler did its work again on a duplicate: the effect "
                     "is %d",
                     effect);
    if (promises->begun)
        return wrong(text,
                     "new work on a duplicate: asked again after WORKING, the handler began "
                     "anew: the effect is %d",
                     effect);
    if (promises->do_lost && !promises->decided)
        return wrong(text,
                     "new work on a duplicate: what was done before a crash was done again "
                     "after it: the effect is %d",
                     effect);
    return wrong(text,
                 "new work on a duplicate: the handler did its work again on a duplicate: "
                 "the effect is %d",
                 effect);
}

static bool wrong_remainder(const struct promises *promises, enum saga_direction last, int effect,
                            char text[PROMISES_TEXT_SIZE])
{
    if (promises->undone && last == SAGA_DO)
        return wrong(text,
                     "undo without tombstone: a late do was done after its undo: the effect "
                     "is %d, and 0 is right",
                     effect);
    if (promises->undone)
        return wrong(text, "the undo was answered DONE and left the effect: it is %d", effect);
    if (promises->fenced)
        return wrong(text, "fence without tombstone: what was fenced was done: the effect is %d",
                     effect);
    return wrong(text,
                 "a refusal left an effect: REJECTED promises that nothing is left, and the "
                 "effect is %d",
                 effect);
}

bool promises_check_effect(const struct promises *promises, enum saga_direction last, int effect,
                           char ret_wrong[PROMISES_TEXT_SIZE])
{
    bool is_done = promises->decided && promises->verdict == SAGA_VERDICT_DONE;
    bool is_nothing = promises->undone || promises->fenced || (promises->decided && !is_done);

    if (effect < 0)
        return wrong(ret_wrong, "the effect cannot be counted");
    if (is_nothing && effect > 0)
        return wrong_remainder(promises, last, effect, ret_wrong);
    if (effect > 1)
        return wrong_repetition(promises, effect, ret_wrong);
    if (is_done && !promises->undone && !promises->undo_lost && effect == 0)
        return wrong(ret_wrong, "it was answered DONE, and the effect is 0");
    return true;
}
