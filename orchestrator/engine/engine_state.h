/*
 * The engine's inside: what its files share. Nobody outside engine/ includes this.
 *
 *   polls · clients · submit · operate     what arrives, one file per kind of asker
 *                  ▼
 *                judge ─▶ batch            one staged event per saga, one commit for all
 *                           ▼
 *          perform ─▶ roster, timers, waiters ─▶ dispatch      what the sagas want afterwards
 *
 * Functions that handle an arrival return 0 when they are done with it, LATER when its saga already
 * has an event in this batch (it comes again after the commit), or a fault.
 */
#ifndef ORCHESTRATOR_ENGINE_ENGINE_STATE_H
#define ORCHESTRATOR_ENGINE_ENGINE_STATE_H

#include "accounts/accounts.h"
#include "catalog/catalog.h"
#include "codec/record.h"
#include "core/names.h"
#include "engine/audit.h"
#include "engine/chores.h"
#include "engine/engine.h"
#include "engine/fold.h"
#include "engine/lists.h"
#include "engine/live.h"
#include "engine/roster.h"
#include "store/store.h"

#include <stdio.h>

enum { LATER = 1 };

/* Several submissions in one message of a client; answered when the last of them is durable. */
struct client_batch {
    struct client_batch *next; /* Not answered yet either. */
    uint64_t exchange;
    uint64_t client;
    size_t count;
    size_t remaining;
    struct wire_submit_result results[]; /* Their texts are static. */
};

/* An event that is decided but not durable yet. */
struct staged {
    struct live *live;
    struct request *request;      /* Answered, or made to wait, once it is durable. */
    struct client_batch *client;  /* Likewise, with `index`. */
    size_t index;
    struct bytes payload;         /* Borrowed from the arrival, which outlives the turn. */
    bool fresh;                   /* The saga's first event. */
    bool has_row;
    bool has_key;
    struct store_row row;
    struct store_key key;
    size_t body_offset;
    uint8_t digest[RECORD_DIGEST_SIZE]; /* The link after it; known once it is encoded. */
    struct record record;
};

struct batch {
    struct staged **entries; /* Owns; those beyond `count` are spare. */
    size_t count;
    size_t capacity;
    struct buffer bodies;
    struct buffer body;
    struct store_record *records; /* Owns: those of the events, then those of the audit. */
    size_t record_capacity;
};

/* One thing that has arrived and is not handled yet. */
enum arrival_type { ARRIVAL_REQUEST, ARRIVAL_RESULT, ARRIVAL_SUBMISSION };
struct arrival {
    enum arrival_type type;
    struct request *request;
    const struct wire_result *result;
    const struct wire_submission *submission;
    struct transport_delivery *delivery;
    struct worker *worker;
    struct client_batch *client;
    size_t index;
};

struct arrivals {
    struct arrival *items;
    size_t count;
    size_t capacity;
};

struct engine {
    struct engine_options options;
    uint64_t offset_ms;  /* Engine time minus monotonic time. */
    uint64_t now_ms;     /* The engine's clock, this turn. */
    uint64_t wall_ms;
    uint64_t started_ms;
    uint64_t started_wall_ms;
    uint64_t stop_ms;    /* When the stop was seen; 0: not stopping. */
    uint64_t last_number;
    uint8_t secret[RECORD_SECRET_SIZE];
    struct timers timers;
    struct roster roster;
    struct lives lives;
    struct lists lists;
    struct plan *plans;
    struct batch batch;
    struct audit audit;
    struct arrivals arrivals;
    struct transport_delivery *deliveries; /* Of this turn; freed at its end. */
    struct watcher *watchers; /* See clients.c. */
    struct client_batch *client_batches; /* Owns: those that are not answered yet. */
    struct buffer reply;
    struct status status;
    uint64_t tidied_ms;
    bool stopping;
    bool recovering;
    struct chores chores;
};

/* ---- plans.c ---- */
struct plan *plan_of(struct engine *engine, const struct definition *definition);
uint8_t plan_participant(const struct live *live, uint8_t step);
uint64_t keys_wall_ms(const struct engine *engine); /* By which keys grow old; engine.c. */

