/*
 * Chores: long work that is done beside the sagas, begun by one request, looked at by others.
 *
 *   BEGIN ──▶ running ──▶ done, failed            LOOK at any time; STOP ends it sooner
 *
 * There is one of each kind at a time, and its report is kept until the next begins or the server
 * stops. Nothing of a chore survives a restart but what it has made.
 */
#ifndef ORCHESTRATOR_ENGINE_CHORE_H
#define ORCHESTRATOR_ENGINE_CHORE_H

#include "store/backup.h"

#include <stdint.h>

enum chore_kind { CHORE_BACKUP, CHORE_VERIFY };
enum chore_verb { CHORE_BEGIN, CHORE_LOOK, CHORE_STOP };

struct chore {
    enum chore_kind kind;
    enum chore_verb verb;
    char name[BACKUP_NAME_SIZE]; /* Of the backup; BEGIN with "": the server gives it one. */
};

enum verify_state {
    VERIFY_NONE, /* None was asked for since the server started. */
    VERIFY_RUNNING,
    VERIFY_DONE,   /* Everything is as it should be. */
    VERIFY_FAILED, /* Something is not: `stream`, `sequence`, `where` and `text` say what. */
    VERIFY_STOPPED,
};

#define VERIFY_TEXT_SIZE 160u

struct verify_report {
    enum verify_state state;
    uint64_t begun_ms; /* Wall time. */
    uint64_t ended_ms; /* 0: not yet. */
    uint64_t at, last; /* Numbers of streams: the one that is walked, and the last. */
    uint64_t sagas, records, payloads, erased, rows, keys; /* So far. */
    uint64_t stream;   /* The first that is wrong. */
    uint32_t sequence; /* 0: it is not about one record. */
    const char *where; /* "record", "row", "key", "memory"; a constant. */
    char text[VERIFY_TEXT_SIZE];
};

/* How the latest of its kind stands; only that of the kind asked for is filled in. */
struct chore_report {
    struct backup_report backup;
    struct verify_report verify;
};

#endif
