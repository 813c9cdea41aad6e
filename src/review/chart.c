/* SPDX-License-Identifier: BSD-3-Clause */

/* Drawings are WIDTH units wide, which is the width of the text on A4 paper. Their numbers stand
 * beside the shapes, and what a colour means stands in a legend with the order of the layers. */

#include "chart.h"

#include <string.h>

#define WIDTH 720
#define LABEL 170 /* room for labels at the left */
#define NUMBER 80 /* room for numbers at the right */
#define BAR 18
#define BARS_MAX 15
#define CELL 22
#define ROWS_MAX 20
#define COLUMNS_MAX 12
#define HEAD 110 /* room for slanted column headings */
#define PLOT 180 /* height of stacked bars */
#define LAYERS 4
#define LABEL_TEXT_MAX 28 /* characters that fit into LABEL */

static const char *const layer_colours[LAYERS] = {"#a4262c", "#d98300", "#2f6690", "#5f8a3a"};
static const char *const shade = "#a4262c";

static void begin(const struct page *p, const struct grid *g, int height)
{
	page_put(p,
		"<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" aria-label=\"%s\" "
		"font-size=\"11\">\n",
		WIDTH, height, WIDTH, page_phrase(p, g->figure->heading));
}

static void end(const struct page *p)
{
	page_put(p, "</svg>\n");
}

/* Cut to what fits, which is shown by dots. */
static void put_label(const struct page *p, enum figure_kind kind, const char *text)
{
	char shown[4 * LABEL_TEXT_MAX + 4];
	size_t len = 0;
	int characters = 0;

	while (text[len] && len < sizeof(shown) - 4) {
		characters += ((unsigned char)text[len] & 0xc0) != 0x80;
		if (characters > LABEL_TEXT_MAX)
			break;
		len++;
	}
	memcpy(shown, text, len);
	snprintf(shown + len, sizeof(shown) - len, "%s", text[len] ? "…" : "");
	page_cell(p, kind, *shown ? shown : "–");
}

static int64_t greatest(const struct grid *g, size_t rows, unsigned column)
{
	int64_t most = 1;

	for (size_t i = 0; i < rows; i++)
		if (grid_number(g, i, column) > most)
			most = grid_number(g, i, column);
	return most;
}

static void draw_bars(const struct page *p, const struct grid *g)
{
	size_t rows = g->rows < BARS_MAX ? g->rows : BARS_MAX;
	int64_t most = greatest(g, rows, 1);
	char number[PAGE_NUMBER_MAX];

	begin(p, g, (int)rows * BAR + 4);
	for (size_t i = 0; i < rows; i++) {
		int y = (int)i * BAR + 2;
		int width = (int)(grid_number(g, i, 1) * (WIDTH - LABEL - NUMBER) / most);

		page_put(p, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL - 6, y + 13);
		put_label(p, g->figure->columns[0].kind, grid_text(g, i, 0));
		page_put(p,
			"</text><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>"
			"<text x=\"%d\" y=\"%d\">%s</text>\n",
			LABEL, y + 2, width > 1 ? width : 1, BAR - 4, layer_colours[2],
			LABEL + width + 6, y + 13, page_number(p, grid_number(g, i, 1), number));
	}
	end(p);
}

static int64_t day_total(const struct grid *g, size_t row)
{
	int64_t total = 0;

	for (unsigned i = 1; i <= LAYERS; i++)
		total += grid_number(g, row, i);
	return total;
}

static void draw_legend(const struct page *p, const struct grid *g, int y)
{
	for (unsigned i = 0; i < LAYERS; i++)
		page_put(p,
			"<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>"
			"<text x=\"%d\" y=\"%d\">%d. %s</text>\n",
			60 + (int)i * 160, y, layer_colours[i], 75 + (int)i * 160, y + 9,
			(int)i + 1, page_phrase(p, g->figure->columns[i + 1].heading));
}

static void draw_day(
	const struct page *p, const struct grid *g, size_t row, int x, int width, int64_t most)
{
	int y = PLOT + 10;

	for (unsigned i = 0; i < LAYERS; i++) {
		int height = (int)(grid_number(g, row, i + 1) * PLOT / most);

		if (height == 0)
			continue;
		y -= height;
		page_put(p, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>", x,
			y, width, height, layer_colours[i]);
	}
}

/* The first layer stands at the bottom. */
static void draw_stacked(const struct page *p, const struct grid *g)
{
	int space = WIDTH - 70, step = space / (int)g->rows;
	size_t every = g->rows / 10 + 1;
	char number[PAGE_NUMBER_MAX];
	int64_t most = 1;

	step = step > 40 ? 40 : step < 1 ? 1 : step;
	for (size_t i = 0; i < g->rows; i++)
		most = day_total(g, i) > most ? day_total(g, i) : most;
	begin(p, g, PLOT + 62);
	page_put(p, "<text x=\"56\" y=\"16\" text-anchor=\"end\">%s</text>",
		page_number(p, most, number));
	page_put(p, "<text x=\"56\" y=\"%d\" text-anchor=\"end\">0</text>", PLOT + 10);
	page_put(p, "<path d=\"M60 10V%dH%d\" fill=\"none\" stroke=\"#888\"/>\n", PLOT + 10,
		WIDTH - 5);
	for (size_t i = 0; i < g->rows; i++) {
		int x = 62 + (int)i * step;

		draw_day(p, g, i, x, step > 3 ? step - 2 : 1, most);
		if (i % every == 0)
			page_put(p, "<text x=\"%d\" y=\"%d\">%s</text>", x, PLOT + 24,
				grid_text(g, i, 0) + 5);
	}
	draw_legend(p, g, PLOT + 40);
	end(p);
}

