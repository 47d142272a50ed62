/*
 * The credentials of a local world: made at its first start, the same ever after.
 *
 *   DIR/credentials.json ──load, or make──▶ struct credentials ──▶ DIR/secrets/NAME
 *                                                              └──▶ DIR/demo-account.json
 *
 * The first file is written whole and synced before anything is derived from it; what is derived is
 * written again at every start, so a start that was cut short is made good by the next.
 */
#ifndef ORCHESTRATOR_WORLD_CREDENTIALS_H
#define ORCHESTRATOR_WORLD_CREDENTIALS_H

#include "accounts/accounts.h"
#include "world/folder.h"

#include <stddef.h>

#define CREDENTIALS_PARTICIPANTS 3u
#define CREDENTIALS_SECRET_SIZE 65u /* 32 random bytes in hexadecimal, and a NUL. */
#define CREDENTIALS_SID_SIZE 35u

/* "auth", "billing", "messaging". */
extern const char *const credentials_participants[CREDENTIALS_PARTICIPANTS];

struct credentials {
    char account_sid[CREDENTIALS_SID_SIZE];
    char auth_token[CREDENTIALS_SECRET_SIZE];
    char operator_key[CREDENTIALS_SECRET_SIZE];
    char secrets[CREDENTIALS_PARTICIPANTS][CREDENTIALS_SECRET_SIZE];
};

/* A new random secret as people write it. */
void credentials_secret(char ret_secret[CREDENTIALS_SECRET_SIZE]);

/*
 * Load or make them, and write what is derived. 0; FAULT_INPUT when the file makes no sense;
 * FAULT_IO with errno; FAULT_MEMORY; FAULT_LIMIT when the folder's path is too long.
 */
int credentials_prepare(const struct folder *folder, struct credentials *ret_credentials);

/* Let a server know them: the account, the three participants, and one operator, who may all. */
int credentials_fill(const struct credentials *credentials, struct accounts *accounts);

#endif
