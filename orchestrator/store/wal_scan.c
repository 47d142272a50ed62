/*
 * The log's format is SQLite's, and stable: https://www.sqlite.org/fileformat2.html#walformat
 *
 * A frame's checksum goes on from that of the frame before it, so frames after a bad one are
 * verified with the checksum that is stored in their predecessor. Where the predecessor is the bad
 * frame itself, its checksum may be what was damaged: then the one that its bytes give is tried.
 */
#include "store/wal_scan.h"

#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_SIZE 32u
#define FRAME_HEADER_SIZE 24u
#define SALT_SIZE 8u
#define MAGIC 0x377f0682u /* The lowest bit set: words of the checksum are big-endian. */
#define PAGE_SIZE_MIN 512u
#define PAGE_SIZE_MAX 65536u

struct checksum {
    uint32_t a, b;
};

struct wal {
    int fd;
    bool big_endian;
    uint32_t page_size;
    uint8_t salt[SALT_SIZE];
    struct checksum start; /* Stored in the header; the first frame goes on from it. */
    uint8_t *page;         /* Owned. */
};

struct frame {
    bool whole;              /* Both header and page could be read. */
    bool salted;             /* It carries the header's salts. */
    bool commit;             /* It says that it is the last of a commit. */
    uint8_t header[FRAME_HEADER_SIZE];
    struct checksum stored;
};

