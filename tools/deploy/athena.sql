-- The dataset in Athena, without a crawler: put BUCKET/out where OUT was copied to, and
-- the first day into the range. Partition projection: a new day needs no statement.
-- Rows without any day (dt=__HIVE_DEFAULT_PARTITION__) are not seen; their times are
-- absent or impossible.
CREATE EXTERNAL TABLE millrace_events (
  `timestamp` timestamp,
  logged_at timestamp,
  event_id string,
  account_id string,
  region string,
  log_group string,
  log_stream string,
  kind string,
  level string,
  severity_number int,
  title string,
  message string,
  code string,
  error_type string,
  error_message string,
  stack string,
  reason string,
  promise string,
  request_id string,
  trace_id string,
  details string,
  attributes string,
  raw_message string,
  duration_ms double,
  init_ms double,
  billed_ms bigint,
  memory_mb int,
  max_memory_mb int,
  fingerprint string,
  source_object string,
  source_offset bigint,
  record_index int,
  event_index int
)
PARTITIONED BY (dt string)
STORED AS PARQUET
LOCATION 's3://BUCKET/out/events/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2020-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/out/events/dt=${dt}/'
);
