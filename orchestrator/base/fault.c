#include "base/fault.h"

#include <assert.h>

static const char *const names[FAULT_CODE_COUNT] = {
    [FAULT_MEMORY] = "out of memory",
    [FAULT_IO] = "input/output error",
    [FAULT_CORRUPT] = "corrupt data",
    [FAULT_LIMIT] = "limit reached",
    [FAULT_INPUT] = "malformed input",
    [FAULT_LOCKED] = "in use by another process",
    [FAULT_VERSION] = "written by a newer release",
    [FAULT_SYSTEM] = "system error",
};

int fault(enum fault_code code)
{
    assert(code > 0);
    assert(code < FAULT_CODE_COUNT);

    return -(int)code;
}

int pass(int result)
{
    return result;
}

const char *fault_name(int result)
{
    int code = result < 0 ? -result : result;

    if (code == 0 || code >= FAULT_CODE_COUNT)
        return "no fault";
    return names[code];
}
