# Unmodified, with its shared memory in SysV mode: load, kill -9 of a backend, immediate stop, restart; a visitor from outside.
mkdir /tmp/pg; chown postgres /tmp/pg
cat > /tmp/pg/run <<'X'
set -e
cd /tmp/pg; export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH PGHOST=/tmp/pg PGPORT=25432
initdb -D data --auth=trust -E UTF8 --no-sync > /dev/null
printf "shared_memory_type=sysv\ndynamic_shared_memory_type=sysv\nlisten_addresses='$LISTEN'\nport=25432\nunix_socket_directories='/tmp/pg'\n" >> data/postgresql.conf; echo 'host all all all trust' >> data/pg_hba.conf
start() { pg_ctl -D data -l log -w -t 300 start > /dev/null; }
sql() { psql -qAt -c "$1" bench; }
start; createdb bench
for scale in 1 5; do pgbench -i -q -s $scale bench 2> /dev/null; sql 'select count(*) from pgbench_accounts'; done
pgbench -n -c 8 -T ${SECONDS_OF_LOAD:-60} bench | tee load | grep -E 'number of (clients|failed)|aborted'; grep tps load >&2
sql 'select (select sum(abalance) from pgbench_accounts) = (select sum(delta) from pgbench_history), (select sum(tbalance) from pgbench_tellers) = (select sum(bbalance) from pgbench_branches)'
psql -qAt -c 'select pg_sleep(100)' bench 2> /dev/null & sleep 1
kill -9 $(sql "select pid from pg_stat_activity where query like 'select pg_sleep%'"); wait || echo 'a backend was killed'
until sql 'select 1' 2> /dev/null; do sleep 0.2; done
sql 'select count(*) from pgbench_accounts'
psql -qAt -c 'create table kept as select generate_series(1, 1000) n' bench
pg_ctl -D data -m immediate stop > /dev/null; start
sql 'select sum(n) from kept'
sql 'select (select sum(abalance) from pgbench_accounts) = (select sum(delta) from pgbench_history)'
sql 'set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set min_parallel_table_scan_size = 0; select sum(aid) from pgbench_accounts'
echo READY; read -r _
pg_ctl -D data -m fast stop > /dev/null; grep -c PANIC log || true; ipcs -m | grep -c postgres || true
X
exec setpriv --reuid=postgres --regid=postgres --clear-groups bash /tmp/pg/run
