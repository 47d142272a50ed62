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

enum chore_kind { CHORE_BACKUP };
enum chore_verb { CHORE_BEGIN, CHORE_LOOK, CHORE_STOP };

struct chore {
    enum chore_kind kind;
    enum chore_verb verb;
    char name[BACKUP_NAME_SIZE]; /* Of the backup; BEGIN with "": the server gives it one. */
};

/* How the latest of its kind stands. */
struct chore_report {
    struct backup_report backup;
};

#endif
