/*
 * The folder of a local world, and the lock that lets one server have it.
 *
 *   DIR/lock               held while the server lives, whatever ends it; its content is the pid
 *   DIR/credentials.json   made once (credentials.h)
 *   DIR/demo-account.json  from it, for the participants
 *   DIR/secrets/NAME       from it, one for each participant
 *   DIR/saga.db            the server's store
 *   DIR/participants.sock  where participants dial
 *   DIR/NAME.log           what a child says
 */
#ifndef ORCHESTRATOR_WORLD_FOLDER_H
#define ORCHESTRATOR_WORLD_FOLDER_H

#include <limits.h>
#include <sys/types.h>

#define FOLDER_PATH_SIZE 1024u
#define FOLDER_URL_SIZE 160u
#define FOLDER_SOCKET_PATH_MAX 100u /* Bytes; the system's own limit is 107. */

struct folder {
    char path[FOLDER_PATH_SIZE]; /* Absolute. */
    int lock;                    /* A file that is locked as long as it is open. */
};

/*
 * Create the folder with the mode 0700, its parents too, and lock it.
 *
 * 0; FOLDER_TAKEN with the other server's pid (0: unknown) in @ret_pid; FAULT_IO with errno.
 */
enum { FOLDER_TAKEN = 1 };
int folder_open(const char *path, struct folder *ret_folder, pid_t *ret_pid);
void folder_close(struct folder *folder);

/* DIR/NAME. 0, or FAULT_LIMIT when it is too long. */
int folder_file(const struct folder *folder, const char *name, char ret_path[FOLDER_PATH_SIZE]);

/*
 * Where participants dial: a socket in the folder; when its path is too long, the loopback port
 * that was used before, else any.
 */
void folder_participants_url(const struct folder *folder, char ret_url[FOLDER_URL_SIZE]);

/* Remember a loopback port for the next start. 0 or FAULT_IO. */
int folder_remember_url(const struct folder *folder, const char *url);

#endif
