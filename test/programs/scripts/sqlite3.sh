# A million rows in one transaction; then write-ahead logging with two processes.
set -e
cd /tmp
sqlite3 a.db "create table t (id integer primary key, n integer, s text); begin;
with recursive c(i) as (select 1 union all select i + 1 from c where i < 1000000) insert into t select i, i * 7919 % 1000003, 'row ' || i from c; commit;
select count(*), sum(n), max(s) from t; create index x on t (n); select id, s from t where n between 500 and 505 order by n; pragma integrity_check;"
sqlite3 w.db "pragma journal_mode = wal; create table l (i integer); insert into l values (0);"
for w in 1 2; do
  (for i in $(seq 40); do sqlite3 -cmd '.timeout 60000' w.db "begin immediate; update l set i = i + 1; commit;"; done) &
done
wait
sqlite3 w.db "select i from l; pragma wal_checkpoint(truncate); pragma integrity_check;"
