# coreutils, grep, sed, gawk, findutils, tar, xz, perl on some megabytes.
set -e
mkdir /tmp/tools; cd /tmp/tools
gawk 'BEGIN { s = 42; for (i = 0; i < 200000; i++) { s = (s * 1103515245 + 12345) % 2147483648; printf "%d %d line %d\n", s, s % 977, i } }' > data
sha256sum data
sort -n data | sha256sum
sort -k2,2n -k1,1nr data | cut -d' ' -f2 | uniq -c | sort -rn | sed -n '1,3p'
grep -c 'line .*77' data; grep -oE '[0-9]+7 line' data | sort -u | wc -l
sed -E 's/^([0-9]+) ([0-9]+)/\2:\1/; /00$/d' data | md5sum
gawk '{ n[$2] += $1 } END { for (k in n) print k, n[k] }' data | sort -n | tail -2
mkdir tree; cd tree; split -l 1000 -d -a 3 ../data part.; cd ..
find tree -name 'part.*7' -size +10k -print0 | sort -z | xargs -0 md5sum | md5sum
tar -cf t.tar --sort=name --mtime=@0 --owner=0 --group=0 tree; sha256sum t.tar
xz -T1 -k -3 t.tar; xz -t t.tar.xz && xz -dc t.tar.xz | cmp - t.tar && echo unpacked
gzip -k t.tar; gzip -dc t.tar.gz | tar -tf - | wc -l; bzip2 -k data; bzip2 -dc data.bz2 | cmp - data && echo same
perl -ne '$s{length $_}++; $t += $1 if /line (\d+)/; END { print "$t ", join(",", map { "$_=$s{$_}" } sort { $a <=> $b } keys %s), "\n" }' data
perl -MDigest::SHA=sha1_hex -MPOSIX=floor -e 'my @p = (2); N: for my $n (3 .. 20000) { for (@p) { last if $_ * $_ > $n; next N if $n % $_ == 0 } push @p, $n } print scalar @p, " ", sha1_hex("@p"), " ", floor(2.7), "\n"'
