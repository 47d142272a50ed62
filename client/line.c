/*
 * The line over nng 1.5: a request context for each thread that asks, kept for the next one.
 *
 * nng would send a request again by itself; here it never does. A receive is posted only when the
 * send has completed, since before that its time-out could crash.
 */
#include "line.h"

#include "base/clock.h"
#include "base/fault.h"
#include "codec/wire.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE_RECONNECT_MIN_MS 50
#define LINE_RECONNECT_MAX_MS 1000
#define LINE_RECEIVE_MAX (WIRE_MESSAGE_MAX + 4u) /* Before the body stands the id of the request. */

struct asker {
    struct asker *next;
    nng_ctx context;
    nng_aio *aio;
};

struct line {
    nng_socket socket;
    pthread_mutex_t mutex;
    struct asker *idle; /* Under the mutex. */
};

static int nng_fault(int code)
{
    return fault(code == NNG_ENOMEM ? FAULT_MEMORY : FAULT_SYSTEM);
}

/* ---- askers ---- */

static int asker_open(nng_socket socket, struct asker **ret_asker)
{
    struct asker *asker = calloc(1, sizeof *asker);
    if (asker == NULL)
        return fault(FAULT_MEMORY);

    int code = nng_aio_alloc(&asker->aio, NULL, NULL);
    if (code != 0) {
        free(asker);
        return nng_fault(code);
    }
    code = nng_ctx_open(&asker->context, socket);
    if (code != 0) {
        nng_aio_free(asker->aio);
        free(asker);
        return nng_fault(code);
    }
    *ret_asker = asker;
    return 0;
}

static void asker_close(struct asker *asker)
{
    nng_ctx_close(asker->context);
    nng_aio_free(asker->aio);
    free(asker);
}

static int take_asker(struct line *line, struct asker **ret_asker)
{
    pthread_mutex_lock(&line->mutex);
    struct asker *asker = line->idle;
    if (asker != NULL)
        line->idle = asker->next;
    pthread_mutex_unlock(&line->mutex);
    if (asker == NULL)
        return asker_open(line->socket, ret_asker);
    *ret_asker = asker;
    return 0;
}

static void give_asker_back(struct line *line, struct asker *asker)
{
    pthread_mutex_lock(&line->mutex);
    asker->next = line->idle;
    line->idle = asker;
    pthread_mutex_unlock(&line->mutex);
}

/* ---- one question ---- */

static int ended(int code)
{
    if (code == NNG_ETIMEDOUT)
        return LINE_TIMED_OUT;
    return code == NNG_ECONNRESET || code == NNG_ECLOSED ? LINE_LOST : nng_fault(code);
}

static int send_question(struct asker *asker, struct bytes question, uint32_t timeout_ms)
{
    nng_msg *message;
    int code = nng_msg_alloc(&message, question.size);

    if (code != 0)
        return nng_fault(code);
    memcpy(nng_msg_body(message), question.data, question.size);
    nng_aio_set_msg(asker->aio, message);
    nng_aio_set_timeout(asker->aio, (nng_duration)timeout_ms);
    nng_ctx_send(asker->context, asker->aio);
    nng_aio_wait(asker->aio);
    code = nng_aio_result(asker->aio);
    if (code == 0)
        return 0;
    nng_msg_free(message);
    nng_aio_set_msg(asker->aio, NULL);
    return ended(code);
}

static int receive_answer(struct asker *asker, uint32_t timeout_ms, struct line_answer *ret_answer)
{
    nng_aio_set_timeout(asker->aio, (nng_duration)timeout_ms);
    nng_ctx_recv(asker->context, asker->aio);
    nng_aio_wait(asker->aio);
    int code = nng_aio_result(asker->aio);
    if (code != 0)
        return ended(code);

    nng_msg *message = nng_aio_get_msg(asker->aio);
    nng_aio_set_msg(asker->aio, NULL);
    ret_answer->message = message;
    ret_answer->body = bytes_of(nng_msg_body(message), nng_msg_len(message));
    return 0;
}

int line_ask(struct line *line, struct bytes question, uint32_t timeout_ms,
             struct line_answer *ret_answer)
{
    uint64_t deadline_ms = instant_now().monotonic_ms + timeout_ms;
    struct asker *asker = NULL;

    int r = take_asker(line, &asker);
    if (r < 0)
        return pass(r);
    r = send_question(asker, question, timeout_ms);
    if (r == 0) {
        uint64_t now_ms = instant_now().monotonic_ms;
        uint64_t left_ms = now_ms < deadline_ms ? deadline_ms - now_ms : 1;
        r = receive_answer(asker, (uint32_t)left_ms, ret_answer);
    }
    give_asker_back(line, asker);
    return pass(r);
}

void line_answer_free(struct line_answer *answer)
{
    nng_msg_free(answer->message);
    *answer = (struct line_answer){.message = NULL};
}

/* ---- the line ---- */

static int configure(nng_socket socket)
{
    int code = nng_socket_set_ms(socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);

    if (code == 0)
        code = nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, LINE_RECEIVE_MAX);
    if (code == 0)
        code = nng_socket_set_ms(socket, NNG_OPT_RECONNMINT, LINE_RECONNECT_MIN_MS);
    if (code == 0)
        code = nng_socket_set_ms(socket, NNG_OPT_RECONNMAXT, LINE_RECONNECT_MAX_MS);
    return code == 0 ? 0 : nng_fault(code);
}

static int dial(nng_socket socket, const char *url)
{
    int r = configure(socket);
    if (r < 0)
        return pass(r);
    int code = nng_dial(socket, url, NULL, NNG_FLAG_NONBLOCK);
    if (code == NNG_ENOMEM)
        return fault(FAULT_MEMORY);
    return code == 0 ? 0 : fault(FAULT_INPUT);
}

int line_open(const char *url, struct line **ret_line)
{
    struct line *line = calloc(1, sizeof *line);
    if (line == NULL)
        return fault(FAULT_MEMORY);
    if (pthread_mutex_init(&line->mutex, NULL) != 0) {
        free(line);
        return fault(FAULT_SYSTEM);
    }
    int code = nng_req0_open(&line->socket);
    int r = code == 0 ? dial(line->socket, url) : nng_fault(code);
    if (r < 0) {
        if (code == 0)
            nng_close(line->socket);
        pthread_mutex_destroy(&line->mutex);
        free(line);
        return pass(r);
    }
    *ret_line = line;
    return 0;
}

struct line *line_close(struct line *line)
{
    if (line == NULL)
        return NULL;
    while (line->idle != NULL) {
        struct asker *asker = line->idle;
        line->idle = asker->next;
        asker_close(asker);
    }
    nng_close(line->socket);
    pthread_mutex_destroy(&line->mutex);
    free(line);
    return NULL;
}
