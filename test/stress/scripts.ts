/** What runs while objects are replaced: shells, pipes and file writers whose output says every byte that went through them. */
export const scripts: Readonly<Record<string, string>> = {
  pipes: `seq 4000 | sort -r | sort -n | md5sum
    yes abc | head -n 20000 | cat | cat | cat | md5sum
    dd if=/dev/zero bs=1000 count=200 2> /dev/null | tr '\\0' x | od -c | tail -n 3`,
  writers: `for i in {1..40}; do echo "line $i" >> log; done; md5sum < log
    (for i in {1..40}; do echo a; done >> both) & (for i in {1..40}; do echo a; done >> both) & wait; wc -l < both
    exec 3<> data; for i in {1..50}; do echo "record $i" >&3; done; exec 3>&-; wc data; md5sum < data
    for i in {1..10}; do sed -i "s/record $i\\$/was $i/" data; done; md5sum < data; ls`,
  forks: `for i in {1..20}; do (echo $i; exit $i) | cat; done | md5sum
    f() { local n=$1; if ((n < 2)); then echo $n; else echo $(($(f $((n - 1))) + $(f $((n - 2))))); fi; }; f 5
    x=$(for i in {1..200}; do echo -n $i; done); echo $x | md5sum`,
  trees: `mkdir -p t/{a,b,c}/{d,e}; for d in t/*/*; do seq 30 > $d/n; ln -s n $d/link; ln $d/n $d/same; done
    find t | sort | md5sum; tar cf t.tar t; mkdir u; tar xf t.tar -C u; diff -r t u/t && echo same
    mv t/a t/z; rm -r t/b; find t | sort | md5sum; du -a u | wc -l`,
  compression: `seq 6000 | gzip | gunzip | md5sum; seq 3000 > s; gzip -k s; zcat s.gz | cmp - s && echo equal
    md5sum < <(seq 2000); seq 500 | tee >(md5sum > m) > /dev/null; sleep 0.1; cat m`,
};
