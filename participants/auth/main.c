#include "auth/auth.h"

int main(int argc, char **argv)
{
    return (int)service_main(&auth_service, argc, argv);
}
