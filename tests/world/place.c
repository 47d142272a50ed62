#include "world/place.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

int place_open(void **state)
{
    const char *folder = getenv("TMPDIR");
    char place[PLACE_PATH_SIZE];

    snprintf(place, sizeof(place), "%s/place-XXXXXX", folder != NULL ? folder : "/tmp");
    if (mkdtemp(place) == NULL)
        return -1;
    *state = strdup(place);
    return *state != NULL ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void)stat;
    (void)type;
    (void)walk;
    return remove(path);
}

int place_close(void **state)
{
    int r = nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

    free(*state);
    return r;
}

const char *place_file(const char *place, const char *name, char ret_path[PLACE_PATH_SIZE])
{
    int length = snprintf(ret_path, PLACE_PATH_SIZE, "%s/%s", place, name);

    assert_in_range(length, 1, PLACE_PATH_SIZE - 1);
    return ret_path;
}

void place_expect(const char *place, const char *name, const char *content)
{
    char path[PLACE_PATH_SIZE], text[4096] = "";
    FILE *file = fopen(place_file(place, name, path), "rb");

    if (file == NULL)
        fail_msg("%s is not there", path);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    assert_int_equal(size, strlen(content));
    assert_string_equal(text, content);
}

void place_write(const char *place, const char *name, const char *content)
{
    char path[PLACE_PATH_SIZE];
    FILE *file = fopen(place_file(place, name, path), "wb");

    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

unsigned place_mode(const char *place, const char *name)
{
    char path[PLACE_PATH_SIZE];
    struct stat found;

    return stat(place_file(place, name, path), &found) == 0 ? found.st_mode & 07777u : 0;
}
