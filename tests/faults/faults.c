#include "faults/faults.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

/* The real ones: this file implements what the macros stand for. */
#undef malloc
#undef calloc
#undef realloc
#undef strdup
#undef fsync
#undef fdatasync

static atomic_ulong counted;
static unsigned long fault_at;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Written at exit; a process that dies before has failed in another, louder way. */
static void write_count(void)
{
    const char *path = getenv("SAGAD_FAULT_FILE");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;

    if (file == NULL)
        return;
    fprintf(file, "%lu\n", atomic_load(&counted));
    fclose(file);
}

static void start(void)
{
    const char *at = getenv("SAGAD_FAULT_AT");

    fault_at = at != NULL ? strtoul(at, NULL, 10) : 0;
    atexit(write_count);
}

static bool fails(void)
{
    pthread_once(&once, start);
    return atomic_fetch_add(&counted, 1) + 1 == fault_at;
}

static void *out_of_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *faults_malloc(size_t size)
{
    return fails() ? out_of_memory() : malloc(size);
}

void *faults_calloc(size_t count, size_t size)
{
    return fails() ? out_of_memory() : calloc(count, size);
}

void *faults_realloc(void *memory, size_t size)
{
    return fails() ? out_of_memory() : realloc(memory, size);
}

char *faults_strdup(const char *text)
{
    return fails() ? out_of_memory() : strdup(text);
}

static int io_error(void)
{
    errno = EIO;
    return -1;
}

int faults_fsync(int file)
{
    return fails() ? io_error() : fsync(file);
}

int faults_fdatasync(int file)
{
    return fails() ? io_error() : fdatasync(file);
}
