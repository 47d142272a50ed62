#include "store_folder.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void store_folder_open(struct store_folder *folder)
{
    /* Memory when there is some: these tests are about order and loss, not about a disk. */
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder->path, sizeof folder->path, "%s/sagad-store-XXXXXX", root);
    char *made = mkdtemp(folder->path);
    assert(made != NULL);
    snprintf(folder->database, sizeof folder->database, "%s/saga.db", folder->path);
    snprintf(folder->wal, sizeof folder->wal, "%s-wal", folder->database);
    snprintf(folder->reserve, sizeof folder->reserve, "%s.reserve", folder->database);
}

void store_folder_close(struct store_folder *folder)
{
    DIR *entries = opendir(folder->path);
    char name[512];

    assert(entries != NULL);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        snprintf(name, sizeof name, "%s/%s", folder->path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlink(name);
    }
    closedir(entries);
    rmdir(folder->path);
}
