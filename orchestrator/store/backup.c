#include "store/backup.h"

#include <string.h>

static const char *const state_names[] = {
    [BACKUP_NONE] = "none", [BACKUP_COPYING] = "copying", [BACKUP_CHECKING] = "checking",
    [BACKUP_DONE] = "done", [BACKUP_FAILED] = "failed",   [BACKUP_STOPPED] = "stopped",
};

static const char *const failure_names[] = {
    [BACKUP_NO_FAILURE] = "",       [BACKUP_EXISTS] = "exists",   [BACKUP_NO_ROOM] = "no_room",
    [BACKUP_TOO_SLOW] = "too_slow", [BACKUP_DAMAGED] = "damaged", [BACKUP_BROKEN] = "io",
};

bool backup_is_running(const struct backup_report *report)
{
    return report->state == BACKUP_COPYING || report->state == BACKUP_CHECKING;
}

const char *backup_state_name(enum backup_state state)
{
    return state_names[state];
}

const char *backup_failure_name(enum backup_failure failure)
{
    return failure_names[failure];
}

bool backup_name_is_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.";
    size_t length = strlen(name);

    return length > 0 && length < BACKUP_NAME_SIZE && name[0] != '.' && name[0] != '-' &&
           strspn(name, allowed) == length;
}
