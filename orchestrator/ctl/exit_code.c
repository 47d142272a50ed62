#include "ctl/exit_code.h"

#include <stddef.h>

const struct exit_code_info exit_code_infos[] = {
    {EXIT_CODE_OK, "ok"},
    {EXIT_CODE_FAILED, "failed"},
    {EXIT_CODE_USAGE, "usage"},
    {EXIT_CODE_NOT_FOUND, "not found"},
    {EXIT_CODE_CONFLICT, "conflict, or not allowed now"},
    {EXIT_CODE_AUTHENTICATION, "authentication"},
    {EXIT_CODE_UNREACHABLE, "unreachable, or timed out"},
    {EXIT_CODE_PARTLY, "a batch was done only partly"},
    {EXIT_CODE_COMPENSATED, "the saga that was waited for was compensated"},
    {EXIT_CODE_PARKED, "the saga that was waited for is parked"},
    {EXIT_CODE_OK, NULL},
};
