# What PostgreSQL's own regression suite is about (Debian ships neither it nor its driver): types, queries, indexes of every kind, procedures, locks, roles, copies.
mkdir /tmp/pg; chown postgres /tmp/pg
cat > /tmp/pg/all.sql <<'SQL'
\set ON_ERROR_STOP 0
\pset null NULL
select 1.10::numeric ^ 20, sqrt(2::numeric), 10::numeric / 3, 'NaN'::float8 = 'NaN', (0.1::float8 + 0.2)::text, 2147483647::int4 + 1::int8;
select 2147483647 + 1;
select to_char(timestamp '2024-02-29 13:14:15.678', 'YYYY-MM-DD HH24:MI:SS.MS Day Q WW'), age(timestamp '2024-03-01', timestamp '1999-12-31'), date_trunc('week', date '2024-02-29');
select timestamptz '2024-03-31 02:30 Europe/Berlin' at time zone 'UTC', interval '1 month 2 days 03:04' * 3, extract(epoch from interval '1 year 1 hour');
select upper('straße'), lower('ÅÄÖ'), initcap('hello wORLD'), reverse('abcdé'), md5('k42'), encode(sha256('k42'), 'hex'), format('%s %I %L', 'a', 'b c', $$d'e$$), overlay('abcdef' placing 'XY' from 2 for 3);
select regexp_replace('The Quick brown fox', '(\w+) (\w+)', '\2 \1', 'i'), regexp_matches('a1b22c333', '\d+', 'g'), 'abc' similar to '%(b|d)%', string_to_array('a,b,,c', ',');
select '{"a": [1, 2, {"b": null}], "c": "x"}'::jsonb #> '{a,2}', jsonb_path_query('{"a":[1,2,3,4]}', '$.a[*] ? (@ > 2)'), jsonb_pretty('{"x":{"y":[]}}'), '{"a":1}'::jsonb || '{"b":2}' - 'a';
select array_agg(x order by x desc) filter (where x % 3 = 0), array_length(array_cat(array[[1,2],[3,4]], array[5,6]), 1), int4range(1, 10) * int4range(5, 15), inet '10.1.2.3/8' << inet '10.0.0.0/8', point(1,2) <-> point(4,6) from generate_series(1, 20) x;
create table people (id serial primary key, name text not null, boss int references people, salary numeric(10,2) check (salary > 0), born date);
insert into people (name, boss, salary, born) select 'p' || g, nullif(g / 2, 0), 1000 + g * 13.37, date '1980-01-01' + g * 37 from generate_series(1, 400) g;
insert into people (name, boss, salary) values ('nobody', 4242, 1);
insert into people (name, salary) values ('poor', -1);
insert into people (name, salary) values (null, 1);
with recursive line as (select id, boss, 0 as depth from people where id = 333 union all select p.id, p.boss, depth + 1 from people p join line on p.id = line.boss) select * from line;
select name, salary, rank() over w, sum(salary) over (order by id rows between 2 preceding and current row), lag(name, 2, 'none') over w, ntile(4) over w from people window w as (order by salary desc) limit 6;
select extract(year from born) / 5 * 5 as year, count(*), round(avg(salary), 3), percentile_cont(0.5) within group (order by salary), stddev_samp(salary)::numeric(12,4), string_agg(name, ',' order by id) filter (where id % 100 = 0) from people group by grouping sets ((1), ()) order by 1 nulls last limit 5;
select corr(id, salary)::numeric(10,6), regr_slope(salary, id)::numeric(10,4), mode() within group (order by id % 7), every(id > 0), bit_xor(id) from people;
create index on people using hash (name); create index on people using brin (born); create index on people (lower(name)) where id > 100;
create table documents (id int, body text, tags text[], facts jsonb, place point, during tsrange, words tsvector generated always as (to_tsvector('english', body)) stored);
insert into documents select g, 'The ' || (array['quick','lazy','running','jumped'])[1 + g % 4] || ' foxes number ' || g, array['t' || g % 5, 't' || g % 7], jsonb_build_object('n', g, 'odd', g % 2 = 1), point(g % 30, g / 30), tsrange(timestamp '2024-01-01' + g * interval '1 hour', timestamp '2024-01-01' + (g + 3) * interval '1 hour') from generate_series(1, 900) g;
create index on documents using gin (words); create index on documents using gin (tags); create index on documents using gin (facts jsonb_path_ops); create index on documents using gist (place); create index on documents using spgist (during); analyze documents;
set enable_seqscan = off;
select count(*) from documents where words @@ to_tsquery('english', 'run & fox'); select count(*) from documents where tags @> array['t1', 't3']; select count(*) from documents where facts @> '{"odd": true}';
select id from documents order by place <-> point(7.2, 11.4) limit 5; select count(*) from documents where during && tsrange('2024-01-10', '2024-01-11'); select ts_headline('english', body, to_tsquery('jump')) from documents where id = 7;
explain (costs off) select * from documents where words @@ to_tsquery('english', 'lazy') and facts @> '{"n": 5}';
set enable_seqscan = on;
create function fib(n int) returns numeric language plpgsql immutable as $$ declare a numeric := 0; b numeric := 1; c numeric; begin for i in 1..n loop c := a + b; a := b; b := c; end loop; return a; end $$;
select fib(300), fib(n) from generate_series(10, 13) n;
create function fails(x int) returns text language plpgsql as $$ begin perform 1 / x; return 'fine'; exception when division_by_zero then return 'caught ' || sqlstate; end $$; select fails(1), fails(0);
create table log (at serial, what text); create function note() returns trigger language plpgsql as $$ begin insert into log (what) values (tg_op || ' ' || coalesce(new.name, old.name)); return coalesce(new, old); end $$;
create trigger noted after insert or update or delete on people for each row execute function note();
begin; savepoint a; delete from people where id = 400; rollback to a; update people set salary = salary * 2 where id = 399; release a; commit; select * from log;
begin; insert into people (name, salary) values ('temp', 5); select 1/0; select 1; rollback; select count(*) from people where name = 'temp';
create table parts (k int, v text) partition by range (k); create table low partition of parts for values from (minvalue) to (100); create table high partition of parts for values from (100) to (maxvalue) partition by list (v); create table high_a partition of high for values in ('a'); create table high_rest partition of high default;
insert into parts select g, chr(97 + g % 3) from generate_series(1, 300) g; select tableoid::regclass, count(*), min(k), max(k) from parts group by 1 order by 1::text; explain (costs off) select * from parts where k > 150 and v = 'a';
merge into parts p using (values (1, 'z'), (1000, 'a')) n(k, v) on p.k = n.k when matched then update set v = n.v when not matched then insert values (n.k, n.v); select * from parts where k in (1, 1000) order by k;
insert into people (id, name, salary) values (1, 'again', 9) on conflict (id) do update set name = excluded.name || people.id returning id, name;
create materialized view rich as select name, salary from people where salary > 6000; select count(*) from rich; update people set salary = 1 where salary > 6300; refresh materialized view rich; select count(*) from rich;
create view seen as select id, name from people where id < 5 with check option; insert into seen values (50000, 'x'); select * from seen order by 1;
copy (select id, name, born from people where id between 10 and 13) to stdout with (format csv, header, force_quote (name));
copy log (what) from stdin;
tab\there
\\N is not null
\.
select count(*), max(length(what)) from log;
prepare q(int) as select name from people where id = $1; execute q(42); deallocate q;
declare c cursor with hold for select g from generate_series(1, 100) g; fetch 2 from c; move forward 50 in c; fetch backward 2 from c; close c;
create role limited; grant select on people to limited; set role limited; select count(*) from people; delete from people; select * from log; reset role; alter table people enable row level security; create policy p on people to limited using (id <= 7); set role limited; select count(*) from people; reset role;
listen news; notify news, 'payload'; select pg_notify('news', 'again');
select pg_try_advisory_lock(7), pg_advisory_unlock(7), pg_advisory_unlock(8);
create table big as select g, repeat(md5(g::text), 40) as text from generate_series(1, 3000) g; set work_mem = '64kB'; select count(*), sum(length(text)) from (select text from big order by md5(text) offset 10) s; select count(*) from big a join big b using (g); set maintenance_work_mem = '1MB'; create index on big (text); vacuum full big; reindex table big; cluster big using big_text_idx; select count(*) from big where text like 'c4ca%';
set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; select count(*), sum(g) from big where length(text) > 10;
begin isolation level serializable; select sum(salary) from people; prepare transaction 'later'; rollback prepared 'later';
select lo_from_bytea(0, 'large object'::bytea) > 0; checkpoint; select pg_size_pretty(pg_relation_size('parts')), current_setting('server_encoding'), current_setting('shared_memory_type');
select xmlforest(1 as a, 'x' as b), (xpath('/r/@n', '<r n="5"/>'))[1]; select unnest(enum_range(null::text[])); create type mood as enum ('sad', 'ok', 'happy'); select 'ok'::mood < 'happy', enum_range('ok'::mood, null);
SQL
cat > /tmp/pg/run <<'X'
set -e
cd /tmp/pg; export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH PGHOST=/tmp/pg PGPORT=25433
initdb -D data --auth=trust -E UTF8 --no-sync > /dev/null
printf "shared_memory_type=sysv\ndynamic_shared_memory_type=sysv\nlisten_addresses=''\nport=25433\nunix_socket_directories='/tmp/pg'\nmax_prepared_transactions=2\ntimezone='UTC'\n" >> data/postgresql.conf
pg_ctl -D data -l log -w -t 300 start > /dev/null
psql -X -q postgres -f all.sql 2>&1 | sed 's/from server process with PID [0-9]*/from a process/'
pg_dump postgres | grep -vE '^(--|.restrict|.unrestrict)' | cksum
pg_ctl -D data -m fast stop > /dev/null; grep -c PANIC log || true; ipcs -m | grep -c postgres || true
X
exec setpriv --reuid=postgres --regid=postgres --clear-groups bash /tmp/pg/run
