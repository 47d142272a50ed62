#include "simulation/sweep_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_saga(const struct script *script, uint32_t saga)
{
    const struct sweep_plan *plan = &script->plans[saga];

    for (uint32_t i = 0; i < plan->steps; i++)
        printf("%x", plan->needs[i]);
    printf(" %u ", plan->pivot);
    for (uint32_t i = 0; i < plan->steps; i++)
        printf("%u", script->outcomes[saga][i]);
}

void sweep_line_print(const struct script *script)
{
    const struct schedule *schedule = script->schedule;

    printf("repeat: saga-sim --case '");
    print_saga(script, 0);
    if (schedule == NULL) {
        printf(" %" PRIu64 " %u %" PRIu64 " %u %u'\n", script->die_at[0], script->die[0],
               script->die_at[1], script->die[1], script->power);
        return;
    }
    printf(" ");
    print_saga(script, 1);
    printf(" %u %u ", schedule->room, schedule->cancels);
    for (uint32_t i = 0; i < schedule->length; i++)
        printf("%u", schedule->choices[i]);
    printf("'\n");
}

/* A digit; one that is too large when it is none. */
static uint8_t digit(char letter)
{
    return letter >= '0' && letter <= '9' ? (uint8_t)(letter - '0') : UINT8_MAX;
}

static bool read_saga(const char *needs, unsigned pivot, const char *outcomes, uint32_t saga,
                      struct script *script)
{
    struct sweep_plan *plan = &script->plans[saga];
    size_t steps = strlen(needs);

    if (steps == 0 || strlen(outcomes) != steps || pivot > steps)
        return false;
    plan->steps = (uint8_t)steps;
    plan->pivot = (uint8_t)pivot;
    for (size_t i = 0; i < steps; i++) {
        plan->needs[i] = digit(needs[i]);
        script->outcomes[saga][i] = digit(outcomes[i]);
        if (plan->needs[i] >= 1u << i || script->outcomes[saga][i] >= OUTCOME_COUNT)
            return false;
    }
    return true;
}

static bool read_pair(const char *line, struct script *script, struct schedule *schedule)
{
    char needs[2][5], outcomes[2][5], choices[SCHEDULE_CHOICES_MAX + 1];
    unsigned pivots[2], cancels;

    int fields = sscanf(line, "%4s %u %4s %4s %u %4s %u %u %32s", needs[0], &pivots[0],
                        outcomes[0], needs[1], &pivots[1], outcomes[1], &schedule->room,
                        &cancels, choices);
    if (fields != 9 || schedule->room == 0 || schedule->room > 3)
        return false;
    for (uint32_t saga = 0; saga < 2; saga++)
        if (!read_saga(needs[saga], pivots[saga], outcomes[saga], saga, script))
            return false;
    schedule->cancels = cancels != 0;
    schedule->wished = (uint32_t)strlen(choices);
    for (uint32_t i = 0; i < schedule->wished; i++)
        schedule->choices[i] = digit(choices[i]);
    script->schedule = schedule;
    return true;
}

bool sweep_line_read(const char *line, struct script *ret_script, struct schedule *schedule)
{
    char needs[5], outcomes[5];
    unsigned pivot, first, second, power;

    *ret_script = (struct script){0};
    *schedule = (struct schedule){0};
    if (read_pair(line, ret_script, schedule))
        return true;
    *ret_script = (struct script){0};
    int fields =
        sscanf(line, "%4s %u %4s %" SCNu64 " %u %" SCNu64 " %u %u", needs, &pivot, outcomes,
               &ret_script->die_at[0], &first, &ret_script->die_at[1], &second, &power);
    if (fields != 8 || first >= DIE_COUNT || second >= DIE_COUNT)
        return false;
    ret_script->die[0] = (enum die)first;
    ret_script->die[1] = (enum die)second;
    ret_script->power = power != 0;
    return read_saga(needs, pivot, outcomes, 0, ret_script);
}
