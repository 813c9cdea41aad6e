#!/usr/bin/perl
# SPDX-License-Identifier: BSD-3-Clause
# mmdb.pl FILE: writes a MaxMind DB; standard input is JSON {"prefix": {record}}.
use strict;
use warnings;
use JSON::PP;
use MaxMind::DB::Writer::Tree;

my $networks = decode_json(do { local $/; <STDIN> });
my %types = (
	country => 'map', iso_code => 'utf8_string', country_code => 'utf8_string',
	autonomous_system_number => 'uint32', autonomous_system_organization => 'utf8_string',
);
my $tree = MaxMind::DB::Writer::Tree->new(
	ip_version => 6, record_size => 24, database_type => 'test',
	languages => ['en'], description => { en => 'made by a test' },
	alias_ipv6_to_ipv4 => 0, remove_reserved_networks => 0,
	map_key_type_callback => sub { $types{ $_[0] } },
);
$tree->insert_network($_, $networks->{$_}) for sort keys %$networks;
open my $out, '>:raw', $ARGV[0] or die "$ARGV[0]: $!";
$tree->write_tree($out);
close $out or die "$ARGV[0]: $!";
