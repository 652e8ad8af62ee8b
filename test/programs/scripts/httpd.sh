mkdir /tmp/www; echo a page of busybox > /tmp/www/index.html
busybox httpd -f -h /tmp/www -p $LISTEN:28080 & server=$!
until busybox wget -qO- http://127.0.0.1:28080/ 2>/dev/null; do sleep 0.1; done
echo READY; read -r _
kill $server; wait $server; echo "ended by signal $(($? - 128))"
