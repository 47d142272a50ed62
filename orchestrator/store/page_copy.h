/*
 * A copy of a database that is in use: its file page by page, its log frame by frame.
 *
 *   database │ page page page …  ├──page_copy_pages──▶ copy      but no page that the log gave
 *   log      │ frame frame …     ├──page_copy_frames─▶ copy      always: it is newer
 *
 * Only committed frames are taken. Whoever moves the log into the database, or begins the log anew,
 * does so only when every frame of it has been taken: so a page is never read while it is written,
 * and the copy is that of the last commit taken once both have come to their end.
 */
#ifndef ORCHESTRATOR_STORE_PAGE_COPY_H
#define ORCHESTRATOR_STORE_PAGE_COPY_H

#include "store/wal_frame.h"

#include <stdbool.h>
#include <stdint.h>

struct page_copy {
    int database, log, copy; /* Borrowed. */
    uint32_t page_size;
    uint64_t pages;               /* Of the database's file, when the copy began. */
    uint64_t next;                /* The page to read next, from 0. */
    uint64_t size;                /* Pages of the whole, as the latest commit taken says. */
    uint64_t frame;               /* Frames taken of the present log. */
    uint8_t salt[WAL_SALT_SIZE];  /* Of the present log. */
    struct wal_checksum checksum; /* Of the last frame taken. */
    uint8_t *taken;               /* Owned: a bit for each page that the log gave. */
    uint64_t taken_pages;
    uint8_t *piece;    /* Owned. */
    uint64_t unsynced; /* Bytes written and not synced yet. */
    bool cannot_write; /* It is the copy that failed; errno says why. */
};

/* 0, FAULT_MEMORY or FAULT_IO. */
int page_copy_init(struct page_copy *copy, int database, int log, int to, uint32_t page_size);
void page_copy_fini(struct page_copy *copy);

/* Take the log's first @frames frames. 0; FAULT_IO; FAULT_MEMORY; FAULT_CORRUPT. */
int page_copy_frames(struct page_copy *copy, uint64_t frames);

/* Copy some more pages. 0; PAGE_COPY_END once there is none left; FAULT_IO. */
enum { PAGE_COPY_END = 1 };
int page_copy_pages(struct page_copy *copy);

/* Cut it to its size and sync it. 0 or FAULT_IO. */
int page_copy_finish(struct page_copy *copy);

#endif
