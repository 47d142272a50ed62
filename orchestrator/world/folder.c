#include "world/folder.h"

#include "base/bytes.h"
#include "base/fault.h"
#include "world/durable_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(FOLDER_PATH_SIZE == DURABLE_FILE_PATH_SIZE, "paths go from one to the other");

#define URL_FILE "participants.url"
#define ANY_PORT_URL "tcp://127.0.0.1:0"

/* ---- the folder ---- */

/* Each part of the path in turn; those that are there are left as they are. */
static int make_parents(const char *path)
{
    char part[FOLDER_PATH_SIZE];

    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0777) < 0 && errno != EEXIST)
            return fault(FAULT_IO);
    }
    return 0;
}

/* Private also when it was there before: sockets and secrets lie in it. */
static int make_folder(const char *path)
{
    if (path[0] == '\0' || strlen(path) >= FOLDER_PATH_SIZE) {
        errno = path[0] == '\0' ? EINVAL : ENAMETOOLONG;
        return fault(FAULT_IO);
    }
    int r = make_parents(path);
    if (r < 0)
        return pass(r);
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return fault(FAULT_IO);
    return chmod(path, 0700) < 0 ? fault(FAULT_IO) : 0;
}

static int make_absolute(const char *path, char ret_path[FOLDER_PATH_SIZE])
{
    char *real = realpath(path, NULL);

    if (real == NULL)
        return fault(FAULT_IO);
    size_t length = strlen(real);
    if (length < FOLDER_PATH_SIZE)
        memcpy(ret_path, real, length + 1);
    free(real);
    if (length >= FOLDER_PATH_SIZE) {
        errno = ENAMETOOLONG;
        return fault(FAULT_IO);
    }
    return 0;
}

/* ---- the lock ---- */

static pid_t read_pid(int file)
{
    char text[32] = "";
    ssize_t size = pread(file, text, sizeof(text) - 1, 0);

    return size > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

/* Only for people: the lock itself is the kernel's and needs no content. */
static int write_pid(int file)
{
    char text[32];
    int size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    if (ftruncate(file, 0) < 0 || pwrite(file, text, (size_t)size, 0) != size)
        return fault(FAULT_IO);
    return 0;
}

static int take_lock(struct folder *folder, pid_t *ret_pid)
{
    char path[FOLDER_PATH_SIZE];
    int r = folder_file(folder, "lock", path);

    if (r < 0)
        return pass(r);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return fault(FAULT_IO);
    if (flock(file, LOCK_EX | LOCK_NB) < 0) {
        r = errno == EWOULDBLOCK ? FOLDER_TAKEN : fault(FAULT_IO);
        *ret_pid = read_pid(file);
        close(file);
        return r;
    }
    r = write_pid(file);
    if (r < 0) {
        close(file);
        return pass(r);
    }
    folder->lock = file;
    return 0;
}

int folder_open(const char *path, struct folder *ret_folder, pid_t *ret_pid)
{
    struct folder folder = {.lock = -1};
    int r = make_folder(path);

    if (r == 0)
        r = make_absolute(path, folder.path);
    if (r == 0)
        r = take_lock(&folder, ret_pid);
    if (r != 0)
        return r;
    assert(folder.lock >= 0);
    *ret_folder = folder;
    return 0;
}

void folder_close(struct folder *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    folder->lock = -1;
}

/* ---- what lies in it ---- */

int folder_file(const struct folder *folder, const char *name, char ret_path[FOLDER_PATH_SIZE])
{
    int length = snprintf(ret_path, FOLDER_PATH_SIZE, "%s/%s", folder->path, name);

    return length < 0 || (size_t)length >= FOLDER_PATH_SIZE ? fault(FAULT_LIMIT) : 0;
}

/* The remembered URL; false when there is none that makes sense. */
static bool remembered_url(const struct folder *folder, char ret_url[FOLDER_URL_SIZE])
{
    struct buffer text = {0};
    char path[FOLDER_PATH_SIZE];
    bool found = false;

    if (folder_file(folder, URL_FILE, path) == 0 &&
        durable_file_read(path, FOLDER_URL_SIZE - 1, &text) == 0) {
        snprintf(ret_url, FOLDER_URL_SIZE, "%.*s", (int)text.size, (const char *)text.data);
        found = strncmp(ret_url, "tcp://127.0.0.1:", 16) == 0;
    }
    buffer_fini(&text);
    return found;
}

void folder_participants_url(const struct folder *folder, char ret_url[FOLDER_URL_SIZE])
{
    char socket[FOLDER_PATH_SIZE];

    if (folder_file(folder, "participants.sock", socket) == 0 &&
        strlen(socket) <= FOLDER_SOCKET_PATH_MAX)
        snprintf(ret_url, FOLDER_URL_SIZE, "ipc://%.*s", (int)FOLDER_SOCKET_PATH_MAX, socket);
    else if (!remembered_url(folder, ret_url))
        snprintf(ret_url, FOLDER_URL_SIZE, ANY_PORT_URL);
}

int folder_remember_url(const struct folder *folder, const char *url)
{
    char path[FOLDER_PATH_SIZE];
    int r = folder_file(folder, URL_FILE, path);

    if (r < 0)
        return pass(r);
    return durable_file_write(path, bytes_of_text(url), 0600);
}
