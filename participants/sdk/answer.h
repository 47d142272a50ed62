/*
 * A handler's answer, made fit to be stored and sent: texts end, and only DONE has an output.
 */
#ifndef PARTICIPANTS_SDK_ANSWER_H
#define PARTICIPANTS_SDK_ANSWER_H

#include "saga/participant.h"

void answer_check(struct participant_answer *answer);

#endif
