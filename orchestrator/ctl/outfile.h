/*
 * A file that is written as a whole or not at all.
 *
 *   FILE.XXXXXX ──write, fsync──▶ link to FILE, which must not be there │ rename over FILE
 *
 * Only the owner may read it, since it may hold what was in messages.
 */
#ifndef ORCHESTRATOR_CTL_OUTFILE_H
#define ORCHESTRATOR_CTL_OUTFILE_H

#include "base/bytes.h"
#include "ctl/exit_code.h"

#include <stdbool.h>

/* EXIT_CODE_CONFLICT when the file is there and is not to be replaced; what is wrong was told. */
enum exit_code outfile_check(const char *path, bool replace);
enum exit_code outfile_write(const char *path, struct bytes content, bool replace);

#endif
