#include "service/inquiry.h"

#include "base/clock.h"
#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SERVE_MS 500u /* One connection's time to send its line, and again to take the answer. */
#define ASK_MS 30000u /* Longer than a turn waits; a large book takes a while to add up. */
#define READ_SIZE 16384u
#define BACKLOG 16

struct inquiry {
    int folder; /* The open folder, so that its path may be of any length. */
    int listener;
    int stop; /* An eventfd. */
    pthread_t thread;
    char file[64]; /* "billing.sock" */
    inquiry_answerer *answer;
    void *context; /* Borrowed. */
};

/* A path through the open folder is short, however long the folder's own path is. */
static void address_of(int folder, const char *file, struct sockaddr_un *ret_address)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "/proc/self/fd/%d/%s", folder,
             file);
}

static int open_folder(const char *dir)
{
    return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Wait for @events until @until_ms; false when the time is over. */
static bool wait_for(int socket, short events, uint64_t until_ms)
{
    struct pollfd poll_socket = {.fd = socket, .events = events};
    uint64_t now_ms = instant_now().monotonic_ms;

    while (now_ms < until_ms) {
        int ready = poll(&poll_socket, 1, (int)(until_ms - now_ms));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        now_ms = instant_now().monotonic_ms;
    }
    return false;
}

/*
 * Read until a newline, which is dropped, or the end. 0; FAULT_LIMIT when the line is longer than
 * @limit; FAULT_SYSTEM when the other end failed or took too long; FAULT_MEMORY.
 *
 * A line that is too long is read to its end all the same, and forgotten: whoever closes with bytes
 * unread takes back the answer that was already on its way.
 */
static int read_line(int socket, size_t limit, uint64_t until_ms, struct buffer *line)
{
    bool too_long = false;

    for (;;) {
        if (!wait_for(socket, POLLIN, until_ms))
            return too_long ? fault(FAULT_LIMIT) : fault(FAULT_SYSTEM);
        uint8_t *room = buffer_reserve(line, READ_SIZE);
        if (room == NULL)
            return fault(FAULT_MEMORY);
        ssize_t got = recv(socket, room, READ_SIZE, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got < 0)
            return fault(FAULT_SYSTEM);
        uint8_t *end = got == 0 ? room : memchr(room, '\n', (size_t)got);
        line->size += end == NULL ? (size_t)got : (size_t)(end - room);
        if (line->size > limit) {
            too_long = true;
            buffer_clear(line);
        }
        if (end != NULL)
            return too_long ? fault(FAULT_LIMIT) : 0;
    }
}

static int write_all(int socket, const void *data, size_t size, uint64_t until_ms)
{
    const uint8_t *at = data;

    while (size > 0) {
        if (!wait_for(socket, POLLOUT, until_ms))
            return fault(FAULT_SYSTEM);
        ssize_t sent = send(socket, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return fault(FAULT_SYSTEM);
        if (sent > 0) {
            at += sent;
            size -= (size_t)sent;
        }
    }
    return 0;
}

/* One connection: a line, its answer. Only a fault of the answerer is a fault. */
static int serve_one(struct inquiry *inquiry, int socket)
{
    struct buffer line = {0}, answer = {0};
    int r = read_line(socket, INQUIRY_LINE_MAX, instant_now().monotonic_ms + SERVE_MS, &line);
    int answered = 0;

    if (r == fault(FAULT_LIMIT))
        r = buffer_print(&answer, "{\"error\":\"a question is at most %u bytes\"}",
                         INQUIRY_LINE_MAX);
    else if (r == 0)
        r = answered = inquiry->answer(inquiry->context, line.data, line.size, &answer);
    if (r == 0)
        r = buffer_append(&answer, "\n", 1);
    /* A caller that went away, or does not read, only harms itself. */
    if (r == 0)
        (void)write_all(socket, answer.data, answer.size, instant_now().monotonic_ms + SERVE_MS);
    buffer_fini(&line);
    buffer_fini(&answer);
    return pass(answered);
}

static void *serve(void *argument)
{
    struct inquiry *inquiry = argument;
    struct pollfd watched[] = {{.fd = inquiry->listener, .events = POLLIN},
                               {.fd = inquiry->stop, .events = POLLIN}};
    int r = 0;

    while (r == 0 && watched[1].revents == 0) {
        if (poll(watched, 2, -1) < 0 || watched[1].revents != 0)
            continue;
        int socket = accept4(inquiry->listener, NULL, NULL, SOCK_CLOEXEC);
        if (socket < 0)
            continue;
        r = serve_one(inquiry, socket);
        close(socket);
    }
    return NULL;
}

/* Bind a fresh socket that only its owner may connect to. */
static int listen_at(struct inquiry *inquiry)
{
    struct sockaddr_un address;

    address_of(inquiry->folder, inquiry->file, &address);
    if (unlinkat(inquiry->folder, inquiry->file, 0) != 0 && errno != ENOENT)
        return fault(FAULT_SYSTEM);
    inquiry->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (inquiry->listener < 0 || fchmod(inquiry->listener, S_IRUSR | S_IWUSR) != 0 ||
        bind(inquiry->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(inquiry->listener, BACKLOG) != 0)
        return fault(FAULT_SYSTEM);
    return 0;
}

/* Signals are for the main thread. */
static int start_thread(struct inquiry *inquiry)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&inquiry->thread, NULL, serve, inquiry);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = result;
    return result == 0 ? 0 : fault(FAULT_SYSTEM);
}

static void release(struct inquiry *inquiry)
{
    if (inquiry->listener >= 0)
        close(inquiry->listener);
    if (inquiry->stop >= 0)
        close(inquiry->stop);
    if (inquiry->folder >= 0)
        close(inquiry->folder);
    free(inquiry);
}

int inquiry_open(const char *dir, const char *name, inquiry_answerer *answer, void *context,
                 struct inquiry **ret_inquiry, char ret_problem[PROBLEM_SIZE])
{
    struct inquiry *inquiry = malloc(sizeof *inquiry);

    if (inquiry == NULL) {
        snprintf(ret_problem, PROBLEM_SIZE, "out of memory");
        return fault(FAULT_MEMORY);
    }
    *inquiry = (struct inquiry){.listener = -1, .answer = answer, .context = context};
    snprintf(inquiry->file, sizeof inquiry->file, "%s.sock", name);
    inquiry->folder = open_folder(dir);
    inquiry->stop = eventfd(0, EFD_CLOEXEC);
    int r = inquiry->folder < 0 || inquiry->stop < 0 ? fault(FAULT_SYSTEM) : 0;
    if (r == 0)
        r = listen_at(inquiry);
    if (r == 0)
        r = start_thread(inquiry);
    if (r != 0) {
        snprintf(ret_problem, PROBLEM_SIZE, "%s/%s.sock: %s", dir, name, strerror(errno));
        release(inquiry);
        return pass(r);
    }
    *ret_inquiry = inquiry;
    return 0;
}

struct inquiry *inquiry_close(struct inquiry *inquiry)
{
    if (inquiry == NULL)
        return NULL;

    int result = eventfd_write(inquiry->stop, 1);
    assert(result == 0);
    pthread_join(inquiry->thread, NULL);
    unlinkat(inquiry->folder, inquiry->file, 0);
    release(inquiry);
    return NULL;
}

int inquiry_ask(const char *dir, const char *name, const void *line, size_t size,
                struct buffer *answer)
{
    uint64_t until_ms = instant_now().monotonic_ms + ASK_MS;
    struct sockaddr_un address;
    char file[64];
    int folder = open_folder(dir);

    if (folder < 0)
        return INQUIRY_NOBODY;
    snprintf(file, sizeof file, "%s.sock", name);
    address_of(folder, file, &address);
    int asked = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r = 0;
    /* A listener that is stopped and has a full backlog must not hold its caller either. */
    const struct timeval patience = {.tv_sec = ASK_MS / 1000};
    if (asked < 0 || setsockopt(asked, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        connect(asked, (struct sockaddr *)&address, sizeof address) != 0)
        r = INQUIRY_NOBODY;
    if (r == 0)
        r = write_all(asked, line, size, until_ms);
    if (r == 0)
        r = write_all(asked, "\n", 1, until_ms);
    if (r == 0)
        r = read_line(asked, INQUIRY_LINE_MAX, until_ms, answer);
    if (r == 0 && answer->size == 0)
        r = fault(FAULT_SYSTEM);
    if (asked >= 0)
        close(asked);
    close(folder);
    return pass(r);
}
