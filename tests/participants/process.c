#include "participants/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE 512
#define WAIT_MS 20000
#define STOP_MS 2000 /* A participant that is told to stop has this long. */

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void process_make_folder(char *ret_folder, size_t size)
{
    snprintf(ret_folder, size, "/tmp/sagad-world-XXXXXX");
    assert_non_null(mkdtemp(ret_folder));
    write_file(ret_folder, "demo-account.json", "{\"account_sid\":\"" PROCESS_ACCOUNT "\"}");
    write_file(ret_folder, "secret", "  s3cret\n");
}

void process_remove_folder(const char *folder)
{
    DIR *files = opendir(folder);
    const struct dirent *file;
    char path[PATH_SIZE];

    assert_non_null(files);
    while ((file = readdir(files)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
        unlink(path);
    }
    closedir(files);
    assert_int_equal(rmdir(folder), 0);
}

void process_init(struct process *process, const char *name)
{
    *process = (struct process){.name = name};
    server_init(&process->server);
    server_listen(&process->server);
}

/* Its polls died with it, or with the server. */
static void forget_polls(struct process *process)
{
    while (process->idle != NULL) {
        struct transport_delivery *poll = process->idle;
        process->idle = poll->next;
        transport_delivery_free(poll);
    }
    while (server_has_request(&process->server))
        transport_delivery_free(server_next(&process->server, WIRE_POLL));
}

void process_fini(struct process *process)
{
    if (process->pid != 0)
        process_kill(process);
    forget_polls(process);
    server_fini(&process->server);
}

pid_t process_spawn(const char *name, char *const *arguments)
{
    char program[PATH_SIZE];
    pid_t parent = getpid();

    snprintf(program, sizeof program, "%s/participant-%s", PROCESS_PROGRAMS, name);
    pid_t pid = fork();
    if (pid == 0) {
        /* A test that dies leaves nobody behind. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(126);
        execv(program, arguments);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = 5000000};

    nanosleep(&pause, NULL);
}

static bool is_gone(pid_t pid)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* The socket is there once the demo account is seeded and everything is open. */
static void wait_for_socket(const struct process *process, const char *folder)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/%s.sock", folder, process->name);
    for (int waited_ms = 0; access(path, F_OK) != 0; waited_ms += 5) {
        assert_true(waited_ms < WAIT_MS);
        assert_false(is_gone(process->pid));
        pause_briefly();
    }
}

void process_start(struct process *process, const char *folder)
{
    char secret[PATH_SIZE], path[PATH_SIZE];
    char *const arguments[] = {"participant",
                               "serve",
                               "--server",
                               process->server.url,
                               "--secret-file",
                               secret,
                               "--dir",
                               (char *)(uintptr_t)folder,
                               NULL};

    snprintf(secret, sizeof secret, "%s/secret", folder);
    snprintf(path, sizeof path, "%s/%s.sock", folder, process->name);
    unlink(path); /* One that a killed predecessor left would be taken for the new one's. */
    forget_polls(process);
    process->pid = process_spawn(process->name, arguments);
    wait_for_socket(process, folder);
}

static int reap(struct process *process)
{
    int status;

    assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
    process->pid = 0;
    forget_polls(process);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void process_kill(struct process *process)
{
    assert_int_equal(kill(process->pid, SIGKILL), 0);
    reap(process);
}

int process_stop(struct process *process)
{
    assert_int_equal(kill(process->pid, SIGTERM), 0);
    for (int waited_ms = 0; !is_gone(process->pid); waited_ms += 5) {
        assert_true(waited_ms < STOP_MS);
        pause_briefly();
    }
    return reap(process);
}

/* A poll without results waits in `idle` for a call; one with results is returned. */
static struct transport_delivery *next_with_results(struct process *process)
{
    for (;;) {
        struct transport_delivery *poll = server_next(&process->server, WIRE_POLL);
        assert_string_equal(poll->request.poll.participant, process->name);
        assert_true(bytes_equal(poll->request.poll.credential, bytes_of_text("s3cret")));
        if (poll->request.poll.result_count > 0)
            return poll;
        poll->next = process->idle;
        process->idle = poll;
    }
}

static struct transport_delivery *take_idle(struct process *process)
{
    struct transport_delivery *poll = process->idle;

    if (poll == NULL)
        return server_next(&process->server, WIRE_POLL);
    process->idle = poll->next;
    return poll;
}

static void give(struct process *process, const char *step, const char *operation,
                 enum saga_direction direction, const char *saga, const char *input)
{
    char id[128], sid[64];
    struct wire_call call = {.operation_id = id,
                             .saga = saga,
                             .sid = sid,
                             .definition = "send_message",
                             .step = step,
                             .operation = operation,
                             .direction = direction,
                             .attempt = 1,
                             .ms_left = 1000,
                             .input = bytes_of_text(input),
                             .traceparent = "",
                             .tenant = PROCESS_ACCOUNT,
                             .horizon_ms = 86400000};
    struct wire_reply reply = {.type = WIRE_WORK, .work = {.call_count = 1, .calls = &call}};
    unsigned token = ++process->next_token;

    snprintf(id, sizeof id, "%s/%s/%s", saga, step, direction == SAGA_UNDO ? "undo" : "do.0");
    snprintf(sid, sizeof sid, "SM%032lu", strtoul(saga + 5, NULL, 10));
    memcpy(call.token, &token, sizeof token);
    server_answer(&process->server, take_idle(process), &reply);
}

static struct process_result copy_result(const struct wire_result *result)
{
    struct process_result copied = {.verdict = result->verdict};

    snprintf(copied.code, sizeof copied.code, "%s", result->code);
    snprintf(copied.output, sizeof copied.output, "%.*s", (int)result->output.size,
             (const char *)result->output.data);
    return copied;
}

struct process_result process_call_unheard(struct process *process, const char *step,
                                           const char *operation, enum saga_direction direction,
                                           const char *saga, const char *input)
{
    give(process, step, operation, direction, saga, input);
    struct transport_delivery *poll = next_with_results(process);
    assert_int_equal(poll->request.poll.result_count, 1);
    struct process_result result = copy_result(&poll->request.poll.results[0]);
    transport_delivery_free(poll);
    return result;
}

struct process_result process_call(struct process *process, const char *step, const char *operation,
                                   enum saga_direction direction, const char *saga,
                                   const char *input)
{
    uint8_t token[1][WIRE_TOKEN_SIZE];
    struct wire_reply reply = {.type = WIRE_WORK,
                               .work = {.acknowledged_count = 1,
                                        .acknowledged = (const uint8_t(*)[WIRE_TOKEN_SIZE])token}};

    give(process, step, operation, direction, saga, input);
    struct transport_delivery *poll = next_with_results(process);
    assert_int_equal(poll->request.poll.result_count, 1);
    struct process_result result = copy_result(&poll->request.poll.results[0]);
    memcpy(token[0], poll->request.poll.results[0].token, WIRE_TOKEN_SIZE);
    server_answer(&process->server, poll, &reply);
    return result;
}

int process_run(const char *name, const char *command, char *ret_text, size_t size)
{
    char line[2 * PATH_SIZE];

    snprintf(line, sizeof line, "%s/participant-%s %s 2>&1", PROCESS_PROGRAMS, name, command);
    FILE *output = popen(line, "r");
    assert_non_null(output);
    size_t length = fread(ret_text, 1, size - 1, output);
    ret_text[length] = '\0';
    int status = pclose(output);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

json_t *process_ask(const char *name, const char *command)
{
    static char text[1 << 20];
    int code = process_run(name, command, text, sizeof text);

    if (code != 0)
        fail_msg("participant-%s %s: exit code %d: %s", name, command, code, text);
    json_t *json = json_loads(text, 0, NULL);
    if (json == NULL)
        fail_msg("not JSON: %s", text);
    return json;
}
