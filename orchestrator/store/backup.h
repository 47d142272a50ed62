/*
 * A backup: a copy of a store, made while the store is in use, that is a store of its own.
 *
 *   FOLDER/NAME.db.partial ──copy, sync, check──▶ FOLDER/NAME.json ──▶ FOLDER/NAME.db
 *
 * The file has its name only once it is whole and synced; the manifest beside it says what is in
 * it. What a crash leaves is a partial, which its lock tells from one that is being written.
 */
#ifndef ORCHESTRATOR_STORE_BACKUP_H
#define ORCHESTRATOR_STORE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#define BACKUP_NAME_SIZE 60u /* Letters, digits, '-', '_' and '.', not at the start; and NUL. */
#define BACKUP_FOLDER_SIZE 1100u
#define BACKUP_PATH_SIZE 1200u
#define BACKUP_TEXT_SIZE 256u
#define BACKUP_SHA256_SIZE 65u
#define BACKUP_VERSION_SIZE 32u

enum backup_state {
    BACKUP_NONE, /* None was asked for since the store was opened. */
    BACKUP_COPYING,
    BACKUP_CHECKING, /* Everything is there; it is being read once more. */
    BACKUP_DONE,
    BACKUP_FAILED,
    BACKUP_STOPPED, /* Somebody asked for it, or the store was closed. */
};

enum backup_failure {
    BACKUP_NO_FAILURE,
    BACKUP_EXISTS, /* There is a backup of this name; it is left alone. */
    BACKUP_NO_ROOM,
    BACKUP_TOO_SLOW, /* The store writes faster than the folder's disk takes it. */
    BACKUP_DAMAGED,  /* The copy does not read well, so the store may not either. */
    BACKUP_BROKEN,   /* The outside failed. */
};

struct backup_order {
    char folder[BACKUP_FOLDER_SIZE]; /* Made, with the mode 0700, when it is not there. */
    char name[BACKUP_NAME_SIZE];
    char version[BACKUP_VERSION_SIZE]; /* Of the server; for the manifest. */
};

struct backup_report {
    enum backup_state state;
    enum backup_failure failure;
    char name[BACKUP_NAME_SIZE];
    char path[BACKUP_PATH_SIZE];
    char text[BACKUP_TEXT_SIZE]; /* Why it failed; "" when it did not. */
    uint64_t begun_ms;           /* Wall time. */
    uint64_t ended_ms;           /* 0: not yet. */
    uint64_t bytes;              /* Copied so far; once it is done, the size. */
    uint64_t bytes_total;        /* As it was at the start; the copy can come out larger. */
    uint64_t records;            /* These four are known once it is done. */
    uint64_t sagas;
    uint64_t last_number;
    char sha256[BACKUP_SHA256_SIZE];
};

bool backup_is_running(const struct backup_report *report);

/* "copying", "no_room". */
const char *backup_state_name(enum backup_state state);
const char *backup_failure_name(enum backup_failure failure);

/* May a backup have this name? */
bool backup_name_is_valid(const char *name);

#endif
