/*
 * The line: a call of the dialer's for each thread that asks, kept for the next one.
 */
#include "line.h"

#include "base/clock.h"
#include "base/fault.h"
#include "transport/dialer.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct asker {
    struct dialer_call call; /* The first, so that one is found by the other. */
    struct line *line;
    struct asker *next;
    pthread_cond_t back;
    /* Under the line's mutex. */
    bool ended;
    enum dialer_outcome outcome;
};

struct line {
    struct dialer *dialer; /* Owned. */
    pthread_mutex_t mutex; /* Taken inside the dialer's lock, never around it. */
    struct asker *idle;    /* Under the mutex. */
};

/* ---- askers ---- */

static void come_back(struct dialer_call *call, enum dialer_outcome outcome)
{
    struct asker *asker = (struct asker *)call;

    pthread_mutex_lock(&asker->line->mutex);
    asker->ended = true;
    asker->outcome = outcome;
    pthread_cond_signal(&asker->back);
    pthread_mutex_unlock(&asker->line->mutex);
}

static int asker_open(struct line *line, struct asker **ret_asker)
{
    struct asker *asker = calloc(1, sizeof *asker);
    if (asker == NULL)
        return fault(FAULT_MEMORY);
    if (pthread_cond_init(&asker->back, NULL) != 0) {
        free(asker);
        return fault(FAULT_SYSTEM);
    }
    asker->line = line;
    asker->call.ended = come_back;
    *ret_asker = asker;
    return 0;
}

static void asker_close(struct asker *asker)
{
    dialer_call_fini(&asker->call);
    pthread_cond_destroy(&asker->back);
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
        return asker_open(line, ret_asker);
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

/* The dialer ends each call by its deadline. */
static enum dialer_outcome wait_for_end(struct asker *asker)
{
    pthread_mutex_lock(&asker->line->mutex);
    while (!asker->ended)
        pthread_cond_wait(&asker->back, &asker->line->mutex);
    enum dialer_outcome outcome = asker->outcome;
    pthread_mutex_unlock(&asker->line->mutex);
    return outcome;
}

static int take_outcome(struct asker *asker, enum dialer_outcome outcome,
                        struct line_answer *ret_answer)
{
    switch (outcome) {
    case DIALER_ANSWERED:
        ret_answer->body = asker->call.answer;
        asker->call.answer = (struct buffer){.data = NULL};
        return 0;
    case DIALER_LOST:
        return LINE_LOST;
    case DIALER_TIMED_OUT:
        return LINE_TIMED_OUT;
    }
    return fault(FAULT_SYSTEM);
}

int line_ask(struct line *line, struct bytes question, uint32_t timeout_ms,
             struct line_answer *ret_answer)
{
    struct asker *asker = NULL;

    int r = take_asker(line, &asker);
    if (r < 0)
        return pass(r);
    asker->ended = false;
    asker->call.deadline_ms = instant_now().monotonic_ms + timeout_ms;
    r = dialer_ask(line->dialer, &asker->call, question);
    if (r == 0)
        r = take_outcome(asker, wait_for_end(asker), ret_answer);
    give_asker_back(line, asker);
    return pass(r);
}

void line_answer_fini(struct line_answer *answer)
{
    buffer_fini(&answer->body);
}

/* ---- the line ---- */

int line_open(const char *url, struct line **ret_line)
{
    struct line *line = calloc(1, sizeof *line);
    if (line == NULL)
        return fault(FAULT_MEMORY);
    if (pthread_mutex_init(&line->mutex, NULL) != 0) {
        free(line);
        return fault(FAULT_SYSTEM);
    }
    int r = dialer_open(url, &line->dialer);
    if (r < 0) {
        line_close(line);
        return pass(r);
    }
    *ret_line = line;
    return 0;
}

struct line *line_close(struct line *line)
{
    if (line == NULL)
        return NULL;
    dialer_close(line->dialer);
    while (line->idle != NULL) {
        struct asker *asker = line->idle;
        line->idle = asker->next;
        asker_close(asker);
    }
    pthread_mutex_destroy(&line->mutex);
    free(line);
    return NULL;
}
