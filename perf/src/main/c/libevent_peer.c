/*
 * The workloads of io.evbuffer.perf.bench on libevent, for the comparison table's column "libevent".
 *
 *   libevent_peer --list          the names of all workloads, a line each
 *   libevent_peer NAME ROUNDS     measures one: prints for each round "NAME<tab>nanoseconds per operation<tab>yardstick"
 *
 * The work is that of the Java class of the same name: the same sizes, the same copies in and out, buffers that live as
 * long, and every result added to a sum that is stored where the compiler cannot see. Each function does its work once
 * and returns the number of operations this was. Rounds take ROUND_NANOS each, after WARMUP_NANOS that do
 * not count. The yardstick is a loop of arithmetic, timed before and after a round: nanoseconds per pass of the slower one.
 * It tells when somebody else used the same core; see io.evbuffer.perf.compare.Yardstick.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <event2/util.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    YARDSTICK_PASS = 1500,
    YARDSTICK_PASSES = 120,
    OFFSETS = 64,         /* copies begin at as many places, so that none is of known bytes */
    KIB = 1024,
    MIB = 1024 * 1024,
    APPENDS = 4096,       /* AppendBenchmark */
    PACKET = 1500,        /* FifoBenchmark */
    PAYLOAD = 1024,       /* PrependBenchmark */
    PIECES = 64,          /* MoveBenchmark */
    PIECE = 8 * KIB,      /* MoveBenchmark, BodyBenchmark */
    LINES = 64,           /* LinesBenchmark */
    LINE = 64,
    LINE_KINDS = 16,
    COPIES = 8,           /* MulticastBenchmark */
    SHARED_CHAINS = 16,
    SHARED_CHAIN = 4 * KIB,
    CHAINS = 256,         /* RandomCopyOutBenchmark */
    CHAIN = 4 * KIB,
    COPIED = 1 * KIB,
    PLACES = 1024,
    FRAMES = 64,          /* FramesBenchmark */
    FRAME_READ = 1460,
    FRAME_LEAST = 10,
    FRAME_MOST = 1000,
    HEADS = 64,           /* HttpHeadBenchmark */
    MESSAGE = 4 * KIB,    /* BroadcastBenchmark */
    OUTPUTS_MOST = 1000,
    RING_MOST = 9000,     /* RingBenchmark */
    RING_ACTIVE = 100,
    RING_WRITES = 10000,
    CASCADE_EVENTS = 1000, /* CascadeBenchmark */
    TIMERS = 1000000,     /* TimersBenchmark */
    TIMER_CHANGES = 1000,
    TIMERS_PLANNED = 65536,
    TRIGGERS = 1000       /* TriggerBenchmark */
};

#define ROUND_NANOS 20000000.0
#define WARMUP_NANOS 150000000.0
#define PATTERN 251 /* as Bytes.pattern: no power of two divides it */

static volatile int64_t sink;

static unsigned char source[MIB + OFFSETS];
static unsigned char target[MIB];
static struct evbuffer *a;
static struct evbuffer *b;

static void check(int result) {
    if (result != 0) {
        fputs("libevent refused\n", stderr);
        exit(1);
    }
}

static struct evbuffer *new_buffer(void) {
    struct evbuffer *buffer = evbuffer_new();
    check(buffer == NULL);
    return buffer;
}

static void nothing(void) {}

static void one_buffer(void) {
    a = new_buffer();
}

/* ---- append ---- */

static long append(size_t length, int until_drained) {
    int64_t drained = 0;
    for (int i = 0; i < APPENDS; i += until_drained) {
        for (int j = 0; j < until_drained; j++) {
            check(evbuffer_add(a, source + j % OFFSETS, length));
        }
        drained += (int64_t) evbuffer_get_length(a);
        check(evbuffer_drain(a, SIZE_MAX));
    }
    sink += drained;
    return APPENDS;
}

static long append_16(void) {
    return append(16, 64 * KIB / 16);
}

static long append_64(void) {
    return append(64, 64 * KIB / 64);
}

static long append_4096(void) {
    return append(4096, MIB / 4096);
}

/* ---- fifo ---- */

static int fifo_offset;

