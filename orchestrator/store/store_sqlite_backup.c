/*
 * Backups: a thread of its own copies the database's file and follows the log, so that the store's
 * thread only says how far the log has come, and waits with the next checkpoint until the copy has
 * taken the log to its end. The database is open here by a descriptor that lives as long as the
 * connection: closing it would drop SQLite's locks. SQLite itself sees only the finished copy.
 */
#include "store/store_sqlite.h"

#include "base/clock.h"
#include "base/fault.h"
#include "store/backup_files.h"
#include "store/page_copy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_CROWDED (2 * CHECKPOINT_FRAMES) /* From here on the log comes first; */
#define FRAMES_MAX (16 * CHECKPOINT_FRAMES)    /* and here the copy gives up: 512 MiB. */
#define CROWDED_WAIT_NS 5000000L
#define STORE_WAIT_NS 20000000L /* Of the store's thread, at most once in 32 MiB of log. */
#define LOOK_EVERY 10000 /* Steps of SQLite's machine: a few milliseconds. */

struct sqlite_backup {
    pthread_mutex_t lock;
    pthread_cond_t grown;
    pthread_cond_t caught_up;
    pthread_t thread;
    bool joinable;

    /* Under the lock. */
    struct backup_report report;
    uint64_t committed; /* Commits since the backup began, and one for what was there. */
    uint64_t taken;     /* Of these, what the copy has. */
    int frames;         /* In the log after the latest commit. */
    int frames_to_wait; /* From here on the store's thread waits a little for the copy. */
    bool follows;       /* The log is still needed. */
    bool stop;

    /* The thread's own while it runs. */
    struct backup_order order;
    struct backup_report draft; /* What the report will say when it has ended. */
    struct backup_files files;
    struct page_copy copy;
    int database; /* Owned; -1 until the first backup. */
    int log;      /* Owned; -1. */
    char log_path[BARRIER_PATH_SIZE + 8u];
};

/* ---- between the threads ---- */

static bool is_stopped(void *context)
{
    struct sqlite_backup *backup = context;

    pthread_mutex_lock(&backup->lock);
    bool stop = backup->stop;
    pthread_mutex_unlock(&backup->lock);
    return stop;
}

/* Tell how far it is. */
static void show(struct sqlite_backup *backup, enum backup_state state)
{
    uint64_t bytes = backup->copy.next * backup->copy.page_size;
    uint64_t total = backup->copy.pages * backup->copy.page_size;

    pthread_mutex_lock(&backup->lock);
    backup->report.state = state;
    backup->report.bytes = bytes;
    backup->report.bytes_total = total;
    memcpy(backup->report.path, backup->draft.path, sizeof backup->report.path);
    pthread_mutex_unlock(&backup->lock);
}

static struct timespec after_ns(long ns)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += ns;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* The log is long: leave the disk to it for a moment, unless nothing is written at all. */
static void wait_for_commit(struct sqlite_backup *backup)
{
    struct timespec until = after_ns(CROWDED_WAIT_NS);

    pthread_cond_timedwait(&backup->grown, &backup->lock, &until);
}

static void follow_no_longer(struct sqlite_backup *backup)
{
    pthread_mutex_lock(&backup->lock);
    backup->follows = false;
    pthread_cond_signal(&backup->caught_up);
    pthread_mutex_unlock(&backup->lock);
}

/* ---- copying ---- */

enum { COPY_TOO_SLOW = PAGE_COPY_END + 1 };

static enum backup_failure fail_copy(struct sqlite_backup *backup, int result)
{
    if (result == fault(FAULT_CORRUPT))
        return backup_fail(&backup->draft, BACKUP_DAMAGED, "the store's log does not read well");
    if (result == fault(FAULT_MEMORY))
        return backup_fail(&backup->draft, BACKUP_BROKEN, "there is no memory for it");
    return backup_fail_call(&backup->draft, backup->copy.cannot_write
                                                ? "the backup cannot be written"
                                                : "the store's files cannot be read");
}

static enum backup_failure begin_copy(struct sqlite_backup *backup)
{
    struct stat log;

