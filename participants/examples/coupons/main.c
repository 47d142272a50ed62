/* main.c: the service. */
#include "coupons.h"

#include <signal.h>
#include <stdio.h>

static struct participant *participant;

static void on_signal(int number)
{
    (void)number;
    participant_stop(participant); /* Allowed in a signal handler. */
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: coupons URL SECRET DATABASE\n");
        return 2;
    }
    participant = coupons_open(argv[3], argv[1], argv[2]);
    if (participant == NULL)
        return 1;
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    int r = participant_run(participant); /* Until participant_stop. */
    if (r < 0)
        fprintf(stderr, "coupons: %s\n", participant_error(participant));
    coupons_close(participant);
    return r < 0 ? 1 : 0;
}
