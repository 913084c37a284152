/*
 * An echo server on libevent's bufferevents, as a peer of EchoServer: the same limits, the same back-pressure.
 *
 *   libevent_echo           listens on a free port of 127.0.0.1, prints "listening on PORT", serves until it is killed
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HIGH (256 * 1024)
#define LOW (64 * 1024)
#define MAX_SINGLE (64 * 1024)

static void received(struct bufferevent *connection, void *unused) {
    (void) unused;
    bufferevent_write_buffer(connection, bufferevent_get_input(connection));
    if (evbuffer_get_length(bufferevent_get_output(connection)) >= HIGH) bufferevent_disable(connection, EV_READ);
}

static void sent(struct bufferevent *connection, void *unused) {
    (void) unused;
    if (!(bufferevent_get_enabled(connection) & EV_READ)) bufferevent_enable(connection, EV_READ);
}

static void ended(struct bufferevent *connection, short what, void *unused) {
    (void) what;
    (void) unused;
    bufferevent_free(connection);
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int length, void *unused) {
    const int yes = 1;
    struct bufferevent *connection =
            bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    (void) peer;
    (void) length;
    (void) unused;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    bufferevent_set_max_single_read(connection, MAX_SINGLE);
    bufferevent_set_max_single_write(connection, HIGH);
    bufferevent_setwatermark(connection, EV_WRITE, LOW, 0);
    bufferevent_setcb(connection, received, sent, ended, NULL);
    bufferevent_enable(connection, EV_READ);
}

int main(void) {
    struct event_base *base;
    struct evconnlistener *listener;
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    signal(SIGPIPE, SIG_IGN);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    base = event_base_new();
    listener = base == NULL ? NULL
                            : evconnlistener_new_bind(base, accepted, NULL,
                                      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 4096,
                                      (struct sockaddr *) &address, sizeof address);
    if (listener == NULL || getsockname(evconnlistener_get_fd(listener), (struct sockaddr *) &address, &length) != 0) {
        fputs("libevent_echo cannot listen\n", stderr);
        return 1;
    }
    printf("listening on %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return event_base_dispatch(base) == 0 ? 0 : 1;
}
