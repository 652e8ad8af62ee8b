# dash as it is used by scripts: here-documents, traps, subshells, pipelines, jobs, arithmetic, reading.
cat > /tmp/script <<'S'
set -eu
i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; echo counted $i
sum=0; for n in $(seq 1 300); do sum=$((sum + n * n)); done; echo $sum
printf '%s|%5d|%-5s|%x\n' word 42 left 255
cat <<HERE | tr a-z A-Z
$(echo nested $(echo deeper)) ${HOME##*/}
HERE
f() { local x=$1; [ "$x" -le 1 ] && echo 1 || echo $((x * $(f $((x - 1))))); }; f 10
trap 'echo trapped' USR1; kill -USR1 $$; trap - USR1
(exit 3) || echo status $?
for n in 1 2 3; do (sleep 0.0$((4 - n)); echo $n > /tmp/done.$n) & done; wait; cat /tmp/done.1 /tmp/done.2 /tmp/done.3
seq 1 1000 | while read -r line; do [ $((line % 250)) -eq 0 ] && echo at $line; done || true
IFS=:; set -- a:b 'c d' e; echo "$#" "$*" "$1"; unset IFS
case 'x y' in x*) echo matched;; *) echo not;; esac
mkfifo /tmp/fifo; (echo through > /tmp/fifo) & read -r word < /tmp/fifo; echo $word
exec 5> /tmp/five; echo five >&5; exec 5>&-; cat /tmp/five
set +e; ulimit -n > /tmp/n; [ "$(cat /tmp/n)" -gt 10 ] && echo limited; umask 027; umask
trap 'echo leaving' EXIT; sh -c 'kill -TERM $$'; echo $?; exit 5
S
dash /tmp/script; echo "ended $?"
