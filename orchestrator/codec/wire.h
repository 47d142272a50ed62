/*
 * The wire: requests and replies of the participants' listener, between structs and bytes.
 *
 *   worker or client                        server
 *   wire_encode_request ──▶ bytes ──▶ wire_decode_request
 *   wire_decode_reply   ◀── bytes ◀── wire_encode_reply
 *
 * Decoded messages own one arena; every pointer in them points into it and dies with
 * wire_request_free or wire_reply_free. Encoding borrows all that the struct points at. The size of
 * a message is bounded before it is read, and so is every length and count in it; strings are
 * NUL-terminated UTF-8 and hold no NUL. What does not fit is FAULT_INPUT, with these exceptions, so
 * that one odd part does not cost the rest of a batch: an unknown verdict is RETRY; a result's
 * output over SAGA_OUTPUT_MAX becomes RETRY with code WIRE_OUTPUT_TOO_LARGE and no output; its code
 * and text are cut to their limits; slots and after_ms are lowered to theirs; a submission's input
 * over SAGA_INPUT_MAX is kept, for the engine to refuse that submission.
 *
 * Every function may be called from any thread; a message belongs to one thread at a time.
 * Both ends use this file; docs/reference/protocol.md describes the bytes.
 */
#ifndef ORCHESTRATOR_CODEC_WIRE_H
#define ORCHESTRATOR_CODEC_WIRE_H

#include "base/bytes.h"
#include "base/id.h"
#include "core/input.h"

#define WIRE_MESSAGE_MAX (4u * 1024u * 1024u) /* Longer ones are not read. */
#define WIRE_CALLS_MAX 256u        /* Calls in one Work. */
#define WIRE_RESULTS_MAX 256u      /* Results in one Poll, and acknowledgements in one Work. */
#define WIRE_SUBMISSIONS_MAX 256u
#define WIRE_OUTCOMES_MAX 1024u
#define WIRE_TOKEN_SIZE 16u
#define WIRE_CREDENTIAL_MAX 128u
#define WIRE_OPERATION_ID_SIZE 128u /* "saga_…/step/do.0"; with NUL. */
#define WIRE_OUTPUT_TOO_LARGE "output_too_large"
#define WIRE_TRACEPARENT_SIZE 56u   /* As W3C defines it; with NUL. A longer one is ignored. */

struct wire_result {
    const char *operation_id;
    uint8_t token[WIRE_TOKEN_SIZE];
    uint32_t attempt;
    enum saga_verdict verdict;
    struct bytes output;
    const char *code;
    const char *text;
    uint32_t after_ms;
};

struct wire_poll {
    const char *participant;
    uint64_t worker;
    struct bytes credential;
    uint32_t slots;
    size_t result_count;
    struct wire_result *results;
};

struct wire_output {
    const char *step;
    struct bytes output;
};

struct wire_call {
    const char *operation_id;
    const char *saga;
    const char *sid;
    const char *definition;
    const char *step;
    const char *operation;
    enum saga_direction direction;
    uint32_t attempt;
    uint32_t ms_left;
    struct bytes input;
    size_t output_count;
    const struct wire_output *outputs;
    struct bytes own_output;
    bool outcome_known;
    const char *traceparent;
    const char *tenant;
    uint64_t horizon_ms;
    uint8_t token[WIRE_TOKEN_SIZE];
};

struct wire_work {
    size_t call_count;
    const struct wire_call *calls;
    size_t acknowledged_count;
    const uint8_t (*acknowledged)[WIRE_TOKEN_SIZE];
};

struct wire_submission {
    const char *definition;
    const char *key;
    struct bytes input;
    const char *traceparent;
};

struct wire_submit {
    const char *account;
    struct bytes credential;
    uint64_t client;
    size_t submission_count;
    struct wire_submission *submissions;
};

struct wire_get {
    const char *account;
    struct bytes credential;
    struct saga_id id;
    uint32_t wait_ms;
};

struct wire_await {
    const char *account;
    struct bytes credential;
    uint64_t client;
    uint32_t wait_ms;
};

enum wire_submit_status {
    WIRE_STARTED = 1,
    WIRE_REPLAYED,
    WIRE_CONFLICT,
    WIRE_REFUSED,
};

struct wire_submit_result {
    enum wire_submit_status status;
    struct saga_id id;
    const char *phase;
    const char *code;
    const char *text;
};

struct wire_outcome {
    struct saga_id id;
    const char *phase;
    const char *code;
    const char *text;
    bool found;
};

enum wire_request_type { WIRE_PING, WIRE_POLL, WIRE_SUBMIT, WIRE_GET, WIRE_AWAIT };

struct wire_request {
    enum wire_request_type type;
    union {
        struct wire_poll poll;
        struct wire_submit submit;
        struct wire_get get;
        struct wire_await await;
    };
    void *arena; /* Owned; NULL in a request that is to be encoded. */
};

enum wire_reply_type {
    WIRE_PONG, WIRE_WORK, WIRE_SUBMITTED, WIRE_OUTCOME, WIRE_OUTCOMES, WIRE_REFUSAL,
};

struct wire_reply {
    enum wire_reply_type type;
    union {
        struct wire_work work;
        struct { size_t count; const struct wire_submit_result *results; } submitted;
        struct wire_outcome outcome;
        struct { size_t count; const struct wire_outcome *outcomes; } outcomes;
        struct { const char *code; const char *text; uint32_t after_ms; } refusal;
    };
    void *arena;
};

/* Replace @body's content. 0; FAULT_MEMORY; FAULT_LIMIT when it would exceed WIRE_MESSAGE_MAX. */
int wire_encode_request(const struct wire_request *request, struct buffer *body);
int wire_encode_reply(const struct wire_reply *reply, struct buffer *body);

/* 0; FAULT_INPUT; FAULT_MEMORY. */
int wire_decode_request(struct bytes body, struct wire_request *ret_request);
int wire_decode_reply(struct bytes body, struct wire_reply *ret_reply);

/*
 * No more bytes than this does one of them add to its message: whoever fills a batch adds these up
 * and stops before WIRE_BATCH_MAX, which leaves room for the rest of the message.
 */
#define WIRE_BATCH_MAX (WIRE_MESSAGE_MAX - 65536u)
size_t wire_call_size(const struct wire_call *call);
size_t wire_result_size(const struct wire_result *result);
size_t wire_submission_size(const struct wire_submission *submission);

void wire_request_free(struct wire_request *request);
void wire_reply_free(struct wire_reply *reply);

#endif
