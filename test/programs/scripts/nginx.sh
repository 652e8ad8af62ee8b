mkdir -p /tmp/nginx/www; cd /tmp/nginx; echo a page of nginx > www/page; head -c 3000000 /dev/zero > www/big
cat > conf <<C
daemon off; worker_processes 2; pid /tmp/nginx/pid; error_log /tmp/nginx/error.log;
events { worker_connections 64; }
http { access_log /tmp/nginx/access.log; sendfile on; server { listen $LISTEN:28081; root /tmp/nginx/www; } }
C
nginx -c /tmp/nginx/conf &
until busybox wget -qO- http://127.0.0.1:28081/page 2>/dev/null; do sleep 0.1; done
busybox wget -qO- http://127.0.0.1:28081/big | wc -c
echo READY; read -r _
grep -c 'GET /page' access.log; grep -vc ' 200 ' access.log; nginx -c /tmp/nginx/conf -s quit
wait; grep -c -E 'alert|emerg|crit' error.log; echo ended