    backup->log = open(backup->log_path, O_RDONLY | O_CLOEXEC);
    if (backup->log < 0 || fstat(backup->log, &log) != 0)
        return backup_fail_call(&backup->draft, "the store's log cannot be opened");
    int r = page_copy_init(&backup->copy, backup->database, backup->log, backup->files.partial,
                           STORE_PAGE_SIZE);
    if (r != 0)
        return fail_copy(backup, r);
    show(backup, BACKUP_COPYING);
    return backup_files_room(&backup->files,
                             backup->copy.pages * STORE_PAGE_SIZE + (uint64_t)log.st_size,
                             &backup->draft);
}

/* How far the log has come. True when the copy has not taken all of it. */
static bool look_at_log(struct sqlite_backup *backup, uint64_t taken, uint64_t *ret_committed,
                        int *ret_frames)
{
    pthread_mutex_lock(&backup->lock);
    backup->taken = taken;
    if (taken == backup->committed)
        pthread_cond_signal(&backup->caught_up);
    if (taken == backup->committed && backup->frames >= FRAMES_CROWDED)
        wait_for_commit(backup);
    bool grown = taken != backup->committed;
    *ret_committed = backup->committed;
    *ret_frames = backup->frames;
    pthread_mutex_unlock(&backup->lock);
    return grown;
}

/* One step: the log first, since whoever writes it waits for us with moving it. */
static int copy_some(struct sqlite_backup *backup, uint64_t *taken)
{
    uint64_t committed;
    int frames;

    if (!look_at_log(backup, *taken, &committed, &frames))
        return page_copy_pages(&backup->copy);
    int r = frames > FRAMES_MAX ? COPY_TOO_SLOW : page_copy_frames(&backup->copy, (uint64_t)frames);
    if (r == 0)
        *taken = committed;
    return r;
}

/*
 * Once the last page is copied, the copy is that of the latest commit taken from the log: nothing
 * newer has been moved into the database.
 */
static enum backup_failure copy_all(struct sqlite_backup *backup)
{
    uint64_t taken = 0;
    int r = 0;

    while (r != PAGE_COPY_END && !is_stopped(backup)) {
        r = copy_some(backup, &taken);
        if (r == COPY_TOO_SLOW)
            return backup_fail(&backup->draft, BACKUP_TOO_SLOW,
                               "the store writes faster than the backup can follow; try again "
                               "when there is less to do, or into a folder on a faster disk");
        if (r < 0)
            return fail_copy(backup, r);
        show(backup, BACKUP_COPYING);
        enum backup_failure failure = backup_files_room(&backup->files, 0, &backup->draft);
        if (failure != BACKUP_NO_FAILURE)
            return failure;
    }
    assert(r != PAGE_COPY_END || taken > 0);
    follow_no_longer(backup);
    return BACKUP_NO_FAILURE;
}

/* ---- checking the copy ---- */

static int interrupt(void *backup)
{
    return is_stopped(backup);
}

/* The first column of the first row, as a number; a text is compared with @expected. */
static int ask(struct sqlite3 *database, const char *sql, const char *expected,
               uint64_t *ret_number)
{
    struct sqlite3_stmt *statement;
    int r = sqlite_result(sqlite3_prepare_v2(database, sql, -1, &statement, NULL));

    if (r != 0)
        return r;
    int code = sqlite3_step(statement);
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    if (code == SQLITE_ROW && expected != NULL && (text == NULL || strcmp(text, expected) != 0))
        code = SQLITE_CORRUPT;
    if (code == SQLITE_ROW && ret_number != NULL)
        *ret_number = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return sqlite_result(code);
}

static int inspect(struct sqlite_backup *backup, struct sqlite3 *database)
{
    struct backup_report *draft = &backup->draft;

    sqlite3_progress_handler(database, LOOK_EVERY, interrupt, backup);
    int r = ask(database, "PRAGMA quick_check(1)", "ok", NULL);
    if (r == 0)
        r = ask(database, "SELECT count(*) FROM event", NULL, &draft->records);
    if (r == 0)
        r = ask(database, "SELECT count(*) FROM saga", NULL, &draft->sagas);
    if (r == 0)
        r = ask(database, "SELECT max(stream) FROM event", NULL, &draft->last_number);
    return r;
}

