/*
 * Many RTSP readers over TCP that cost little and check what they get.
 *
 * In:  host, port, address, number of readers, how many of them never read after PLAY, and "user:password" in Base64
 *      or "-". Out: "ready" when all are sent pictures, "failed: why" when one is refused. Then for every line on the
 *      standard input one line of JSON about the time since the line before. Ends when its standard input closes.
 * Checks: interleaved framing (RFC 2326, 10.12), sequence numbers and markers of RTP (RFC 3550, 5.1). Only the first
 * video track is asked for, and nothing is sent after PLAY: for runs of less than a minute, after which some servers
 * miss a sign of life.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
  /* Answers with the description of a camera have some 1,000 bytes. */
  max_text_bytes = 16 * 1024,
  /* So many readers are in their handshake at one time: a crowd, not a flood. */
  max_arriving = 16,
  max_events = 256,
  chunk_bytes = 256 * 1024,
  interleaved_header_bytes = 4,
  rtp_header_bytes = 12,
};

enum step { arriving, describing, setting_up, starting, playing, stuck, gone };

struct reader {
  int fd;
  enum step step;
  int never_reads;
  int video_channel;
  int cseq;
  char *session;
  /* Answers in words, and where the next one ends. */
  char *text;
  size_t text_bytes;
  /* The beginning of an interleaved packet, and how much of the rest is still to come. */
  uint8_t head[interleaved_header_bytes + rtp_header_bytes];
  size_t head_bytes, rest_bytes;
  int has_sequence;
  uint16_t sequence;
  /* Since the last report. */
  uint64_t bytes, frames, packets, lost, gaps;
};

static struct {
  struct sockaddr_in to;
  const char *url, *login;
  int wanted, never_read;
} options;

static struct reader *readers;
static int poller, begun, in_handshake, announced;
static uint64_t bad_framing, closed;
static uint8_t chunk[chunk_bytes];

static void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("failed: ", stdout);
  vprintf(format, values);
  putchar('\n');
  fflush(stdout);
  exit(1);
}

static void leave(struct reader *reader) {
  if (reader->step < playing) fail("a connection was closed after %d answers", reader->cseq - 1);
  if (reader->step == playing) closed += 1;
  reader->step = gone;
  close(reader->fd);
}

static void ask(struct reader *reader, const char *method, const char *url, const char *more) {
  char text[2048], login[512] = "", session[256] = "";
  if (strcmp(options.login, "-") != 0) snprintf(login, sizeof login, "Authorization: Basic %s\r\n", options.login);
  if (reader->session) snprintf(session, sizeof session, "Session: %s\r\n", reader->session);
  int length = snprintf(text, sizeof text, "%s %s RTSP/1.0\r\nCSeq: %d\r\nUser-Agent: bench\r\n%s%s%s\r\n", method, url,
                        ++reader->cseq, login, session, more);
  if (length >= (int)sizeof text || write(reader->fd, text, length) != length) fail("%s could not be sent", method);
}

/* The value of a header, up to one of the characters of `ends`, in memory of its own; NULL when it is not there. */
static char *header(const char *text, const char *name, const char *ends) {
  const char *at = strcasestr(text, name);
  if (!at) return NULL;
  at += strlen(name);
  at += strspn(at, " ");
  return strndup(at, strcspn(at, ends));
}

/* The control of the first video track, resolved (RFC 2326, C.1.1). */
static char *video_url(const char *answer) {
  const char *media = strstr(answer, "m=video");
  char *control = media ? header(media, "a=control:", "\r\n") : NULL;
  char *base = header(answer, "\nContent-Base:", "\r\n");
  if (!media) fail("the camera has no video");
  if (!control) control = strdup("");
  char *url = NULL;
  if (strncasecmp(control, "rtsp", 4) == 0) url = strdup(control);
  else {
    const char *from = base ? base : options.url;
    const char *slash = *control && from[strlen(from) - 1] != '/' ? "/" : "";
    if (asprintf(&url, "%s%s%s", from, slash, control) < 0) fail("memory");
  }
  free(control);
  free(base);
  return url;
}

static void start_playing(struct reader *reader) {
  in_handshake -= 1;
  free(reader->text);
  free(reader->session);
  reader->text = reader->session = NULL;
  reader->step = reader->never_reads ? stuck : playing;
  if (!reader->never_reads) return;
  struct epoll_event event = {.events = 0, .data.ptr = reader};
  epoll_ctl(poller, EPOLL_CTL_MOD, reader->fd, &event);
}