static void fifo_add(void) {
    fifo_offset = (fifo_offset + 1) % OFFSETS;
    check(evbuffer_add(a, source + fifo_offset, PACKET));
}

static void fifo_backlog(void) {
    a = new_buffer();
    for (int i = 0; i < 64; i++) fifo_add();
}

static long fifo(void) {
    fifo_add();
    sink += evbuffer_remove(a, target, PACKET) + target[0] + target[PACKET - 1];
    return 1;
}

/* ---- prepend ---- */

static long prepend(void) {
    fifo_offset = (fifo_offset + 1) % OFFSETS;
    check(evbuffer_add(a, source + fifo_offset, PAYLOAD));
    check(evbuffer_prepend(a, source + fifo_offset, 8));
    check(evbuffer_prepend(a, source + fifo_offset + 1, 16));
    sink += (int64_t) evbuffer_get_length(a);
    check(evbuffer_drain(a, SIZE_MAX));
    return 1;
}

/* ---- move ---- */

/* Adds chains of their own: a buffer that is moved brings its chain. */
static void add_chains(struct evbuffer *buffer, int count, size_t length) {
    for (int i = 0; i < count; i++) {
        struct evbuffer *piece = new_buffer();
        check(evbuffer_add(piece, source + i, length));
        check(evbuffer_add_buffer(buffer, piece));
        evbuffer_free(piece);
    }
}

static void move_fill(void) {
    a = new_buffer();
    b = new_buffer();
    add_chains(a, PIECES, PIECE);
}

static long move(void) {
    struct evbuffer *from = a;
    check(evbuffer_add_buffer(b, from));
    sink += (int64_t) evbuffer_get_length(b);
    a = b;
    b = from;
    return 1;
}

/* ---- lines ---- */

static unsigned char lines[LINE_KINDS][LINE];

static void lines_fill(void) {
    a = new_buffer();
    for (int i = 0; i < LINE_KINDS; i++) {
        for (int j = 0; j < LINE; j++) lines[i][j] = (unsigned char) ('a' + (i + j) % 26);
        lines[i][LINE - 1] = '\n';
    }
}

/* Into the caller's memory, as in Java: evbuffer_readln allocates a string a line. */
static int read_line(void) {
    size_t eol;
    struct evbuffer_ptr found = evbuffer_search_eol(a, NULL, &eol, EVBUFFER_EOL_LF);
    int length = evbuffer_remove(a, target, (size_t) found.pos);
    check(evbuffer_drain(a, eol));
    return length;
}

static long pass_lines(void) {
    int64_t sum = 0;
    for (int i = 0; i < LINES; i++) check(evbuffer_add(a, lines[i % LINE_KINDS], LINE));
    for (int i = 0; i < LINES; i++) sum += read_line() + target[0];
    sink += sum;
    return LINES;
}

/* ---- search ---- */

static const char *sought;

static void search_fill(const char *what, int letters) {
    for (int i = 0; i < MIB; i++) target[i] = (unsigned char) ('a' + i % letters);
    a = new_buffer();
    check(evbuffer_add(a, target, MIB));
    sought = what;
}

static void search_1(void) {
    search_fill("\n", 26);
}

static void search_4(void) {
    search_fill("\r\n\r\n", 26);
}

static void search_16(void) {
    search_fill("\r\n--boundary-421", 26);
}

static void search_adversarial(void) {
    search_fill("aaaaaaaaaaaaaaab", 1);
}

static long search(void) {
    sink += evbuffer_search(a, sought, strlen(sought), NULL).pos;
    return 1;
}

/* ---- create ---- */

static long create(void) {
    struct evbuffer *buffer = new_buffer();
    source[0]++;
    check(evbuffer_add(buffer, source, 1));
    sink += evbuffer_remove(buffer, target, 1) + target[0];
    evbuffer_free(buffer);
    return 1;
}

/* ---- multicast ---- */

static struct evbuffer *copies[COPIES];

static void multicast_fill(void) {
    a = new_buffer();
    add_chains(a, SHARED_CHAINS, SHARED_CHAIN);
    for (int i = 0; i < COPIES; i++) copies[i] = new_buffer();
}

