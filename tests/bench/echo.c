/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * echo: what one core can do at all with recvmmsg and sendmmsg.
 *
 *   echo PORT               each query comes back with one record
 *   echo PORT FILE          the names of FILE from a hash table, others SERVFAIL
 *   echo PORT FILE LOG      the same, and a line of text for each query
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define PACKET_MAX 512
#define KEY_MAX_LEN 48
#define STORED_MAX 64
#define TABLE_SIZE (1u << 17)
#define LOG_SIZE (1u << 18)
#define LINE_MAX_LEN 512

static const uint8_t record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};
static volatile sig_atomic_t stopping;

struct entry {
	uint32_t hash;
	size_t key_len, packet_len;
	uint8_t key[KEY_MAX_LEN];
	uint8_t packet[STORED_MAX];
};

static struct entry *table;

static struct {
	int fd;
	size_t len, time_len;
	char time[40];
	char text[LOG_SIZE];
} logged = {.fd = -1};

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

/* Turns a query into its own answer; 0 when it is none. */
static size_t answer(uint8_t *p, size_t len)
{
	if (len < 17 || len > PACKET_MAX - sizeof(record) || (p[2] & 0x80))
		return 0;
	p[2] |= 0x80;
	p[3] = 0x80;
	p[6] = 0;
	p[7] = 1;
	p[11] = 0;
	memcpy(p + len, record, sizeof(record));
	return len + sizeof(record);
}

static uint32_t hash_of(const uint8_t *key, size_t len)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ len, word;

	for (; len >= 8; key += 8, len -= 8) {
		memcpy(&word, key, 8);
		h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, key, len);
	h = (h ^ word) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(h ^ h >> 32);
}

/* Name in lower case and type. */
static size_t key_of(const uint8_t *p, size_t len, uint8_t *key)
{
	size_t at = 12, out = 0;

	while (at < len && p[at]) {
		uint8_t label = p[at];

		if (label > 63 || at + label + 1u >= len || out + label + 6u > KEY_MAX_LEN)
			return 0;
		key[out++] = label;
		at++;
		for (; label > 0; label--, at++)
			key[out++] = (uint8_t)(p[at] + (((uint8_t)(p[at] - 'A') < 26) << 5));
	}
	if (at + 5 > len)
		return 0;
	key[out++] = 0;
	key[out++] = p[at + 1];
	key[out++] = p[at + 2];
	return out;
}

static struct entry *find(const uint8_t *key, size_t len)
{
	uint32_t hash = hash_of(key, len), i = hash % TABLE_SIZE;

	while (table[i].key_len && (table[i].hash != hash || table[i].key_len != len ||
					   memcmp(table[i].key, key, len) != 0))
		i = (i + 1) % TABLE_SIZE;
	table[i].hash = hash;
	return &table[i];
}

static size_t put_query(const char *name, unsigned type, uint8_t *out)
{
	uint8_t *at = out + 12;

	memset(out, 0, PACKET_MAX);
	out[2] = out[5] = 1;
	while (*name) {
		size_t len = strcspn(name, ".");

		*at++ = (uint8_t)len;
		memcpy(at, name, len);
		at += len;
		name += len + (name[len] == '.');
	}
	at[2] = (uint8_t)type;
	at[4] = 1;
	return (size_t)(at + 5 - out);
}

static void load(const char *path)
{
	uint8_t packet[PACKET_MAX], key[KEY_MAX_LEN];
	char name[256], type[16];
	FILE *f = fopen(path, "r");

	table = calloc(TABLE_SIZE, sizeof(*table));
	if (!f || !table) {
		perror(path);
		exit(1);
	}
	while (fscanf(f, "%255s %15s", name, type) == 2) {
		size_t len = put_query(name, type[1] ? 28 : 1, packet);
		size_t key_len = key_of(packet, len, key);
		struct entry *e;

		len = answer(packet, len);
		if (key_len == 0 || len > STORED_MAX)
			continue;
		e = find(key, key_len);
		e->key_len = key_len;
		e->packet_len = len;
		memcpy(e->key, key, key_len);
		memcpy(e->packet, packet, len);
	}
	fclose(f);
}

static void log_flush(void)
{
	if (logged.fd >= 0 && logged.len && write(logged.fd, logged.text, logged.len) < 0)
		perror("log");
	logged.len = 0;
}

