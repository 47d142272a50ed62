/*
 * A backup of the store in memory: every record is appended to a SQLite store, so that what reads
 * backups reads this one too. It is made at once: nobody waits for tests' disks.
 */
#include "store/store_memory.h"

#include "base/clock.h"
#include "base/fault.h"
#include "store/backup_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool never(void *context)
{
    (void)context;
    return false;
}

static int append_key(struct store *to, const struct store_memory *memory,
                      const struct memory_stream *stream, struct store_record *record)
{
    for (size_t i = 0; i < memory->keys.capacity; i++) {
        const struct memory_key *slot = &memory->keys.slots[i];
        if (slot->used && slot->key.id.number == stream->number)
            record->key = &slot->key;
    }
    return store_append(to, record, 1);
}

/* Its row and its key come with its last record. */
static int append_stream(struct store *to, const struct store_memory *memory,
                         const struct memory_stream *stream)
{
    int r = 0;

    for (size_t i = 0; i < stream->count && r == 0; i++) {
        const struct memory_record *kept = &stream->records[i];
        struct store_record record = {
            .stream = stream->number,
            .sequence = (uint32_t)i + 1,
            .body = bytes_of(kept->body, kept->body_size),
            .payload = bytes_of(kept->payload, kept->payload_size),
        };
        memcpy(record.digest, kept->digest, sizeof record.digest);
        if (i + 1 == stream->count) {
            record.row = stream->has_row ? &stream->row : NULL;
            r = append_key(to, memory, stream, &record);
        } else {
            r = store_append(to, &record, 1);
        }
    }
    return r;
}

/* What a SQLite store leaves beside its file. */
static void remove_companions(const char *path)
{
    static const char *const suffixes[] = {"-wal", ".lock", ".reserve"};
    char name[BACKUP_PATH_SIZE + 16u];

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static int write_store(struct store_memory *memory, const char *path)
{
    struct backup_report *report = &memory->backup;
    char message[STORE_MESSAGE_SIZE];
    struct store *to;
    int r = store_sqlite_open(path, &to, message);

    if (r != 0)
        return pass(r);
    for (size_t i = 0; i < memory->count && r == 0; i++) {
        const struct memory_stream *stream = memory->streams[i];
        r = append_stream(to, memory, stream);
        report->records += stream->count;
        report->sagas += stream->has_row;
        report->last_number = stream->number;
    }
    store_close(to);
    remove_companions(path);
    return r;
}

static enum backup_failure make(struct store_memory *memory, const struct backup_order *order)
{
    struct backup_report *report = &memory->backup;
    struct backup_files files;
    enum backup_failure failure = backup_files_open(&files, order, report);

    if (failure == BACKUP_NO_FAILURE && write_store(memory, files.partial_path) != 0)
        failure = backup_fail(report, BACKUP_BROKEN, "the backup cannot be written");
    if (failure == BACKUP_NO_FAILURE)
        failure = backup_files_digest(&files, never, NULL, report);
    if (failure == BACKUP_NO_FAILURE)
        failure = backup_files_finish(&files, order, report);
    backup_files_close(&files);
    return failure;
}

int memory_backup(struct store *store, const struct backup_order *order)
{
    struct store_memory *memory = (struct store_memory *)(void *)store;
    struct backup_report *report = &memory->backup;

    *report = (struct backup_report){.begun_ms = instant_now().wall_ms};
    snprintf(report->name, sizeof report->name, "%s", order->name);
    snprintf(report->path, sizeof report->path, "%s/%s.db", order->folder, order->name);
    report->state = make(memory, order) == BACKUP_NO_FAILURE ? BACKUP_DONE : BACKUP_FAILED;
    report->ended_ms = instant_now().wall_ms;
    return 0;
}

void memory_backup_look(struct store *store, struct backup_report *ret_report)
{
    *ret_report = ((struct store_memory *)(void *)store)->backup;
}

void memory_backup_stop(struct store *store)
{
    (void)store; /* It has ended already. */
}
