#include "store/backup_files.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "store/store_reserve.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SUFFIX ".db"
#define SUFFIX_PARTIAL ".db.partial"
#define SUFFIX_MANIFEST ".json"
#define PIECE_SIZE (1024u * 1024u)
#define MANIFEST_SIZE 1024u
#define ROOM_LEFT (2 * (uint64_t)RESERVE_SIZE) /* What a full backup must leave to a store. */

/* ---- failures ---- */

enum backup_failure backup_fail(struct backup_report *report, enum backup_failure failure,
                                const char *format, ...)
{
    va_list arguments;

    assert(failure != BACKUP_NO_FAILURE);
    report->failure = failure;
    va_start(arguments, format);
    vsnprintf(report->text, sizeof report->text, format, arguments);
    va_end(arguments);
    return failure;
}

enum backup_failure backup_fail_call(struct backup_report *report, const char *what)
{
    int error = errno;
    bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;

    return backup_fail(report, full ? BACKUP_NO_ROOM : BACKUP_BROKEN, "%s: %s", what,
                       strerror(error));
}

/* ---- opening ---- */

/* A folder that was made just now is durable once its parent is synced. */
static enum backup_failure make_folder(const char *folder, struct backup_report *report)
{
    char parent[BACKUP_FOLDER_SIZE];

    if (mkdir(folder, 0700) != 0)
        return errno == EEXIST ? BACKUP_NO_FAILURE
                               : backup_fail_call(report, "the folder cannot be made");
    text_copy(folder, sizeof parent, parent);
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        text_copy(".", sizeof parent, parent);
    else
        slash[slash == parent ? 1 : 0] = '\0';
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return synced ? BACKUP_NO_FAILURE
                  : backup_fail_call(report, "the folder above cannot be synced");
}

static enum backup_failure open_partial(struct backup_files *files, struct backup_report *report)
{
    if (faccessat(files->folder, files->final_name, F_OK, 0) == 0)
        return backup_fail(report, BACKUP_EXISTS, "%s exists; give another name, or move it away",
                           report->path);
    files->partial =
        openat(files->folder, files->partial_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (files->partial < 0)
        return backup_fail_call(report, "the backup's file cannot be made");
    if (flock(files->partial, LOCK_EX | LOCK_NB) != 0) {
        close(files->partial);
        files->partial = -1;
        return backup_fail(report, BACKUP_EXISTS, "another server is writing %s", report->path);
    }
    return ftruncate(files->partial, 0) == 0
               ? BACKUP_NO_FAILURE
               : backup_fail_call(report, "what was left there before cannot be cleared");
}

enum backup_failure backup_files_open(struct backup_files *files, const struct backup_order *order,
                                      struct backup_report *report)
{
    *files = (struct backup_files){.folder = -1, .partial = -1};
    snprintf(files->partial_name, sizeof files->partial_name, "%s" SUFFIX_PARTIAL, order->name);
    snprintf(files->final_name, sizeof files->final_name, "%s" SUFFIX, order->name);
    snprintf(files->manifest_name, sizeof files->manifest_name, "%s" SUFFIX_MANIFEST, order->name);
    snprintf(files->partial_path, sizeof files->partial_path, "%s/%s", order->folder,
             files->partial_name);

    enum backup_failure failure = make_folder(order->folder, report);
    if (failure != BACKUP_NO_FAILURE)
        return failure;
    files->folder = open(order->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->folder < 0)
        return backup_fail_call(report, "the folder cannot be opened");
    return open_partial(files, report);
}

enum backup_failure backup_files_room(const struct backup_files *files, uint64_t bytes,
                                      struct backup_report *report)
{
    struct statvfs disk;

    if (fstatvfs(files->partial, &disk) != 0)
        return backup_fail_call(report, "the disk does not tell how much room it has");
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (free_bytes >= bytes + ROOM_LEFT)
        return BACKUP_NO_FAILURE;
    return backup_fail(report, BACKUP_NO_ROOM,
                       "the disk has %" PRIu64 " MiB free; the backup needs %" PRIu64
                       " MiB more, and %" PRIu64 " MiB stay free for the store",
                       free_bytes >> 20, (bytes >> 20) + 1, ROOM_LEFT >> 20);
}

/* ---- the end ---- */

static enum backup_failure digest_file(int fd, uint8_t *piece, bool (*stop)(void *context),
                                       void *context, struct backup_report *report)
{
    crypto_hash_sha256_state state;
    uint8_t digest[crypto_hash_sha256_BYTES];
    uint64_t offset = 0;
    ssize_t got;

    crypto_hash_sha256_init(&state);
    while (!stop(context) && (got = pread(fd, piece, PIECE_SIZE, (off_t)offset)) != 0) {
        if (got < 0)
            return backup_fail_call(report, "the copy cannot be read");
        crypto_hash_sha256_update(&state, piece, (size_t)got);
        offset += (uint64_t)got;
    }
    crypto_hash_sha256_final(&state, digest);
    hex_encode(digest, sizeof digest, report->sha256);
    report->bytes = offset;
    return BACKUP_NO_FAILURE;
}

enum backup_failure backup_files_digest(const struct backup_files *files,
                                        bool (*stop)(void *context), void *context,
                                        struct backup_report *report)
{
    uint8_t *piece = malloc(PIECE_SIZE);

