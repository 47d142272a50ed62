/*
 * The contract suite on SQLite, each test in a folder of its own.
 */
#include "store_suite.h"

#include "../../store/store_folder.h"

static void *place_open(void)
{
    static struct store_folder folder;

    store_folder_open(&folder);
    return &folder;
}

static void place_close(void *place)
{
    store_folder_close(place);
}

static struct store *open_at(void *place)
{
    const struct store_folder *folder = place;
    char message[STORE_MESSAGE_SIZE];
    struct store *store = NULL;

    return store_sqlite_open(folder->database, &store, message) == 0 ? store : NULL;
}

int main(void)
{
    const struct store_suite sqlite = {
        .name = "a store in SQLite",
        .survives = true,
        .place_open = place_open,
        .place_close = place_close,
        .open = open_at,
    };

    return store_suite_run(&sqlite);
}
