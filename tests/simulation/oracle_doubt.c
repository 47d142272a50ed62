/*
 * Which attempts of a do may still act, by what the wire and the journal saw, whatever the product
 * has noted of it. Without a guard each attempt may have an effect of its own; so a refusal settles
 * a step only when no other attempt, and no other worker with the same one, can.
 */
#include "simulation/look.h"

static uint64_t bit_of(uint32_t attempt)
{
    return 1ull << (attempt < 63 ? attempt : 63);
}

/* An ask of something that is being worked on is no second hand-out. */
void doubt_handed(struct oracle_step *step, const struct seen_call *call)
{
    uint64_t bit = bit_of(call->attempt);

    if (call->generation != step->seen.generation || step->seen.working)
        return;
    step->twice |= step->handed & bit;
    step->handed |= bit;
}

static bool is_out(const struct seen_step *step)
{
    return step->do_state == DO_CALLING;
}

/* Is this event an answer to this step's do? */
static bool is_answer(const struct look *look, uint8_t i)
{
    return look->event->type == RESULT && look->event->step == i &&
           look->event->direction == DIRECTION_DO;
}

static bool is_settled(const struct seen_step *step)
{
    return step->do_state == DO_REJECTED && !step->touched;
}

/* With a guard it has said that it is done, or that it never will be, under this key. */
static bool has_decided(const struct oracle_step *step)
{
    return step->answered_generation == step->seen.generation &&
           (step->answered[DIRECTION_DO] & (1u << SAID_DONE | 1u << SAID_REJECTED)) != 0;
}

/* Where a key was, its successor goes too: only who knows both can keep one of them from acting. */
static void check_place(const struct look *look, uint8_t i)
{
    const struct oracle_step *before = &look->saga->steps[i];
    const struct seen_step *now = look_after(look, i);

    if (now->route == before->seen.route)
        return;
    if (before->seen.touched)
        oracle_violated(look->oracle, 17, "saga %u step %u goes elsewhere, but may be done already",
                        look->at, i);
    if (now->generation > before->seen.generation && before->do_left && !has_decided(before))
        oracle_violated(look->oracle, 17,
                        "saga %u step %u goes elsewhere, and its old key may still act", look->at,
                        i);
}

void doubt_check(const struct look *look, uint8_t i)
{
    const struct oracle_step *before = &look->saga->steps[i];
    const struct seen_step *now = look_after(look, i);
    uint64_t bit = bit_of(look->event->attempt);
    bool person = before->by_person || (look->event->type == VERB && look->event->step == i);

    check_place(look, i);
    if (look->shape->steps[i].guarded || look->shape->steps[i].read_only || person)
        return;
    if (is_answer(look, i) && is_settled(now) && !is_settled(&before->seen) &&
        ((before->doubtful & ~bit) != 0 || (before->twice & bit) != 0))
        oracle_violated(look->oracle, 22,
                        "saga %u step %u is settled by a refusal, but another worker may act",
                        look->at, i);
    if (is_answer(look, i) && look->event->verdict == SAID_BUSY && !now->touched &&
        (before->doubtful != 0 || (before->twice & bit) != 0 || before->seen.working))
        oracle_violated(look->oracle, 22, "saga %u step %u is untouched, but a worker may act",
                        look->at, i);
    if (now->generation > before->seen.generation && before->doubtful != 0)
        oracle_violated(look->oracle, 17, "saga %u step %u has a new key, but the old one may act",
                        look->at, i);
}

/* Called before the step is taken over. */
void doubt_remember(const struct look *look, uint8_t i)
{
    struct oracle_step *step = &look->saga->steps[i];
    const struct seen_step *now = look_after(look, i);
    uint64_t out = bit_of(step->seen.forward_attempt);
    bool answered = is_answer(look, i);

    if (now->generation != step->seen.generation || is_settled(now)) {
        step->doubtful = step->handed = step->twice = 0;
        return;
    }
    if (!is_out(&step->seen) || is_out(now) || now->do_state == DO_DONE)
        return;
    bool spoke = answered && look->event->attempt == step->seen.forward_attempt &&
                 (look->event->verdict == SAID_REJECTED ||
                  (look->event->verdict == SAID_BUSY && !step->seen.working));
    /* One that has said no, or not now, speaks for itself alone. */
    step->doubtful |= (spoke ? step->twice : step->handed) & out;
}