static long multicast(void) {
    int64_t drained = 0;
    for (int i = 0; i < COPIES; i++) check(evbuffer_add_buffer_reference(copies[i], a));
    for (int i = 0; i < COPIES; i++) {
        drained += (int64_t) evbuffer_get_length(copies[i]);
        check(evbuffer_drain(copies[i], SIZE_MAX));
    }
    sink += drained;
    return COPIES;
}

/* ---- random copy out ---- */

static int places[PLACES];

/* The same places as in RandomCopyOutBenchmark. */
static void copy_out_fill(void) {
    uint32_t state = 1;
    a = new_buffer();
    add_chains(a, CHAINS, CHAIN);
    for (int i = 0; i < PLACES; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        places[i] = (int) (state % (uint32_t) (CHAINS * CHAIN - COPIED));
    }
}

static long copy_out(void) {
    int64_t sum = 0;
    for (int i = 0; i < PLACES; i++) {
        struct evbuffer_ptr place;
        check(evbuffer_ptr_set(a, &place, (size_t) places[i], EVBUFFER_PTR_SET));
        sum += evbuffer_copyout_from(a, &place, target, COPIED);
        sum += target[0] + target[COPIED - 1];
    }
    sink += sum;
    return PLACES;
}

/* ---- body ---- */

/* 200 MiB in all, as bodies of the given number of pieces: each is taken in whole, then read in order. */
static long body(int pieces) {
    const int all = 200 * MIB / PIECE;
    int64_t sum = 0;
    for (int done = 0; done < all; done += pieces) {
        for (int i = 0; i < pieces; i++) check(evbuffer_add(a, source + i % OFFSETS, PIECE));
        for (int i = 0; i < pieces; i++) sum += evbuffer_remove(a, target, PIECE) + target[0] + target[PIECE - 1];
    }
    sink += sum;
    return all;
}

static long body_2(void) {
    return body(2 * MIB / PIECE);
}

static long body_20(void) {
    return body(20 * MIB / PIECE);
}

static long body_200(void) {
    return body(200 * MIB / PIECE);
}

/* ---- frames ---- */

static uint32_t sequence = 1;

/* As Sequence. */
static int sequence_below(int bound) {
    sequence ^= sequence << 13;
    sequence ^= sequence >> 17;
    sequence ^= sequence << 5;
    return (int) (sequence % (uint32_t) bound);
}

static unsigned char *stream;
static int stream_length;

static void frames_fill(void) {
    int lengths[FRAMES];
    int at = 0;
    a = new_buffer();
    b = new_buffer();
    stream_length = 0;
    for (int i = 0; i < FRAMES; i++) {
        lengths[i] = FRAME_LEAST + sequence_below(FRAME_MOST - FRAME_LEAST + 1);
        stream_length += 4 + lengths[i];
    }
    stream = source;
    for (int i = 0; i < FRAMES; i++) {
        stream[at] = 0;
        stream[at + 1] = 0;
        stream[at + 2] = (unsigned char) (lengths[i] >> 8);
        stream[at + 3] = (unsigned char) lengths[i];
        at += 4 + lengths[i];
    }
}

static void look(struct evbuffer *buffer, size_t at) {
    struct evbuffer_ptr place;
    char byte;
    check(evbuffer_ptr_set(buffer, &place, at, EVBUFFER_PTR_SET));
    sink += evbuffer_copyout_from(buffer, &place, &byte, 1) + byte;
}

static long frames(void) {
    for (int at = 0; at < stream_length; at += FRAME_READ) {
        const int left = stream_length - at;
        check(evbuffer_add(a, stream + at, (size_t) (left < FRAME_READ ? left : FRAME_READ)));
        while (evbuffer_get_length(a) >= 4) {
            unsigned char prefix[4];
            size_t length;
            evbuffer_copyout(a, prefix, 4);
            length = (size_t) prefix[0] << 24 | (size_t) prefix[1] << 16 | (size_t) prefix[2] << 8 | prefix[3];
            if (evbuffer_get_length(a) < 4 + length) break;
            check(evbuffer_drain(a, 4));
            check(evbuffer_remove_buffer(a, b, length) != (int) length);
            look(b, 0);
            look(b, length - 1);
            check(evbuffer_drain(b, length));
        }
    }
    return FRAMES;
}

