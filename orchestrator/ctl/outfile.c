#include "ctl/outfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum exit_code complain(const char *path)
{
    fprintf(stderr, "sagactl: %s: %s\n", path, strerror(errno));
    return EXIT_CODE_FAILED;
}

static enum exit_code complain_of_file(const char *path)
{
    fprintf(stderr, "sagactl: %s is there already; --force replaces it\n", path);
    return EXIT_CODE_CONFLICT;
}

enum exit_code outfile_check(const char *path, bool replace)
{
    return !replace && access(path, F_OK) == 0 ? complain_of_file(path) : EXIT_CODE_OK;
}

static bool write_all(int file, struct bytes content)
{
    size_t done = 0;

    while (done < content.size) {
        ssize_t size = write(file, content.data + done, content.size - done);
        if (size < 0 && errno != EINTR)
            return false;
        done += size > 0 ? (size_t)size : 0;
    }
    return fsync(file) == 0;
}

/* The name appears in one step: a file that came meanwhile is not written over. */
static enum exit_code place(const char *temporary, const char *path, bool replace)
{
    if (replace)
        return rename(temporary, path) == 0 ? EXIT_CODE_OK : complain(path);
    if (link(temporary, path) == 0)
        return EXIT_CODE_OK;
    return errno == EEXIST ? complain_of_file(path) : complain(path);
}

enum exit_code outfile_write(const char *path, struct bytes content, bool replace)
{
    struct buffer temporary = {0};

    if (buffer_print(&temporary, "%s.XXXXXX", path) < 0)
        abort();
    char *name = (char *)temporary.data;
    int file = mkstemp(name);
    if (file < 0) {
        enum exit_code code = complain(path);
        buffer_fini(&temporary);
        return code;
    }
    bool written = write_all(file, content);
    written = close(file) == 0 && written;
    enum exit_code code = written ? place(name, path, replace) : complain(path);
    (void)unlink(name); /* The second name of what is in place, or what is not wanted. */
    buffer_fini(&temporary);
    return code;
}
