/* coupons_test.c: has the coupons tortured. */
#include "coupons.h"

#include <saga/participant_test.h>
#include <stdio.h>
#include <stdlib.h>

static struct participant *begin(void *context, const char *folder)
{
    char path[4096];

    (void)context;
    snprintf(path, sizeof path, "%s/coupons.db", folder);
    return coupons_open(path, "ipc:///unused", "");
}

static int count(void *context, const char *saga)
{
    (void)context;
    return coupons_count(saga);
}

int main(int argc, char **argv)
{
    struct participant_test_report report;
    struct participant_test test = {.open = begin,
                                    .effect = count,
                                    .operation = "reserve_coupon",
                                    .input = "{\"campaign\": \"spring\"}",
                                    .seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1};
    int r = participant_test_run(&test, &report);

    puts(report.text);
    return r == 0 ? 0 : 1;
}
