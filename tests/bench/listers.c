#include "listers.h"

#include "base/clock.h"
#include "fetch.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TARGET_SIZE 512u
#define AUTHORIZATION_SIZE 160u
#define IDLE_NS 5000000
#define PAUSE_MS 30000u

struct lister_tally {
    atomic_bool busy;
    atomic_uint_fast64_t pages, turned_away, broken, slowest_us;
};

struct lister_board {
    atomic_bool go;
    struct lister_tally tallies[LISTERS_MAX];
};

enum lister_kind { LIST_ALL, LIST_LIVE, LIST_NOTHING, LIST_MESSAGES, LISTER_KINDS };

struct lister {
    enum lister_kind kind;
    struct fetch fetch;
    char first[TARGET_SIZE];
    char authorization[AUTHORIZATION_SIZE];
};

static uint64_t now_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static void rest(void)
{
    struct timespec time = {.tv_nsec = IDLE_NS};

    nanosleep(&time, NULL);
}

/* ---- one lister ---- */

static void prepare(struct lister *lister, const struct scene *scene)
{
    static const char *const lists[] = {
        [LIST_ALL] = "/v1/sagas?limit=1000&all=1",
        [LIST_LIVE] = "/v1/sagas?limit=1000",
        [LIST_NOTHING] = "/v1/sagas?limit=1000&all=1&q=code%3Dnobody_has_this",
    };
    char pair[96], encoded[128];

    fetch_init(&lister->fetch, scene->http);
    if (lister->kind != LIST_MESSAGES) {
        snprintf(lister->first, sizeof lister->first, "%s", lists[lister->kind]);
        snprintf(lister->authorization, sizeof lister->authorization, "Bearer %s", scene->key);
        return;
    }
    snprintf(lister->first, sizeof lister->first,
             "/2010-04-01/Accounts/%s/Messages.json?PageSize=1000", scene->account);
    int size = snprintf(pair, sizeof pair, "%s:%s", scene->account, scene->token);
    sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)pair, (size_t)size,
                      sodium_base64_VARIANT_ORIGINAL);
    snprintf(lister->authorization, sizeof lister->authorization, "Basic %s", encoded);
}

/* The text of a member of the body, searched from its end; false: it is null. */
static bool find_last(const struct fetch *fetch, const char *member, char ret_text[TARGET_SIZE])
{
    size_t size = strlen(member);
    const char *at = (const char *)fetch->text.data + fetch->text.size - size;

    while (at > fetch->body && strncmp(at, member, size) != 0)
        at--;
    size_t length = strcspn(at + size, "\"");
    if (at <= fetch->body || length >= TARGET_SIZE)
        return false;
    memcpy(ret_text, at + size, length);
    ret_text[length] = '\0';
    return true;
}

/* Where the list goes on; at its end, where it begins. */
static void next_target(const struct lister *lister, char ret_target[TARGET_SIZE])
{
    char text[TARGET_SIZE];

    snprintf(ret_target, TARGET_SIZE, "%s", lister->first);
    if (lister->kind == LIST_MESSAGES) {
        if (find_last(&lister->fetch, "\"next_page_uri\":\"", text))
            snprintf(ret_target, TARGET_SIZE, "%s", text);
    } else if (find_last(&lister->fetch, "\"next_cursor\":\"", text)) {
        size_t size = strlen(ret_target);
        snprintf(ret_target + size, TARGET_SIZE - size, "&cursor=%.24s", text);
    }
}

static void list_page(struct lister *lister, struct lister_tally *tally, char target[TARGET_SIZE])
{
    uint64_t start_us = now_us();
    bool whole = fetch_get(&lister->fetch, target, lister->authorization);
    uint64_t took_us = now_us() - start_us;

    if (whole && lister->fetch.status == 200) {
        atomic_fetch_add(&tally->pages, 1);
        if (took_us > atomic_load(&tally->slowest_us))
            atomic_store(&tally->slowest_us, took_us);
        next_target(lister, target);
    } else if (whole && (lister->fetch.status == 503 || lister->fetch.status == 429)) {
        atomic_fetch_add(&tally->turned_away, 1);
    } else {
        atomic_fetch_add(&tally->broken, 1);
        rest();
    }
}

static void list_for_ever(const struct scene *scene, struct lister_board *board, uint32_t number)
{
    struct lister_tally *tally = &board->tallies[number];
    struct lister lister = {.kind = (enum lister_kind)(number % LISTER_KINDS)};
    char target[TARGET_SIZE];

    prepare(&lister, scene);
    snprintf(target, sizeof target, "%s", lister.first);
    for (;;) {
        atomic_store(&tally->busy, true);
        if (atomic_load(&board->go)) {
            list_page(&lister, tally, target);
        } else {
            atomic_store(&tally->busy, false);
            rest();
        }
    }
}

/* ---- all of them ---- */

bool listers_open(struct listers *listers, const struct scene *scene, uint32_t count)
{
    pid_t parent = getpid();
    void *shared = mmap(NULL, sizeof(struct lister_board), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    *listers = (struct listers){.count = count};
    if (shared == MAP_FAILED) {
        fprintf(stderr, "saga-bench: mmap: %s\n", strerror(errno));
        return false;
    }
    listers->board = shared;
    for (uint32_t i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) {
            fprintf(stderr, "saga-bench: fork: %s\n", strerror(errno));
            return false;
        }
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() == parent)
                list_for_ever(scene, listers->board, i);
            _exit(1);
        }
        listers->processes[i] = child;
    }
    return true;
}

void listers_close(struct listers *listers)
{
    for (uint32_t i = 0; i < listers->count; i++) {
        if (listers->processes[i] != 0) {
            kill(listers->processes[i], SIGKILL);
            waitpid(listers->processes[i], NULL, 0);
        }
    }
    if (listers->board != NULL)
        munmap(listers->board, sizeof *listers->board);
}

void listers_start(struct listers *listers)
{
    for (uint32_t i = 0; i < listers->count; i++) {
        struct lister_tally *tally = &listers->board->tallies[i];
        atomic_store(&tally->pages, 0);
        atomic_store(&tally->turned_away, 0);
        atomic_store(&tally->broken, 0);
        atomic_store(&tally->slowest_us, 0);
    }
    atomic_store(&listers->board->go, true);
}

static bool any_is_busy(const struct listers *listers)
{
    for (uint32_t i = 0; i < listers->count; i++)
        if (atomic_load(&listers->board->tallies[i].busy))
            return true;
    return false;
}

struct listers_tally listers_pause(struct listers *listers)
{
    struct listers_tally sum = {.least_pages = UINT64_MAX};
    uint64_t until_ms = instant_now().monotonic_ms + PAUSE_MS;

    atomic_store(&listers->board->go, false);
    while (any_is_busy(listers) && instant_now().monotonic_ms < until_ms)
        rest();
    for (uint32_t i = 0; i < listers->count; i++) {
        struct lister_tally *tally = &listers->board->tallies[i];
        uint64_t pages = atomic_load(&tally->pages);
        double slowest_ms = (double)atomic_load(&tally->slowest_us) / 1000;
        sum.pages += pages;
        sum.turned_away += atomic_load(&tally->turned_away);
        sum.broken += atomic_load(&tally->broken);
        sum.least_pages = pages < sum.least_pages ? pages : sum.least_pages;
        sum.slowest_ms = slowest_ms > sum.slowest_ms ? slowest_ms : sum.slowest_ms;
    }
    return sum;
}
