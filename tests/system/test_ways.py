#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""No way past the filter that leads through an honest upstream, and nothing blocked that should pass:
addresses, and IPv4 addresses inside of others."""

import unittest

from ways import Ways, cases

ADDRESSES = cases({
    "plain": [
        ("plain, of a range list", "w{n}.plain.example", "A", "5.45.96.7", "address 5.45.96.7",
         "w{n}.plain.example. A 5.45.96.7"),
        ("plain, of country.iso_code", "w{n}.iso.example", "A", "8.129.3.4", "address 8.129.3.4",
         "w{n}.iso.example. A 8.129.3.4"),
        ("plain, of a flat country_code", "w{n}.flat.example", "A", "47.93.3.4", "address 47.93.3.4",
         "w{n}.flat.example. A 47.93.3.4"),
        ("plain, IPv6 of a range list", "w{n}.plain6.example", "AAAA", "2a0d:1234::7", "address 2a0d:1234::7",
         "w{n}.plain6.example. AAAA 2a0d:1234::7"),
        ("plain, IPv6 of a database", "w{n}.iso6.example", "AAAA", "2a02:4780::1", "address 2a02:4780::1",
         "w{n}.iso6.example. AAAA 2a02:4780::1"),
    ],
    "controls": [
        ("a good address", "w{n}.good.example", "A", "", "address 9.1.1.1", "w{n}.good.example. A 9.1.1.1"),
        ("just above a prefix", "w{n}.above.example", "A", "", None, "w{n}.above.example. A 5.45.97.0"),
    ],
})


class Addresses(Ways):
    TABLE = ADDRESSES

    def test_each(self):
        self.run_table()


if __name__ == "__main__":
    unittest.main()
