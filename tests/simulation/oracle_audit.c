/*
 * The audit: each verb of a person is one entry, in the commit of its event, with what it changed;
 * what was not accepted is an entry without an event; and the entries are one chain.
 */
#include "simulation/look.h"

#include <string.h>

void audit_remember(const struct look *look)
{
    struct oracle *oracle = look->oracle;
    const struct seen_event *event = look->event;

    if (!event->by_person)
        return;
    if (oracle->act_count == SIM_SAGAS_MAX) {
        oracle_violated(oracle, 6, "a commit has more events than there are sagas");
        return;
    }
    oracle->acts[oracle->act_count++] = (struct oracle_act){
        .number = event->number,
        .sequence = event->sequence,
        .verb = event->verb,
        .phase = look->saga->phase,
        .parked = look->saga->parked,
        .paused = look->saga->paused,
    };
}

static struct oracle_act *find_act(struct oracle *oracle, const struct seen_audit *entry)
{
    for (uint32_t i = 0; i < oracle->act_count; i++) {
        struct oracle_act *act = &oracle->acts[i];
        if (act->number == entry->number && act->sequence == entry->sequence &&
            act->verb == entry->verb && !act->told)
            return act;
    }
    return NULL;
}

/* What it says of the saga before and after, against what the journal says. */
static bool is_true(const struct oracle_act *act, const struct oracle_saga *saga,
                    const struct seen_audit *entry)
{
    return entry->before.phase == act->phase && entry->before.parked == act->parked &&
           entry->before.paused == act->paused && entry->after.phase == saga->phase &&
           entry->after.parked == saga->parked && entry->after.paused == saga->paused;
}

void oracle_audit(struct oracle *oracle, const struct seen_audit *entry,
                  const struct seen_record *record)
{
    uint32_t at = oracle_find(oracle, entry->number);

    oracle->checks++;
    chain_event(oracle, oracle->audit_link, record);
    if (record->sequence != ++oracle->audit_sequence)
        oracle_violated(oracle, 6, "entry %u of the audit follows on %u", record->sequence,
                        oracle->audit_sequence - 1);
    if (at == SIM_NONE || entry->sequence > oracle->sagas[at].sequence) {
        oracle_violated(oracle, 6, "entry %u of the audit speaks of nothing", record->sequence);
        return;
    }
    if (entry->accepted != (entry->event_link != NULL))
        oracle_violated(oracle, 6, "entry %u of the audit contradicts itself", record->sequence);
    if (!entry->accepted)
        return;
    struct oracle_act *act = find_act(oracle, entry);
    if (act == NULL) {
        oracle_violated(oracle, 6, "entry %u of the audit has no event in its commit",
                        record->sequence);
        return;
    }
    act->told = true;
    if (memcmp(entry->event_link, oracle->sagas[at].link, CHAIN_LINK_SIZE) != 0)
        oracle_violated(oracle, 6, "entry %u of the audit has the link of something else",
                        record->sequence);
    if (!is_true(act, &oracle->sagas[at], entry))
        oracle_violated(oracle, 6, "entry %u of the audit misstates saga %u", record->sequence, at);
}

void oracle_committed(struct oracle *oracle)
{
    for (uint32_t i = 0; i < oracle->act_count; i++)
        if (!oracle->acts[i].told)
            oracle_violated(oracle, 6, "verb %u of saga %u is not in the audit",
                            oracle->acts[i].verb, oracle_find(oracle, oracle->acts[i].number));
    oracle->act_count = 0;
}
