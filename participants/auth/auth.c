#include "auth/auth.h"

#include "auth/directory.h"
#include "auth/schema.h"
#include "auth/validate.h"

static const struct service_operation operations[] = {
    {"validate", validate_message, NULL, NULL},
};

static const struct service_command commands[] = {
    {
        .name = "account",
        .synopsis = "--dir DIR AC… [--state active|suspended]",
        .summary = "make an account known, or suspend it",
        .letters = "dt",
        .run = directory_account_command,
    },
    {
        .name = "sender",
        .synopsis = "--dir DIR AC… +1… [--pool MG…]",
        .summary = "let an account send from a number, and put it into a pool",
        .letters = "dg",
        .run = directory_sender_command,
    },
    {
        .name = "opt-out",
        .synopsis = "--dir DIR AC… +1…",
        .summary = "a recipient wants nothing from an account any more",
        .letters = "d",
        .run = directory_opt_out_command,
    },
};

const struct service auth_service = {
    .name = "auth",
    .summary = "accounts, their senders, and who opted out",
    .schema = &auth_schema,
    .operations = operations,
    .operation_count = sizeof operations / sizeof operations[0],
    .commands = commands,
    .command_count = sizeof commands / sizeof commands[0],
    .seed = directory_seed,
    .answer = directory_answer,
};
