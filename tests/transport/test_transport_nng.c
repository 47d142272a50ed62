/* nng goes deaf: the suite goes on until the watchdog has cured it twice. */
#include "listener_suite.h"

/*
 * nng does not give back what a deaf listener holds. That is its affair; the contract suite watches
 * ours for leaks.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libnng.so\n";
}

int main(void)
{
    return listener_suite_run(transport_nng_open, 2);
}