/* ---- heads of HTTP requests ---- */

static const char HEAD[] =
    "GET /library/books/%d/chapters?from=1&to=20 HTTP/1.1\r\n"
    "Host: www.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://www.example.org/library/\r\n"
    "Cookie: session=5d41402abc4b2a76b9719d911017c592\r\n"
    "Connection: keep-alive\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Cache-Control: max-age=0\r\n"
    "\r\n";

static int head_fragment;

static void heads_fill(int fragment) {
    a = new_buffer();
    stream = source;
    stream_length = 0;
    for (int i = 0; i < HEADS; i++) stream_length += sprintf((char *) stream + stream_length, HEAD, 10 + i);
    head_fragment = fragment;
}

static void heads_1(void) {
    heads_fill(1);
}

static void heads_7(void) {
    heads_fill(7);
}

static void heads_1460(void) {
    heads_fill(1460);
}

static void heads_16384(void) {
    heads_fill(16384);
}

/* evbuffer_search_eol looks from the place where it is told to; what was looked at without an LF is not looked at again. */
static long heads(void) {
    int64_t sum = 0;
    size_t looked = 0;
    for (int at = 0; at < stream_length; at += head_fragment) {
        const int left = stream_length - at;
        check(evbuffer_add(a, stream + at, (size_t) (left < head_fragment ? left : head_fragment)));
        while (evbuffer_get_length(a) > looked) {
            struct evbuffer_ptr start;
            struct evbuffer_ptr found;
            size_t eol;
            check(evbuffer_ptr_set(a, &start, looked, EVBUFFER_PTR_SET));
            found = evbuffer_search_eol(a, &start, &eol, EVBUFFER_EOL_CRLF);
            if (found.pos < 0) {
                looked = evbuffer_get_length(a) - 1; /* it may be a CR */
                break;
            }
            looked = 0;
            sum = 31 * sum + evbuffer_remove(a, target, (size_t) found.pos) + target[0];
            check(evbuffer_drain(a, eol));
        }
    }
    sink += sum;
    return HEADS;
}

/* ---- broadcast ---- */

static struct evbuffer *outputs[OUTPUTS_MOST];
static int output_waiting[OUTPUTS_MOST];
static int output_count;

static void broadcast_fill(int count) {
    a = new_buffer();
    output_count = count;
    for (int i = 0; i < count; i++) outputs[i] = new_buffer();
}

static void broadcast_10(void) {
    broadcast_fill(10);
}

static void broadcast_1000(void) {
    broadcast_fill(OUTPUTS_MOST);
}

static long broadcast(void) {
    static const int drained[] = {1000, 3000, 4096, 10000, 20000};
    fifo_offset = (fifo_offset + 1) % OFFSETS;
    check(evbuffer_add(a, source + fifo_offset, MESSAGE));
    for (int i = 0; i < output_count; i++) check(evbuffer_add_buffer_reference(outputs[i], a));
    check(evbuffer_drain(a, MESSAGE));
    for (int i = 0; i < output_count; i++) {
        output_waiting[i] += MESSAGE;
        while (output_waiting[i] >= drained[i % 5]) {
            output_waiting[i] -= drained[i % 5];
            look(outputs[i], 0);
            check(evbuffer_drain(outputs[i], (size_t) drained[i % 5]));
        }
    }
    return 1;
}

/* ---- a ring of sockets ---- */

static struct event_base *base;
static int ring_pairs;
static int ring_ends[RING_MOST][2];
static int ring_writes;
static int ring_events;

static void ring_send(int pair) {
    check(send(ring_ends[pair][1], "e", 1, 0) != 1);
}

static void ring_read(evutil_socket_t socket, short what, void *argument) {
    const int pair = (int) (intptr_t) argument;
    char bytes[RING_ACTIVE];
    const ssize_t count = recv(socket, bytes, sizeof bytes, 0);
    (void) what;
    check(count < 1);
    for (ssize_t i = 0; i < count; i++) {
        ring_events++;
        if (ring_writes == 0) continue;
        ring_writes--;
        ring_send(pair + 1 < ring_pairs ? pair + 1 : 0);
    }
}

