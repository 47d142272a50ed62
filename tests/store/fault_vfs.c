#include "fault_vfs.h"

#include <assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 8u
#define PATH_SIZE 256u
#define SECTOR 512u
#define NEVER 0u

/* Something that was done to a file and is not durable yet. */
struct change {
    sqlite3_int64 offset;
    size_t size;
    uint8_t *data; /* Owned; NULL: the file was truncated to @offset. */
};

/* A file as it would be found after a power cut, and what was done to it since. */
struct image {
    char path[PATH_SIZE];
    uint8_t *data; /* Owned. */
    size_t size, capacity;
    struct change *changes; /* Owned. */
    size_t change_count;
};

struct fault_file {
    sqlite3_file base;
    struct image *image; /* NULL: a file that nobody would look for after a crash. */
    sqlite3_file *real;  /* Lies behind this struct, in the same block. */
};

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct image images[FILES_MAX];
    size_t image_count;
    unsigned operations, syncs;
    unsigned fail_operation, fail_sync;
    int code;
    bool dies, dead;
} disk;

static struct fault_file *file_of(sqlite3_file *file)
{
    return (struct fault_file *)(void *)file;
}

/* ---- images ---- */

static void resize(struct image *image, size_t size)
{
    if (size > image->capacity) {
        image->capacity = size * 2;
        image->data = realloc(image->data, image->capacity);
        assert(image->data != NULL);
    }
    if (size > image->size)
        memset(image->data + image->size, 0, size - image->size);
    image->size = size;
}

static void apply_bytes(struct image *image, size_t offset, const uint8_t *data, size_t size)
{
    if (offset + size > image->size)
        resize(image, offset + size);
    memcpy(image->data + offset, data, size);
}

static void apply(struct image *image, const struct change *change)
{
    if (change->data == NULL)
        resize(image, (size_t)change->offset);
    else
        apply_bytes(image, (size_t)change->offset, change->data, change->size);
}

static void forget_changes(struct image *image)
{
    for (size_t i = 0; i < image->change_count; i++)
        free(image->changes[i].data);
    free(image->changes);
    image->changes = NULL;
    image->change_count = 0;
}

static void remember(struct image *image, sqlite3_int64 offset, const void *data, size_t size)
{
    if (image == NULL)
        return;
    struct change change = {.offset = offset, .size = size};
    if (data != NULL) {
        change.data = malloc(size + 1);
        assert(change.data != NULL);
        memcpy(change.data, data, size);
    }
    image->changes = realloc(image->changes, (image->change_count + 1) * sizeof change);
    assert(image->changes != NULL);
    image->changes[image->change_count++] = change;
}

static void make_durable(struct image *image)
{
    if (image == NULL)
        return;
    for (size_t i = 0; i < image->change_count; i++)
        apply(image, &image->changes[i]);
    forget_changes(image);
}

/* What the file holds when it is opened was made durable before. */
static void load(struct image *image)
{
    struct stat about;
    int fd = open(image->path, O_RDONLY);

    forget_changes(image);
    image->size = 0; /* The memory is kept. */
    if (fd < 0)
        return;
    int r = fstat(fd, &about);
    assert(r == 0);
    resize(image, (size_t)about.st_size);
    ssize_t n = read(fd, image->data, image->size);
    assert(n == (ssize_t)image->size);
    close(fd);
}

static struct image *image_of(const char *path)
{
    for (size_t i = 0; i < disk.image_count; i++) {
        if (strcmp(disk.images[i].path, path) == 0)
            return &disk.images[i];
    }
    assert(disk.image_count < FILES_MAX);
    struct image *image = &disk.images[disk.image_count++];
    snprintf(image->path, sizeof image->path, "%s", path);
    return image;
}

/* ---- the power cut ---- */

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Each sector on its own, as a disk may write them. */
static void apply_torn(struct image *image, const struct change *change, uint64_t *seed)
{
    size_t at = 0, offset = (size_t)change->offset;

    while (at < change->size) {
        size_t part = SECTOR - (offset + at) % SECTOR;
        if (part > change->size - at)
            part = change->size - at;
        if (draw(seed) % 2 == 0)
            apply_bytes(image, offset + at, change->data + at, part);
        at += part;
    }
}

static void apply_some(struct image *image, uint64_t seed)
{
    for (size_t i = 0; i < image->change_count; i++) {
        const struct change *change = &image->changes[i];
        uint64_t fate = draw(&seed) % 4;
        if (fate < 2)
            apply(image, change);
        else if (fate == 2 && change->data != NULL)
            apply_torn(image, change, &seed);
    }
}

