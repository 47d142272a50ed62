/*
 * The saga's course while RUNNING.
 *
 *   all done ──▶ complete
 *   refused · exhausted · deadline · cancel ──▶ turn back
 *   patience over · refused after the pivot · too many events ──▶ park
 *   otherwise ──▶ call what is due and permitted
 */
#ifndef ORCHESTRATOR_CORE_ADVANCE_H
#define ORCHESTRATOR_CORE_ADVANCE_H

#include "core/draft.h"

/*
 * Turn the saga to COMPENSATING, in this one event (semantics, rule 3).
 *
 * @step is the one that turned it back, or DEFINITION_NO_STEP.
 */
void advance_turn_back(struct draft *draft, enum saga_turn_reason reason, uint8_t step);

/* Everything that follows while RUNNING, until nothing more does. */
void advance_follow(struct draft *draft);

#endif
