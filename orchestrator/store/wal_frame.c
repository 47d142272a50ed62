#include "store/wal_frame.h"

#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_SIZE 32u
#define MAGIC 0x377f0682u /* The lowest bit set: words of the checksum are big-endian. */

uint32_t wal_number(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

uint32_t wal_word(const struct wal *wal, const uint8_t *data)
{
    if (wal->big_endian)
        return wal_number(data);
    return (uint32_t)data[3] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[1] << 8 | data[0];
}

static struct wal_checksum sum(const struct wal *wal, struct wal_checksum from, const uint8_t *data,
                               size_t size)
{
    assert(size % 8 == 0);
    for (size_t i = 0; i < size; i += 8) {
        from.a += wal_word(wal, data + i) + from.b;
        from.b += wal_word(wal, data + i + 4) + from.a;
    }
    return from;
}

struct wal_checksum wal_unsum(const struct wal *wal, struct wal_checksum to, const uint8_t *data,
                              size_t size)
{
    assert(size % 8 == 0);
    for (size_t i = size; i > 0; i -= 8) {
        to.b -= wal_word(wal, data + i - 4) + to.a;
        to.a -= wal_word(wal, data + i - 8) + to.b;
    }
    return to;
}

bool wal_equal(struct wal_checksum x, struct wal_checksum y)
{
    return x.a == y.a && x.b == y.b;
}

static struct wal_checksum stored_at(const uint8_t *data)
{
    return (struct wal_checksum){wal_number(data), wal_number(data + 4)};
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

uint64_t wal_offset(const struct wal *wal, uint64_t index)
{
    return HEADER_SIZE + index * (WAL_FRAME_HEADER_SIZE + (uint64_t)wal->page_size);
}

int wal_read(struct wal *wal, uint64_t index, struct wal_frame *ret_frame)
{
    uint64_t offset = wal_offset(wal, index);
    size_t header_size, page_size;

    *ret_frame = (struct wal_frame){0};
    int r = read_at(wal->fd, offset, ret_frame->header, WAL_FRAME_HEADER_SIZE, &header_size);
    if (r == 0)
        r = read_at(wal->fd, offset + WAL_FRAME_HEADER_SIZE, wal->page, wal->page_size, &page_size);
    if (r != 0)
        return pass(r);
    ret_frame->whole = header_size == WAL_FRAME_HEADER_SIZE && page_size == wal->page_size;
    ret_frame->salted = memcmp(ret_frame->header + 8, wal->salt, WAL_SALT_SIZE) == 0;
    ret_frame->commit = wal_number(ret_frame->header + 4) != 0;
    ret_frame->stored = stored_at(ret_frame->header + 16);
    return 0;
}

struct wal_checksum wal_sum(const struct wal *wal, struct wal_checksum from,
                            const struct wal_frame *frame)
{
    return sum(wal, sum(wal, from, frame->header, 8), wal->page, wal->page_size);
}

bool wal_follows(const struct wal *wal, struct wal_checksum from, const struct wal_frame *frame)
{
    return frame->whole && frame->salted && wal_number(frame->header) != 0 &&
           wal_equal(wal_sum(wal, from, frame), frame->stored);
}

static bool header_is_good(const struct wal *wal, const uint8_t header[HEADER_SIZE])
{
    uint32_t size = wal->page_size;

    return (wal_number(header) & ~1u) == MAGIC && size >= WAL_PAGE_SIZE_MIN &&
           size <= WAL_PAGE_SIZE_MAX && (size & (size - 1)) == 0 &&
           wal_equal(sum(wal, (struct wal_checksum){0}, header, 24), wal->start);
}

int wal_open(int fd, struct wal *ret_wal)
{
    uint8_t header[HEADER_SIZE];
    struct wal wal = {.fd = fd};
    size_t size;

    int r = read_at(fd, 0, header, sizeof header, &size);
    if (r != 0)
        return pass(r);
    if (size < sizeof header)
        return WAL_EMPTY;
    wal.big_endian = (wal_number(header) & 1u) != 0;
    wal.page_size = wal_number(header + 8);
    wal.start = stored_at(header + 24);
    memcpy(wal.salt, header + 16, WAL_SALT_SIZE);
    wal.good = header_is_good(&wal, header);
    wal.page = malloc(WAL_PAGE_SIZE_MAX);
    if (wal.page == NULL)
        return fault(FAULT_MEMORY);
    *ret_wal = wal;
    return 0;
}

void wal_close(struct wal *wal)
{
    free(wal->page);
    wal->page = NULL;
}