static void pairs_open(int pairs) {
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit));
    base = event_base_new();
    check(base == NULL);
    ring_pairs = pairs;
    for (int i = 0; i < pairs; i++) {
        check(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ring_ends[i]));
        check(evutil_make_socket_nonblocking(ring_ends[i][0]));
        check(evutil_make_socket_nonblocking(ring_ends[i][1]));
    }
}

static void ring_open(int pairs) {
    pairs_open(pairs);
    for (int i = 0; i < pairs; i++) {
        struct event *event =
            event_new(base, ring_ends[i][0], EV_READ | EV_PERSIST, ring_read, (void *) (intptr_t) i);
        check(event == NULL);
        check(event_add(event, NULL));
    }
}

static void ring_100(void) {
    ring_open(100);
}

static void ring_1000(void) {
    ring_open(1000);
}

static void ring_9000(void) {
    ring_open(RING_MOST);
}

static long ring(void) {
    ring_writes = RING_WRITES;
    ring_events = 0;
    for (int i = 0; i < RING_ACTIVE; i++) ring_send(i * (ring_pairs / RING_ACTIVE));
    while (ring_events < RING_ACTIVE + RING_WRITES) event_base_loop(base, EVLOOP_ONCE);
    sink += ring_events;
    return ring_events;
}

/* ---- a cascade through sockets ---- */

static struct event *cascade_events[CASCADE_EVENTS];
static int cascade_arrived;

static void cascade_read(evutil_socket_t socket, short what, void *argument) {
    const int pair = (int) (intptr_t) argument;
    char byte;
    if (what != EV_READ) return;
    check(recv(socket, &byte, 1, 0) != 1);
    cascade_arrived++;
    if (pair + 1 < ring_pairs) ring_send(pair + 1);
}

static void cascade_open(int pairs) {
    pairs_open(pairs);
    for (int i = 0; i < pairs; i++) {
        cascade_events[i] = event_new(base, ring_ends[i][0], EV_READ, cascade_read, (void *) (intptr_t) i);
        check(cascade_events[i] == NULL);
    }
}

static void cascade_100(void) {
    cascade_open(100);
}

static void cascade_1000(void) {
    cascade_open(1000);
}

static long cascade(void) {
    const struct timeval minute = {60, 0};
    int events = 0;
    while (events < CASCADE_EVENTS) {
        cascade_arrived = 0;
        for (int i = 0; i < ring_pairs; i++) check(event_add(cascade_events[i], &minute));
        ring_send(0);
        while (cascade_arrived < ring_pairs) event_base_loop(base, EVLOOP_ONCE);
        events += cascade_arrived;
    }
    sink += events;
    return events;
}

/* ---- timers ---- */

static struct event **timers;
static struct event *timers_due[TIMER_CHANGES];
static const struct timeval *timer_due;
static int timers_fired;
static struct timeval *timer_durations;
static int *timer_which;
static int timer_next;

static void timer_nothing(evutil_socket_t socket, short what, void *argument) {
    (void) socket;
    (void) what;
    (void) argument;
}

static void timer_fired(evutil_socket_t socket, short what, void *argument) {
    (void) socket;
    (void) what;
    (void) argument;
    timers_fired++;
}

static uint64_t timer_random(void) { /* xorshift64, George Marsaglia 2003 */
    static uint64_t state = 88172645463325252ULL;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void timers_open(int common) {
    static const struct timeval hour = {3600, 0};
    static const struct timeval at_once = {0, 0};
    const struct timeval *queue;
    base = event_base_new();
    check(base == NULL);
    timers = calloc(TIMERS, sizeof *timers);
    timer_durations = calloc(TIMERS_PLANNED, sizeof *timer_durations);
    timer_which = calloc(TIMERS_PLANNED, sizeof *timer_which);
    check(timers == NULL || timer_durations == NULL || timer_which == NULL);
    queue = event_base_init_common_timeout(base, &hour);
    timer_due = common ? event_base_init_common_timeout(base, &at_once) : &at_once;
    check(queue == NULL || timer_due == NULL);
    for (int i = 0; i < TIMER_CHANGES; i++) {
        timers_due[i] = event_new(base, -1, 0, timer_fired, NULL);
        check(timers_due[i] == NULL);
    }
    for (int i = 0; i < TIMERS_PLANNED; i++) {
        timer_which[i] = (int) (timer_random() % TIMERS);
        timer_durations[i].tv_sec = (time_t) (60 + timer_random() % 3540);
        timer_durations[i].tv_usec = (suseconds_t) (timer_random() % 1000000);
        if (common) timer_durations[i] = *queue;
    }
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = event_new(base, -1, 0, timer_nothing, NULL);
        check(timers[i] == NULL);
        check(event_add(timers[i], &timer_durations[i % TIMERS_PLANNED]));
    }
}