static enum backup_failure check(struct sqlite_backup *backup)
{
    struct sqlite3 *database = NULL;
    char uri[SQLITE_URI_SIZE];
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;

    show(backup, BACKUP_CHECKING);
    int r = page_copy_finish(&backup->copy);
    if (r != 0)
        return fail_copy(backup, r);
    sqlite_immutable_uri(backup->files.partial_path, uri);
    r = sqlite_result(sqlite3_open_v2(uri, &database, flags, NULL));
    if (r == 0)
        r = inspect(backup, database);
    sqlite3_close(database);
    if (is_stopped(backup))
        return BACKUP_NO_FAILURE;
    if (r != 0)
        return backup_fail(&backup->draft, BACKUP_DAMAGED,
                           "the copy does not read well (%s); verify the store", fault_name(r));
    return backup_files_digest(&backup->files, is_stopped, backup, &backup->draft);
}

/* ---- the thread ---- */

static enum backup_failure make(struct sqlite_backup *backup)
{
    struct backup_report *draft = &backup->draft;
    enum backup_failure failure = backup_files_open(&backup->files, &backup->order, draft);

    if (failure == BACKUP_NO_FAILURE)
        failure = begin_copy(backup);
    if (failure == BACKUP_NO_FAILURE)
        failure = copy_all(backup);
    if (failure == BACKUP_NO_FAILURE && !is_stopped(backup))
        failure = check(backup);
    if (failure == BACKUP_NO_FAILURE && !is_stopped(backup)) {
        failure = backup_files_finish(&backup->files, &backup->order, draft);
        draft->state = failure == BACKUP_NO_FAILURE ? BACKUP_DONE : BACKUP_FAILED;
    } else {
        draft->state = failure == BACKUP_NO_FAILURE ? BACKUP_STOPPED : BACKUP_FAILED;
    }
    return failure;
}

static void *run(void *argument)
{
    struct sqlite_backup *backup = argument;

    make(backup);
    backup_files_close(&backup->files);
    page_copy_fini(&backup->copy);
    if (backup->log >= 0)
        close(backup->log);
    backup->log = -1;

    pthread_mutex_lock(&backup->lock);
    backup->draft.bytes_total = backup->report.bytes_total;
    backup->draft.ended_ms = instant_now().wall_ms;
    backup->report = backup->draft;
    backup->follows = false;
    pthread_cond_signal(&backup->caught_up);
    pthread_mutex_unlock(&backup->lock);
    return NULL;
}

/* ---- the store's side ---- */

void sqlite_backup_grown(struct store_sqlite *sqlite, int frames)
{
    struct sqlite_backup *backup = sqlite->backup;

    if (backup == NULL)
        return;
    pthread_mutex_lock(&backup->lock);
    if (backup->follows) {
        backup->committed++;
        backup->frames = frames;
        pthread_cond_signal(&backup->grown);
    }
    pthread_mutex_unlock(&backup->lock);
}

/* Under the lock: wait until the copy has all of the log, or for so long. */
static bool catches_up(struct sqlite_backup *backup)
{
    struct timespec until = after_ns(STORE_WAIT_NS);
    int r = 0;

    while (r == 0 && backup->follows && backup->taken != backup->committed)
        r = pthread_cond_timedwait(&backup->caught_up, &backup->lock, &until);
    return !backup->follows || backup->taken == backup->committed;
}

bool sqlite_backup_needs_log(struct store_sqlite *sqlite, bool patient)
{
    struct sqlite_backup *backup = sqlite->backup;

    if (backup == NULL)
        return false;
    pthread_mutex_lock(&backup->lock);
    bool needs = backup->follows && backup->taken != backup->committed;
    if (needs && patient && backup->frames >= backup->frames_to_wait) {
        backup->frames_to_wait = backup->frames + CHECKPOINT_FRAMES;
        needs = !catches_up(backup);
    }
    if (!needs)
        backup->frames_to_wait = FRAMES_CROWDED;
    pthread_mutex_unlock(&backup->lock);
    return needs;
}

