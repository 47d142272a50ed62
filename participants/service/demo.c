#include "service/demo.h"

#include "base/fault.h"
#include "service/message.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEMO_FILE_MAX 4096u

/* The whole of a small file; its size, or -1 with errno. */
static ssize_t read_small(const char *path, char *bytes, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return -1;
    ssize_t length = read(file, bytes, size);
    close(file);
    return length;
}

int demo_account(const char *dir, char ret_account[DEMO_ACCOUNT_SIZE],
                 char ret_problem[PROBLEM_SIZE])
{
    char path[PATH_MAX], bytes[DEMO_FILE_MAX + 1];
    int r = 0;

    snprintf(path, sizeof path, "%s/demo-account.json", dir);
    ssize_t size = read_small(path, bytes, sizeof bytes);
    if (size < 0 && errno == ENOENT)
        return DEMO_NONE;
    if (size < 0) {
        snprintf(ret_problem, PROBLEM_SIZE, "%s: %s", path, strerror(errno));
        return fault(FAULT_IO);
    }
    json_t *demo = (size_t)size > DEMO_FILE_MAX
                       ? NULL
                       : json_loadb(bytes, (size_t)size, JSON_REJECT_DUPLICATES, NULL);
    const char *account = json_string_value(json_object_get(demo, "account_sid"));
    if (account == NULL || !message_is_sid(account, "AC")) {
        snprintf(ret_problem, PROBLEM_SIZE, "%s: expected {\"account_sid\":\"AC<32 hex>\"}", path);
        r = fault(FAULT_INPUT);
    } else {
        memcpy(ret_account, account, DEMO_ACCOUNT_SIZE);
    }
    json_decref(demo);
    return pass(r);
}
