/*
 * The frames of SQLite's write-ahead log, read by position.
 *
 *   │ header: salts, checksum │ frame: page number, commit mark, salts, checksum │ page │ frame …
 *
 * A checksum goes on from the one before it, so a frame is good only behind the frames before it.
 * The format is SQLite's, and stable: https://www.sqlite.org/fileformat2.html#walformat
 */
#ifndef ORCHESTRATOR_STORE_WAL_FRAME_H
#define ORCHESTRATOR_STORE_WAL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAL_FRAME_HEADER_SIZE 24u
#define WAL_SALT_SIZE 8u
#define WAL_PAGE_SIZE_MIN 512u
#define WAL_PAGE_SIZE_MAX 65536u

struct wal_checksum {
    uint32_t a, b;
};

struct wal {
    int fd;    /* Borrowed. */
    bool good; /* The header's own checksum fits. */
    bool big_endian;
    uint32_t page_size;
    uint8_t salt[WAL_SALT_SIZE];
    struct wal_checksum start; /* Stored in the header; the first frame goes on from it. */
    uint8_t *page;             /* Owned: of the frame that was read last. */
};

struct wal_frame {
    bool whole;  /* Both header and page could be read. */
    bool salted; /* It carries the header's salts. */
    bool commit; /* It says that it is the last of a commit. */
    uint8_t header[WAL_FRAME_HEADER_SIZE];
    struct wal_checksum stored;
};

/* Read the header. 0; WAL_EMPTY when there is none; FAULT_IO or FAULT_MEMORY. */
enum { WAL_EMPTY = 1 };
int wal_open(int fd, struct wal *ret_wal);
void wal_close(struct wal *wal); /* Leaves the file open. */

/* Where a frame begins, counted from 0. */
uint64_t wal_offset(const struct wal *wal, uint64_t index);

/* The page stays in wal->page until the next frame is read. 0 or FAULT_IO. */
int wal_read(struct wal *wal, uint64_t index, struct wal_frame *ret_frame);

/* Is the frame good, behind one with the checksum @from? */
bool wal_follows(const struct wal *wal, struct wal_checksum from, const struct wal_frame *frame);

/* ---- numbers and sums ---- */

/* Four bytes as the format writes numbers; and as this log's sums read them. */
uint32_t wal_number(const uint8_t *data);
uint32_t wal_word(const struct wal *wal, const uint8_t *data);

/* The checksum after this frame, and, backwards, what it was before these bytes. */
struct wal_checksum wal_sum(const struct wal *wal, struct wal_checksum from,
                            const struct wal_frame *frame);
struct wal_checksum wal_unsum(const struct wal *wal, struct wal_checksum to, const uint8_t *data,
                              size_t size);
bool wal_equal(struct wal_checksum x, struct wal_checksum y);

#endif
