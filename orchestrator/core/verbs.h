/*
 * What an operator may do to a saga (semantics, rule 9).
 *
 * A verb is refused or applied by the same table of conditions, so what a refusal says is allowed
 * is allowed indeed.
 */
#ifndef ORCHESTRATOR_CORE_VERBS_H
#define ORCHESTRATOR_CORE_VERBS_H

#include "core/draft.h"

/* Why this verb is refused, or SAGA_REFUSED_COUNT when it is allowed. */
enum saga_refusal_reason verbs_refusal(const struct saga *saga, const struct saga_input *input);

/* Draft what an allowed verb does. */
void verbs_apply(struct draft *draft);

#endif
