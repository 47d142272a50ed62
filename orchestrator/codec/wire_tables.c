#include "codec/wire_tables.h"

#include <assert.h>

static const Saga__V1__Verdict verdicts[SAGA_VERDICT_COUNT] = {
    [SAGA_VERDICT_DONE] = SAGA__V1__VERDICT__VERDICT_DONE,
    [SAGA_VERDICT_REJECTED] = SAGA__V1__VERDICT__VERDICT_REJECTED,
    [SAGA_VERDICT_FENCED] = SAGA__V1__VERDICT__VERDICT_FENCED,
    [SAGA_VERDICT_BUSY] = SAGA__V1__VERDICT__VERDICT_BUSY,
    [SAGA_VERDICT_RETRY] = SAGA__V1__VERDICT__VERDICT_RETRY,
    [SAGA_VERDICT_WORKING] = SAGA__V1__VERDICT__VERDICT_WORKING,
};

static const Saga__V1__Direction directions[SAGA_DIRECTION_COUNT] = {
    [SAGA_DO] = SAGA__V1__DIRECTION__DIRECTION_DO,
    [SAGA_UNDO] = SAGA__V1__DIRECTION__DIRECTION_UNDO,
    [SAGA_FENCE] = SAGA__V1__DIRECTION__DIRECTION_FENCE,
};

static const Saga__V1__SubmitStatus statuses[] = {
    [WIRE_STARTED] = SAGA__V1__SUBMIT_STATUS__SUBMIT_STARTED,
    [WIRE_REPLAYED] = SAGA__V1__SUBMIT_STATUS__SUBMIT_REPLAYED,
    [WIRE_CONFLICT] = SAGA__V1__SUBMIT_STATUS__SUBMIT_CONFLICT,
    [WIRE_REFUSED] = SAGA__V1__SUBMIT_STATUS__SUBMIT_REFUSED,
};

enum saga_verdict wire_verdict_in(Saga__V1__Verdict verdict)
{
    for (unsigned i = 0; i < SAGA_VERDICT_COUNT; i++)
        if (verdicts[i] == verdict)
            return (enum saga_verdict)i;
    return SAGA_VERDICT_RETRY;
}

Saga__V1__Verdict wire_verdict_out(enum saga_verdict verdict)
{
    assert(verdict < SAGA_VERDICT_COUNT);

    return verdicts[verdict];
}

bool wire_direction_in(Saga__V1__Direction direction, enum saga_direction *ret_direction)
{
    for (unsigned i = 0; i < SAGA_DIRECTION_COUNT; i++) {
        if (directions[i] != direction)
            continue;
        *ret_direction = (enum saga_direction)i;
        return true;
    }
    return false;
}

Saga__V1__Direction wire_direction_out(enum saga_direction direction)
{
    assert(direction < SAGA_DIRECTION_COUNT);

    return directions[direction];
}

bool wire_status_in(Saga__V1__SubmitStatus status, enum wire_submit_status *ret_status)
{
    for (unsigned i = WIRE_STARTED; i <= WIRE_REFUSED; i++) {
        if (statuses[i] != status)
            continue;
        *ret_status = (enum wire_submit_status)i;
        return true;
    }
    return false;
}

Saga__V1__SubmitStatus wire_status_out(enum wire_submit_status status)
{
    assert(status >= WIRE_STARTED);
    assert(status <= WIRE_REFUSED);

    return statuses[status];
}