static void on_answer(struct reader *reader, const char *answer) {
  int status = 0;
  if (sscanf(answer, "RTSP/1.0 %d", &status) != 1) fail("this is no answer: %.60s", answer);
  if (status != 200) fail("%.*s", (int)strcspn(answer, "\r\n"), answer);
  if (reader->step == describing) {
    char *url = video_url(answer);
    reader->step = setting_up;
    ask(reader, "SETUP", url, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
    free(url);
  } else if (reader->step == setting_up) {
    char *channel = header(answer, "interleaved=", "-;\r\n");
    reader->video_channel = channel ? atoi(channel) : 0;
    free(channel);
    reader->session = header(answer, "\nSession:", ";\r\n");
    reader->step = starting;
    ask(reader, "PLAY", options.url, "Range: npt=0.000-\r\n");
  } else if (reader->step == starting) start_playing(reader);
}

/* Takes one answer with its body, or what there is of it. Returns how many bytes that were. */
static size_t take_text(struct reader *reader, const uint8_t *from, size_t bytes) {
  if (reader->step >= playing) {
    bad_framing += 1;
    leave(reader);
    return bytes;
  }
  size_t room = max_text_bytes - reader->text_bytes, had = reader->text_bytes;
  size_t taken = bytes < room ? bytes : room;
  memcpy(reader->text + had, from, taken);
  reader->text_bytes += taken;
  reader->text[reader->text_bytes] = 0;
  const char *end = strstr(reader->text, "\r\n\r\n");
  if (!end) {
    if (taken == room) fail("an answer is too long");
    return taken;
  }
  size_t head_bytes = end + 4 - reader->text;
  char *length = header(reader->text, "\nContent-Length:", "\r\n");
  size_t whole = head_bytes + (length ? strtoul(length, NULL, 10) : 0);
  free(length);
  if (whole > max_text_bytes) fail("an answer is too long");
  if (reader->text_bytes < whole) return taken;
  reader->text[whole] = 0;
  reader->text_bytes = 0;
  on_answer(reader, reader->text);
  return whole - had;
}

static void check_packet(struct reader *reader) {
  const uint8_t *rtp = reader->head + interleaved_header_bytes;
  if (rtp[0] >> 6 != 2) bad_framing += 1;
  uint16_t sequence = rtp[2] << 8 | rtp[3];
  uint16_t skipped = sequence - reader->sequence - 1;
  if (reader->has_sequence && skipped != 0) {
    reader->gaps += 1;
    reader->lost += skipped;
  }
  reader->has_sequence = 1;
  reader->sequence = sequence;
  reader->packets += 1;
  reader->frames += rtp[1] >> 7;
}

/* Takes the head of an interleaved packet, or what there is of it. Returns how many bytes that were. */
static size_t take_head(struct reader *reader, const uint8_t *from, size_t bytes) {
  for (size_t taken = 0;;) {
    if (reader->head_bytes >= interleaved_header_bytes) {
      size_t length = reader->head[2] << 8 | reader->head[3];
      size_t looked_at = length < rtp_header_bytes ? length : rtp_header_bytes;
      if (reader->head_bytes == interleaved_header_bytes + looked_at) {
        if (looked_at == rtp_header_bytes && reader->head[1] == reader->video_channel) check_packet(reader);
        reader->rest_bytes = length - looked_at;
        reader->head_bytes = 0;
        return taken;
      }
    }
    if (taken == bytes) return taken;
    reader->head[reader->head_bytes++] = from[taken++];
  }
}

static void take(struct reader *reader, const uint8_t *from, size_t bytes) {
  while (bytes > 0 && reader->step != gone && reader->step != stuck) {
    size_t taken;
    if (reader->rest_bytes > 0) {
      taken = bytes < reader->rest_bytes ? bytes : reader->rest_bytes;
      reader->rest_bytes -= taken;
    } else if (reader->text_bytes > 0 || (reader->head_bytes == 0 && *from != '$')) {
      taken = take_text(reader, from, bytes);
    } else taken = take_head(reader, from, bytes);
    from += taken;
    bytes -= taken;
  }
}

static void on_event(struct reader *reader, uint32_t events) {
  if (reader->step == gone) return;
  if (events & (EPOLLERR | EPOLLHUP)) return leave(reader);
  if (reader->step == arriving && events & EPOLLOUT) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = reader};
    epoll_ctl(poller, EPOLL_CTL_MOD, reader->fd, &event);
    reader->step = describing;
    ask(reader, "DESCRIBE", options.url, "Accept: application/sdp\r\n");
  }
  if (!(events & EPOLLIN)) return;
  ssize_t got = read(reader->fd, chunk, chunk_bytes);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return leave(reader);
  reader->bytes += got;
  take(reader, chunk, got);
}

