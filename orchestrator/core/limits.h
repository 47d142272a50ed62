/*
 * The named limits of a saga, each with its reason.
 *
 * Reaching a limit is an answer to somebody, never a crash: whoever reads bytes from outside
 * checks them against these before it allocates or copies.
 */
#ifndef ORCHESTRATOR_CORE_LIMITS_H
#define ORCHESTRATOR_CORE_LIMITS_H

#define SAGA_STEPS_MAX 32u         /* A longer saga is two sagas; and a step is a bit of a mask. */
#define SAGA_ROUTES_MAX 4u         /* Participants that can do one step, tried in order. */
#define SAGA_NAME_SIZE 64u         /* Names of sagas, steps, operations, participants; with NUL. */
#define SAGA_INPUT_MAX 65536u      /* Bytes of a saga's input. */
#define SAGA_OUTPUT_MAX 16384u     /* Bytes of one step's output. */
#define SAGA_CODE_SIZE 64u         /* A code that a participant answers; with NUL. */
#define SAGA_TEXT_SIZE 256u        /* A sentence that a participant or operator gives; with NUL. */
#define SAGA_TENANT_SIZE 64u       /* The account that owns a saga; with NUL. */
#define SAGA_KEY_SIZE 256u         /* An idempotency key, 1 to 255 visible ASCII; with NUL. */
#define SAGA_EVENTS_MAX 4096u      /* Events since a person last looked; then the saga parks. */
#define SAGA_AFTER_MS_MAX 3600000u /* The longest wait that a participant can ask for: 1 h. */
#define SAGA_DEADLINE_MS_MAX 2592000000u /* 30 days. */

#endif