static void timers_heap(void) {
    timers_open(0);
}

static void timers_common(void) {
    timers_open(1);
}

static long change_timers(void) {
    for (int i = 0; i < TIMER_CHANGES; i++) {
        timer_next = (timer_next + 1) % TIMERS_PLANNED;
        check(event_del(timers[timer_which[timer_next]]));
        check(event_add(timers[timer_which[timer_next]], &timer_durations[timer_next]));
    }
    return TIMER_CHANGES;
}

static long rearm_timers(void) {
    for (int i = 0; i < TIMER_CHANGES; i++) {
        timer_next = (timer_next + 1) % TIMERS_PLANNED;
        check(event_add(timers[timer_which[timer_next]], &timer_durations[timer_next]));
    }
    return TIMER_CHANGES;
}

static long fire_timers(void) {
    timers_fired = 0;
    for (int i = 0; i < TIMER_CHANGES; i++) check(event_add(timers_due[i], timer_due));
    while (timers_fired < TIMER_CHANGES) event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    return timers_fired;
}

/* ---- a loop of another thread ---- */

static struct event *woken_event;
static atomic_long woken_done;
static long woken_asked;

static void woken(evutil_socket_t socket, short what, void *argument) {
    (void) socket;
    (void) what;
    (void) argument;
    atomic_fetch_add(&woken_done, 1);
}

static void *woken_loop(void *argument) {
    (void) argument;
    event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
    return NULL;
}

static void woken_open(void) {
    check(evthread_use_pthreads());
    base = event_base_new();
    check(base == NULL);
}

static void woken_start(void) {
    pthread_t thread;
    check(pthread_create(&thread, NULL, woken_loop, NULL));
}

static void wake_up_open(void) {
    woken_open();
    woken_event = event_new(base, -1, 0, woken, NULL);
    check(woken_event == NULL);
    woken_start();
}

static double now(void);

static long wake_up(void) {
    const double begin = now();
    while (now() - begin < 20000) continue;
    woken_asked++;
    event_active(woken_event, 0, 0);
    while (atomic_load(&woken_done) != woken_asked) continue;
    return 1;
}

static struct event *triggered[TRIGGERS];

static void trigger_open(void) {
    woken_open();
    for (int i = 0; i < TRIGGERS; i++) {
        triggered[i] = event_new(base, -1, 0, woken, NULL);
        check(triggered[i] == NULL);
    }
    woken_start();
}

static long trigger(void) {
    for (int i = 0; i < TRIGGERS; i++) event_active(triggered[i], 0, 0);
    woken_asked += TRIGGERS;
    while (atomic_load(&woken_done) != woken_asked) continue;
    return TRIGGERS;
}

/* ---- all of them ---- */

struct workload {
    const char *name;
    void (*prepare)(void);
    long (*work)(void);
};

