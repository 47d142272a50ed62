/*
 * Definitions from files. A file is read whole, up to its limit and one byte, before it is checked.
 */
#include "catalog/catalog.h"

#include "base/fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 4096u

static int refuse(struct catalog_report *report, const char *path, const char *why)
{
    report->problems++;
    int r = buffer_print(&report->text, "%s: %s\n", path, why);
    return r < 0 ? pass(r) : CATALOG_REFUSED;
}

/* Read to the end, but no further than the limit: the check then says that it is too long. */
static int read_all(int file, struct buffer *text)
{
    while (text->size <= CATALOG_TEXT_MAX) {
        uint8_t *end = buffer_reserve(text, 65536);
        if (end == NULL)
            return fault(FAULT_MEMORY);
        ssize_t got = read(file, end, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault(FAULT_IO);
        if (got == 0)
            return 0;
        text->size += (size_t)got;
    }
    return 0;
}

int catalog_add_file(struct catalog *catalog, const char *path, struct catalog_report *report)
{
    struct buffer text = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (file < 0)
        return refuse(report, path, strerror(errno));
    int r = read_all(file, &text);
    int read_errno = errno;
    close(file);
    if (r == fault(FAULT_IO))
        r = refuse(report, path, strerror(read_errno));
    else if (r == 0)
        r = catalog_add_text(catalog, path, (const char *)text.data, text.size, report);
    buffer_fini(&text);
    return r;
}

/* ---- folders ---- */

static int is_definition_file(const struct dirent *entry)
{
    const char *ending = strrchr(entry->d_name, '.');

    if (entry->d_name[0] == '.' || ending == NULL)
        return 0;
    return strcmp(ending, ".yaml") == 0 || strcmp(ending, ".yml") == 0;
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int add_entry(struct catalog *catalog, const char *folder, const char *name,
                     struct catalog_report *report)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (length < 0 || (size_t)length >= sizeof(path))
        return refuse(report, folder, "the path is too long");
    return catalog_add_file(catalog, path, report);
}

static int add_entries(struct catalog *catalog, const char *folder, struct dirent **entries,
                       size_t count, struct catalog_report *report)
{
    bool refused = false;

    if (count > CATALOG_FILES_MAX)
        return refuse(report, folder, "too many files");
    for (size_t i = 0; i < count; i++) {
        int r = add_entry(catalog, folder, entries[i]->d_name, report);
        if (r < 0)
            return pass(r);
        refused = refused || r == CATALOG_REFUSED;
    }
    return refused ? CATALOG_REFUSED : 0;
}

int catalog_load_folder(struct catalog *catalog, const char *path, struct catalog_report *report)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_definition_file, by_name);

    if (count < 0)
        return refuse(report, path, strerror(errno));
    int r = add_entries(catalog, path, entries, (size_t)count, report);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return r;
}
