/* SPDX-License-Identifier: BSD-3-Clause */

#include "idn.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

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
