/*
 * An exchange: one HTTP request, and the reply that a handler makes for it.
 *
 *   HEAD ──body──▶ BODY ──complete──▶ handler ──exchange_reply──▶ REPLIED ──▶ sent
 *                                        │ ▲
 *                           exchange_ask ▼ │ next(exchange), with the engine's answer
 *                                       ASKED (suspended)
 *
 * Handlers run on the HTTP thread and never block: each either replies, drops the connection, or
 * asks the engine and goes on in `next`. Nothing here knows the HTTP library.
 */
#ifndef ORCHESTRATOR_GATEWAY_EXCHANGE_H
#define ORCHESTRATOR_GATEWAY_EXCHANGE_H

#include "base/bytes.h"
#include "gateway/caller.h"
#include "gateway/desk.h"
#include "gateway/form.h"
#include "gateway/gateway.h"
#include "gateway/route.h"

#include <jansson.h>
#include <stdatomic.h>

#define REPLY_HEADERS_MAX 8u
#define REPLY_HEADER_SIZE 320u /* The longest holds an idempotency key or a path. */

/* What every handler may use. */
struct service {
    struct gateway_options options; /* Defaults filled in. */
    struct desk *desk;              /* Owned. */
    atomic_bool stopping;
};

enum exchange_stage {
    EXCHANGE_HEAD,
    EXCHANGE_BODY,
    EXCHANGE_ASKED,
    EXCHANGE_REPLIED,
    EXCHANGE_DROPPED, /* The connection is closed without a word: the outcome is unknown. */
};

struct reply_header {
    const char *name; /* A constant. */
    char value[REPLY_HEADER_SIZE];
};

struct reply {
    unsigned status;
    const char *type; /* A constant. */
    char *body;       /* Owned, by malloc. */
    size_t size;
    size_t header_count;
    struct reply_header headers[REPLY_HEADERS_MAX];
};

struct exchange {
    struct service *service; /* Borrowed. */
    void *connection;        /* The HTTP library's; borrowed. */
    enum exchange_stage stage;
    uint64_t begun_ms;    /* Monotonic: the request line was read. */
    uint64_t received_ms; /* Monotonic: the request is complete. */

    enum method method;
    char *target;      /* Owned; the raw path, cut off before '?'. */
    const char *query; /* Raw, inside target; "" when there is none. */
    struct route_match match;
    struct caller caller;
    struct buffer body;
    uint64_t body_seen; /* Bytes that came, kept or not. */
    bool body_too_large;

    void (*next)(struct exchange *exchange);
    struct desk_reply reply_of_desk; /* Valid in `next`. */
    void *work;                      /* What a handler carries from stage to stage. */
    void (*work_free)(void *work);

    struct reply reply;
};

/* A new exchange for a raw target, which is copied; NULL when memory is short. */
struct exchange *exchange_new(struct service *service, const char *target);
void exchange_free(struct exchange *exchange); /* Takes NULL. */

/* The request is complete: find its handler and let it begin. */
void exchange_dispatch(struct exchange *exchange);

/* ---- the request ---- */

/* A header's value, or NULL. Borrowed while the exchange lives. */
const char *exchange_request_header(const struct exchange *exchange, const char *name);

/* It has this header more than once. */
bool exchange_repeats_header(const struct exchange *exchange, const char *name);

/* Milliseconds since the request was complete. */
uint64_t exchange_elapsed_ms(const struct exchange *exchange);

/* The body's media type is @type, in UTF-8, or it names none. */
bool exchange_has_type(const struct exchange *exchange, const char *type);

/* ---- the engine ---- */

/*
 * Suspend, ask, and go on in @next with the answer or, after @within_ms, without. Takes the ask.
 * When it is NULL for want of memory, or the gateway is closing, @next is called at once with the
 * answer ANSWER_SHED. The caller does not touch the exchange afterwards.
 */
void exchange_ask(struct exchange *exchange, struct ask *ask,
                  void (*next)(struct exchange *exchange), uint64_t within_ms);

/* Keep something for the later stages; it is freed with the exchange. */
void exchange_keep(struct exchange *exchange, void *work, void (*work_free)(void *work));

/* ---- the reply ---- */

/* Takes @body, which malloc gave; NULL, for want of memory, drops the connection. */
void exchange_reply(struct exchange *exchange, unsigned status, const char *type, char *body,
                    size_t size);
/* Takes @json; NULL likewise. */
void exchange_reply_json(struct exchange *exchange, unsigned status, json_t *json);

void exchange_add_header(struct exchange *exchange, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Close without an answer, because nobody knows what the answer is. */
void exchange_drop(struct exchange *exchange);

#endif
