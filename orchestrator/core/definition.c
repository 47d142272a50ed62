/*
 * What follows from a definition's steps, worked out once when it is loaded.
 */
#include "core/definition.h"

#include <assert.h>
#include <stddef.h>

uint32_t definition_all(const struct definition *definition)
{
    assert(definition->step_count >= 1);
    assert(definition->step_count <= SAGA_STEPS_MAX);

    return UINT32_MAX >> (SAGA_STEPS_MAX - definition->step_count);
}

/* The core links nothing, so it compares names itself. */
static bool same_name(const char *one, const char *other)
{
    size_t i = 0;

    while (one[i] != '\0' && one[i] == other[i])
        i++;
    return one[i] == other[i];
}

uint8_t definition_step_named(const struct definition *definition, const char *name)
{
    assert(definition->step_count <= SAGA_STEPS_MAX);
    assert(name != NULL);

    for (uint8_t i = 0; i < definition->step_count; i++)
        if (same_name(definition->steps[i].name, name))
            return i;
    return DEFINITION_NO_STEP;
}

/* Everything each step needs, directly or not; grown until nothing more is found. */
static void needs_of_needs(const struct definition *definition, uint32_t ret_needs[SAGA_STEPS_MAX])
{
    bool grown = true;

    for (uint32_t i = 0; i < definition->step_count; i++)
        ret_needs[i] = definition->steps[i].needs;
    while (grown) {
        grown = false;
        for (uint32_t i = 0; i < definition->step_count; i++) {
            uint32_t found = ret_needs[i];

            for (uint32_t j = 0; j < definition->step_count; j++)
                if (ret_needs[i] & 1u << j)
                    found |= ret_needs[j];
            grown = grown || found != ret_needs[i];
            ret_needs[i] = found;
        }
    }
}

static uint8_t pivot_of(const struct definition *definition)
{
    for (uint8_t i = 0; i < definition->step_count; i++)
        if (definition->steps[i].pivot)
            return i;
    return DEFINITION_NO_STEP;
}

bool definition_derive(struct definition *definition)
{
    uint32_t needs[SAGA_STEPS_MAX];

    assert(definition->step_count >= 1);
    assert(definition->step_count <= SAGA_STEPS_MAX);

    needs_of_needs(definition, needs);
    for (uint32_t i = 0; i < definition->step_count; i++)
        if (needs[i] & 1u << i)
            return false;

    for (uint32_t i = 0; i < definition->step_count; i++) {
        definition->dependents[i] = 0;
        for (uint32_t j = 0; j < definition->step_count; j++)
            if (needs[j] & 1u << i)
                definition->dependents[i] |= 1u << j;
    }
    definition->pivot = pivot_of(definition);
    definition->after_pivot = definition->pivot == DEFINITION_NO_STEP
                                  ? 0
                                  : definition->dependents[definition->pivot];
    return true;
}

/* ---- time ---- */

/* How long a step can take when every counted attempt times out, before jitter. */
static uint64_t step_ms(const struct definition_step *step)
{
    uint64_t total = (uint64_t)step->retry.attempts * step->timeout_ms;
    uint64_t wait = step->retry.base_ms;

    for (uint32_t i = 1; i < step->retry.attempts; i++) {
        if (wait > step->retry.max_ms)
            wait = step->retry.max_ms;
        total += wait;
        wait *= step->retry.factor;
    }
    return total;
}

/* How long from the start until a step is over, once that is known of all that it needs. */
static uint64_t path_to_ms(const struct definition *definition, uint8_t step,
                           const uint64_t path_ms[SAGA_STEPS_MAX])
{
    uint64_t start_ms = 0;

    for (uint8_t need = 0; need < definition->step_count; need++)
        if ((definition->steps[step].needs & 1u << need) != 0 && path_ms[need] > start_ms)
            start_ms = path_ms[need];
    return start_ms + step_ms(&definition->steps[step]);
}

uint64_t definition_longest_ms(const struct definition *definition, uint8_t *ret_last)
{
    uint64_t path_ms[SAGA_STEPS_MAX];
    uint32_t known = 0;
    uint8_t last = 0;

    assert(definition->step_count >= 1);
    assert(definition->step_count <= SAGA_STEPS_MAX);

    while (known != definition_all(definition)) { /* Needs form no cycle. */
        for (uint8_t i = 0; i < definition->step_count; i++) {
            if ((definition->steps[i].needs & ~known) != 0)
                continue;
            path_ms[i] = path_to_ms(definition, i, path_ms);
            known |= 1u << i;
        }
    }
    for (uint8_t i = 1; i < definition->step_count; i++)
        if (path_ms[i] > path_ms[last])
            last = i;
    if (definition->pivot != DEFINITION_NO_STEP)
        last = definition->pivot;
    *ret_last = last;
    return path_ms[last];
}
