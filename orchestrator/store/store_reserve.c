#include "store/store_reserve.h"

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Blocks that are really there, not only a length. */
static bool allocate(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return false;
    bool done = posix_fallocate(fd, 0, RESERVE_SIZE) == 0 && fsync(fd) == 0;
    close(fd);
    if (!done)
        unlink(path);
    return done;
}

static bool is_there(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && (uint64_t)about.st_blocks * 512 >= RESERVE_SIZE;
}

static bool has_room(const char *path)
{
    char folder[RESERVE_PATH_SIZE];
    struct statvfs about;

    snprintf(folder, sizeof folder, "%s", path);
    size_t end = 0;
    for (size_t i = 0; folder[i] != '\0'; i++)
        end = folder[i] == '/' ? i + 1 : end;
    snprintf(folder + end, sizeof folder - end, ".");
    if (statvfs(folder, &about) < 0)
        return false;
    return (uint64_t)about.f_bavail * about.f_frsize >= 2 * (uint64_t)RESERVE_SIZE;
}

void reserve_init(struct reserve *reserve, const char *database)
{
    int length = snprintf(reserve->path, sizeof reserve->path, "%s.reserve", database);

    assert(length > 0);
    assert((size_t)length < sizeof reserve->path);
    reserve->kept = is_there(reserve->path) || reserve_retake(reserve);
}

void reserve_give_up(struct reserve *reserve)
{
    unlink(reserve->path);
    reserve->kept = false;
}

bool reserve_retake(struct reserve *reserve)
{
    if (!reserve->kept)
        reserve->kept = has_room(reserve->path) && allocate(reserve->path);
    return reserve->kept;
}
