/*
 * The least that a server of one camera can do over RTSP: one write(2) per picture and reader, of the same bytes.
 *
 * In:  a file of pictures (each: length, 32 bits little-endian, then interleaved RTP packets) that begin with the only
 *      keyframe, and how many go out in a second. Out: "port N" on the standard output, then the pictures again and
 *      again, with sequence numbers and timestamps that go on, to everybody who says PLAY. A reader begins with the
 *      last keyframe, and is cut off when it is a whole round behind. Ends when its standard input closes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
  max_pictures = 500,
  /* A request of a player has some 200 bytes. */
  max_request_bytes = 2048,
  max_events = 256,
  clock_hz = 90000,
  interleaved_header_bytes = 4,
};

struct picture {
  uint32_t bytes;
  uint8_t *data;
};

struct reader {
  int fd;
  int playing;
  int waits_for_room;
  /* Number of the picture that is written next, counted from the start of the program, and how much of it is gone. */
  uint64_t next;
  size_t offset;
  size_t request_bytes;
  char request[max_request_bytes + 1];
  struct reader *before, *after;
};

static struct picture pictures[max_pictures];
static uint64_t picture_count;
/* Of the newest picture; there is none before the first tick. */
static uint64_t newest;
static int any_yet;
static uint16_t sequence;
static struct reader readers = {.before = &readers, .after = &readers};
static int poller;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void read_pictures(const char *name) {
  FILE *file = fopen(name, "rb");
  if (!file) fail(name);
  uint32_t bytes;
  while (picture_count < max_pictures && fread(&bytes, sizeof bytes, 1, file) == 1) {
    struct picture *picture = &pictures[picture_count++];
    picture->bytes = bytes;
    picture->data = malloc(bytes);
    if (!picture->data || fread(picture->data, 1, bytes, file) != bytes) fail("pictures");
  }
  fclose(file);
  if (picture_count < 2) {
    fputs("fan-out: too few pictures\n", stderr);
    exit(1);
  }
}

static void watch(int operation, int fd, uint32_t events, void *subject) {
  struct epoll_event event = {.events = events, .data.ptr = subject};
  if (epoll_ctl(poller, operation, fd, &event) < 0) fail("epoll_ctl");
}

static void drop(struct reader *reader) {
  reader->before->after = reader->after;
  reader->after->before = reader->before;
  close(reader->fd);
  free(reader);
}

/* Writes what there is for one reader; returns 0 when it is gone. */
static int feed(struct reader *reader) {
  while (reader->next <= newest) {
    const struct picture *picture = &pictures[reader->next % picture_count];
    ssize_t written = write(reader->fd, picture->data + reader->offset, picture->bytes - reader->offset);
    if (written < 0 && errno != EAGAIN) return 0;
    if (written > 0) reader->offset += written;
    if (reader->offset < picture->bytes) {
      if (!reader->waits_for_room) watch(EPOLL_CTL_MOD, reader->fd, EPOLLIN | EPOLLOUT, reader);
      reader->waits_for_room = 1;
      return 1;
    }
    reader->offset = 0;
    reader->next += 1;
  }
  if (reader->waits_for_room) watch(EPOLL_CTL_MOD, reader->fd, EPOLLIN, reader);
  reader->waits_for_room = 0;
  return 1;
}

/* Numbers every packet of a picture (RFC 3550, 5.1). */
static void stamp(struct picture *picture, uint32_t timestamp) {
  for (size_t at = 0; at + interleaved_header_bytes < picture->bytes;) {
    uint8_t *rtp = picture->data + at + interleaved_header_bytes;
    uint16_t number = htons(sequence++);
    uint32_t time = htonl(timestamp);
    memcpy(rtp + 2, &number, sizeof number);
    memcpy(rtp + 4, &time, sizeof time);
    at += interleaved_header_bytes + (picture->data[at + 2] << 8 | picture->data[at + 3]);
  }
}

static void send_next_picture(int per_second) {
  newest += any_yet;
  any_yet = 1;
  struct reader *after;
  for (struct reader *reader = readers.after; reader != &readers; reader = after) {
    after = reader->after;
    /* The picture it is at is about to be numbered anew. */
    if (reader->playing && reader->next + picture_count <= newest) drop(reader);
  }
  stamp(&pictures[newest % picture_count], (uint32_t)(newest * (clock_hz / per_second)));
  for (struct reader *reader = readers.after; reader != &readers; reader = after) {
    after = reader->after;
    if (reader->playing && !reader->waits_for_room && !feed(reader)) drop(reader);
  }
}

