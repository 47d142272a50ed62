#include "config/config_path.h"

#include "catalog/reader.h"

#include <stdio.h>
#include <string.h>

bool config_path_read(struct report *report, const struct yaml_node *node, const char *what,
                      char ret_path[CONFIG_PATH_SIZE])
{
    const char *slash = strrchr(report->file, '/');
    int folder = slash != NULL ? (int)(slash + 1 - report->file) : 0;
    char given[CONFIG_PATH_SIZE];

    if (!reader_text(report, node, what, sizeof given, given))
        return false;
    int length = snprintf(ret_path, CONFIG_PATH_SIZE, "%.*s%s", given[0] == '/' ? 0 : folder,
                          report->file, given);
    if (length < 0 || (size_t)length >= CONFIG_PATH_SIZE) {
        reader_problem(report, node, "the path is too long");
        return false;
    }
    return true;
}
