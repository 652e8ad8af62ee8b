# Its own benchmark; persistence across a restart.
set -e
mkdir /tmp/redis; cd /tmp/redis
start() { redis-server --port 26379 --save '' --appendonly yes --dir /tmp/redis --logfile log & until redis-cli -p 26379 ping 2>/dev/null | grep -q PONG; do sleep 0.1; done; }
start
redis-benchmark -p 26379 -n 20000 -c 20 -q -t ping_inline,set,get,incr,lpush,lrange_100 2>/dev/null | tr '\r' '\n' | grep -oE '^[A-Z_0-9() a-z]+: [0-9.]+ requests' | sed 's/: .*//'
redis-cli -p 26379 get counter:__rand_int__; redis-cli -p 26379 llen mylist
redis-cli -p 26379 eval 'local s = 0; for i = 1, 100000 do s = s + i end; return s' 0
redis-cli -p 26379 set kept yes; redis-cli -p 26379 bgrewriteaof > /dev/null
until redis-cli -p 26379 info persistence | grep -q aof_rewrite_in_progress:0; do sleep 0.1; done
redis-cli -p 26379 shutdown; wait
start; redis-cli -p 26379 get kept; redis-cli -p 26379 dbsize; redis-cli -p 26379 shutdown; wait
