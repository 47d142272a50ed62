/*
 * What a handler answers: the shorthands of saga/participant.h.
 */
#include "answer.h"

#include "base/bytes.h"

#include <assert.h>
#include <string.h>

static void answer_with(struct participant_answer *answer, enum participant_verdict verdict,
                        const char *code, const char *text)
{
    assert(answer != NULL);

    answer->verdict = verdict;
    answer->output_size = 0;
    answer->after_ms = 0;
    text_copy(code != NULL ? code : "", sizeof answer->code, answer->code);
    text_copy(text != NULL ? text : "", sizeof answer->text, answer->text);
}

bool participant_done(struct participant_answer *answer, const void *output, size_t size)
{
    assert(output != NULL || size == 0);
    if (size > PARTICIPANT_OUTPUT_MAX) {
        answer_with(answer, PARTICIPANT_RETRY, "output_too_large", "The output is over the limit.");
        return false;
    }

    answer_with(answer, PARTICIPANT_DONE, NULL, NULL);
    if (size > 0)
        memcpy(answer->output, output, size);
    answer->output_size = size;
    return true;
}

void participant_reject(struct participant_answer *answer, const char *code, const char *text)
{
    answer_with(answer, PARTICIPANT_REJECTED, code, text);
}

void participant_retry(struct participant_answer *answer, const char *code, const char *text)
{
    answer_with(answer, PARTICIPANT_RETRY, code, text);
}

void participant_busy(struct participant_answer *answer, uint32_t after_ms)
{
    answer_with(answer, PARTICIPANT_BUSY, NULL, NULL);
    answer->after_ms = after_ms;
}

void answer_check(struct participant_answer *answer)
{
    answer->code[sizeof answer->code - 1] = '\0';
    answer->text[sizeof answer->text - 1] = '\0';
    if (answer->output_size > PARTICIPANT_OUTPUT_MAX)
        participant_retry(answer, "output_too_large", "The output is over the limit.");
    if (answer->verdict != PARTICIPANT_DONE)
        answer->output_size = 0;
}
