/*
 * The words for every enumeration, lower case, as users read them in JSON, text and transcripts.
 */
#ifndef ORCHESTRATOR_CORE_NAMES_H
#define ORCHESTRATOR_CORE_NAMES_H

#include "core/event.h"
#include "core/input.h"

const char *saga_phase_name(enum saga_phase phase);            /* "running" */
const char *saga_do_state_name(enum saga_do_state state);      /* "not_run" */
const char *saga_undo_state_name(enum saga_undo_state state);  /* "due" */
const char *saga_park_reason_name(enum saga_park_reason reason);
const char *saga_turn_reason_name(enum saga_turn_reason reason);
const char *saga_event_type_name(enum saga_event_type type);
const char *saga_direction_name(enum saga_direction direction); /* "do", "undo", "fence" */
const char *saga_verdict_name(enum saga_verdict verdict);
const char *saga_verb_name(enum saga_verb verb);               /* "cancel" */
const char *saga_condition_name(enum saga_condition_name name); /* "no-worker" */

/* Why a verb was refused, as a sentence for the one who asked. */
const char *saga_refusal_text(enum saga_refusal_reason reason);

#endif