static void log_line(const uint8_t *key, const struct sockaddr_in *client)
{
	static const char rest[] = " pass NOERROR hit\n";
	char *at = logged.text + logged.len;
	uint32_t ip = ntohl(client->sin_addr.s_addr);

	memcpy(at, logged.time, logged.time_len);
	at += logged.time_len;
	for (int shift = 24; shift >= 0; shift -= 8) {
		unsigned octet = ip >> shift & 255;

		if (octet > 99)
			*at++ = (char)('0' + octet / 100);
		if (octet > 9)
			*at++ = (char)('0' + octet / 10 % 10);
		*at++ = (char)('0' + octet % 10);
		*at++ = shift ? '.' : ' ';
	}
	while (*key) {
		memcpy(at, key + 1, *key);
		at += *key;
		*at++ = '.';
		key += *key + 1;
	}
	*at++ = ' ';
	*at++ = key[2] == 1 ? 'A' : '6';
	memcpy(at, rest, sizeof(rest) - 1);
	logged.len = (size_t)(at + sizeof(rest) - 1 - logged.text);
	if (logged.len > LOG_SIZE - LINE_MAX_LEN)
		log_flush();
}

static void read_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	logged.time_len = (size_t)snprintf(logged.time, sizeof(logged.time), "%lld.%06ld ",
		(long long)t.tv_sec, t.tv_nsec / 1000);
}

/* As answer(), from the table. The id, RD and the spelling of the name are the client's. */
static size_t look_up(uint8_t *p, size_t len, const struct sockaddr_in *client)
{
	uint8_t key[KEY_MAX_LEN];
	size_t key_len = len <= PACKET_MAX - STORED_MAX ? key_of(p, len, key) : 0;
	const struct entry *e;

	if (key_len == 0)
		return 0;
	if (logged.fd >= 0)
		log_line(key, client);
	e = find(key, key_len);
	if (e->key_len == 0 || e->packet_len < len) {
		p[2] |= 0x80;
		p[3] = 0x82;
		return len;
	}
	memcpy(p + 2, e->packet + 2, 10);
	memcpy(p + len, e->packet + len, e->packet_len - len);
	return e->packet_len;
}

static void serve(int fd)
{
	static uint8_t octets[BATCH][PACKET_MAX];
	static struct mmsghdr in[BATCH], out[BATCH];
	static struct iovec in_part[BATCH], out_part[BATCH];
	static struct sockaddr_in peer[BATCH];

	while (!stopping) {
		unsigned count = 0;
		int received;

		for (unsigned i = 0; i < BATCH; i++) {
			in_part[i] = (struct iovec){octets[i], PACKET_MAX};
			in[i].msg_hdr = (struct msghdr){.msg_name = &peer[i],
				.msg_namelen = sizeof(peer[i]),
				.msg_iov = &in_part[i],
				.msg_iovlen = 1};
		}
		received = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL);
		if (logged.fd >= 0)
			read_time();
		for (int i = 0; i < received; i++) {
			size_t len = table ? look_up(octets[i], in[i].msg_len, &peer[i])
					   : answer(octets[i], in[i].msg_len);

			if (len == 0)
				continue;
			out_part[count] = (struct iovec){octets[i], len};
			out[count].msg_hdr = (struct msghdr){.msg_name = &peer[i],
				.msg_namelen = sizeof(peer[i]),
				.msg_iov = &out_part[count],
				.msg_iovlen = 1};
			count++;
		}
		for (unsigned done = 0; done < count;) {
			int sent = sendmmsg(fd, out + done, count - done, 0);

			if (sent <= 0)
				break;
			done += (unsigned)sent;
		}
	}
}

int main(int argc, char **argv)
{
	struct sigaction stop = {.sa_handler = on_signal};
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), buffer = 4 << 20;

	if (argc < 2 || argc > 4) {
		fputs("usage: echo PORT [FILE [LOG]]\n", stderr);
		return 2;
	}
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	here.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) != 0) {
		perror("bind");
		return 1;
	}
	if (argc > 2)
		load(argv[2]);
	if (argc > 3)
		logged.fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	serve(fd);
	log_flush();
	return 0;
}
