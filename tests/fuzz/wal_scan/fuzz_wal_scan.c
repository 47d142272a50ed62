/*
 * Any bytes as SQLite's log: good or corrupt, never anything else; and an offset within the file.
 */
#include "store/wal_scan.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int log = -1;
    uint64_t offset = 0;

    if (log < 0)
        log = memfd_create("log", MFD_CLOEXEC);
    if (log < 0 || ftruncate(log, 0) < 0 || pwrite(log, data, size, 0) != (ssize_t)size)
        abort();
    int r = wal_scan(log, &offset);
    if (r != 0 && r != WAL_CORRUPT)
        abort();
    if (r == WAL_CORRUPT && offset >= size)
        abort();
    return 0;
}
