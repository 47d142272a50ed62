#include "simulation/chance.h"

#include "simulation/tape.h"

#include <assert.h>

#define GOLDEN 0x9e3779b97f4a7c15u

uint64_t chance_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct chance chance_of(uint64_t seed, uint64_t subject)
{
    return (struct chance){.state = chance_mix(chance_mix(seed + GOLDEN) ^ (subject + 1) * GOLDEN)};
}

uint64_t chance_next(struct chance *chance)
{
    chance->state += GOLDEN;
    return chance_mix(chance->state);
}

static uint32_t draw(struct chance *chance, uint32_t bound)
{
    assert(bound > 0);
    return (uint32_t)((chance_next(chance) >> 32) * bound >> 32);
}

uint32_t chance_below(struct chance *chance, uint32_t bound)
{
    uint32_t drawn = draw(chance, bound);

    return chance->tape == NULL ? drawn
                                : tape_decide(chance->tape, chance->subject, drawn, bound);
}

uint32_t chance_between(struct chance *chance, uint32_t least, uint32_t most)
{
    assert(least <= most);
    return least + chance_below(chance, most - least + 1);
}

bool chance_per_mille(struct chance *chance, uint32_t per_mille)
{
    bool drawn = draw(chance, 1000) < per_mille;

    return chance->tape == NULL ? drawn
                                : tape_decide(chance->tape, chance->subject, drawn, 2) != 0;
}

void chance_fill(struct chance *chance, void *data, size_t size)
{
    uint8_t *out = data;

    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(chance_next(chance) >> 56);
}
