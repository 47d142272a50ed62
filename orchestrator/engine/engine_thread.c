#include "base/fault.h"
#include "base/log.h"
#include "engine/engine.h"

#include <pthread.h>
#include <stdlib.h>

struct engine_thread {
    pthread_t thread;
    struct engine *engine;
    struct inbox *inbox;
    void (*ended)(void *context, int result);
    void *context;
    int result;
};

static void *run(void *argument)
{
    struct engine_thread *thread = argument;
    uint64_t wait_ms = 0;
    int r = 0;

    while (r == 0) {
        r = engine_turn(thread->engine, instant_now(), &wait_ms);
        if (r == 0 && wait_ms > 0)
            inbox_wait(thread->inbox, wait_ms);
    }
    if (r < 0)
        log_line(LOG_ERROR, "the engine stops: %s; what is durable decides after a restart",
                 fault_name(r));
    thread->result = r;
    thread->ended(thread->context, r);
    return NULL;
}

int engine_thread_start(struct engine *engine, struct inbox *inbox,
                        void (*ended)(void *context, int result), void *context,
                        struct engine_thread **ret_thread)
{
    struct engine_thread *thread = calloc(1, sizeof *thread);

    if (thread == NULL)
        return fault(FAULT_MEMORY);
    *thread = (struct engine_thread){
        .engine = engine,
        .inbox = inbox,
        .ended = ended,
        .context = context,
    };
    if (pthread_create(&thread->thread, NULL, run, thread) != 0) {
        free(thread);
        return fault(FAULT_SYSTEM);
    }
    *ret_thread = thread;
    return 0;
}

int engine_thread_join(struct engine_thread *thread)
{
    pthread_join(thread->thread, NULL);
    int result = thread->result;
    free(thread);
    return result;
}
