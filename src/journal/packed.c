/* SPDX-License-Identifier: BSD-3-Clause */

#include "packed.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/file.h"

#define LEVEL 9 /* lines of a log repeat much, and nobody waits for it */
#define PIECE ((size_t)128 << 10)

struct packer {
	int fd;
	ZSTD_CCtx *context;
	uint8_t out[PIECE];
};

int packer_new(int fd, struct packer **out)
{
	struct packer *p = malloc(sizeof(*p));

	if (!p)
		return ERR_MEMORY;
	p->fd = fd;
	p->context = ZSTD_createCCtx();
	if (!p->context ||
		ZSTD_isError(ZSTD_CCtx_setParameter(p->context, ZSTD_c_compressionLevel, LEVEL)) ||
		ZSTD_isError(ZSTD_CCtx_setParameter(p->context, ZSTD_c_checksumFlag, 1))) {
		packer_free(p);
		return ERR_MEMORY;
	}
	*out = p;
	return 0;
}

static int pack(struct packer *p, struct span data, ZSTD_EndDirective directive)
{
	ZSTD_inBuffer in = {data.data, data.len, 0};
	size_t left;
	int err = 0;

	do {
		ZSTD_outBuffer to = {p->out, PIECE, 0};

		left = ZSTD_compressStream2(p->context, &to, &in, directive);
		/* Of these parameters and directives only memory can fail. */
		if (ZSTD_isError(left))
			return ERR_MEMORY;
		if (to.pos > 0)
			err = file_write_all(p->fd, span_of(p->out, to.pos));
	} while (!err && (directive == ZSTD_e_end ? left > 0 : in.pos < in.size));
	return err;
}

int packer_add(struct packer *p, struct span data)
{
	return pack(p, data, ZSTD_e_continue);
}

int packer_end(struct packer *p)
{
	return pack(p, (struct span){NULL, 0}, ZSTD_e_end);
}

void packer_free(struct packer *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->context);
	free(p);
}

struct unpacker {
	int fd;
	ZSTD_DCtx *context;
	ZSTD_inBuffer in; /* what was read and not unpacked */
	bool whole; /* at the end of a frame */
	uint8_t data[PIECE];
};

int unpacker_new(int fd, struct unpacker **out)
{
	struct unpacker *u = malloc(sizeof(*u));

	if (!u)
		return ERR_MEMORY;
	u->fd = fd;
	u->in = (ZSTD_inBuffer){u->data, 0, 0};
	u->whole = false;
	u->context = ZSTD_createDCtx();
	if (!u->context || ZSTD_isError(ZSTD_DCtx_setParameter(
				   u->context, ZSTD_d_windowLogMax, PACKED_WINDOW_LOG))) {
		unpacker_free(u);
		return ERR_MEMORY;
	}
	*out = u;
	return 0;
}

/* ERR_MISSING at the end of the file. */
static int read_piece(struct unpacker *u)
{
	ssize_t n;

	do
		n = read(u->fd, u->data, PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR_IO;
	u->in = (ZSTD_inBuffer){u->data, (size_t)n, 0};
	return n > 0 ? 0 : ERR_MISSING;
}

int unpacker_read(struct unpacker *u, uint8_t *to, size_t size, size_t *got)
{
	ZSTD_outBuffer out = {to, size, 0};
	int err = 0;

	while (out.pos == 0) {
		size_t before = u->in.pos, left;

		if (u->in.pos == u->in.size && (err = read_piece(u)) == ERR_IO)
			return err;
		if (err && u->whole)
			break;
		left = ZSTD_decompressStream(u->context, &out, &u->in);
		if (ZSTD_isError(left))
			return ERR_FORMAT;
		/* With nothing more to read, what is still inside may come out, but no more. */
		if (err && out.pos == 0)
			return ERR_FORMAT;
		if (u->in.pos > before || out.pos > 0)
			u->whole = left == 0;
	}
	*got = out.pos;
	return 0;
}

void unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->context);
	free(u);
}
