/*
 * The gateway: everything that speaks HTTP.
 *
 *   client ──HTTP──▶ http ──▶ route ──▶ a handler ──ask──▶ desk ──▶ inbox ──▶ engine
 *   client ◀──────── http ◀── reply ◀── its next stage ◀── desk ◀── answer ◀────┘
 *
 * One thread serves every connection; a request that waits for its saga is suspended, and costs a
 * few kilobytes. A second, small thread gives up on answers that are late. Nothing is stored here:
 * what survives a crash is what the engine has made durable.
 *
 * Two faces share the routes: /v1 (docs/reference/api.md) and the Messages face of the field's
 * well-known API. Every error of both is in docs/reference/errors.md.
 */
#ifndef ORCHESTRATOR_GATEWAY_GATEWAY_H
#define ORCHESTRATOR_GATEWAY_GATEWAY_H

#include "accounts/accounts.h"
#include "base/bytes.h"
#include "base/setting.h"
#include "engine/inbox.h"

#include <stdint.h>

#define GATEWAY_BODY_MAX 262144u         /* Bytes of a request's body; four times a saga's input. */
#define GATEWAY_CONNECTION_MEMORY 32768u /* Request line and headers of one connection. */
#define GATEWAY_ADDRESS_SIZE 64u         /* "[…]:65535" and its NUL. */

/* The address is taken by another process. */
enum { GATEWAY_BUSY = 1 };

struct gateway_options {
    const char *address;             /* "127.0.0.1:8080", "[::1]:8080"; port 0 picks one. */
    struct inbox *inbox;             /* Borrowed; outlives the gateway. */
    const struct accounts *accounts; /* Borrowed; outlives the gateway, and does not change. */
    const char *version;             /* Borrowed, for /version. */
    struct settings settings;        /* Borrowed, for /v1/server/config. */

    /*
     * Check the text of a definition: NULL when it is right, else what is wrong with it, to be
     * freed by the gateway. Called on the gateway's thread. NULL: the route answers 404.
     */
    char *(*lint)(void *context, struct bytes text);
    void *lint_context;

    /* Zero in any of these asks for the default. */
    uint32_t messages_wait_ms;        /* 400: after this a message's saga is cancelled. */
    uint32_t messages_answer_ms;      /* 480: after this the answer leaves, whatever is known. */
    uint32_t answer_grace_ms;         /* 10000: how much later than asked an answer may come. */
    uint32_t connections_max;         /* 2048 */
    uint32_t connections_per_address; /* 1024: a load balancer has one address. */
    uint32_t idle_timeout_s;          /* 15: a connection that neither sends nor takes anything. */
};

struct gateway;

/*
 * Listen and serve.
 *
 * 0; GATEWAY_BUSY; FAULT_INPUT for an address that is not one; FAULT_MEMORY; FAULT_SYSTEM.
 */
int gateway_open(const struct gateway_options *options, struct gateway **ret_gateway);

/* "127.0.0.1:8080", with the port that was picked. Borrowed. */
const char *gateway_address(const struct gateway *gateway);

/* From now on /readyz fails and nothing new is started; what is asked is still answered. */
void gateway_set_stopping(struct gateway *gateway);

/*
 * Stop serving. Waits until the engine has answered what was asked of it, so the engine must still
 * turn, or have answered everything when it stopped. Takes NULL; returns NULL.
 */
struct gateway *gateway_close(struct gateway *gateway);

#endif