static uint32_t big_endian(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static uint32_t word(const struct wal *wal, const uint8_t *data)
{
    if (wal->big_endian)
        return big_endian(data);
    return (uint32_t)data[3] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[1] << 8 | data[0];
}

static struct checksum sum(const struct wal *wal, struct checksum from, const uint8_t *data,
                           size_t size)
{
    assert(size % 8 == 0);
    for (size_t i = 0; i < size; i += 8) {
        from.a += word(wal, data + i) + from.b;
        from.b += word(wal, data + i + 4) + from.a;
    }
    return from;
}

/* The same backwards: what the checksum was before these bytes. */
static struct checksum unsum(const struct wal *wal, struct checksum to, const uint8_t *data,
                             size_t size)
{
    assert(size % 8 == 0);
    for (size_t i = size; i > 0; i -= 8) {
        to.b -= word(wal, data + i - 4) + to.a;
        to.a -= word(wal, data + i - 8) + to.b;
    }
    return to;
}

static bool equal(struct checksum x, struct checksum y)
{
    return x.a == y.a && x.b == y.b;
}

static struct checksum stored_at(const uint8_t *data)
{
    return (struct checksum){big_endian(data), big_endian(data + 4)};
}

/* Read so many bytes, or up to the end of the file. */
static int read_at(int fd, uint64_t offset, uint8_t *data, size_t size, size_t *ret_size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(fd, data + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fault(FAULT_IO);
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *ret_size = done;
    return 0;
}

static uint64_t offset_of(const struct wal *wal, uint64_t index)
{
    return HEADER_SIZE + index * (FRAME_HEADER_SIZE + (uint64_t)wal->page_size);
}

/* The page stays in wal->page until the next frame is read. */
static int read_frame(struct wal *wal, uint64_t index, struct frame *ret_frame)
{
    uint64_t offset = offset_of(wal, index);
    size_t header_size, page_size;

    *ret_frame = (struct frame){0};
    int r = read_at(wal->fd, offset, ret_frame->header, FRAME_HEADER_SIZE, &header_size);
    if (r == 0)
        r = read_at(wal->fd, offset + FRAME_HEADER_SIZE, wal->page, wal->page_size, &page_size);
    if (r != 0)
        return pass(r);
    ret_frame->whole = header_size == FRAME_HEADER_SIZE && page_size == wal->page_size;
    ret_frame->salted = memcmp(ret_frame->header + 8, wal->salt, SALT_SIZE) == 0;
    ret_frame->commit = big_endian(ret_frame->header + 4) != 0;
    ret_frame->stored = stored_at(ret_frame->header + 16);
    return 0;
}

static struct checksum sum_frame(const struct wal *wal, struct checksum from,
                                 const struct frame *frame)
{
    return sum(wal, sum(wal, from, frame->header, 8), wal->page, wal->page_size);
}

static bool frame_follows(const struct wal *wal, struct checksum from, const struct frame *frame)
{
    return frame->whole && frame->salted && big_endian(frame->header) != 0 &&
           equal(sum_frame(wal, from, frame), frame->stored);
}

/*
 * Was the bad frame the last of a commit? It may say so; or, when nothing but that word was
 * damaged, the checksum after it still tells what the word was.
 */
static bool was_commit(const struct wal *wal, const struct frame *bad, struct checksum from)
{
    struct checksum after = unsum(wal, bad->stored, wal->page, wal->page_size);
    bool number_fits = after.a == from.a + word(wal, bad->header) + from.b;

    return bad->commit || (number_fits && after.b != from.b + after.a);
}

/*
 * After a bad frame: is there a frame that was written once a commit at or after it was synced?
 * @bad is that frame, with its page still in memory; @from is where the good frames ended.
 */
static int look_behind(struct wal *wal, uint64_t index, const struct frame *bad,
                       struct checksum from, bool *ret_found)
{
    struct checksum computed = sum_frame(wal, from, bad), before = bad->stored;
    bool committed = was_commit(wal, bad, from);
    bool first = true;

    *ret_found = false;
    for (;;) {
        struct frame frame;
        int r = read_frame(wal, ++index, &frame);
        if (r != 0)
            return pass(r);
        if (!frame.whole)
            return 0;
        bool follows = frame_follows(wal, before, &frame) ||
                       (first && frame_follows(wal, computed, &frame));
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
    struct checksum from = wal->start;

    for (uint64_t index = 0;; index++) {
        struct frame frame;
        int r = read_frame(wal, index, &frame);
        if (r != 0)
            return pass(r);
        if (!frame.whole)
            return 0;
        if (frame_follows(wal, from, &frame)) {
            from = frame.stored;
            continue;
        }
        bool found;
        r = look_behind(wal, index, &frame, from, &found);
        if (r != 0 || !found)
            return pass(r);
        *ret_offset = offset_of(wal, index);
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
    for (uint32_t size = PAGE_SIZE_MIN; size <= PAGE_SIZE_MAX; size *= 2) {
        struct frame frame;
        wal->page_size = size;
        int r = read_frame(wal, 0, &frame);
        if (r != 0)
            return pass(r);
        if (!frame.whole)
            return 0;
        wal->big_endian = false;
        bool little = equal(sum_frame(wal, wal->start, &frame), frame.stored);
        wal->big_endian = true;
        bool big = equal(sum_frame(wal, wal->start, &frame), frame.stored);
        if (little || big || frame.salted) {
            *ret_offset = 0;
            return WAL_CORRUPT;
        }
    }
    return 0;
}

static bool header_is_good(const struct wal *wal, const uint8_t header[HEADER_SIZE])
{
    uint32_t size = wal->page_size;

    return (big_endian(header) & ~1u) == MAGIC && size >= PAGE_SIZE_MIN &&
           size <= PAGE_SIZE_MAX && (size & (size - 1)) == 0 &&
           equal(sum(wal, (struct checksum){0}, header, 24), wal->start);
}

int wal_scan(int fd, uint64_t *ret_offset)
{
    uint8_t header[HEADER_SIZE];
    struct wal wal = {.fd = fd};
    size_t size;

    int r = read_at(fd, 0, header, sizeof header, &size);
    if (r != 0 || size < sizeof header)
        return pass(r);
    wal.big_endian = (big_endian(header) & 1u) != 0;
    wal.page_size = big_endian(header + 8);
    wal.start = stored_at(header + 24);
    memcpy(wal.salt, header + 16, SALT_SIZE);
    wal.page = malloc(PAGE_SIZE_MAX);
    if (wal.page == NULL)
        return fault(FAULT_MEMORY);
    if (header_is_good(&wal, header))
        r = scan_frames(&wal, ret_offset);
    else
        r = judge_bad_header(&wal, ret_offset);
    free(wal.page);
    return r;
}
