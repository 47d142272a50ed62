#include "service/reply.h"

#include "base/fault.h"

#include <stdio.h>

int reply_done(struct participant_answer *answer, json_t *takes_output)
{
    char output[PARTICIPANT_OUTPUT_MAX];
    size_t size =
        takes_output == NULL ? 0 : json_dumpb(takes_output, output, sizeof output, JSON_COMPACT);

    json_decref(takes_output);
    if (size == 0)
        return fault(FAULT_MEMORY);
    if (size > sizeof output || !participant_done(answer, output, size))
        return fault(FAULT_LIMIT);
    return 0;
}

void reply_fault(struct service_context *context, int result, struct participant_answer *answer)
{
    char text[PARTICIPANT_TEXT_SIZE];

    if (result >= 0)
        return;
    snprintf(text, sizeof text, "%s: %s", fault_name(result), database_error(context->database));
    participant_retry(answer, "database", text);
}
