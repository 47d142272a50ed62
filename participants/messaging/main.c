#include "messaging/messaging.h"

int main(int argc, char **argv)
{
    return (int)service_main(&messaging_service, argc, argv);
}
