#include "probe.h"

#include <assert.h>
#include <string.h>

enum probe_state { PROBE_IDLE, PROBE_ASKED, PROBE_ANSWERED };

/* On the engine's thread. An engine that is going away, or sheds, answers without a report. */
static void answered(struct request *request, struct answer *answer)
{
    struct probe *probe = (struct probe *)request;

    if (answer->status_report == NULL) {
        atomic_store(&probe->state, PROBE_IDLE);
        return;
    }
    probe->status = *answer->status_report;
    atomic_store(&probe->state, PROBE_ANSWERED);
}

void probe_ask(struct probe *probe, struct inbox *inbox)
{
    int idle = PROBE_IDLE;

    if (!atomic_compare_exchange_strong(&probe->state, &idle, PROBE_ASKED))
        return;
    memset(&probe->request, 0, sizeof(probe->request));
    probe->request.type = REQUEST_STATUS;
    probe->request.answer = answered;
    inbox_ask(inbox, &probe->request);
}

bool probe_take(struct probe *probe)
{
    int answered_state = PROBE_ANSWERED;

    return atomic_compare_exchange_strong(&probe->state, &answered_state, PROBE_IDLE);
}

bool probe_has_worker(const struct probe *probe, const char *participant)
{
    assert(atomic_load(&probe->state) == PROBE_IDLE);
    for (size_t i = 0; i < probe->status.participant_count; i++)
        if (strcmp(probe->status.participants[i].name, participant) == 0)
            return probe->status.participants[i].workers > 0;
    return false;
}