static struct sqlite_backup *backup_of(struct store *store)
{
    return ((struct store_sqlite *)(void *)store)->backup;
}

/* Made with the first backup, and kept with its descriptor until the store is closed. */
static int make_ready(struct store_sqlite *sqlite)
{
    if (sqlite->backup != NULL)
        return 0;
    struct sqlite_backup *backup = calloc(1, sizeof *backup);
    if (backup == NULL)
        return fault(FAULT_MEMORY);
    backup->database = open(sqlite->barrier.path, O_RDONLY | O_CLOEXEC);
    if (backup->database < 0) {
        free(backup);
        return fault(FAULT_IO);
    }
    pthread_mutex_init(&backup->lock, NULL);
    pthread_cond_init(&backup->grown, NULL);
    pthread_cond_init(&backup->caught_up, NULL);
    backup->log = -1;
    snprintf(backup->log_path, sizeof backup->log_path, "%s-wal", sqlite->barrier.path);
    sqlite->backup = backup;
    return 0;
}

static bool has_ended(struct sqlite_backup *backup)
{
    pthread_mutex_lock(&backup->lock);
    bool ended = !backup_is_running(&backup->report);
    pthread_mutex_unlock(&backup->lock);
    return ended;
}

static void join(struct sqlite_backup *backup)
{
    if (backup->joinable)
        pthread_join(backup->thread, NULL);
    backup->joinable = false;
}

int sqlite_backup_begin(struct store *store, const struct backup_order *order)
{
    struct store_sqlite *sqlite = (struct store_sqlite *)(void *)store;

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    int r = make_ready(sqlite);
    if (r != 0)
        return pass(r);
    struct sqlite_backup *backup = sqlite->backup;
    if (!has_ended(backup))
        return STORE_BUSY;
    join(backup);

    backup->order = *order;
    backup->draft = (struct backup_report){.begun_ms = instant_now().wall_ms};
    snprintf(backup->draft.name, sizeof backup->draft.name, "%s", order->name);
    snprintf(backup->draft.path, sizeof backup->draft.path, "%s/%s.db", order->folder, order->name);
    backup->report = backup->draft;
    backup->report.state = BACKUP_COPYING;
    backup->committed = 1;
    backup->taken = 0;
    backup->frames = sqlite->wal_frames;
    backup->frames_to_wait = FRAMES_CROWDED;
    backup->stop = false;
    backup->follows = true;
    backup->joinable = pthread_create(&backup->thread, NULL, run, backup) == 0;
    if (backup->joinable)
        return 0;
    backup->follows = false;
    backup->report = (struct backup_report){0};
    return fault(FAULT_SYSTEM);
}

void sqlite_backup_look(struct store *store, struct backup_report *ret_report)
{
    struct sqlite_backup *backup = backup_of(store);

    *ret_report = (struct backup_report){0};
    if (backup == NULL)
        return;
    pthread_mutex_lock(&backup->lock);
    *ret_report = backup->report;
    pthread_mutex_unlock(&backup->lock);
}

void sqlite_backup_stop(struct store *store)
{
    struct sqlite_backup *backup = backup_of(store);

    if (backup == NULL)
        return;
    pthread_mutex_lock(&backup->lock);
    backup->stop = true;
    pthread_cond_signal(&backup->grown);
    pthread_mutex_unlock(&backup->lock);
}

void sqlite_backup_end(struct store_sqlite *sqlite)
{
    sqlite_backup_stop(&sqlite->store);
    if (sqlite->backup != NULL)
        join(sqlite->backup);
}

void sqlite_backup_fini(struct store_sqlite *sqlite)
{
    struct sqlite_backup *backup = sqlite->backup;

    if (backup == NULL)
        return;
    assert(!backup->joinable);
    sqlite->backup = NULL;
    close(backup->database);
    pthread_cond_destroy(&backup->grown);
    pthread_cond_destroy(&backup->caught_up);
    pthread_mutex_destroy(&backup->lock);
    free(backup);
}
