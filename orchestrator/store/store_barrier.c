#include "store/store_barrier.h"

#include "base/fault.h"
#include "store/wal_scan.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX_LOCK ".lock"
#define SUFFIX_WAL "-wal"
#define NAME_SIZE (BARRIER_PATH_SIZE + 8u)

static int report(char message[STORE_MESSAGE_SIZE], enum fault_code code, const char *what,
                  const char *path)
{
    int error = errno;

    snprintf(message, STORE_MESSAGE_SIZE, "%.300s: %s: %s", path, what, strerror(error));
    return fault(code);
}

static void with_suffix(const struct barrier *barrier, const char *suffix, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%s%s", barrier->path, suffix);
}

/* SQLite's own lock comes later, and would be lost with any other descriptor of this process. */
static int take_lock(struct barrier *barrier, int flags, char message[STORE_MESSAGE_SIZE])
{
    char name[NAME_SIZE];

    with_suffix(barrier, SUFFIX_LOCK, name);
    barrier->lock = open(name, O_RDWR | O_CLOEXEC | flags, 0600);
    if (barrier->lock < 0 && errno == ENOENT && flags == 0)
        return 0; /* No server has ever had it. */
    if (barrier->lock < 0)
        return report(message, FAULT_IO, "cannot open the lock", name);
    if (flock(barrier->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    int r = errno == EWOULDBLOCK ? report(message, FAULT_LOCKED, "another process has it", name)
                                 : report(message, FAULT_IO, "cannot lock", name);
    barrier_close(barrier);
    return r;
}

static int sync_file(const char *name, int flags, char message[STORE_MESSAGE_SIZE])
{
    int fd = open(name, flags | O_CLOEXEC, 0600);

    if (fd < 0)
        return report(message, FAULT_IO, "cannot open", name);
    int r = fsync(fd) < 0 ? report(message, FAULT_IO, "cannot sync", name) : 0;
    close(fd);
    return r;
}

static int scan_wal(const struct barrier *barrier, bool sync, bool *ret_has_log,
                    char message[STORE_MESSAGE_SIZE])
{
    struct stat about;
    char name[NAME_SIZE];
    uint64_t offset = 0;

    with_suffix(barrier, SUFFIX_WAL, name);
    int fd = open(name, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return report(message, FAULT_IO, "cannot open", name);
    int r = (sync && fsync(fd) < 0) || fstat(fd, &about) < 0 ? fault(FAULT_IO)
                                                             : wal_scan(fd, &offset);
    if (r < 0)
        r = report(message, FAULT_IO, "cannot sync or read", name);
    close(fd);
    if (r == 0)
        *ret_has_log = about.st_size > 0;
    if (r != WAL_CORRUPT)
        return pass(r);
    snprintf(message, STORE_MESSAGE_SIZE,
             "%.300s: corrupt at offset %" PRIu64 ": committed frames follow a damaged one", name,
             offset);
    return fault(FAULT_CORRUPT);
}

static int set_path(struct barrier *barrier, const char *path, char message[STORE_MESSAGE_SIZE])
{
    *barrier = (struct barrier){.lock = -1};
    if (strlen(path) >= BARRIER_PATH_SIZE) {
        errno = ENAMETOOLONG;
        return report(message, FAULT_IO, "cannot open", path);
    }
    snprintf(barrier->path, sizeof barrier->path, "%s", path);
    return 0;
}

int barrier_inspect(struct barrier *barrier, const char *path, bool *ret_has_log,
                    char ret_message[STORE_MESSAGE_SIZE])
{
    bool has_log = false;
    int r = set_path(barrier, path, ret_message);

    if (r == 0)
        r = take_lock(barrier, 0, ret_message);
    if (r == 0 && access(path, R_OK) != 0)
        r = report(ret_message, FAULT_IO, "cannot open", path);
    if (r == 0)
        r = scan_wal(barrier, false, &has_log, ret_message);
    if (r != 0)
        barrier_close(barrier);
    else
        *ret_has_log = has_log;
    return pass(r);
}

int barrier_open(struct barrier *barrier, const char *path, char ret_message[STORE_MESSAGE_SIZE])
{
    bool has_log = false;
    int r = set_path(barrier, path, ret_message);

    if (r != 0)
        return pass(r);
    r = take_lock(barrier, O_CREAT, ret_message);
    if (r == 0)
        r = sync_file(path, O_RDWR | O_CREAT, ret_message);
    if (r == 0)
        r = scan_wal(barrier, true, &has_log, ret_message);
    if (r == 0 && barrier_sync_folder(barrier) != 0)
        r = report(ret_message, FAULT_IO, "cannot sync the folder of", path);
    if (r != 0)
        barrier_close(barrier);
    return pass(r);
}

int barrier_sync_folder(const struct barrier *barrier)
{
    char folder[BARRIER_PATH_SIZE];

    snprintf(folder, sizeof folder, "%s", barrier->path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        snprintf(folder, sizeof folder, ".");
    else
        slash[slash == folder ? 1 : 0] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fault(FAULT_IO);
    int r = fsync(fd) < 0 ? fault(FAULT_IO) : 0;
    close(fd);
    return r;
}

void barrier_close(struct barrier *barrier)
{
    if (barrier->lock >= 0)
        close(barrier->lock);
    barrier->lock = -1;
}
