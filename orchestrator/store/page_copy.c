#include "store/page_copy.h"

#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_PAGES 128u
#define SYNC_EVERY (8u * 1024u * 1024u) /* So that nobody else's sync has to wait for much. */
#define TAKEN_PAGES_MIN 8192u

int page_copy_init(struct page_copy *copy, int database, int log, int to, uint32_t page_size)
{
    struct stat status;

    *copy = (struct page_copy){
        .database = database,
        .log = log,
        .copy = to,
        .page_size = page_size,
        .piece = malloc((size_t)PIECE_PAGES * page_size),
    };
    if (copy->piece == NULL)
        return fault(FAULT_MEMORY);
    if (fstat(database, &status) != 0)
        return fault(FAULT_IO);
    copy->pages = copy->size = (uint64_t)status.st_size / page_size;
    posix_fadvise(database, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

void page_copy_fini(struct page_copy *copy)
{
    free(copy->piece);
    free(copy->taken);
    copy->piece = copy->taken = NULL;
}

/* ---- writing ---- */

static int sync_now(struct page_copy *copy)
{
    copy->unsynced = 0;
    if (fdatasync(copy->copy) == 0)
        return 0;
    copy->cannot_write = true;
    return fault(FAULT_IO);
}

static int write_pages(struct page_copy *copy, const uint8_t *data, uint64_t page, uint64_t count)
{
    uint64_t offset = page * copy->page_size, left = count * copy->page_size;

    while (left > 0) {
        ssize_t n = pwrite(copy->copy, data, left, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            copy->cannot_write = true;
            return fault(FAULT_IO);
        }
        data += n;
        offset += (uint64_t)n;
        left -= (uint64_t)n;
        copy->unsynced += (uint64_t)n;
    }
    return copy->unsynced >= SYNC_EVERY ? sync_now(copy) : 0;
}

/* ---- the log ---- */

static bool is_taken(const struct page_copy *copy, uint64_t page)
{
    return page < copy->taken_pages && ((unsigned)copy->taken[page / 8] >> page % 8 & 1u) != 0;
}

static int mark_taken(struct page_copy *copy, uint64_t page)
{
    if (page >= copy->taken_pages) {
        uint64_t pages = copy->taken_pages > 0 ? copy->taken_pages : TAKEN_PAGES_MIN;
        while (pages <= page)
            pages *= 2;
        uint8_t *taken = realloc(copy->taken, pages / 8);
        if (taken == NULL)
            return fault(FAULT_MEMORY);
        memset(taken + copy->taken_pages / 8, 0, (pages - copy->taken_pages) / 8);
        copy->taken = taken;
        copy->taken_pages = pages;
    }
    copy->taken[page / 8] |= (uint8_t)(1u << page % 8);
    return 0;
}

static int take_frame(struct page_copy *copy, struct wal *wal)
{
    struct wal_frame frame;
    int r = wal_read(wal, copy->frame, &frame);

    if (r == 0 && !wal_follows(wal, copy->checksum, &frame))
        r = fault(FAULT_CORRUPT);
    if (r != 0)
        return pass(r);
    uint64_t page = wal_number(frame.header) - 1u;
    r = mark_taken(copy, page);
    if (r == 0)
        r = write_pages(copy, wal->page, page, 1);
    if (r != 0)
        return pass(r);
    if (frame.commit)
        copy->size = wal_number(frame.header + 4);
    copy->checksum = frame.stored;
    copy->frame++;
    return 0;
}

/* Other salts are another log: it was begun anew. */
static void follow_log(struct page_copy *copy, const struct wal *wal)
{
    if (copy->frame > 0 && memcmp(copy->salt, wal->salt, sizeof copy->salt) == 0)
        return;
    memcpy(copy->salt, wal->salt, sizeof copy->salt);
    copy->checksum = wal->start;
    copy->frame = 0;
}

int page_copy_frames(struct page_copy *copy, uint64_t frames)
{
    struct wal wal;

    if (frames == 0)
        return 0;
    int r = wal_open(copy->log, &wal);
    if (r != 0)
        return r == WAL_EMPTY ? fault(FAULT_CORRUPT) : pass(r);
    if (!wal.good || wal.page_size != copy->page_size)
        r = fault(FAULT_CORRUPT);
    else
        follow_log(copy, &wal);
    while (r == 0 && copy->frame < frames)
        r = take_frame(copy, &wal);
    wal_close(&wal);
    return pass(r);
}

/* ---- the database ---- */

static int read_piece(const struct page_copy *copy, uint64_t count)
{
    uint64_t offset = copy->next * copy->page_size, left = count * copy->page_size;
    uint8_t *to = copy->piece;

    while (left > 0) {
        ssize_t n = pread(copy->database, to, left, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fault(FAULT_IO);
        to += n;
        offset += (uint64_t)n;
        left -= (uint64_t)n;
    }
    return 0;
}

int page_copy_pages(struct page_copy *copy)
{
    uint64_t count = copy->pages - copy->next;

    if (count == 0)
        return PAGE_COPY_END;
    if (count > PIECE_PAGES)
        count = PIECE_PAGES;
    int r = read_piece(copy, count);
    for (uint64_t at = 0; r == 0 && at < count;) {
        uint64_t run = 0;
        while (at + run < count && !is_taken(copy, copy->next + at + run))
            run++;
        if (run > 0)
            r = write_pages(copy, copy->piece + at * copy->page_size, copy->next + at, run);
        at += run + 1; /* The page after a run is taken, or beyond the end. */
    }
    if (r == 0)
        copy->next += count;
    return pass(r);
}

int page_copy_finish(struct page_copy *copy)
{
    assert(copy->next == copy->pages);

    if (ftruncate(copy->copy, (off_t)(copy->size * copy->page_size)) != 0 ||
        fsync(copy->copy) != 0) {
        copy->cannot_write = true;
        return fault(FAULT_IO);
    }
    posix_fadvise(copy->copy, 0, 0, POSIX_FADV_DONTNEED);
    return 0;
}
