/*
 * The first step of a message: may this account send this, from here, to there?
 *
 *   account ─▶ To ─▶ From, or a sender of the pool ─▶ opt-out ─▶ text and pictures ─▶ DONE
 *
 * The first thing that is wrong is the refusal. Nothing is written, so there is nothing to undo.
 * DONE carries {"from":"+1…","segments":N,"encoding":"gsm7"|"ucs2"}: later steps send from there.
 */
#ifndef PARTICIPANTS_AUTH_VALIDATE_H
#define PARTICIPANTS_AUTH_VALIDATE_H

#include "service/service.h"

void validate_message(void *context, const struct participant_call *call,
                      struct participant_answer *answer);

#endif