static void begin(struct reader *reader, int never_reads) {
  int yes = 1;
  reader->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (reader->fd < 0) fail("no more sockets after %d: %s", begun, strerror(errno));
  setsockopt(reader->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  reader->never_reads = never_reads;
  reader->text = malloc(max_text_bytes + 1);
  if (!reader->text) fail("memory");
  struct epoll_event event = {.events = EPOLLOUT, .data.ptr = reader};
  if (connect(reader->fd, (struct sockaddr *)&options.to, sizeof options.to) < 0 && errno != EINPROGRESS)
    fail("no connection: %s", strerror(errno));
  epoll_ctl(poller, EPOLL_CTL_ADD, reader->fd, &event);
  begun += 1;
  in_handshake += 1;
}

/* One line about all who read, and the counters begin anew. */
static void report(void) {
  uint64_t bytes = 0, packets = 0, frames = 0, least = UINT64_MAX, most = 0, gaps = 0, lost = 0, reading = 0;
  for (int index = 0; index < begun; index += 1) {
    struct reader *reader = &readers[index];
    if (reader->step != playing) continue;
    reading += 1;
    bytes += reader->bytes;
    packets += reader->packets;
    frames += reader->frames;
    gaps += reader->gaps;
    lost += reader->lost;
    if (reader->frames < least) least = reader->frames;
    if (reader->frames > most) most = reader->frames;
    reader->bytes = reader->packets = reader->frames = reader->gaps = reader->lost = 0;
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("{\"atMs\":%.3f,\"reading\":%lu,\"bytes\":%lu,\"packets\":%lu,\"frames\":%lu,\"leastFrames\":%lu,"
         "\"mostFrames\":%lu,\"gaps\":%lu,\"lostPackets\":%lu,\"badFraming\":%lu,\"closed\":%lu}\n",
         now.tv_sec * 1e3 + now.tv_nsec / 1e6, reading, bytes, packets, frames, reading ? least : 0, most, gaps,
         lost, bad_framing, closed);
  fflush(stdout);
}

static void read_options(int count, char **words) {
  if (count != 7) fail("host port url readers never-read login");
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo(words[1], words[2], &hints, &found) != 0) fail("no such host: %s", words[1]);
  memcpy(&options.to, found->ai_addr, sizeof options.to);
  freeaddrinfo(found);
  options.url = words[3];
  options.wanted = atoi(words[4]);
  options.never_read = atoi(words[5]);
  options.login = words[6];
}

static void allow_many_files(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < (rlim_t)options.wanted + 16) fail("only %lu files may be open", (unsigned long)limit.rlim_max);
}

int main(int count, char **words) {
  signal(SIGPIPE, SIG_IGN);
  read_options(count, words);
  allow_many_files();
  readers = calloc(options.wanted, sizeof *readers);
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &input);
  for (;;) {
    while (begun < options.wanted && in_handshake < max_arriving) {
      /* The stuck ones are spread evenly. */
      int before = (int)((long)begun * options.never_read / options.wanted);
      int after = (int)((long)(begun + 1) * options.never_read / options.wanted);
      begin(&readers[begun], after > before);
    }
    if (!announced && begun == options.wanted && in_handshake == 0) {
      announced = 1;
      puts("ready");
      fflush(stdout);
    }
    struct epoll_event events[max_events];
    int ready = epoll_wait(poller, events, max_events, -1);
    for (int index = 0; index < ready; index += 1) {
      struct reader *reader = events[index].data.ptr;
      if (reader) {
        on_event(reader, events[index].events);
        continue;
      }
      ssize_t got = read(STDIN_FILENO, chunk, chunk_bytes);
      if (got <= 0) return 0;
      for (ssize_t at = 0; at < got; at += 1)
        if (chunk[at] == '\n') report();
    }
  }
}
