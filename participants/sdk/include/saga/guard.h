/*
 * The guard: at most one effect per operation, kept in the participant's own database.
 *
 *   do     key absent ──▶ work ──▶ DONE or REJECTED stored    present ──▶ the stored answer
 *                                                             tombstone ──▶ FENCED
 *   undo   key absent ──▶ tombstone for the do: nothing was done, or undo the work ──▶ DONE stored
 *   fence  do absent ──▶ tombstone, REJECTED                  present ──▶ the stored answer
 *
 * One table, saga_guard, written in the same transaction as the work. The first decision is final
 * for every attempt, so a participant that uses the guard may be declared guarded. The worker of
 * participant.h drives it; it is public for those who bring their own loop, and for simulators.
 *
 * Not stored, because they decide nothing: BUSY, RETRY, and a refused undo; their work is rolled
 * back. WORKING keeps its work and marks the step as begun, so that an undo finds it. Between begin
 * and commit the guard refuses every other COMMIT, by the connection's commit hook.
 *
 *   guard_begin ─▶ guard_run (per call) ─▶ … ─▶ guard_commit ─▶ only now may answers leave
 */
#ifndef SAGA_GUARD_H
#define SAGA_GUARD_H

#include "saga/participant.h"

struct guard;

/* Create the table when absent. The database is borrowed. 0, or negative on a fault. */
int guard_open(struct sqlite3 *database, struct guard **ret_guard);
struct guard *guard_close(struct guard *guard);

/* Begin the transaction of one message. */
int guard_begin(struct guard *guard);

/*
 * Decide one call inside the transaction: answer from the table, or run @handler in a savepoint.
 * @handler may be NULL for an undo without work, and for a fence.
 * 0 with the answer; negative on a fault of the database: give up the transaction.
 */
int guard_run(struct guard *guard, const struct participant_call *call,
              participant_handler *handler, void *context, struct participant_answer *ret_answer);

/* Make all of it durable. After 0 the answers may leave; on a fault nothing happened. */
int guard_commit(struct guard *guard);
void guard_rollback(struct guard *guard);

/*
 * Forget decisions that nobody can ask about any more: each is kept for the horizon that its call
 * named, since definitions differ in that, and this many ms longer. A bounded number at a time;
 * returns how many, or negative.
 */
int guard_forget(struct guard *guard, uint64_t now_wall_ms, uint64_t margin_ms);

#endif
