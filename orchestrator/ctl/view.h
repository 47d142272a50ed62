/*
 * What the commands share in looking at the server's JSON: members, times, one saga.
 */
#ifndef ORCHESTRATOR_CTL_VIEW_H
#define ORCHESTRATOR_CTL_VIEW_H

#include "ctl/command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define VIEW_CONDITION_SIZE 160u
#define VIEW_INPUT_MAX 262144u /* Bytes of JSON from a file or standard input. */

/* A text or number member as text; "" when it is absent, null or of another kind. Borrowed. */
const char *view_text(const json_t *object, const char *name);
uint64_t view_number(const json_t *object, const char *name);

/* A member in RFC 3339, in milliseconds; 0 when there is none. */
uint64_t view_time(const json_t *object, const char *name);

/* It is completed, compensated or terminated. */
bool view_has_ended(const json_t *saga);

/* An operator is to look at it. */
bool view_is_parked(const json_t *saga);

/* How it ended, or that it parked, as an exit code; EXIT_CODE_UNREACHABLE: neither yet. */
enum exit_code view_end_code(const json_t *saga);

/* "no-worker: billing", "progressing"; "-" once it has ended, since then it waits for nothing. */
void view_condition(const json_t *saga, char ret_text[VIEW_CONDITION_SIZE]);

/* "running", "running, parked". */
void view_phase(const json_t *saga, char ret_text[VIEW_CONDITION_SIZE]);

/* "now" less a time, as an age; "-" when the time is 0. */
void view_since(uint64_t now_ms, uint64_t time_ms, char ret_text[VIEW_CONDITION_SIZE]);

/* How long after the saga's start an event came: "+7ms". */
void view_offset(const json_t *saga, const json_t *event, char ret_text[VIEW_CONDITION_SIZE]);

/* It has the form of a saga's id or SID; if not, that was told. */
bool view_is_id(const char *word);

/* GET an object; the caller's. Anything but EXIT_CODE_OK was told. */
enum exit_code view_object(const struct call *call, const char *path, json_t **ret_object);

/*
 * Ask for /v1/sagas/ID and @suffix; the object is the caller's. Anything but EXIT_CODE_OK was told.
 */
enum exit_code view_saga(const struct call *call, const char *suffix, json_t **ret_saga);

/* Print JSON on one line, whatever the format. */
void view_json_line(const struct call *call, const json_t *json);

/* Print JSON as the format asks: json spread out, jsonl on one line. */
void view_json(const struct call *call, const json_t *json);

/* Print one object as the format asks: by @print for people, as JSON, or @name alone. */
void view_print(const struct call *call, const json_t *object,
                void (*print)(const struct call *call, const json_t *object), const char *name);

/*
 * JSON from the command line: itself, @FILE, or - for standard input. NULL with a sentence on
 * stderr when it cannot be read.
 */
json_t *view_input(const char *argument);

#endif
