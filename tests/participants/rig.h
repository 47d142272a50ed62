/*
 * A service without a server: its tables in memory, the demo account, and a clock that is set.
 *
 * rig_call runs one operation as the worker does: in a transaction that is rolled back unless the
 * answer is DONE.
 */
#ifndef TESTS_PARTICIPANTS_RIG_H
#define TESTS_PARTICIPANTS_RIG_H

#include "service/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_ACCOUNT "AC0123456789abcdef0123456789abcdef"
#define RIG_OTHER_ACCOUNT "ACffffffffffffffffffffffffffffffff"
#define RIG_POOL "MG0123456789abcdef0123456789abcdef"
#define RIG_SID "SM00000000000000000000000000000001"

struct rig {
    struct service_context context;
    const struct service *service;
    struct participant_answer answer; /* Of the last call. */
};

extern uint64_t rig_now_ms;
uint64_t rig_clock(void);

void rig_init(struct rig *rig, const struct service *service);
void rig_fini(struct rig *rig);

/* Run an operation, do or undo by its name, for the message @sid of the demo account. */
void rig_call(struct rig *rig, const char *operation, const char *sid, const char *input);

/* What a call says about itself; for tests that run it otherwise. */
struct participant_call rig_make_call(const struct service *service, const char *operation,
                                      const char *sid, const char *input,
                                      participant_handler **ret_handler);

void rig_expect_done(const struct rig *rig);
void rig_expect_rejected(const struct rig *rig, const char *code);

/* A member of the last output. */
int64_t rig_output_number(const struct rig *rig, const char *key);
void rig_expect_output_text(const struct rig *rig, const char *key, const char *text);

/* Ask a question; the answer is the caller's. */
json_t *rig_ask(struct rig *rig, const char *question);

/* A member of an answer, and of the nth element of one of its arrays. */
int64_t rig_number(const json_t *json, const char *key);
int64_t rig_number_at(const json_t *json, const char *array, size_t index, const char *key);

/* Run SQL, as somebody who tampers would. */
void rig_sql(struct rig *rig, const char *sql);

#endif
