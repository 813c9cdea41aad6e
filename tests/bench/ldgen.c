/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * ldgen: one thread that loads a DNS server over UDP or TCP and prints one line of key=value pairs.
 *
 * Closed loop (the default): keeps -w queries in flight over -c sockets. Open loop (-r): sends at a
 * fixed rate and tells latency, loss and the longest gap between two answers. It sleeps in ppoll
 * when there is nothing to do, so its own share of the CPU says which of the two was saturated.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLOT_BITS 12
#define SLOTS (1 << SLOT_BITS)
#define SLOT_MASK (SLOTS - 1)
#define BATCH 64
#define REPLY_MAX 4096
#define SOCKETS_MAX 64
#define PIDS_MAX 16
#define QUERY_MAX 72
#define NAME_MAX_TEXT 36
#define NS 1000000000.0
#define EXPIRE_NS 50000000u
#define SLEEP_NS 20000000u
#define STREAM_MAX (1u << 17)

struct slot {
	uint64_t sent_ns;
	uint16_t id;
	bool busy;
};

struct sock {
	int fd;
	unsigned in_flight, free_count;
	uint8_t generation[SLOTS];
	uint16_t free[SLOTS];
	struct slot slots[SLOTS];
	/* Of a stream: what is yet to be written, and what was read of the next reply. */
	uint8_t out[STREAM_MAX], in[STREAM_MAX];
	size_t out_len, in_len;
};

struct query {
	uint8_t octets[QUERY_MAX];
	size_t len;
};

static struct options {
	const char *host, *file, *unique_below;
	unsigned port, sockets, window;
	double seconds, warm_s, rate, timeout_s;
	bool once, edns, stream;
	int pids[PIDS_MAX];
	unsigned pid_count;
} opt = {.host = "127.0.0.1",
	.port = 53,
	.sockets = 4,
	.window = 200,
	.seconds = 3,
	.warm_s = 0.5,
	.timeout_s = 1};

static struct {
	uint64_t sent, received, lost, with_answer, stray, failed, reconnected, rcode[16];
	uint64_t last_ns, gap_ns, gap_at_ns; /* between answers */
	uint64_t latency[64 * 32]; /* by power of two, 32 steps each */
} seen;

static struct sock *socks;
static struct query *queries;
static size_t query_count, query_next;
static bool measuring;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void note_latency(uint64_t ns)
{
	unsigned e = ns < 32 ? 4 : 63 - (unsigned)__builtin_clzll(ns);

	seen.latency[ns < 32 ? ns : (e - 4) * 32 + (ns >> (e - 5) & 31)]++;
}

static double latency_us(double share)
{
	uint64_t want = (uint64_t)(share * (double)seen.received), sum = 0;

	for (unsigned i = 0; i < 64 * 32; i++) {
		sum += seen.latency[i];
		if (sum > want)
			return (i < 32 ? i : (double)((32 + (uint64_t)(i % 32)) << (i / 32 - 1))) /
			       1e3;
	}
	return 0;
}

static void put_query(struct query *q, const char *name, unsigned type)
{
	static const uint8_t header[12] = {0, 0, 1, 0, 0, 1};
	static const uint8_t opt_record[11] = {0, 0, 41, 4, 0xd0};
	uint8_t *at = q->octets + sizeof(header);

	memcpy(q->octets, header, sizeof(header));
	while (*name && strcmp(name, ".") != 0) {
		size_t len = strcspn(name, ".");

		*at++ = (uint8_t)len;
		memcpy(at, name, len);
		at += len;
		name += len + (name[len] == '.');
	}
	memcpy(at, (const uint8_t[]){0, (uint8_t)(type >> 8), (uint8_t)type, 0, 1}, 5);
	at += 5;
	if (opt.edns) {
		memcpy(at, opt_record, sizeof(opt_record));
		at += sizeof(opt_record);
		q->octets[11] = 1;
	}
	q->len = (size_t)(at - q->octets);
}

static unsigned type_of(const char *text)
{
	return strcmp(text, "AAAA") == 0 ? 28 : strcmp(text, "HTTPS") == 0 ? 65 : 1;
}

