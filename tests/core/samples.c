/*
 * Definitions in C, for tests that must not depend on the catalog.
 */
#include "core/samples.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS 86400000u

static void copy_name(char to[SAGA_NAME_SIZE], const char *name)
{
    assert(strlen(name) < SAGA_NAME_SIZE);
    snprintf(to, SAGA_NAME_SIZE, "%s", name);
}

void sample_begin(struct definition *definition, const char *name)
{
    *definition = (struct definition){.deadline_ms = 30000, .patience_ms = DAY_MS};
    copy_name(definition->name, name);
    definition->pivot = DEFINITION_NO_STEP;
}

uint8_t sample_participant(struct definition *definition, const char *name, bool guarded)
{
    uint8_t index = definition->participant_count++;

    copy_name(definition->participants[index].name, name);
    definition->participants[index].guarded = guarded;
    return index;
}

struct definition_step *sample_step(struct definition *definition, const char *name,
                                    uint8_t participant, const char *undo, uint32_t needs)
{
    struct definition_step *step = &definition->steps[definition->step_count++];

    copy_name(step->name, name);
    copy_name(step->operation, name);
    copy_name(step->undo, undo != NULL ? undo : "");
    step->routes[0] = participant;
    step->route_count = 1;
    step->needs = needs;
    step->timeout_ms = 1000;
    step->retry = (struct definition_retry){3, 100, 2, 5000};
    return step;
}

static void message(struct definition *definition, const char *name, bool guarded)
{
    uint8_t auth, billing, messaging;
    struct definition_step *step;

    sample_begin(definition, name);
    auth = sample_participant(definition, "auth", guarded);
    billing = sample_participant(definition, "billing", guarded);
    messaging = sample_participant(definition, "messaging", guarded);
    step = sample_step(definition, "validate", auth, NULL, 0);
    step->read_only = true;
    step->timeout_ms = 300;
    sample_step(definition, "reserve_quota", billing, "release_quota", 1u << 0);
    sample_step(definition, "reserve_balance", billing, "release_balance", 1u << 1);
    sample_step(definition, "queue", messaging, NULL, 1u << 2)->pivot = true;
    sample_step(definition, "confirm", billing, NULL, 1u << 3);
}

static void order(struct definition *definition)
{
    uint8_t store, bank, post;

    sample_begin(definition, "order");
    store = sample_participant(definition, "store", true);
    bank = sample_participant(definition, "bank", true);
    post = sample_participant(definition, "post", true);
    sample_step(definition, "stock", store, "restock", 0);
    sample_step(definition, "money", bank, "refund", 0);
    sample_step(definition, "pack", store, "unpack", 1u << 0);
    sample_step(definition, "charge", bank, NULL, 1u << 1 | 1u << 2)->pivot = true;
    sample_step(definition, "ship", post, NULL, 1u << 3);
    sample_step(definition, "mail", post, NULL, 1u << 3);
}

static void trip(struct definition *definition)
{
    uint8_t air, city;

    sample_begin(definition, "trip");
    air = sample_participant(definition, "air", false);
    city = sample_participant(definition, "city", false);
    sample_step(definition, "flight", air, "cancel_flight", 0);
    sample_step(definition, "hotel", city, "cancel_hotel", 1u << 0);
    sample_step(definition, "car", city, "cancel_car", 1u << 0);
}

static void patient_order(struct definition *definition)
{
    uint8_t store, bank;

    sample_begin(definition, "patient_order");
    store = sample_participant(definition, "store", false);
    bank = sample_participant(definition, "bank", false);
    sample_step(definition, "stock", store, "restock", 0)->park_on_exhausted = true;
    sample_step(definition, "charge", bank, NULL, 1u << 0)->pivot = true;
}

static void deposit(struct definition *definition)
{
    uint8_t bank;

    sample_begin(definition, "deposit");
    bank = sample_participant(definition, "bank", false);
    sample_step(definition, "hold", bank, "release", 0)->compensate_on_reject = true;
    sample_step(definition, "charge", bank, NULL, 1u << 0)->pivot = true;
}

static void two_routes(struct definition *definition)
{
    struct definition_step *step;
    uint8_t north, south;

    sample_begin(definition, "two_routes");
    north = sample_participant(definition, "north", true);
    south = sample_participant(definition, "south", false);
    step = sample_step(definition, "send", north, NULL, 0);
    step->pivot = true;
    step->routes[1] = south;
    step->route_count = 2;
}

enum { SAMPLE_COUNT = 7 };

const struct definition *sample_named(const char *name)
{
    static struct definition samples[SAMPLE_COUNT];
    static bool built;

    if (!built) {
        message(&samples[0], "send_message", true);
        message(&samples[1], "send_plain", false);
        order(&samples[2]);
        trip(&samples[3]);
        patient_order(&samples[4]);
        deposit(&samples[5]);
        two_routes(&samples[6]);
        for (int i = 0; i < SAMPLE_COUNT; i++)
            built = definition_derive(&samples[i]);
    }
    for (int i = 0; i < SAMPLE_COUNT; i++)
        if (strcmp(samples[i].name, name) == 0)
            return &samples[i];
    return NULL;
}
