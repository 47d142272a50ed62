/*
 * A stand-in for the engine: requests are queued, and the test takes and answers each by hand.
 *
 *   gateway ──inbox_ask──▶ queue ──fake_take──▶ test ──fake_answer──▶ gateway
 *
 * It defines inbox_open, inbox_ask, inbox_close, snapshot_free, page_free; a test links it instead
 * of the engine. What the gateway sees of time and order is what the test decides.
 */
#ifndef TESTS_GATEWAY_FAKE_INBOX_H
#define TESTS_GATEWAY_FAKE_INBOX_H

#include "engine/inbox.h"

#define FAKE_WAIT_MS 5000u /* Longer than anything takes; reached only by a failure. */

/* The next request, which must come in time and be of this type. */
struct request *fake_take(struct inbox *inbox, enum request_type type);

/* True when nothing has been asked. */
bool fake_is_idle(struct inbox *inbox);

/* Requests that wait to be taken. */
size_t fake_count(struct inbox *inbox);

/* From now on each ask is answered inside inbox_ask, as a full inbox does. */
void fake_refuse(struct inbox *inbox, bool refuse);

/* From now on a thread answers: GET and SUBMIT with a fresh snapshot, STATUS with a report. */
void fake_serve(struct inbox *inbox);

void fake_answer(struct request *request, struct answer answer);
void fake_answer_plainly(struct request *request, enum answer_status status);
void fake_answer_snapshot(struct request *request, enum answer_status status, bool timed_out,
                          struct snapshot *snapshot);

/* A running saga of send_message with five steps; owned by the caller until it is answered. */
struct snapshot *fake_snapshot(void);

/* The same with what a request asked for: its tenant, key and input. */
struct snapshot *fake_snapshot_for(const struct request *request);

/* The snapshot's ids as text; each call overwrites the last. */
const char *fake_id(void);
const char *fake_sid(void);

#endif