static void load(const char *path)
{
	FILE *f = fopen(path, "r");
	char name[256], type[16];

	if (!f)
		die(path);
	while (fscanf(f, "%255s %15s", name, type) == 2) {
		if (strlen(name) > NAME_MAX_TEXT)
			continue;
		if ((query_count & (query_count - 1)) == 0)
			queries = realloc(queries, 2 * (query_count + 1) * sizeof(*queries));
		if (!queries)
			die("memory");
		put_query(&queries[query_count++], name, type_of(type));
	}
	fclose(f);
	if (query_count == 0) {
		fprintf(stderr, "%s: no queries\n", path);
		exit(2);
	}
}

static size_t next_query(uint8_t *out)
{
	static uint64_t unique;
	struct query made;
	const struct query *q = &made;
	char name[128];

	if (opt.unique_below) {
		snprintf(name, sizeof(name), "u%04x%08llx.%s", (unsigned)getpid() & 0xffff,
			(unsigned long long)unique++, opt.unique_below);
		put_query(&made, name, 1);
	} else {
		q = &queries[query_next];
		query_next = (query_next + 1) % query_count;
	}
	memcpy(out, q->octets, q->len);
	return q->len;
}

static double cpu_of(int pid)
{
	char path[64], text[1024];
	unsigned long user = 0, system = 0;
	const char *p;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	p = strrchr(text, ')');
	if (p)
		sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
			&system);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double cpu_of_server(void)
{
	double sum = 0;

	for (unsigned i = 0; i < opt.pid_count; i++)
		sum += cpu_of(opt.pids[i]);
	return sum;
}

