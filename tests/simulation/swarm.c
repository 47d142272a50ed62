#include "simulation/swarm.h"

#include <string.h>

#define SUBJECT_SWARM 1000u

static const struct {
    const char *name;
    uint32_t most; /* Per mille, of each opportunity. */
} mishaps[MISHAP_COUNT] = {
    [MISHAP_DELAY] = {"delay", 300},
    [MISHAP_LOSS] = {"loss", 60},
    [MISHAP_DUPLICATE] = {"duplicate", 80},
    [MISHAP_RESET] = {"reset", 1000},
    [MISHAP_PARTITION] = {"partition", 1000},
    [MISHAP_CRASH] = {"crash", 1000},
    [MISHAP_CRASH_INSIDE] = {"crash-inside", 20},
    [MISHAP_POWER] = {"power", 1000},
    [MISHAP_COMMIT_KEPT] = {"commit-kept", 700},
    [MISHAP_CRASH_RECOVERY] = {"crash-recovery", 400},
    [MISHAP_STORE_FULL] = {"store-full", 1000},
    [MISHAP_WALL_JUMP] = {"wall-jump", 1000},
    [MISHAP_REFUSED] = {"refused", 60},
    [MISHAP_UNDO_REFUSED] = {"undo-refused", 40},
    [MISHAP_BUSY] = {"busy", 60},
    [MISHAP_RETRY] = {"retry", 80},
    [MISHAP_WORKING] = {"working", 60},
    [MISHAP_SLOW] = {"slow", 60},
    [MISHAP_DEAD] = {"dead", 1000},
    [MISHAP_REPLY_LOST] = {"reply-lost", 60},
    [MISHAP_RESULT_TWICE] = {"result-twice", 60},
    [MISHAP_FOREIGN] = {"foreign", 40},
    [MISHAP_FORGED] = {"forged", 40},
    [MISHAP_UNSYNCED] = {"unsynced", 20},
    [MISHAP_SAME_KEY] = {"same-key", 200},
    [MISHAP_OTHER_BODY] = {"other-body", 100},
    [MISHAP_CANCEL] = {"cancel", 100},
    [MISHAP_WANT_OF_SERVICE] = {"want-of-service", 300},
    [MISHAP_OPERATOR] = {"operator", 1000},
    [MISHAP_UNGUARDED] = {"unguarded", 320},
    [MISHAP_TIGHT] = {"tight", 1000},
    [MISHAP_STOP] = {"stop", 1000},
    [MISHAP_WIRE] = {"wire", 800},
    [MISHAP_WIRE_LOST] = {"wire-lost", 200},
    [MISHAP_WIRE_AGAIN] = {"wire-again", 1},
    [MISHAP_ROUTE] = {"route", 1},
    [MISHAP_TOGETHER] = {"together", 1},
    [MISHAP_POOR] = {"poor", 1},
    [MISHAP_WALL_DAYS] = {"wall-days", 500},
};

void swarm_draw(struct swarm *swarm, uint64_t seed, uint64_t without)
{
    *swarm = (struct swarm){0};
    for (uint32_t i = 0; i < MISHAP_COUNT; i++) {
        struct chance chance = chance_of(seed, SUBJECT_SWARM + i);
        bool on = chance_below(&chance, 2) == 0;
        uint32_t most = mishaps[i].most;
        uint32_t strength = chance_between(&chance, most / 10 + 1, most);
        if (on && !(without & 1ull << i))
            swarm->per_mille[i] = strength;
        swarm->streams[i] = chance;
    }
}

bool swarm_strikes(struct swarm *swarm, enum mishap mishap)
{
    if (swarm->per_mille[mishap] == 0 || swarm->calm)
        return false;
    if (!chance_per_mille(&swarm->streams[mishap], swarm->per_mille[mishap]))
        return false;
    swarm->counts[mishap]++;
    return true;
}

const char *mishap_name(enum mishap mishap)
{
    return mishaps[mishap].name;
}

enum mishap mishap_named(const char *name)
{
    uint32_t i = 0;

    while (i < MISHAP_COUNT && strcmp(mishaps[i].name, name) != 0)
        i++;
    return (enum mishap)i;
}
