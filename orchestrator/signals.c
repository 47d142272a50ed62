#include "signals.h"

#include "base/fault.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_open(int *ret_file)
{
    sigset_t watched;

    sigemptyset(&watched);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGCHLD);
    if (pthread_sigmask(SIG_BLOCK, &watched, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return fault(FAULT_SYSTEM);
    int file = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (file < 0)
        return fault(FAULT_SYSTEM);
    *ret_file = file;
    return 0;
}

bool signals_take(int file)
{
    struct signalfd_siginfo info;
    bool ending = false;

    while (read(file, &info, sizeof(info)) == (ssize_t)sizeof(info))
        ending = ending || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
    return ending;
}