static double cpu_of_self(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* In one call with segmentation offload where all are of one length. */
static unsigned transmit(struct sock *s, struct iovec *iov, unsigned count, bool alike)
{
	static struct mmsghdr messages[BATCH];
	char control[CMSG_SPACE(sizeof(uint16_t))] = {0};
	struct iovec whole = {iov[0].iov_base, iov[0].iov_len * count};
	struct msghdr m = {.msg_iov = &whole,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int done;

	if (alike && count > 1) {
		uint16_t segment = (uint16_t)iov[0].iov_len;

		c->cmsg_level = IPPROTO_UDP;
		c->cmsg_type = UDP_SEGMENT;
		c->cmsg_len = CMSG_LEN(sizeof(segment));
		memcpy(CMSG_DATA(c), &segment, sizeof(segment));
		return sendmsg(s->fd, &m, 0) == (ssize_t)whole.iov_len ? count : 0;
	}
	for (unsigned i = 0; i < count; i++)
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	done = sendmmsg(s->fd, messages, count, 0);
	return done > 0 ? (unsigned)done : 0;
}

static void connect_socket(struct sock *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port)};
	int buffer = 4 << 20, on = 1;

	inet_pton(AF_INET, opt.host, &to.sin_addr);
	s->fd = socket(AF_INET, opt.stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (connect(s->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	if (opt.stream)
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* The server has closed the stream: what was in flight is asked by others that follow. */
static void connect_again(struct sock *s)
{
	close(s->fd);
	connect_socket(s);
	s->out_len = s->in_len = s->in_flight = s->free_count = 0;
	for (unsigned k = 0; k < SLOTS; k++) {
		s->slots[k].busy = false;
		s->free[s->free_count++] = (uint16_t)(SLOTS - 1 - k);
	}
	seen.reconnected += measuring;
}

static void flush(struct sock *s)
{
	ssize_t n = s->out_len ? send(s->fd, s->out, s->out_len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

	if (n <= 0)
		return;
	memmove(s->out, s->out + n, s->out_len - (size_t)n);
	s->out_len -= (size_t)n;
}

/* The queries, each behind its length. */
static unsigned transmit_stream(struct sock *s, const struct iovec *iov, unsigned count)
{
	unsigned done = 0;

	for (; done < count && s->out_len + iov[done].iov_len + 2 <= STREAM_MAX; done++) {
		uint8_t *to = s->out + s->out_len;

		to[0] = (uint8_t)(iov[done].iov_len >> 8);
		to[1] = (uint8_t)iov[done].iov_len;
		memcpy(to + 2, iov[done].iov_base, iov[done].iov_len);
		s->out_len += iov[done].iov_len + 2;
	}
	flush(s);
	return done;
}

static unsigned send_batch(struct sock *s, uint64_t wanted)
{
	static uint8_t octets[BATCH * QUERY_MAX];
	static struct iovec iov[BATCH];
	uint16_t used[BATCH];
	uint64_t t = now_ns();
	unsigned count = wanted < BATCH ? (unsigned)wanted : BATCH, done;
	size_t at = 0;
	bool alike = true;

	if (count > s->free_count)
		count = s->free_count;
	if (count == 0)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		uint16_t slot = s->free[--s->free_count];
		uint16_t id = (uint16_t)(slot | (s->generation[slot]++ & 15) << SLOT_BITS);

		iov[i] = (struct iovec){octets + at, next_query(octets + at)};
		octets[at] = (uint8_t)(id >> 8);
		octets[at + 1] = (uint8_t)id;
		s->slots[slot] = (struct slot){t, id, true};
		used[i] = slot;
		alike = alike && iov[i].iov_len == iov[0].iov_len;
		at += iov[i].iov_len;
	}
	done = opt.stream ? transmit_stream(s, iov, count) : transmit(s, iov, count, alike);
	for (unsigned i = done; i < count; i++, seen.failed++) {
		s->slots[used[i]].busy = false;
		s->free[s->free_count++] = used[i];
	}
	s->in_flight += done;
	seen.sent += measuring ? done : 0;
	return done;
}

static void take_reply(struct sock *s, const uint8_t *p, size_t len, uint64_t t)
{
	uint16_t id = (uint16_t)(p[0] << 8 | p[1]);
	struct slot *slot = &s->slots[id & SLOT_MASK];

	if (len < 12 || !(p[2] & 0x80) || !slot->busy || slot->id != id) {
		seen.stray++;
		return;
	}
	slot->busy = false;
	s->in_flight--;
	s->free[s->free_count++] = id & SLOT_MASK;
	if (!measuring)
		return;
	seen.received++;
	seen.rcode[p[3] & 15]++;
	seen.with_answer += !(p[3] & 15) && (p[6] | p[7]);
	note_latency(t - slot->sent_ns);
}

static void note_gap(uint64_t t)
{
	if (seen.last_ns && t - seen.last_ns > seen.gap_ns) {
		seen.gap_ns = t - seen.last_ns;
		seen.gap_at_ns = seen.last_ns;
	}
	seen.last_ns = t;
}

static unsigned receive_stream(struct sock *s)
{
	ssize_t n = recv(s->fd, s->in + s->in_len, STREAM_MAX - s->in_len, MSG_DONTWAIT);
	uint64_t t = now_ns();
	size_t at = 0, len;
	unsigned count = 0;

	flush(s);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		connect_again(s);
	if (n <= 0)
		return 0;
	s->in_len += (size_t)n;
	for (; s->in_len - at >= 2; at += len + 2, count++) {
		len = (size_t)(s->in[at] << 8 | s->in[at + 1]);
		if (s->in_len - at - 2 < len)
			break;
		take_reply(s, s->in + at + 2, len, t);
	}
	memmove(s->in, s->in + at, s->in_len - at);
	s->in_len -= at;
	if (measuring && count)
		note_gap(t);
	return count;
}

static unsigned receive_batch(struct sock *s)
{
	static uint8_t octets[BATCH][REPLY_MAX];
	static struct iovec iov[BATCH];
	static struct mmsghdr messages[BATCH];
	uint64_t t;
	int count;

	for (unsigned i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){octets[i], REPLY_MAX};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	count = recvmmsg(s->fd, messages, BATCH, MSG_DONTWAIT, NULL);
	/* Nobody is there yet: who probes need not wait. */
	if (count < 0 && errno == ECONNREFUSED && opt.once)
		exit(1);
	if (count <= 0)
		return 0;
	t = now_ns();
	for (int i = 0; i < count; i++)
		take_reply(s, octets[i], messages[i].msg_len, t);
	if (measuring)
		note_gap(t);
	return (unsigned)count;
}

static void expire(struct sock *s, uint64_t before_ns)
{
	for (unsigned i = 0; s->in_flight && i < SLOTS; i++) {
		if (!s->slots[i].busy || s->slots[i].sent_ns >= before_ns)
			continue;
		s->slots[i].busy = false;
		s->in_flight--;
		s->free[s->free_count++] = (uint16_t)i;
		seen.lost += measuring || opt.once;
	}
}

static void open_sockets(struct pollfd *polled)
{
	socks = calloc(opt.sockets, sizeof(*socks));
	if (!socks)
		die("memory");
	for (unsigned i = 0; i < opt.sockets; i++) {
		struct sock *s = &socks[i];

		connect_socket(s);
		for (unsigned k = 0; k < SLOTS; k++)
			s->free[s->free_count++] = (uint16_t)(SLOTS - 1 - k);
		polled[i] = (struct pollfd){s->fd, POLLIN, 0};
	}
}

/* Those that are due by now, on each socket in turn. */
static void send_at_rate(uint64_t elapsed_ns, uint64_t *sent)
{
	static unsigned turn;
	uint64_t due = (uint64_t)((double)elapsed_ns / NS * opt.rate) + 1;

	while (*sent < due) {
		uint64_t count = due - *sent > opt.sockets ? due - *sent : 1;

		if (count > BATCH)
			count = BATCH;
		(void)send_batch(&socks[turn], count);
		turn = (turn + 1) % opt.sockets;
		*sent += count;
	}
}

static unsigned fill_window(uint64_t *sent)
{
	unsigned per = (opt.window + opt.sockets - 1) / opt.sockets, done = 0;

	for (unsigned i = 0; i < opt.sockets; i++) {
		uint64_t room = per > socks[i].in_flight ? per - socks[i].in_flight : 0;
		unsigned n;

		if (opt.once && room > query_count - *sent)
			room = query_count - *sent;
		n = room ? send_batch(&socks[i], room) : 0;
		*sent += n;
		done += n;
	}
	return done;
}

static unsigned in_flight(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < opt.sockets; i++)
		sum += socks[i].in_flight;
	return sum;
}

static void rest(struct pollfd *polled, uint64_t start, uint64_t sent)
{
	struct timespec t = {0, SLEEP_NS};
	uint64_t now = now_ns(), due = start + (uint64_t)((double)sent / opt.rate * NS);

	if (opt.rate > 0 && due < now + SLEEP_NS)
		t.tv_nsec = due > now ? (long)(due - now) : 0;
	ppoll(polled, opt.sockets, &t, NULL);
}

static uint64_t run(struct pollfd *polled, double *server_cpu, double *own_cpu)
{
	uint64_t start = now_ns(), from = start + (uint64_t)(opt.warm_s * NS), begun = start;
	uint64_t end = from + (uint64_t)(opt.seconds * NS), expired = start, sent = 0, t;

	while ((t = now_ns()) < end || opt.once) {
		unsigned done = 0, got = 0;

		if (!measuring && (t >= from || opt.once)) {
			measuring = true;
			begun = seen.last_ns = t;
			*server_cpu = cpu_of_server();
			*own_cpu = cpu_of_self();
		}
		if (opt.once && sent >= query_count && in_flight() == 0)
			break;
		if (opt.rate > 0)
			send_at_rate(t - start, &sent);
		else
			done = fill_window(&sent);
		for (unsigned i = 0; i < opt.sockets; i++)
			got += opt.stream ? receive_stream(&socks[i]) : receive_batch(&socks[i]);
		for (unsigned i = 0; i < opt.sockets && t - expired > EXPIRE_NS; i++)
			expire(&socks[i], t - (uint64_t)(opt.timeout_s * NS));
		if (t - expired > EXPIRE_NS)
			expired = t;
		if (!got && !done)
			rest(polled, start, sent);
	}
	return begun;
}

static void report(uint64_t begun, double server_cpu, double own_cpu)
{
	uint64_t end = now_ns();
	double seconds = (double)(end - begun) / NS, used = cpu_of_server() - server_cpu;

	if (opt.rate > 0)
		note_gap(end);
	printf("qps=%.0f sent=%llu rcvd=%llu lost=%llu ok=%llu rc0=%llu rc2=%llu rc3=%llu "
	       "rc5=%llu ",
		(double)seen.received / seconds, (unsigned long long)seen.sent,
		(unsigned long long)seen.received, (unsigned long long)seen.lost,
		(unsigned long long)seen.with_answer, (unsigned long long)seen.rcode[0],
		(unsigned long long)seen.rcode[2], (unsigned long long)seen.rcode[3],
		(unsigned long long)seen.rcode[5]);
	printf("stray=%llu reconnected=%llu sndfail=%llu srv_cpu=%.3f gen_cpu=%.3f us_per_q=%.3f ",
		(unsigned long long)seen.stray, (unsigned long long)seen.reconnected,
		(unsigned long long)seen.failed, used / seconds,
		(cpu_of_self() - own_cpu) / seconds,
		seen.received ? used * 1e6 / (double)seen.received : 0);
	printf("p50us=%.1f p99us=%.1f p999us=%.1f maxgap_ms=%.2f gap_at_s=%.2f secs=%.2f\n",
		latency_us(.50), latency_us(.99), latency_us(.999), (double)seen.gap_ns / 1e6,
		seen.gap_at_ns ? (double)(seen.gap_at_ns - begun) / NS : 0, seconds);
}

static void take_pids(char *text)
{
	for (char *p = strtok_r(text, ", ", &text); p && opt.pid_count < PIDS_MAX;
		p = strtok_r(NULL, ", ", &text))
		opt.pids[opt.pid_count++] = (int)strtol(p, NULL, 10);
}

static bool take_option(int option, char *value)
{
	switch (option) {
	case 's':
		opt.host = value;
		return true;
	case 'f':
		opt.file = value;
		return true;
	case 'u':
		opt.unique_below = "w.bench.example";
		return true;
	case 'p':
		opt.port = (unsigned)strtoul(value, NULL, 10);
		return true;
	case 'c':
		opt.sockets = (unsigned)strtoul(value, NULL, 10);
		return opt.sockets > 0 && opt.sockets <= SOCKETS_MAX;
	case 'w':
		opt.window = (unsigned)strtoul(value, NULL, 10);
		return true;
	case 't':
		opt.seconds = strtod(value, NULL);
		return true;
	case 'W':
		opt.warm_s = strtod(value, NULL);
		return true;
	case 'r':
		opt.rate = strtod(value, NULL);
		return true;
	case 'T':
		opt.timeout_s = strtod(value, NULL);
		return true;
	case 'P':
		take_pids(value);
		return true;
	case '1':
		return opt.once = true;
	case 'e':
		return opt.edns = true;
	case 'S':
		return opt.stream = true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	struct pollfd polled[SOCKETS_MAX];
	double server_cpu = 0, own_cpu = 0;
	uint64_t begun;
	int option;
	bool usable = true;

	while ((option = getopt(argc, argv, "s:p:f:uc:w:t:W:r:T:P:1eS")) != -1)
		usable = take_option(option, optarg) && usable;
	if (!usable || !(opt.file || opt.unique_below)) {
		fputs("usage: ldgen -p port (-f file | -u) [-s address] [-c sockets] [-w window]\n"
		      "             [-t seconds] [-W warm-up s] [-r queries/s] [-T timeout s]\n"
		      "             [-P pids whose CPU counts] [-1 once through the file] [-e "
		      "EDNS] [-S over TCP]\n",
			stderr);
		return 2;
	}
	if (!opt.unique_below)
		load(opt.file);
	prctl(PR_SET_TIMERSLACK, 1000ul);
	open_sockets(polled);
	begun = run(polled, &server_cpu, &own_cpu);
	report(begun, server_cpu, own_cpu);
	return 0;
}
