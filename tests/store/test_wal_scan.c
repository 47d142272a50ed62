/*
 * Damage in the log is found where SQLite would stop reading in silence; a torn tail is no damage.
 */
#include "store_folder.h"
#include "store_script.h"

#include "base/fault.h"
#include "store/wal_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMITS 9u /* The last is one of many frames. */
#define HEADER 32u
#define FRAME (24u + 8192u)
#define FRAMES_MAX 256u

/* A log as it lies on the disk while its store is open, and a copy to damage. */
static struct {
    struct store_folder folder;
    uint8_t *wal; /* Owned. */
    size_t size;
    size_t frames;
    bool commit[FRAMES_MAX];
    int copy;
} world;

static void append_some(struct store *store, uint32_t sequence)
{
    static const uint8_t payload[30000];
    struct script_record record;

    script_record(&record, SCRIPT_FIRST, sequence);
    if (sequence % 3 == 0)
        record.record.payload = bytes_of(payload, sizeof payload); /* A commit of many frames. */
    assert_int_equal(script_append(store, &record), 0);
}

static void read_wal(void)
{
    struct stat about;
    int fd = open(world.folder.wal, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &about), 0);
    world.size = (size_t)about.st_size;
    world.wal = malloc(world.size);
    assert_int_equal(read(fd, world.wal, world.size), world.size);
    close(fd);
    world.frames = (world.size - HEADER) / FRAME;
    assert_true(world.frames > 2 * COMMITS && world.frames <= FRAMES_MAX);
    for (size_t i = 0; i < world.frames; i++)
        world.commit[i] = memcmp(world.wal + HEADER + i * FRAME + 4, "\0\0\0\0", 4) != 0;
    assert_true(world.commit[world.frames - 1]);
}

static int set_up(void **state)
{
    (void)state;
    char message[STORE_MESSAGE_SIZE], name[128];
    struct store *store;

    store_folder_open(&world.folder);
    assert_int_equal(store_sqlite_open(world.folder.database, &store, message), 0);
    for (uint32_t i = 0; i < COMMITS; i++)
        append_some(store, i + 1);
    read_wal();
    store_close(store);
    snprintf(name, sizeof name, "%s/copy", world.folder.path);
    world.copy = open(name, O_RDWR | O_CREAT, 0600);
    return world.copy < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(world.copy);
    free(world.wal);
    store_folder_close(&world.folder);
    return 0;
}

static void put(size_t offset, const void *data, size_t size)
{
    assert_int_equal(pwrite(world.copy, data, size, (off_t)offset), size);
}

static void restore(size_t size)
{
    assert_int_equal(ftruncate(world.copy, 0), 0);
    put(0, world.wal, size);
}

/* First frame of the last commit. */
static size_t last_commit(void)
{
    size_t first = world.frames - 1;

    while (!world.commit[first - 1])
        first--;
    return first;
}

static void expect_good(void)
{
    uint64_t offset;

    assert_int_equal(wal_scan(world.copy, &offset), 0);
}

static void expect_corrupt(uint64_t wanted)
{
    uint64_t offset = UINT64_MAX;

    assert_int_equal(wal_scan(world.copy, &offset), WAL_CORRUPT);
    assert_true(offset == wanted);
}

static void an_untouched_log_is_good(void **state)
{
    (void)state;
    restore(world.size);
    expect_good();
    restore(0);
    expect_good();
}

static void a_log_cut_anywhere_is_only_torn(void **state)
{
    (void)state;
    for (size_t size = 0; size < world.size; size += size < 100 ? 1 : 1021) {
        restore(size);
        expect_good();
    }
}

static void flip_and_expect(size_t frame, size_t byte, uint8_t mask)
{
    size_t offset = HEADER + frame * FRAME + byte;
    uint8_t flipped = world.wal[offset] ^ mask;

    put(offset, &flipped, 1);
    if (frame < last_commit())
        expect_corrupt(HEADER + frame * FRAME);
    put(offset, &world.wal[offset], 1);
}

/* Every byte of a frame's header, its checksum and its salts included; and bytes of its page. */
static void a_flipped_byte_before_the_last_commit_is_corruption(void **state)
{
    (void)state;
    restore(world.size);
    for (size_t frame = 0; frame < last_commit(); frame++) {
        for (size_t byte = 0; byte < 24; byte++)
            flip_and_expect(frame, byte, 0xff);
        for (size_t byte = 24; byte < FRAME; byte += 509)
            flip_and_expect(frame, byte, 0x01);
        flip_and_expect(frame, FRAME - 1, 0x80);
    }
    expect_good();
}

/* Nobody can tell it from a commit that never happened. */
static void a_flipped_byte_in_the_last_page_is_a_torn_tail(void **state)
{
    (void)state;
    size_t offset = world.size - 100;
    uint8_t flipped = world.wal[offset] ^ 1;

    restore(world.size);
    put(offset, &flipped, 1);
    expect_good();
}

static void a_flipped_byte_in_the_logs_header_is_corruption(void **state)
{
    (void)state;
    restore(world.size);
    for (size_t byte = 0; byte < HEADER; byte++) {
        uint8_t flipped = world.wal[byte] ^ 0x10;
        put(byte, &flipped, 1);
        expect_corrupt(0);
        put(byte, &world.wal[byte], 1);
    }
}

/* The frames of the last commit may reach the disk in any order, or not at all. */
static void a_torn_commit_in_any_order_is_only_torn(void **state)
{
    (void)state;
    static const uint8_t zeros[FRAME];
    size_t first = last_commit(), count = world.frames - first;

    assert_true(count >= 2 && count <= 12);
    for (uint32_t missing = 1; missing < 1u << count; missing++) {
        restore(world.size);
        for (size_t i = 0; i < count; i++) {
            if ((missing >> i & 1u) != 0)
                put(HEADER + (first + i) * FRAME, zeros, FRAME);
        }
        expect_good();
    }
}

/* When SQLite starts the log over, the old frames stay behind it with other salts. */
static void old_frames_behind_a_new_start_are_no_damage(void **state)
{
    (void)state;
    uint8_t salted[24];

    restore(world.size);
    for (size_t i = 2; i < world.frames; i++) {
        size_t offset = HEADER + i * FRAME;
        memcpy(salted, world.wal + offset, sizeof salted);
        salted[8] ^= 0x55;
        put(offset, salted, sizeof salted);
    }
    if (!world.commit[1])
        expect_good();
    put(HEADER + 2 * FRAME, world.wal, 24);
    expect_good();
}

static void what_is_not_a_log_is_not_judged(void **state)
{
    (void)state;
    uint8_t noise[4000];

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 2654435761u >> 13);
    restore(0);
    put(0, noise, sizeof noise);
    expect_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_untouched_log_is_good),
        cmocka_unit_test(a_log_cut_anywhere_is_only_torn),
        cmocka_unit_test(a_flipped_byte_before_the_last_commit_is_corruption),
        cmocka_unit_test(a_flipped_byte_in_the_last_page_is_a_torn_tail),
        cmocka_unit_test(a_flipped_byte_in_the_logs_header_is_corruption),
        cmocka_unit_test(a_torn_commit_in_any_order_is_only_torn),
        cmocka_unit_test(old_frames_behind_a_new_start_are_no_damage),
        cmocka_unit_test(what_is_not_a_log_is_not_judged),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