static void write_back(const struct image *image)
{
    int fd = open(image->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert(fd >= 0);
    ssize_t n = write(fd, image->data, image->size);
    assert(n == (ssize_t)image->size);
    close(fd);
}

void fault_vfs_power_cut(uint64_t seed)
{
    for (size_t i = 0; i < disk.image_count; i++) {
        struct image *image = &disk.images[i];
        if (seed != 0)
            apply_some(image, seed * 0x9e3779b97f4a7c15u + i + 1);
        forget_changes(image);
        write_back(image);
    }
}

/* ---- plans ---- */

static int judge(void)
{
    disk.operations++;
    if (disk.dead)
        return SQLITE_IOERR;
    if (disk.operations != disk.fail_operation)
        return SQLITE_OK;
    disk.dead = disk.dies;
    return disk.code;
}

static int judge_sync(void)
{
    int code = judge();

    disk.syncs++;
    if (code == SQLITE_OK && disk.syncs == disk.fail_sync) {
        disk.dead = disk.dies;
        code = disk.code;
    }
    return code;
}

/* ---- the file ---- */

static int file_close(sqlite3_file *file)
{
    return file_of(file)->real->pMethods->xClose(file_of(file)->real);
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    return file_of(file)->real->pMethods->xRead(file_of(file)->real, data, size, offset);
}

/* A write that fails may have written anything: it is remembered, and half of it really done. */
static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    struct fault_file *fault = file_of(file);
    bool was_dead = disk.dead;
    int code = judge();

    if (was_dead)
        return code;
    int done = code == SQLITE_OK ? size : size / 2;
    remember(fault->image, offset, data, (size_t)done);
    int r = fault->real->pMethods->xWrite(fault->real, data, done, offset);
    return code != SQLITE_OK ? code : r;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct fault_file *fault = file_of(file);
    int code = judge();

    if (code != SQLITE_OK)
        return code;
    remember(fault->image, size, NULL, 0);
    return fault->real->pMethods->xTruncate(fault->real, size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    int code = judge_sync();

    (void)flags; /* The real files are thrown away; their disk need not be waited for. */
    if (code == SQLITE_OK)
        make_durable(file_of(file)->image);
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return file_of(file)->real->pMethods->xFileSize(file_of(file)->real, ret_size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return file_of(file)->real->pMethods->xLock(file_of(file)->real, level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return file_of(file)->real->pMethods->xUnlock(file_of(file)->real, level);
}

static int file_is_reserved(sqlite3_file *file, int *ret_reserved)
{
    return file_of(file)->real->pMethods->xCheckReservedLock(file_of(file)->real, ret_reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return file_of(file)->real->pMethods->xFileControl(file_of(file)->real, operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return file_of(file)->real->pMethods->xSectorSize(file_of(file)->real);
}

static int file_characteristics(sqlite3_file *file)
{
    return file_of(file)->real->pMethods->xDeviceCharacteristics(file_of(file)->real);
}

/* Version 1 of the methods: no shared memory, no map; an exclusive connection needs neither. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *ret_flags)
{
    struct fault_file *fault = file_of(file);

    (void)vfs;
    *fault = (struct fault_file){.real = (sqlite3_file *)(void *)(fault + 1)};
    if (name != NULL && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) {
        fault->image = image_of(name);
        load(fault->image);
    }
    int code = disk.real->xOpen(disk.real, name, fault->real, flags, ret_flags);
    if (code == SQLITE_OK)
        fault->base.pMethods = &methods;
    return code;
}

/* ---- for tests ---- */

void fault_vfs_install(void)
{
    disk.real = sqlite3_vfs_find(NULL);
    assert(disk.real != NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "fault";
    disk.vfs.szOsFile = (int)sizeof(struct fault_file) + disk.real->szOsFile;
    disk.vfs.xOpen = vfs_open;
    disk.vfs.pNext = NULL;
    int code = sqlite3_vfs_register(&disk.vfs, 1);
    assert(code == SQLITE_OK);
}

void fault_vfs_uninstall(void)
{
    fault_vfs_reset();
    sqlite3_vfs_unregister(&disk.vfs);
}

void fault_vfs_reset(void)
{
    for (size_t i = 0; i < disk.image_count; i++) {
        forget_changes(&disk.images[i]);
        free(disk.images[i].data);
        disk.images[i] = (struct image){0};
    }
    disk.image_count = 0;
    disk.operations = disk.syncs = 0;
    disk.fail_operation = disk.fail_sync = NEVER;
    disk.dead = false;
}

unsigned fault_vfs_operations(void)
{
    return disk.operations;
}

void fault_vfs_fail(unsigned number, int code, bool dies)
{
    disk.fail_operation = number == NEVER ? NEVER : disk.operations + number;
    disk.fail_sync = NEVER;
    disk.code = code;
    disk.dies = dies;
}

void fault_vfs_fail_sync(unsigned number, int code, bool dies)
{
    fault_vfs_fail(NEVER, code, dies);
    disk.fail_sync = number == NEVER ? NEVER : disk.syncs + number;
}
