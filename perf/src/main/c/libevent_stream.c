/*
 * Takes or makes a stream on libevent's bufferevents, as a peer of StreamServer with the same protocol, limits and marks.
 *
 *   libevent_stream up|down    listens on a free port of 127.0.0.1, prints "listening on PORT", serves until it is killed
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BLOCK (16 * 1024 * 1024)
#define PERIOD 251
#define PIECE (256 * PERIOD)
#define HIGH (256 * 1024)
#define LOW (64 * 1024)
#define MAX_SINGLE (64 * 1024)

struct stream {
    uint64_t taken;  /* up */
    uint64_t wanted; /* down */
    size_t sent;     /* position within a piece */
};

static unsigned char piece[PIECE];
static int up;

static void free_stream(struct bufferevent *connection, struct stream *stream) {
    bufferevent_free(connection);
    free(stream);
}

static void take(struct bufferevent *connection, void *context) {
    struct stream *stream = context;
    struct evbuffer *input = bufferevent_get_input(connection);
    const uint64_t before = stream->taken;
    const size_t length = evbuffer_get_length(input);
    unsigned char first = 0;
    evbuffer_copyout(input, &first, 1);
    if (first != stream->taken % PERIOD) {
        free_stream(connection, stream);
        return;
    }
    stream->taken += length;
    evbuffer_drain(input, length);
    if (before / BLOCK < stream->taken / BLOCK) {
        unsigned char answer[8];
        int i;
        for (i = 0; i < 8; i++) answer[i] = (unsigned char) (stream->taken >> (56 - 8 * i));
        bufferevent_write(connection, answer, sizeof answer);
    }
}

static void fill(struct bufferevent *connection, void *context) {
    struct stream *stream = context;
    struct evbuffer *output = bufferevent_get_output(connection);
    while (stream->wanted > 0 && evbuffer_get_length(output) < HIGH) {
        size_t length = PIECE - stream->sent;
        if (length > stream->wanted) length = stream->wanted;
        evbuffer_add_reference(output, piece + stream->sent, length, NULL, NULL);
        stream->wanted -= length;
        stream->sent = (stream->sent + length) % PIECE;
    }
}

static void asked(struct bufferevent *connection, void *context) {
    struct stream *stream = context;
    struct evbuffer *input = bufferevent_get_input(connection);
    unsigned char request[8];
    while (evbuffer_get_length(input) >= sizeof request) {
        uint64_t number = 0;
        int i;
        evbuffer_remove(input, request, sizeof request);
        for (i = 0; i < 8; i++) number = number << 8 | request[i];
        stream->wanted += number;
    }
    fill(connection, context);
}

static void ended(struct bufferevent *connection, short what, void *context) {
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) free_stream(connection, context);
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int length, void *unused) {
    const int yes = 1;
    struct stream *stream = calloc(1, sizeof *stream);
    struct bufferevent *connection =
            bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    (void) peer;
    (void) length;
    (void) unused;
    if (stream == NULL || connection == NULL) abort();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    bufferevent_set_max_single_read(connection, MAX_SINGLE);
    bufferevent_set_max_single_write(connection, HIGH);
    bufferevent_setwatermark(connection, EV_WRITE, LOW, 0);
    if (up) bufferevent_setcb(connection, take, NULL, ended, stream);
    else bufferevent_setcb(connection, asked, fill, ended, stream);
    bufferevent_enable(connection, EV_READ);
}

int main(int argc, char **argv) {
    struct event_base *base;
    struct evconnlistener *listener;
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    size_t i;
    if (argc != 2 || (strcmp(argv[1], "up") != 0 && strcmp(argv[1], "down") != 0)) {
        fputs("usage: libevent_stream up|down\n", stderr);
        return 2;
    }
    up = strcmp(argv[1], "up") == 0;
    for (i = 0; i < PIECE; i++) piece[i] = (unsigned char) (i % PERIOD);
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
        fputs("libevent_stream cannot listen\n", stderr);
        return 1;
    }
    printf("listening on %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return event_base_dispatch(base) == 0 ? 0 : 1;
}
