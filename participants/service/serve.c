/*
 * A participant from start to stop.
 *
 * Whoever has the database is the participant: it is opened first, and closed last.
 */
#include "service/service.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "service/demo.h"
#include "service/inquiry.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 4096u

struct serving {
    struct service_context context; /* First: the handlers' context is also the idle hook's. */
    const struct service *service;
    struct participant *participant;
    struct inquiry *inquiry;
    bool connected;
    atomic_bool broken; /* The inquiry met a fault of the database. */
};

/* A signal handler has no other way to know whom to stop. */
static struct participant *signalled;

static void stop_on_signal(int number)
{
    (void)number;
    participant_stop(signalled);
}

static uint64_t wall_ms(void)
{
    return instant_now().wall_ms;
}

/* The secret is text; what surrounds it in its file is not part of it. */
static int read_secret(const char *path, char *ret_secret, size_t *ret_size, char *ret_problem)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, ret_secret, SECRET_MAX);

    if (size < 0)
        snprintf(ret_problem, PROBLEM_SIZE, "%s: %s", path, strerror(errno));
    if (file >= 0)
        close(file);
    if (size < 0)
        return fault(FAULT_INPUT);
    const char *space = " \t\r\n";
    size_t begin = 0, end = (size_t)size;
    while (end > 0 && strchr(space, ret_secret[end - 1]) != NULL && ret_secret[end - 1] != '\0')
        end--;
    while (begin < end && strchr(space, ret_secret[begin]) != NULL && ret_secret[begin] != '\0')
        begin++;
    if (begin == end || (size_t)size == SECRET_MAX) {
        snprintf(ret_problem, PROBLEM_SIZE, "%s: a secret is 1 to %u bytes", path, SECRET_MAX - 1);
        return fault(FAULT_INPUT);
    }
    memmove(ret_secret, ret_secret + begin, end - begin);
    *ret_size = end - begin;
    return 0;
}

/* The idle hook: one line when the connection comes or goes. */
static void watch_connection(void *context)
{
    struct serving *serving = context;
    bool connected = participant_is_connected(serving->participant);

    if (connected == serving->connected)
        return;
    serving->connected = connected;
    log_line(connected ? LOG_INFO : LOG_WARNING, "%s: %s", serving->service->name,
             connected ? "connected to the server" : "disconnected from the server");
}

/* An I/O fault at commit leaves the outcome unknown: stop, and let the restart find out. */
static int answer_line(void *context, const void *line, size_t size, struct buffer *answer)
{
    struct serving *serving = context;
    int r = service_answer(serving->service, &serving->context, line, size, answer);

    if (r < 0) {
        log_line(LOG_ERROR, "%s: an inquiry failed: %s", serving->service->name, fault_name(r));
        atomic_store(&serving->broken, true);
        participant_stop(serving->participant);
    }
    return pass(r);
}

/* Seed the demo account when the folder has one, in one transaction. */
static int seed(struct serving *serving, const char *dir, char *ret_problem)
{
    char account[DEMO_ACCOUNT_SIZE];
    struct database *database = serving->context.database;
    int r = demo_account(dir, account, ret_problem);

    if (r == DEMO_NONE)
        return 0;
    if (r != 0)
        return pass(r);
    r = database_begin(database);
    if (r == 0)
        r = serving->service->seed(&serving->context, account);
    if (r == 0)
        r = database_commit(database);
    if (r != 0) {
        snprintf(ret_problem, PROBLEM_SIZE, "seeding: %s", database_error(database));
        database_rollback(database);
    }
    return pass(r);
}

static int open_participant(struct serving *serving, const struct arguments *arguments,
                            char *ret_problem)
{
    const struct service *service = serving->service;
    char secret[SECRET_MAX];
    struct participant_options options = {
        .name = service->name,
        .url = arguments->server,
        .secret = secret,
        .database = database_handle(serving->context.database),
        .context = serving,
        .idle = watch_connection,
    };
    int r = read_secret(arguments->secret_file, secret, &options.secret_size, ret_problem);

    if (r != 0)
        return pass(r);
    r = participant_open(&options, &serving->participant);
    sodium_memzero(secret, sizeof secret);
    for (size_t i = 0; r == 0 && i < service->operation_count; i++) {
        const struct service_operation *operation = &service->operations[i];
        r = participant_register(serving->participant, operation->name, operation->run,
                                 operation->undo_name, operation->undo);
    }
    if (r != 0)
        snprintf(ret_problem, PROBLEM_SIZE, "%s", participant_error(serving->participant));
    return pass(r);
}

static void listen_for_signals(struct serving *serving)
{
    struct sigaction action = {.sa_handler = stop_on_signal};

    signalled = serving->participant;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int run(struct serving *serving, const struct arguments *arguments, char *ret_problem)
{
    const struct service *service = serving->service;
    int r = database_open(arguments->dir, service->schema, DATABASE_CREATE,
                          &serving->context.database, ret_problem);

    if (r == 0)
        r = seed(serving, arguments->dir, ret_problem);
    if (r == 0)
        r = open_participant(serving, arguments, ret_problem);
    if (r != 0)
        return pass(r);
    listen_for_signals(serving);
    r = inquiry_open(arguments->dir, service->name, answer_line, serving, &serving->inquiry,
                     ret_problem);
    if (r != 0)
        return pass(r);
    log_line(LOG_INFO, "%s: serving %s", service->name, arguments->dir);
    r = participant_run(serving->participant);
    if (r != 0)
        snprintf(ret_problem, PROBLEM_SIZE, "%s", participant_error(serving->participant));
    return pass(r);
}

/* After this no signal finds a participant that is gone. */
static void close_all(struct serving *serving)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    serving->inquiry = inquiry_close(serving->inquiry);
    serving->participant = participant_close(serving->participant);
    serving->context.database = database_close(serving->context.database);
}

enum service_exit service_serve(const struct service *service, const struct arguments *arguments)
{
    struct serving serving = {.context.now_ms = wall_ms, .service = service};
    char problem[PROBLEM_SIZE] = "";

    if (arguments->server == NULL || arguments->secret_file == NULL)
        return service_complain(service, SERVICE_USAGE,
                                "--server URL and --secret-file FILE are needed");
    if (arguments->rest_count > 0)
        return service_complain(service, SERVICE_USAGE, "serve takes options only");
    if (sodium_init() < 0)
        return service_complain(service, SERVICE_FAILED, "libsodium does not start");

    /* Bodies of messages lie in these files: they are the owner's alone. */
    umask(S_IXUSR | S_IRWXG | S_IRWXO);
    int r = run(&serving, arguments, problem);
    bool broken = atomic_load(&serving.broken);
    close_all(&serving);
    if (r != 0)
        return service_complain(service, SERVICE_FAILED, problem);
    log_line(LOG_INFO, "%s: stopped", service->name);
    return broken ? SERVICE_FAILED : SERVICE_OK;
}
