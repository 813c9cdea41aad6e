/* SPDX-License-Identifier: BSD-3-Clause */

#include "lists/idn.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define TEXT_MAX 1024 /* of U-labels in UTF-8: 63 characters of up to four octets each */

int idn_to_ascii(struct span text, char out[IDN_NAME_MAX])
{
	char source[TEXT_MAX], *found = NULL;
	int err = ERR_FORMAT, code;

	if (text.len >= sizeof(source) || memchr(text.data, '\0', text.len))
		return ERR_FORMAT;
	memcpy(source, text.data, text.len);
	source[text.len] = '\0';
	code = idn2_to_ascii_8z(source, &found, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (code == IDN2_OK && strlen(found) < IDN_NAME_MAX) {
		memcpy(out, found, strlen(found) + 1);
		err = 0;
	} else if (code == IDN2_MALLOC) {
		err = ERR_MEMORY;
	}
	idn2_free(found);
	return err;
}

/* What reorders or hides text would make one name look like another. */
static bool is_visible(struct span text)
{
	uint32_t character;
	size_t len;

	for (; (len = utf8_decode(text, &character)) > 0; text = span_part(text, len, text.len))
		if (utf8_is_control(character))
			return false;
	return text.len == 0;
}

int idn_to_unicode(const char *name, char out[IDN_SHOWN_MAX])
{
	char *found = NULL, again[IDN_NAME_MAX];
	int err = ERR_MISSING;

	if (!strstr(name, "xn--") || idn2_to_unicode_8z8z(name, &found, 0) != IDN2_OK)
		return ERR_MISSING;
	if (strcmp(found, name) != 0 && strlen(found) < IDN_SHOWN_MAX &&
		is_visible(span_text(found)) && idn_to_ascii(span_text(found), again) == 0 &&
		strcmp(again, name) == 0) {
		memcpy(out, found, strlen(found) + 1);
		err = 0;
	}
	idn2_free(found);
	return err;
}
