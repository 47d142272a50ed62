/* Decoded messages are an arena and pointers into it; freeing them is the same for all. */
#include "codec/wire.h"

#include "codec/wire_arena.h"

#include <string.h>

/* Tags, lengths and numbers of one submessage: under 90 bytes in the largest, a call. */
#define FRAME_SIZE 128u
#define OUTPUT_FRAME_SIZE 16u

void wire_request_free(struct wire_request *request)
{
    wire_arena_close(request->arena);
    *request = (struct wire_request){0};
}

void wire_reply_free(struct wire_reply *reply)
{
    wire_arena_close(reply->arena);
    *reply = (struct wire_reply){0};
}

static size_t length(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

size_t wire_call_size(const struct wire_call *call)
{
    size_t size = FRAME_SIZE + WIRE_TOKEN_SIZE + call->input.size + call->own_output.size;

    size += length(call->operation_id) + length(call->saga) + length(call->sid);
    size += length(call->definition) + length(call->step) + length(call->operation);
    size += length(call->traceparent) + length(call->tenant);
    for (size_t i = 0; i < call->output_count; i++)
        size += OUTPUT_FRAME_SIZE + length(call->outputs[i].step) + call->outputs[i].output.size;
    return size;
}

size_t wire_result_size(const struct wire_result *result)
{
    return FRAME_SIZE + WIRE_TOKEN_SIZE + result->output.size + length(result->operation_id) +
           length(result->code) + length(result->text);
}

size_t wire_submission_size(const struct wire_submission *submission)
{
    return FRAME_SIZE + submission->input.size + length(submission->definition) +
           length(submission->key) + length(submission->traceparent);
}
