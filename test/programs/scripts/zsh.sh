# zsh: globs, arrays, associative arrays, process substitution, coprocesses, modules, a session on a terminal.
cat > /tmp/script <<'S'
emulate -R zsh
setopt extended_glob
typeset -A ages=(ann 30 bob 25 carl 41); for k in ${(ok)ages}; print $k $ages[$k]
list=(delta alpha charlie bravo); print ${(o)list} ${(O)list} ${#list} ${list[2,3]} ${(U)list[1]} ${(j:,:)list}
mkdir -p /tmp/z/{a,b}/{1..3}; touch /tmp/z/{a,b}/{1..3}/f{1..4}.txt; print -l /tmp/z/**/f4.txt(on) | wc -l; print /tmp/z/**/*(/Noc[1,2]:t) | wc -w
print ${${:-/a/b/c.tar.gz}:t:r} ${(s:/:)PWD} ${PWD:h}
diff <(print -l {1..5}) <(print -l {1..4} 6) || print differs
coproc tr a-z A-Z; print -p hello; coproc exit; read -pr line; print $line
zmodload zsh/stat zsh/system zsh/zselect zsh/mathfunc zsh/zpty; stat -H s /tmp/z; print $s[mode]; print $(( int(sqrt(1764)) ))
zpty shell 'print inside; read x; print got $x'; zpty -r shell out '*inside*'; zpty -w shell word; zpty -r shell out '*got*'; print ${out//[^a-z ]/}
fib() { (( $1 < 2 )) && return $1; fib $(( $1 - 1 )); local a=$?; fib $(( $1 - 2 )); return $(( a + $? )) }; fib 11; print $?
always_test() { { return 3 } always { print always } }; always_test; print $?
TRAPUSR1() { print trapped }; kill -USR1 $$; sleep 0
print $'a\tb' ${(q)$(print "it's")} ${(l:8::0:)42} ${(%):-%n}
for i in {1..500}; do : $(( i * i )); done; print loops
S
cd /tmp; zsh -f /tmp/script; echo "ended $?"
