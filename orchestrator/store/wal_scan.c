/*
 * The log's format is SQLite's, and stable: https://www.sqlite.org/fileformat2.html#walformat
 *
 * A frame's checksum goes on from that of the frame before it, so frames after a bad one are
 * verified with the checksum that is stored in their predecessor. Where the predecessor is the bad
 * frame itself, its checksum may be what was damaged: then the one that its bytes give is tried.
 */
#include "store/wal_scan.h"

#include "base/fault.h"
#include "store/wal_frame.h"

#include <stdbool.h>

/*
 * Was the bad frame the last of a commit? It may say so; or, when nothing but that word was
 * damaged, the checksum after it still tells what the word was.
 */
static bool was_commit(const struct wal *wal, const struct wal_frame *bad, struct wal_checksum from)
{
    struct wal_checksum after = wal_unsum(wal, bad->stored, wal->page, wal->page_size);
    bool number_fits = after.a == from.a + wal_word(wal, bad->header) + from.b;

    return bad->commit || (number_fits && after.b != from.b + after.a);
}

/*
 * After a bad frame: is there a frame that was written once a commit at or after it was synced?
 * @bad is that frame, with its page still in memory; @from is where the good frames ended.
 */
static int look_behind(struct wal *wal, uint64_t index, const struct wal_frame *bad,
                       struct wal_checksum from, bool *ret_found)
{
    struct wal_checksum computed = wal_sum(wal, from, bad), before = bad->stored;
    bool committed = was_commit(wal, bad, from);
    bool first = true;

    *ret_found = false;
    for (;;) {
        struct wal_frame frame;
        int r = wal_read(wal, ++index, &frame);
        if (r != 0)
            return pass(r);
        if (!frame.whole)
            return 0;
        bool follows = wal_follows(wal, before, &frame) ||
                       (first && wal_follows(wal, computed, &frame));
        if (follows && committed) {
            *ret_found = true;
            return 0;
        }
        committed = follows && frame.commit;
        before = frame.stored;
        first = false;
    }
}

static int scan_frames(struct wal *wal, uint64_t *ret_offset)
{
    struct wal_checksum from = wal->start;

    for (uint64_t index = 0;; index++) {
        struct wal_frame frame;
        int r = wal_read(wal, index, &frame);
        if (r != 0)
            return pass(r);
        if (!frame.whole)
            return 0;
        if (wal_follows(wal, from, &frame)) {
            from = frame.stored;
            continue;
        }
        bool found;
        r = look_behind(wal, index, &frame, from, &found);
        if (r != 0 || !found)
            return pass(r);
        *ret_offset = wal_offset(wal, index);
        return WAL_CORRUPT;
    }
}

/*
 * The header's own checksum is wrong, and SQLite will ignore the whole log. The header was synced
 * before any frame was written: a first frame that goes on from it, or shares its salts, proves
 * that it was once good.
 */
static int judge_bad_header(struct wal *wal, uint64_t *ret_offset)
{
    for (uint32_t size = WAL_PAGE_SIZE_MIN; size <= WAL_PAGE_SIZE_MAX; size *= 2) {
        struct wal_frame frame;
        wal->page_size = size;
        int r = wal_read(wal, 0, &frame);
        if (r != 0)
            return pass(r);
        if (!frame.whole)
            return 0;
        wal->big_endian = false;
        bool little = wal_equal(wal_sum(wal, wal->start, &frame), frame.stored);
        wal->big_endian = true;
        bool big = wal_equal(wal_sum(wal, wal->start, &frame), frame.stored);
        if (little || big || frame.salted) {
            *ret_offset = 0;
            return WAL_CORRUPT;
        }
    }
    return 0;
}

int wal_scan(int fd, uint64_t *ret_offset)
{
    struct wal wal;
    int r = wal_open(fd, &wal);

    if (r != 0)
        return r == WAL_EMPTY ? 0 : pass(r);
    r = wal.good ? scan_frames(&wal, ret_offset) : judge_bad_header(&wal, ret_offset);
    wal_close(&wal);
    return r;
}
