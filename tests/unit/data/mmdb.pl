#!/usr/bin/perl
# SPDX-License-Identifier: BSD-3-Clause
#
# Makes the MaxMind DB files of the unit tests beside itself. Needs libmaxmind-db-writer-perl. The
# time of the build is set afterwards, so that the files are the same whenever they are made.

use strict;
use warnings;
use FindBin qw($Bin);
use MaxMind::DB::Writer::Tree;

my %types = (
	country => 'map',
	iso_code => 'utf8_string',
	country_code => 'utf8_string',
	autonomous_system_number => 'uint32',
	autonomous_system_organization => 'utf8_string',
	asn => 'uint32',
);

sub make {
	my ($name, $ip_version, $rows) = @_;
	my $tree = MaxMind::DB::Writer::Tree->new(
		ip_version => $ip_version,
		record_size => 24,
		database_type => "celnik test $name",
		languages => [],
		description => { en => 'a fixture' },
		map_key_type_callback => sub { $types{ $_[0] } // die "no type for $_[0]" },
		remove_reserved_networks => 0,
		alias_ipv6_to_ipv4 => 0,
	);
	$tree->insert_network($_->[0], $_->[1]) for @$rows;
	open(my $out, '+>:raw', "$Bin/$name.mmdb") or die "$name: $!";
	my $content = '';
	open(my $memory, '>:raw', \$content) or die $!;
	$tree->write_tree($memory);
	close($memory);
	# A map entry: the key, then an unsigned 64-bit number of four octets.
	$content =~ s/(build_epoch\x04\x02).{4}/$1 . pack('N', 1790000000)/es
		or die 'no build_epoch';
	print $out $content;
	close($out) or die $!;
}

make('country', 6, [
	[ '::8.129.0.0/112', { country => { iso_code => 'CN' } } ],
	[ '::8.130.0.0/112', { country => { iso_code => 'cn' } } ],
	[ '::8.131.0.0/112', { country_code => 'HK' } ],
	[ '::8.132.0.0/112', { country => { iso_code => 'CHN' } } ],
	[ '2001:da8::/32', { country => { iso_code => 'CN' } } ],
	[ '::10.0.0.0/104', { country => { iso_code => 'DE' } } ],
]);
make('flat', 4, [
	[ '8.129.0.0/16', { country_code => 'SG' } ],
	[ '8.133.0.0/16', { country_code => 'TW' } ],
]);
make('asn', 6, [
	[ '::8.129.0.0/112', {
		autonomous_system_number => 64500,
		autonomous_system_organization => 'Example',
	} ],
	[ '::8.130.0.0/112', { asn => 64501 } ],
	[ '::8.131.0.0/112', { asn => 0 } ],
	[ '2001:da8::/32', { autonomous_system_number => 64502 } ],
]);
