/*
 * A transport under test: its backend, its sink, and peers that ask.
 *
 * Requests are polls whose worker is the asker's number, and replies are refusals whose after_ms
 * is, so that a test sees which answer came to which question.
 */
#ifndef TESTS_CONTRACT_TRANSPORT_RIG_H
#define TESTS_CONTRACT_TRANSPORT_RIG_H

#include "transport/transport.h"

#include <pthread.h>

#define RIG_PATIENCE_MS 10000u

struct rig_peer;

/* A backend: how to open it, and how to be its peer. */
struct rig_backend {
    const char *name;
    void (*open)(struct transport_sink sink, void **ret_state, struct transport **ret_transport);
    void (*close)(void *state); /* After the transport. */
    struct rig_peer *(*peer_open)(void *state);
    void (*peer_close)(struct rig_peer *peer);

    /* Ask, without waiting; the ticket is for peer_receive. */
    uint64_t (*peer_send)(struct rig_peer *peer, struct bytes body);

    /* The reply to a question; false when none is there within @patience_ms. */
    bool (*peer_receive)(struct rig_peer *peer, uint64_t ticket, uint32_t patience_ms,
                         struct buffer *body);
};

extern const struct rig_backend rig_local, rig_ipc, rig_tcp;

struct rig {
    const struct rig_backend *backend;
    void *state;
    struct transport *transport;
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct transport_delivery *first, **last; /* Owned, in the order of their arrival. */
    uint64_t delivered;
};

void rig_open(struct rig *rig, const struct rig_backend *backend);
void rig_close(struct rig *rig);

/* The next delivery, or NULL when none comes within @patience_ms. */
struct transport_delivery *rig_next(struct rig *rig, uint32_t patience_ms);

/* Ask as number @number. */
uint64_t rig_ask(struct rig *rig, struct rig_peer *peer, uint64_t number);
uint64_t rig_ping(struct rig *rig, struct rig_peer *peer);

/* The next delivery must be the question of this number; returns its exchange. */
uint64_t rig_expect_question(struct rig *rig, uint64_t number, uint64_t *ret_pipe);

/* Answer an exchange with this number. */
void rig_answer(struct rig *rig, uint64_t exchange, uint32_t number);

void rig_expect_answer(struct rig *rig, struct rig_peer *peer, uint64_t ticket, uint32_t number);
void rig_expect_refusal(struct rig *rig, struct rig_peer *peer, uint64_t ticket,
                        const char *code);
void rig_expect_pong(struct rig *rig, struct rig_peer *peer, uint64_t ticket);

#endif
