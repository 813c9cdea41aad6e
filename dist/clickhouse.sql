-- SPDX-License-Identifier: BSD-3-Clause
-- A table for the query log of celnik, as celnik-log(5) describes it, for ClickHouse 18.16 and later:
--
--   clickhouse-client < clickhouse.sql
--   zstdcat /var/log/celnik/queries-*.jsonl.zst |
--     sed 's/,"dns\.\(header_flags\|resolved_ip\)":/,"\1":/g; s/,"celnik\.rules":/,"rules":/' |
--     clickhouse-client --date_time_input_format best_effort --query 'INSERT INTO celnik FORMAT JSONEachRow'
--
-- ClickHouse takes arrays whose names agree up to the first dot for columns of one structure and
-- wants them of one length, so three of the log's get names without a dot on the way; no quote can
-- stand before a key's text but that of the key. An event stands in both streams with the same
-- event.id: the engine keeps one.
CREATE TABLE IF NOT EXISTS celnik
(
    `@timestamp` DateTime,
    `event.id` String,
    `event.kind` String,
    `event.action` String,
    `event.reason` String,
    `event.duration` UInt64,
    `celnik.format` UInt16,
    `observer.name` String,
    `client.ip` String,
    `client.port` UInt16,
    `client.name` String,
    `network.transport` String,
    `dns.id` UInt16,
    `dns.question.name` String,
    `dns.question.type` String,
    `dns.question.class` String,
    `dns.response_code` String,
    `header_flags` Array(String),
    `dns.answers.name` Array(String),
    `dns.answers.type` Array(String),
    `dns.answers.ttl` Array(UInt32),
    `dns.answers.data` Array(String),
    `resolved_ip` Array(String),
    `rule.name` String,
    `rules` Array(String),
    `celnik.group` String,
    `celnik.mode` String,
    `celnik.would_action` String,
    `celnik.evidence` String,
    `celnik.exception` String,
    `celnik.suspension` String,
    `celnik.source` String,
    `celnik.dnssec` String,
    `celnik.ede` UInt16,
    `celnik.do` UInt8,
    `celnik.cd` UInt8,
    `celnik.match.on` Array(String),
    `celnik.match.value` Array(String),
    `celnik.match.list` Array(String),
    `celnik.match.vendor` Array(String),
    `celnik.match.category` Array(String),
    `celnik.match.fact` Array(String),
    `celnik.match.country` Array(String),
    `celnik.match.asn` Array(UInt32),
    `celnik.match.sources` Array(String),
    `celnik.cut` UInt32,
    `celnik.lists` String,
    `celnik.config` String,
    day Date MATERIALIZED toDate(`@timestamp`)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (`observer.name`, day, `event.id`)