static const struct workload WORKLOADS[] = {
    {"append, length 16", one_buffer, append_16},
    {"append, length 64", one_buffer, append_64},
    {"append, length 4096", one_buffer, append_4096},
    {"body, mebibytes 2", one_buffer, body_2},
    {"body, mebibytes 20", one_buffer, body_20},
    {"body, mebibytes 200", one_buffer, body_200},
    {"broadcast, outputs 10", broadcast_10, broadcast},
    {"broadcast, outputs 1000", broadcast_1000, broadcast},
    {"cascade, pairs 100", cascade_100, cascade},
    {"cascade, pairs 1000", cascade_1000, cascade},
    {"create", nothing, create},
    {"fifo, backlog 0", one_buffer, fifo},
    {"fifo, backlog 64", fifo_backlog, fifo},
    {"frames", frames_fill, frames},
    {"http head, fragment 1", heads_1, heads},
    {"http head, fragment 1460", heads_1460, heads},
    {"http head, fragment 16384", heads_16384, heads},
    {"http head, fragment 7", heads_7, heads},
    {"lines", lines_fill, pass_lines},
    {"move", move_fill, move},
    {"multicast", multicast_fill, multicast},
    {"prepend", one_buffer, prepend},
    {"random copy out", copy_out_fill, copy_out},
    {"ring, pairs 100", ring_100, ring},
    {"ring, pairs 1000", ring_1000, ring},
    {"ring, pairs 9000", ring_9000, ring},
    {"search, needle 1", search_1, search},
    {"search, needle 16", search_16, search},
    {"search, needle 4", search_4, search},
    {"search, needle adversarial", search_adversarial, search},
    {"timers, kind common, work change", timers_common, change_timers},
    {"timers, kind common, work fire", timers_common, fire_timers},
    {"timers, kind common, work rearm", timers_common, rearm_timers},
    {"timers, kind heap, work change", timers_heap, change_timers},
    {"timers, kind heap, work fire", timers_heap, fire_timers},
    {"timers, kind heap, work rearm", timers_heap, rearm_timers},
    {"trigger", trigger_open, trigger},
    {"wake up", wake_up_open, wake_up},
};
enum { WORKLOAD_COUNT = sizeof WORKLOADS / sizeof WORKLOADS[0] };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec * 1e9 + (double) time.tv_nsec;
}

/* Nanoseconds per operation of a round; the clock is read once in calls_at_once calls. */
static double round_of(long (*work)(void), double nanos, long calls_at_once) {
    long operations = 0;
    const double start = now();
    double end;
    do {
        for (long i = 0; i < calls_at_once; i++) operations += work();
        end = now();
    } while (end - start < nanos);
    return (end - start) / (double) operations;
}

static double yardstick(void) {
    const double start = now();
    int64_t sum = 0;
    for (int pass = 0; pass < YARDSTICK_PASSES; pass++) {
        volatile int begin = 12345;
        int step = begin;
        for (int i = 0; i < YARDSTICK_PASS; i++) {
            if ((i & 7) == 3) {
                sum += step;
            } else if (i % 5 == 2) {
                sum ^= i;
            } else {
                sum += 3;
            }
            if ((sum & 1) == 0) step++;
        }
        sum += step;
    }
    sink += sum;
    return (now() - start) / YARDSTICK_PASSES;
}

static void measure(const struct workload *workload, int rounds) {
    long calls = 1;
    double start;
    workload->prepare();
    start = now();
    workload->work();
    while (now() - start < WARMUP_NANOS) { /* and finds out how many calls take a tenth of a millisecond */
        const double before = now();
        for (long i = 0; i < calls; i++) workload->work();
        if (now() - before < 100000.0) calls *= 2;
    }
    for (int i = 0; i < rounds; i++) {
        const double before = yardstick();
        const double nanos = round_of(workload->work, ROUND_NANOS, calls);
        const double after = yardstick();
        printf("%s\t%.4f\t%.4f\n", workload->name, nanos, before > after ? before : after);
    }
}

int main(int count, char **arguments) {
    const int lists = count == 2 && strcmp(arguments[1], "--list") == 0;
    const int rounds = count == 3 ? atoi(arguments[2]) : 0;
    if (!lists && rounds <= 0) {
        fputs("usage: libevent_peer --list | NAME ROUNDS\n", stderr);
        return 2;
    }
    for (int i = 0; i < (int) sizeof source; i++) source[i] = (unsigned char) (i % PATTERN);
    for (int i = 0; i < WORKLOAD_COUNT; i++) {
        if (lists) {
            puts(WORKLOADS[i].name);
        } else if (strcmp(arguments[1], WORKLOADS[i].name) == 0) {
            measure(&WORKLOADS[i], rounds);
            return 0;
        }
    }
    if (lists) return 0;
    fprintf(stderr, "no workload '%s'\n", arguments[1]);
    return 2;
}