static const char description[] =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=fan-out\r\nt=0 0\r\na=control:*\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n";

static int answer(struct reader *reader) {
  const char *request = reader->request;
  const char *cseq = strcasestr(request, "CSeq:");
  const char *more = "", *body = "";
  if (strncmp(request, "DESCRIBE", 8) == 0) body = description, more = "Content-Type: application/sdp\r\n";
  if (strncmp(request, "SETUP", 5) == 0) more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
  char text[1024];
  int length = snprintf(text, sizeof text,
                        "RTSP/1.0 200 OK\r\nCSeq: %d\r\nSession: 1\r\n%sContent-Length: %zu\r\n\r\n%s",
                        cseq ? atoi(cseq + 5) : 0, more, strlen(body), body);
  if (write(reader->fd, text, length) != length) return 0;
  if (strncmp(request, "TEARDOWN", 8) == 0) return 0;
  if (strncmp(request, "PLAY", 4) == 0 && !reader->playing) {
    reader->playing = 1;
    reader->next = newest - newest % picture_count;
    return !any_yet || feed(reader);
  }
  return 1;
}

/* Returns 0 when the reader is gone. */
static int listen_to(struct reader *reader) {
  size_t room = max_request_bytes - reader->request_bytes;
  ssize_t got = read(reader->fd, reader->request + reader->request_bytes, room);
  if (got < 0 && errno == EAGAIN) return 1;
  if (got <= 0) return 0;
  /* Reports of the receiver, `$` first, are of no use here. */
  if (reader->request_bytes == 0 && reader->request[0] == '$') return 1;
  reader->request_bytes += got;
  reader->request[reader->request_bytes] = 0;
  char *end;
  while ((end = strstr(reader->request, "\r\n\r\n"))) {
    *end = 0;
    if (!answer(reader)) return 0;
    reader->request_bytes -= end + 4 - reader->request;
    memmove(reader->request, end + 4, reader->request_bytes + 1);
  }
  return reader->request_bytes < max_request_bytes;
}

static void welcome(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct reader *reader = calloc(1, sizeof *reader);
  if (!reader) fail("memory");
  reader->fd = fd;
  reader->before = &readers;
  reader->after = readers.after;
  readers.after->before = reader;
  readers.after = reader;
  watch(EPOLL_CTL_ADD, fd, EPOLLIN, reader);
}

static int open_listener(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0) fail("bind");
  if (listen(listener, 1024) < 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static int open_timer(int per_second) {
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  long period_ns = 1000000000L / per_second;
  struct itimerspec times = {.it_interval.tv_nsec = period_ns, .it_value.tv_nsec = period_ns};
  if (timer < 0 || timerfd_settime(timer, 0, &times, NULL) < 0) fail("timer");
  return timer;
}

static void allow_many_files(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **words) {
  int per_second = count == 3 ? atoi(words[2]) : 0;
  if (per_second < 2) {
    fputs("fan-out <file of pictures> <pictures per second>\n", stderr);
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  allow_many_files();
  read_pictures(words[1]);
  poller = epoll_create1(EPOLL_CLOEXEC);
  int listener = open_listener(), timer = open_timer(per_second), input = STDIN_FILENO;
  watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
  watch(EPOLL_CTL_ADD, timer, EPOLLIN, &timer);
  watch(EPOLL_CTL_ADD, input, EPOLLIN, &input);
  for (;;) {
    struct epoll_event events[max_events];
    int ready = epoll_wait(poller, events, max_events, -1);
    uint64_t ticks = 0;
    for (int index = 0; index < ready; index += 1) {
      void *subject = events[index].data.ptr;
      if (subject == &input) return 0;
      if (subject == &listener) welcome(listener);
      /* Pictures drop readers, which other events of this round may belong to: last. */
      else if (subject == &timer) ticks = 1;
      else {
        struct reader *reader = subject;
        int alive = !(events[index].events & (EPOLLERR | EPOLLHUP));
        if (alive && events[index].events & EPOLLOUT) alive = feed(reader);
        if (alive && events[index].events & EPOLLIN) alive = listen_to(reader);
        if (!alive) drop(reader);
      }
    }
    if (ticks > 0 && read(timer, &ticks, sizeof ticks) == sizeof ticks)
      while (ticks-- > 0) send_next_picture(per_second);
  }
}
