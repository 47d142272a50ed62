/*
 * The files of a backup: its folder, the partial that is being written, the name it gets, and the
 * manifest. What each step returns is why the backup fails, and the report says it in words.
 */
#ifndef ORCHESTRATOR_STORE_BACKUP_FILES_H
#define ORCHESTRATOR_STORE_BACKUP_FILES_H

#include "store/backup.h"

#include <stddef.h>

struct backup_files {
    int folder;  /* Owned; -1: not open. */
    int partial; /* Owned, and locked: nobody else takes it for a leftover. */
    char partial_name[BACKUP_NAME_SIZE + 16u];
    char final_name[BACKUP_NAME_SIZE + 16u];
    char manifest_name[BACKUP_NAME_SIZE + 16u];
    char partial_path[BACKUP_PATH_SIZE]; /* For those who can only open by name. */
};

/* Put the failure and a sentence into the report; returns the failure. */
enum backup_failure backup_fail(struct backup_report *report, enum backup_failure failure,
                                const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for a call of the system that has just failed, by errno. */
enum backup_failure backup_fail_call(struct backup_report *report, const char *what);

/* Make folder and partial, and lock it; sets the report's path. */
enum backup_failure backup_files_open(struct backup_files *files, const struct backup_order *order,
                                      struct backup_report *report);

/* Is there room for so many bytes, and for the store beside them if it shares the disk? */
enum backup_failure backup_files_room(const struct backup_files *files, uint64_t bytes,
                                      struct backup_report *report);

/* The digest of the partial's content; it looks at @stop between pieces, and returns early then. */
enum backup_failure backup_files_digest(const struct backup_files *files,
                                        bool (*stop)(void *context), void *context,
                                        struct backup_report *report);

/* Everything is synced and known: write the manifest, give the partial its name. */
enum backup_failure backup_files_finish(struct backup_files *files,
                                        const struct backup_order *order,
                                        struct backup_report *report);

/* Close; a partial that has not got its name is removed. Idempotent. */
void backup_files_close(struct backup_files *files);

/* Remove what crashes have left in a folder, if it is there; returns how many that were. */
size_t backup_files_sweep(const char *folder);

#endif
