/*
 * Small files that are whole, old or new, whenever the process or the machine stops.
 *
 *   FILE.new ──write, fsync──▶ rename over FILE ──▶ fsync of the folder
 */
#ifndef ORCHESTRATOR_WORLD_DURABLE_FILE_H
#define ORCHESTRATOR_WORLD_DURABLE_FILE_H

#include "base/bytes.h"

#include <stddef.h>
#include <sys/types.h>

#define DURABLE_FILE_PATH_SIZE 1024u

/* Replace a file's content. After 0 it survives a power cut. 0 or FAULT_IO, with errno. */
int durable_file_write(const char *path, struct bytes content, mode_t mode);

/*
 * Append a file's content to @text.
 * 0; DURABLE_FILE_NONE when there is none; FAULT_LIMIT when it is longer than @size_max; FAULT_IO
 * with errno; FAULT_MEMORY.
 */
enum { DURABLE_FILE_NONE = 1 };
int durable_file_read(const char *path, size_t size_max, struct buffer *text);

/* Remove it, if it is there. 0 or FAULT_IO with errno. */
int durable_file_remove(const char *path);

#endif
