#include "simulation/trail.h"

#include "simulation/chance.h"

#include <inttypes.h>
#include <stdio.h>

void trail_note(struct trail *trail, uint64_t now_ms, const char *word, uint64_t a, uint64_t b,
                uint64_t c)
{
    uint64_t letters = 0;

    for (const char *at = word; *at != '\0'; at++)
        letters = letters * 31 + (uint8_t)*at;
    trail->count++;
    trail->hash = chance_mix(trail->hash + now_ms) ^ letters;
    trail->hash = chance_mix(trail->hash + a) * 3 + b;
    trail->hash = chance_mix(trail->hash + c);
    if (trail->shown)
        printf("%8" PRIu64 " %-12s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", now_ms, word, a, b, c);
}
