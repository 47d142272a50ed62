#include "subject.h"

#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_shell(const char *command, const char *name, const char *value)
{
    setenv(name, value, 1);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

int subject_start(struct subject *subject, const char *url)
{
    assert(subject->command != NULL && subject->pid == 0);
    pid_t child = fork();
    if (child < 0)
        return fault(FAULT_SYSTEM);
    if (child == 0) {
        /* A group of its own, so that what the shell has started is ended with it. */
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        run_shell(subject->command, "SAGA_URL", url);
    }
    setpgid(child, child);
    subject->pid = child;
    return 0;
}

void subject_kill(struct subject *subject)
{
    if (subject->pid == 0)
        return;
    kill(-subject->pid, SIGKILL);
    while (waitpid(subject->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    subject->pid = 0;
}

bool subject_has_ended(struct subject *subject)
{
    siginfo_t info = {.si_pid = 0};

    if (subject->pid == 0)
        return false;
    return waitid(P_PID, (id_t)subject->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0;
}

static int read_number(int fd)
{
    FILE *file = fdopen(fd, "r");
    int number = -1;

    if (file == NULL) {
        close(fd);
        return -1;
    }
    if (fscanf(file, "%d", &number) != 1)
        number = -1;
    fclose(file);
    return number;
}

int subject_effect(const struct subject *subject, const char *saga)
{
    int ends[2];
    int status = 0;

    assert(subject->effects != NULL);
    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        run_shell(subject->effects, "SAGA_ID", saga);
    }
    close(ends[1]);
    int number = read_number(ends[0]);
    if (child < 0)
        return -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && number >= 0 ? number : -1;
}
