/*
 * libsaga-client: submit sagas in bulk, wait for them, look at them.
 *
 *   client_submit_many ──▶ Submit ──▶ server      answered once each saga is durable
 *   client_get         ──▶ Get    ──▶             one saga, now or when it has ended
 *   client_next        ◀── Await  ◀──             how this client's sagas ended, as it happens
 *
 * A submit that fails without an answer is unknown: repeat it with the same key, which is always
 * right. Calls block their thread and may be made from several threads at once.
 */
#ifndef SAGA_CLIENT_H
#define SAGA_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

#define CLIENT_BATCH_MAX 256u
#define CLIENT_ID_SIZE 32u

enum { CLIENT_TIMED_OUT = 1 };

enum client_status {
    CLIENT_STARTED,
    CLIENT_REPLAYED, /* The key was used with the same request: the same saga. */
    CLIENT_CONFLICT, /* The key was used with another request. */
    CLIENT_REFUSED,  /* Nothing was started; safe to repeat. */
};

struct client_submission {
    const char *definition;
    const char *key;
    const void *input;
    size_t input_size;
};

struct client_outcome {
    enum client_status status; /* Of a submit; CLIENT_REPLAYED from client_get. */
    char id[CLIENT_ID_SIZE];   /* "saga_…"; "" when nothing was started. */
    char phase[16];            /* "running", "completed", … */
    char code[64];
    char text[256];
    bool found;
};

struct client_options {
    const char *url;
    const char *account;
    const void *credential;
    size_t credential_size;
    uint32_t timeout_ms; /* For an answer from the server; 0: 10 000. */
};

/* 0, or negative; connects in the background. */
int client_open(const struct client_options *options, struct client **ret_client);
struct client *client_close(struct client *client);

/*
 * Start up to CLIENT_BATCH_MAX sagas; 0 with an outcome each, in their order; CLIENT_TIMED_OUT when
 * nobody knows; negative on a fault. All of them travel in one message of less than 4 MiB: when
 * they are too large for that, none is sent, and client_error says so.
 */
int client_submit_many(struct client *client, const struct client_submission *submissions,
                       size_t count, struct client_outcome *ret_outcomes);

/* 0; CLIENT_TIMED_OUT when it has not ended within @wait_ms (@ret_outcome is its present state). */
int client_get(struct client *client, const char *id, uint32_t wait_ms,
               struct client_outcome *ret_outcome);

/*
 * Sagas of this client that have ended since the last call: up to @capacity of them.
 * 0 with @ret_count above zero; CLIENT_TIMED_OUT; negative. After a restart of the server, ask for
 * what is missing with client_get or by submitting again with the same key.
 */
int client_next(struct client *client, uint32_t wait_ms, struct client_outcome *ret_outcomes,
                size_t capacity, size_t *ret_count);

/* Why the last call of this thread failed, on any client; also client_open (give NULL). */
const char *client_error(const struct client *client);

#endif
