// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a private pcscd: gives the virtual reader driver sockets that
// were opened for it, in place of TCP ports on every network interface.
//
// VPCD_SOCKETS is a list "PORT:DESCRIPTOR,...". A bind() to such a port takes
// the listening socket behind the descriptor; a bind() to any other port of
// all interfaces is narrowed to loopback.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int given(unsigned port)
{
    const char *p = getenv("VPCD_SOCKETS");
    while (p && *p) {
        char *end;
        unsigned long have = strtoul(p, &end, 10);
        if (*end != ':')
            return -1;
        unsigned long fd = strtoul(end + 1, &end, 10);
        if (have == port)
            return (int)fd;
        p = *end == ',' ? end + 1 : NULL;
    }
    return -1;
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    struct sockaddr_in in;
    if (address && length >= sizeof in && address->sa_family == AF_INET) {
        memcpy(&in, address, sizeof in);
        int socket = given(ntohs(in.sin_port));
        if (socket >= 0)
            return dup2(socket, fd) < 0 ? -1 : 0;
        if (in.sin_addr.s_addr == htonl(INADDR_ANY))
            in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address = (const struct sockaddr *)&in;
    }
    return (int)syscall(SYS_bind, fd, address, length);
}

// The driver asks for a queue of 0, in which a card put in again before the
// next poll would find no place.
int listen(int fd, int backlog)
{
    return (int)syscall(SYS_listen, fd, backlog < 16 ? 16 : backlog);
}
