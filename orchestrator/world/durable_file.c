#include "world/durable_file.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int file, struct bytes content)
{
    while (content.size > 0) {
        ssize_t written = write(file, content.data, content.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fault(FAULT_IO);
        content.data += written;
        content.size -= (size_t)written;
    }
    return 0;
}

static int write_synced(const char *path, struct bytes content, mode_t mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);

    if (file < 0)
        return fault(FAULT_IO);
    /* An old file may have had another mode, and the mask may have taken bits away. */
    int r = fchmod(file, mode) < 0 ? fault(FAULT_IO) : write_all(file, content);
    if (r == 0 && fsync(file) < 0)
        r = fault(FAULT_IO);
    if (close(file) < 0 && r == 0)
        r = fault(FAULT_IO);
    return r;
}

static int sync_folder_of(const char *path)
{
    char folder[DURABLE_FILE_PATH_SIZE];
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        snprintf(folder, sizeof(folder), ".");
    else
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash + 1 - path), path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return fault(FAULT_IO);
    int r = fsync(file) < 0 ? fault(FAULT_IO) : 0;
    close(file);
    return r;
}

int durable_file_write(const char *path, struct bytes content, mode_t mode)
{
    char fresh[DURABLE_FILE_PATH_SIZE];
    int length = snprintf(fresh, sizeof(fresh), "%s.new", path);

    if (length < 0 || (size_t)length >= sizeof(fresh)) {
        errno = ENAMETOOLONG;
        return fault(FAULT_IO);
    }
    int r = write_synced(fresh, content, mode);
    if (r < 0)
        return pass(r);
    if (rename(fresh, path) < 0)
        return fault(FAULT_IO);
    return pass(sync_folder_of(path));
}

int durable_file_read(const char *path, size_t size_max, struct buffer *text)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t got = 1;

    if (file < 0)
        return errno == ENOENT ? DURABLE_FILE_NONE : fault(FAULT_IO);
    size_t start = text->size;
    int r = 0;
    while (r == 0 && got > 0) {
        uint8_t *end = buffer_reserve(text, 4096);
        got = end != NULL ? read(file, end, 4096) : 0;
        if (end == NULL)
            r = fault(FAULT_MEMORY);
        else if (got < 0)
            r = fault(FAULT_IO);
        else
            text->size += (size_t)got;
        if (r == 0 && text->size - start > size_max)
            r = fault(FAULT_LIMIT);
    }
    close(file);
    return r;
}

int durable_file_remove(const char *path)
{
    if (unlink(path) < 0)
        return errno == ENOENT ? 0 : fault(FAULT_IO);
    return pass(sync_folder_of(path));
}