/* A cell as dark as its share of the greatest, with its number. */
static void draw_cell(const struct page *p, int x, int y, int width, int64_t value, int64_t most)
{
	double share = (double)value / (double)most;
	int percent = value > 0 ? 8 + (int)(92 * share) : 0;
	char number[PAGE_NUMBER_MAX];

	page_put(p,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" stroke=\"#ccc\" fill=\"%s\" "
		"fill-opacity=\"0.%d%d\"/>",
		x, y, width, CELL, shade, percent > 99 ? 9 : percent / 10,
		percent > 99 ? 9 : percent % 10);
	if (value == 0)
		return;
	if (value >= 10000000)
		snprintf(number, sizeof(number), "%lldM", (long long)(value / 1000000));
	else if (value >= 10000)
		snprintf(number, sizeof(number), "%lldk", (long long)(value / 1000));
	else
		snprintf(number, sizeof(number), "%lld", (long long)value);
	page_put(p,
		"<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-size=\"9\" "
		"fill=\"%s\">%s</text>\n",
		x + width / 2, y + 14, percent > 55 ? "#fff" : "#222", number);
}

/* Weeks begin on Monday. */
static void draw_heat(const struct page *p, const struct grid *g)
{
	int64_t cells[7][24] = {{0}}, most = 1;
	int width = (WIDTH - 50) / 24;

	for (size_t i = 0; i < g->rows; i++) {
		int64_t weekday = grid_number(g, i, 0), hour = grid_number(g, i, 1);

		if (weekday >= 0 && weekday < 7 && hour >= 0 && hour < 24)
			cells[weekday][hour] += grid_number(g, i, 2);
	}
	most = greatest(g, g->rows, 2);
	begin(p, g, 7 * CELL + 22);
	for (int hour = 0; hour < 24; hour++)
		page_put(p, "<text x=\"%d\" y=\"12\" text-anchor=\"middle\">%d</text>",
			45 + hour * width + width / 2, hour);
	for (unsigned row = 0; row < 7; row++) {
		unsigned weekday = (row + 1) % 7;
		int y = 18 + (int)row * CELL;

		page_put(p, "<text x=\"40\" y=\"%d\" text-anchor=\"end\">%s</text>\n", y + 15,
			page_weekday(p, weekday));
		for (int hour = 0; hour < 24; hour++)
			draw_cell(p, 45 + hour * width, y, width, cells[weekday][hour], most);
	}
	end(p);
}

/* The rows or columns of a matrix, in the order of their first appearance. */
struct axis {
	const char *names[ROWS_MAX];
	size_t count, max;
};

static size_t axis_find(struct axis *a, const char *name, bool add)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->names[i], name) == 0)
			return i;
	if (!add || a->count == a->max)
		return SIZE_MAX;
	a->names[a->count] = name;
	return a->count++;
}

static void draw_matrix_heads(const struct page *p, const struct grid *g, const struct axis *rows,
	const struct axis *columns)
{
	for (size_t i = 0; i < columns->count; i++) {
		int x = LABEL + (int)i * 42 + 24;

		page_put(p, "<text x=\"%d\" y=\"%d\" transform=\"rotate(-40 %d %d)\">", x, HEAD - 6,
			x, HEAD - 6);
		put_label(p, FIGURE_TEXT, columns->names[i]);
		page_put(p, "</text>\n");
	}
	for (size_t i = 0; i < rows->count; i++) {
		page_put(p, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL - 6,
			HEAD + (int)i * CELL + 15);
		put_label(p, g->figure->columns[0].kind, rows->names[i]);
		page_put(p, "</text>\n");
	}
}

static void draw_matrix(const struct page *p, const struct grid *g)
{
	struct axis rows = {.max = ROWS_MAX}, columns = {.max = COLUMNS_MAX};
	int64_t cells[ROWS_MAX][COLUMNS_MAX] = {{0}}, most = greatest(g, g->rows, 2);

	for (size_t i = 0; i < g->rows; i++) {
		size_t row = axis_find(&rows, grid_text(g, i, 0), true);
		size_t column = axis_find(&columns, grid_text(g, i, 1), true);

		if (row != SIZE_MAX && column != SIZE_MAX)
			cells[row][column] = grid_number(g, i, 2);
	}
	begin(p, g, HEAD + (int)rows.count * CELL + 4);
	draw_matrix_heads(p, g, &rows, &columns);
	for (size_t i = 0; i < rows.count; i++)
		for (size_t k = 0; k < columns.count; k++)
			draw_cell(p, LABEL + (int)k * 42, HEAD + (int)i * CELL, 42, cells[i][k],
				most);
	end(p);
}

void chart_draw(const struct page *p, const struct grid *g)
{
	static void (*const draws[])(const struct page *, const struct grid *) = {
		[CHART_BARS] = draw_bars,
		[CHART_STACKED] = draw_stacked,
		[CHART_HEAT] = draw_heat,
		[CHART_MATRIX] = draw_matrix,
	};

	if (g->rows > 0 && g->figure->chart != CHART_NONE)
		draws[g->figure->chart](p, g);
}
