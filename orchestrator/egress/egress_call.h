/*
 * A call that is out: one request on one curl handle, and what becomes of it.
 *
 *   egress_call_open ──▶ handle ──added to the multi──▶ … ──removed──▶ egress_call_end ──▶ verdict
 *
 * A body is given to curl piece by piece and cannot be wound back, so curl never sends a request
 * twice on its own account: an attempt that the engine counted is at most one request. Redirects
 * are not followed, proxies of the environment not used, and a certificate is always checked.
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_CALL_H
#define ORCHESTRATOR_EGRESS_EGRESS_CALL_H

#include "codec/wire.h"
#include "egress/egress_answer.h"
#include "egress/egress_endpoint.h"
#include "egress/egress_request.h"

#include <curl/curl.h>

#define EGRESS_CONNECT_MS 5000u /* Longer than this nobody is there. */
#define EGRESS_IDLE_S 4u        /* Many services end a connection that was idle for five. */

struct egress_worker;

struct egress_call {
    struct egress_call *next; /* Its worker's to use, and so is the worker. */
    struct egress_worker *worker;
    CURL *easy;               /* Owned, like its header lines; NULL: it cannot be asked. */
    struct curl_slist *lines;
    struct egress_request request;
    size_t sent;              /* Of the body, to curl. */
    struct egress_answer answer;
    enum saga_direction direction;
    uint32_t attempt;
    char operation_id[WIRE_OPERATION_ID_SIZE];
    uint8_t token[WIRE_TOKEN_SIZE];
    char error[CURL_ERROR_SIZE];
};

/*
 * Make the handle, whose private pointer is the call. @wire is borrowed until return.
 *
 * 0; EGRESS_NOT_JSON: the call is there and has ended as UNASKABLE, without a handle; FAULT_MEMORY.
 */
int egress_call_open(const struct egress_endpoint *endpoint, const struct wire_call *wire,
                     struct egress_call **ret_call);

/* The transfer has ended, with this code: the answer is complete. */
void egress_call_end(struct egress_call *call, CURLcode code);

/* The handle is in no multi any more. Takes NULL; returns NULL. */
struct egress_call *egress_call_close(struct egress_call *call);

/*
 * A handle that only connects, to see whether anybody is there. NULL when memory is short; ended
 * by curl_easy_cleanup.
 */
CURL *egress_probe_open(const struct egress_endpoint *endpoint);

#endif