/* ---- judge.c: what may happen, staged when it may ---- */
int judge(struct engine *engine, struct live *live, struct saga_input *input,
          struct staged **ret_staged, struct saga_refusal *ret_refusal);
uint32_t steps_without_worker(struct engine *engine, const struct plan *plan);

/* ---- batch.c: one commit ---- */
struct staged *batch_blank(struct batch *batch); /* NULL when memory is short. */
void batch_keep(struct engine *engine, struct staged *staged);
bool batch_is_full(const struct engine *engine);
int batch_commit(struct engine *engine);
void batch_fini(struct batch *batch);

/* ---- perform.c: make the world what the saga wants ---- */
int perform(struct engine *engine, struct live *live);
int fire_saga(struct engine *engine, struct live *live);
int give_permits(struct engine *engine);
int give_lost(struct engine *engine);

/* ---- dispatch.c: work for parked polls ---- */
int dispatch(struct engine *engine);
int dispatch_nothing(struct engine *engine, struct poll *poll);
void operation_id(const struct live *live, uint8_t step, enum saga_direction direction,
                  char ret_id[WIRE_OPERATION_ID_SIZE]);
void call_token(const struct engine *engine, const char *operation, uint32_t attempt,
                const char *participant, uint8_t ret_token[WIRE_TOKEN_SIZE]);
int send_reply(struct engine *engine, uint64_t exchange, const struct wire_reply *reply);
int refuse(struct engine *engine, uint64_t exchange, const char *code, const char *text);

/* ---- polls.c, clients.c: what comes over the wire ---- */
int take_poll(struct engine *engine, struct transport_delivery *delivery);
int take_result(struct engine *engine, const struct arrival *arrival);
int take_client(struct engine *engine, struct transport_delivery *delivery);
int client_batch_answer(struct engine *engine, struct client_batch *batch, size_t index,
                        const struct wire_submit_result *result);
int watcher_tell(struct engine *engine, const struct live *live);
void client_batches_fini(struct engine *engine); /* The server ends; they hear nothing. */
int watchers_flush(struct engine *engine);
void watchers_fini(struct engine *engine);
int arrivals_add(struct engine *engine, struct arrival arrival);

/* ---- submit.c, operate.c, definitions.c: what is asked for ---- */
int take_submission(struct engine *engine, const struct arrival *arrival);
int submitted(struct engine *engine, struct staged *staged, enum answer_status status);
int take_request(struct engine *engine, const struct arrival *arrival);
int take_definitions(struct engine *engine, struct request *request);

/* ---- waiters.c ---- */
int wait_or_answer(struct engine *engine, struct live *live, struct request *request,
                   enum answer_status status);
int tell_waiters(struct engine *engine, struct live *live);
int waiter_timed_out(struct engine *engine, struct request *request);
void answer_plainly(struct request *request, enum answer_status status);
int answer_with(struct engine *engine, struct live *live, struct request *request,
                struct answer *answer);

/* ---- snapshot.c, narrate.c ---- */
struct snapshot *snapshot_of(struct engine *engine, const struct live *live, bool with_events);
struct saga_condition condition_of(struct engine *engine, const struct live *live);
bool is_stuck(struct engine *engine, const struct live *live, struct saga_condition condition);
void condition_subject(struct engine *engine, const struct live *live,
                       struct saga_condition condition, char ret_subject[SAGA_NAME_SIZE]);
uint8_t current_step(const struct live *live);
uint64_t wall_of(const struct live *live, uint64_t engine_ms);
void narrate(const struct saga *after, enum saga_phase before, const struct record *record,
             struct snapshot_event *ret_event);
void log_event(const struct live *live, const struct record *record);

/* ---- recover.c ---- */
int recover(struct engine *engine, struct instant now, char ret_message[ENGINE_MESSAGE_SIZE]);

/* Fold a saga's stream into a new, unlisted live. 0; STORE_NONE; FAULT_CORRUPT; other faults. */
typedef void fold_visitor(void *context, const struct live *live, enum saga_phase before,
                          const struct record *record);
int load_saga(struct engine *engine, uint64_t number, fold_visitor *visit, void *context,
              struct live **ret_live);

#endif
