set search_path=sluice; set enable_seqscan=off; show jit;
select group_id, n, min_ts,max_ts from topic_spans where topic='common.7' and listed is null order by max_ts desc offset 200 limit 2 \gset
\set lo 18000000
select (min(batch_id)/65536)*65536 as lo from (select batch_id from events where batch_id>= 65536*300 limit 1) x \gset
\timing on
prepare a as select ts,event_id,topic from (select ts,event_id,topic,source from events where batch_id >= $1 and batch_id < $2 offset 0) e where topic='common.7' order by ts desc, event_id desc, topic desc limit 101;
explain (analyze, buffers, timing off) execute a(65536*300::bigint, 65536*302::bigint);
explain (analyze, buffers, timing off) execute a(65536*300::bigint, 65536*302::bigint);
explain (analyze, buffers, timing off) select ts,event_id,topic from events where batch_id >= 65536*300::bigint and batch_id < 65536*302::bigint and topic='common.7' order by ts desc, event_id desc, topic desc limit 101;
explain (analyze, buffers, timing off) select ts,event_id,topic from events where batch_id >= 65536*300::bigint and batch_id < 65536*302::bigint and topic='common.7' order by ts desc, event_id desc, topic desc limit 101;
select min(ctid),max(ctid) from events where batch_id >= 65536*300::bigint and batch_id < 65536*302::bigint \gset
select :'min', :'max';
explain (analyze, buffers, timing off) select ts,event_id,topic from events where ctid>= :'min'::tid and ctid <= :'max'::tid and batch_id >= 65536*300::bigint and batch_id < 65536*302::bigint and topic='common.7' order by ts desc, event_id desc, topic desc limit 101;
explain (analyze, buffers, timing off) select ts,event_id,topic from events where ctid>= :'min'::tid and ctid <= :'max'::tid and topic='common.7' order by ts desc, event_id desc, topic desc limit 101;
