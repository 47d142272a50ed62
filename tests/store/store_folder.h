/*
 * A folder for one test's store, which leaves nothing behind.
 */
#ifndef TESTS_STORE_STORE_FOLDER_H
#define TESTS_STORE_STORE_FOLDER_H

#define STORE_FOLDER_SIZE 64u

struct store_folder {
    char path[STORE_FOLDER_SIZE];
    char database[STORE_FOLDER_SIZE + 16];
    char wal[STORE_FOLDER_SIZE + 32];
    char reserve[STORE_FOLDER_SIZE + 32];
};

void store_folder_open(struct store_folder *folder);
void store_folder_close(struct store_folder *folder);

#endif
