#include "world/children.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKOFF_MS_MIN 200u
#define BACKOFF_MS_MAX 5000u
#define SETTLED_MS 10000u /* One that ran this long has forgotten its earlier ends. */
#define STOP_POLL_MS 10

/* ---- plans ---- */

static int copy_arguments(struct child *child, const char *program, const char *const *arguments)
{
    size_t count = 0;

    child->arguments[count] = strdup(program);
    if (child->arguments[count++] == NULL)
        return fault(FAULT_MEMORY);
    for (; *arguments != NULL; arguments++) {
        assert(count < CHILDREN_ARGUMENTS_MAX);
        child->arguments[count] = strdup(*arguments);
        if (child->arguments[count++] == NULL)
            return fault(FAULT_MEMORY);
    }
    return 0;
}

static void forget(struct child *child)
{
    for (size_t i = 0; child->arguments[i] != NULL; i++)
        free(child->arguments[i]);
    *child = (struct child){0};
}

int children_plan(struct children *children, const struct folder *folder, const char *name,
                  const char *program, const char *const *arguments)
{
    struct child child = {.backoff_ms = BACKOFF_MS_MIN};
    char log_name[CHILDREN_NAME_SIZE + 8];

    assert(children->count < CHILDREN_MAX);
    assert(strlen(name) < CHILDREN_NAME_SIZE);
    snprintf(child.name, sizeof(child.name), "%s", name);
    snprintf(log_name, sizeof(log_name), "%s.log", name);
    int r = folder_file(folder, log_name, child.log);
    if (r == 0)
        r = copy_arguments(&child, program, arguments);
    if (r < 0) {
        forget(&child);
        return pass(r);
    }
    children->items[children->count++] = child;
    return 0;
}

/* ---- starting ---- */

static void log_to(const char *path)
{
    int nothing = open("/dev/null", O_RDONLY);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);

    if (nothing < 0 || log < 0)
        _exit(126);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
}

/* In the child: only what is safe after a fork of a process with threads. */
static void become(const struct child *child, pid_t parent)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The parent may have died before the line above. */
    if (getppid() != parent)
        _exit(125);
    setpgid(0, 0);
    log_to(child->log);
    close_range(STDERR_FILENO + 1, ~0u, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execv(child->arguments[0], child->arguments);
    _exit(127);
}

static void plan_restart(struct child *child, uint64_t now_ms)
{
    if (now_ms - child->started_ms >= SETTLED_MS)
        child->backoff_ms = BACKOFF_MS_MIN;
    child->restart_ms = now_ms + child->backoff_ms;
    child->backoff_ms *= 2;
    if (child->backoff_ms > BACKOFF_MS_MAX)
        child->backoff_ms = BACKOFF_MS_MAX;
}

static void start(struct children *children, struct child *child, uint64_t now_ms)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0)
        become(child, parent);
    child->started_ms = now_ms;
    if (pid < 0) {
        log_line(LOG_ERROR, "child=%s event=not_started reason=\"%s\"", child->name,
                 strerror(errno));
        plan_restart(child, now_ms);
        return;
    }
    child->pid = pid;
    children->starts++;
    log_line(LOG_INFO, "child=%s event=started pid=%ld", child->name, (long)pid);
}

/* ---- watching ---- */

static void log_end(const struct child *child, int status)
{
    if (WIFSIGNALED(status))
        log_line(LOG_WARNING, "child=%s event=ended pid=%ld signal=%d log=%s", child->name,
                 (long)child->pid, WTERMSIG(status), child->log);
    else
        log_line(LOG_WARNING, "child=%s event=ended pid=%ld code=%d log=%s", child->name,
                 (long)child->pid, WEXITSTATUS(status), child->log);
}

/* Did it end? Only children of ours are waited for. */
static bool has_ended(const struct child *child, int *ret_status)
{
    return child->pid != 0 && waitpid(child->pid, ret_status, WNOHANG) == child->pid;
}

static void take_note(struct child *child, uint64_t now_ms)
{
    int status;

    if (!has_ended(child, &status))
        return;
    log_end(child, status);
    child->pid = 0;
    plan_restart(child, now_ms);
}

uint64_t children_tend(struct children *children, uint64_t now_ms)
{
    uint64_t next_ms = CHILDREN_NEVER;

    for (size_t i = 0; i < children->count; i++) {
        struct child *child = &children->items[i];
        take_note(child, now_ms);
        if (child->pid == 0 && child->restart_ms <= now_ms)
            start(children, child, now_ms);
        if (child->pid == 0 && child->restart_ms < next_ms)
            next_ms = child->restart_ms;
    }
    return next_ms;
}

pid_t children_pid(const struct children *children, const char *name)
{
    for (size_t i = 0; i < children->count; i++)
        if (strcmp(children->items[i].name, name) == 0)
            return children->items[i].pid;
    return 0;
}

bool children_all_run(const struct children *children)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].pid == 0)
            return false;
    return true;
}

/* ---- stopping ---- */

static void signal_all(const struct children *children, int number)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].pid != 0)
            kill(children->items[i].pid, number);
}

/* With whatever they started themselves: it is in their process group. */
static void kill_all(const struct children *children)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].pid != 0)
            kill(-children->items[i].pid, SIGKILL);
    signal_all(children, SIGKILL);
}

/* Until all have ended, or the time is over. */
static bool await_all(struct children *children, uint64_t until_ms)
{
    bool any = true;

    while (any) {
        any = false;
        for (size_t i = 0; i < children->count; i++) {
            int status;
            if (has_ended(&children->items[i], &status))
                children->items[i].pid = 0;
            any = any || children->items[i].pid != 0;
        }
        if (!any || instant_now().monotonic_ms >= until_ms)
            break;
        poll(NULL, 0, STOP_POLL_MS);
    }
    return !any;
}

void children_stop(struct children *children, uint32_t grace_ms)
{
    uint64_t now_ms = instant_now().monotonic_ms;

    signal_all(children, SIGTERM);
    if (!await_all(children, now_ms + grace_ms)) {
        /* A child that was stopped by a signal takes this one nevertheless. */
        kill_all(children);
        await_all(children, now_ms + grace_ms + 1000);
    }
    for (size_t i = 0; i < children->count; i++)
        forget(&children->items[i]);
    *children = (struct children){0};
}