    if (piece == NULL)
        return backup_fail(report, BACKUP_BROKEN, "there is no memory to read the copy");
    enum backup_failure failure = digest_file(files->partial, piece, stop, context, report);
    free(piece);
    return failure;
}

/* Names and versions need no escaping: their letters are few. */
static int print_manifest(const struct backup_order *order, const struct backup_report *report,
                          char text[MANIFEST_SIZE])
{
    char begun[CLOCK_RFC3339_SIZE], ended[CLOCK_RFC3339_SIZE];

    clock_rfc3339(report->begun_ms, begun);
    clock_rfc3339(instant_now().wall_ms, ended);
    return snprintf(text, MANIFEST_SIZE,
                    "{\n  \"name\": \"%s\",\n  \"file\": \"%s" SUFFIX "\",\n"
                    "  \"begun\": \"%s\",\n  \"ended\": \"%s\",\n"
                    "  \"server_version\": \"%s\",\n  \"bytes\": %" PRIu64 ",\n"
                    "  \"sha256\": \"%s\",\n  \"records\": %" PRIu64 ",\n"
                    "  \"sagas\": %" PRIu64 ",\n  \"last_number\": %" PRIu64 "\n}\n",
                    order->name, order->name, begun, ended, order->version, report->bytes,
                    report->sha256, report->records, report->sagas, report->last_number);
}

static bool write_manifest(const struct backup_files *files, const struct backup_order *order,
                           const struct backup_report *report)
{
    char text[MANIFEST_SIZE];
    int length = print_manifest(order, report, text);

    assert(length > 0 && (size_t)length < sizeof text);
    int fd = openat(files->folder, files->manifest_name,
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool written = write(fd, text, (size_t)length) == length && fsync(fd) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return written;
}

/* Not every file system can refuse to replace; nobody has written that name since we looked. */
static bool give_name(const struct backup_files *files)
{
    if (renameat2(files->folder, files->partial_name, files->folder, files->final_name,
                  RENAME_NOREPLACE) == 0)
        return true;
    return (errno == EINVAL || errno == ENOSYS) &&
           renameat(files->folder, files->partial_name, files->folder, files->final_name) == 0;
}

enum backup_failure backup_files_finish(struct backup_files *files,
                                        const struct backup_order *order,
                                        struct backup_report *report)
{
    if (!write_manifest(files, order, report) || fsync(files->folder) != 0 || !give_name(files)) {
        enum backup_failure failure = backup_fail_call(report, "the backup cannot be named");
        unlinkat(files->folder, files->manifest_name, 0);
        return failure;
    }
    close(files->partial);
    files->partial = -1;
    return fsync(files->folder) == 0 ? BACKUP_NO_FAILURE
                                     : backup_fail_call(report, "the folder cannot be synced");
}

void backup_files_close(struct backup_files *files)
{
    if (files->partial >= 0) {
        unlinkat(files->folder, files->partial_name, 0);
        close(files->partial);
    }
    if (files->folder >= 0)
        close(files->folder);
    files->folder = files->partial = -1;
}

/* ---- leftovers ---- */

/* A partial that nobody has locked: remove it, and the manifest if there is nothing it tells of. */
static bool remove_leftover(int folder, const char *partial, size_t stem)
{
    char name[NAME_MAX + 1];
    int fd = openat(folder, partial, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return false;
    bool ours = flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(folder, partial, 0) == 0;
    close(fd);
    if (!ours)
        return false;
    snprintf(name, sizeof name, "%.*s" SUFFIX, (int)stem, partial);
    if (faccessat(folder, name, F_OK, 0) != 0) {
        snprintf(name, sizeof name, "%.*s" SUFFIX_MANIFEST, (int)stem, partial);
        unlinkat(folder, name, 0);
    }
    return true;
}

size_t backup_files_sweep(const char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    size_t removed = 0, suffix = strlen(SUFFIX_PARTIAL);

    if (entries == NULL)
        return 0;
    while ((entry = readdir(entries)) != NULL) {
        size_t length = strlen(entry->d_name);
        if (length > suffix && strcmp(entry->d_name + length - suffix, SUFFIX_PARTIAL) == 0)
            removed += remove_leftover(dirfd(entries), entry->d_name, length - suffix);
    }
    closedir(entries);
    return removed;
}
