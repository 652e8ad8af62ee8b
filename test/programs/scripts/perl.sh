# perl: processes, pipes, sockets, signals, files, formats, regular expressions, sorting, packing, its own modules.
cat > /tmp/script.pl <<'S'
use strict; use warnings; use utf8; use POSIX qw(:sys_wait_h :fcntl_h floor strftime); use Socket; use IO::Socket::INET; use IO::Select; use File::Temp qw(tempdir);
use File::Find; use File::Copy; use Storable qw(freeze thaw); use List::Util qw(sum shuffle reduce); use Time::HiRes qw(sleep alarm); use Data::Dumper; use Encode; use Digest::MD5 qw(md5_hex);
$| = 1; binmode STDOUT, ':utf8';
printf "%s %05.2f %-6s| %x %o %b %e %+d %%\n", 'text', 3.14159, 'ab', 255, 8, 5, 12345.678, 7;
my @kids; for my $n (1 .. 5) { my $pid = fork; if (!$pid) { exit $n * 3 } push @kids, $pid } print join(' ', map { waitpid($_, 0); $? >> 8 } @kids), "\n";
pipe(my $r, my $w); if (my $pid = fork) { close $w; my @lines = <$r>; waitpid $pid, 0; print scalar(@lines), ' lines, last ', $lines[-1] } else { close $r; print $w "line $_\n" for 1 .. 20000; exit 0 }
{ local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 0.05; select undef, undef, undef, 5; }; print "caught $@" }
{ my $got = 0; local $SIG{USR1} = sub { $got++ }; kill USR1 => $$ for 1 .. 3; print "signals: ", ($got > 0 ? 'some' : 'none'), "\n" }
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp') or die; my $port = $server->sockport;
if (my $pid = fork) { my $c = $server->accept; my $sum = 0; while (<$c>) { last if /end/; $sum += $_ } print $c "sum $sum\n"; close $c; waitpid $pid, 0; print "client ended ", $? >> 8, "\n" }
else { my $s = IO::Socket::INET->new("127.0.0.1:$port"); print $s "$_\n" for 1 .. 1000; print $s "end\n"; my $answer = <$s>; exit($answer eq "sum 500500\n" ? 7 : 8) }
socketpair(my $left, my $right, AF_UNIX, SOCK_STREAM, PF_UNSPEC); syswrite $left, 'x' x 70000; my $select = IO::Select->new($right); print scalar($select->can_read(1)), ' readable ', sysread($right, my $data, 1 << 20), "\n";
my $dir = tempdir(CLEANUP => 1); for (1 .. 50) { open my $f, '>', "$dir/f$_" or die; print $f "$_\n" x $_; close $f } my $size = 0; find(sub { $size += -s if -f }, $dir); print "found $size\n";
copy("$dir/f50", "$dir/copy"); open my $f, '+<', "$dir/copy"; flock $f, 2; seek $f, 6, 0; read $f, my $part, 6; truncate $f, 12; print ((stat $f)[7], ' ', $part =~ tr/\n//, "\n"); rename "$dir/copy", "$dir/moved"; print -e "$dir/moved" ? "moved\n" : "lost\n";
my $text = join ' ', map { "word$_ " . $_ ** 2 } 1 .. 3000; my %count; $count{length $1}++ while $text =~ /word\d+ (\d+)/g; print join(',', map { "$_=$count{$_}" } sort keys %count), "\n";
(my $swapped = 'John Smith, Jane Doe') =~ s/(\w+) (\w+)/$2 $1/g; print "$swapped\n"; print join('|', 'a1b22c333' =~ /([a-z])(\d+)/g), ' ', join('|', split /(?<=,)\s*/, 'x, y,z'), "\n"; print "balanced\n" if '((a)(b(c)))' =~ /^(\((?:[^()]++|(?1))*\))$/;
my @sorted = sort { $a->[1] <=> $b->[1] || $a->[0] cmp $b->[0] } map { [$_, ($_ * 7919) % 101] } 1 .. 5000; print md5_hex(join ',', map { $_->[0] } @sorted), ' ', sum(1 .. 100), ' ', (reduce { $a * $b } 1 .. 10), "\n";
print unpack('H*', pack('NnCa4xq<d>', 0xdeadbeef, 4660, 65, 'abcdef', -2, 1.5)), "\n"; my $thawed = thaw(freeze({ list => [1, 2, 3], deep => { x => 'y' } })); $Data::Dumper::Sortkeys = 1; $Data::Dumper::Indent = 0; print Dumper($thawed), "\n";
print uc("straße ÿ"), ' ', length(encode('UTF-8', "€uro")), ' ', scalar reverse("añb"), "\n"; print strftime('%Y-%m-%d %H:%M:%S', gmtime 86400 * 365), ' ', floor(-2.5), "\n"; my ($x, $y) = (1, 1); ($x, $y) = ($y, $x + $y) for 1 .. 80; print "$x\n";
format STDOUT =
@<<<<<<<< @>>>>>> @##.## @*
'left', 'right', 3.14159, 'rest'
.
write; eval { die { code => 42 } }; print "died $@->{code}\n"; print `echo from a shell; exit 3`, $? >> 8, "\n"; open my $p, '-|', 'sort', '-rn', "$dir/f3" or die; print <$p>; close $p; local $/ = undef; print eval { local $SIG{__WARN__} = sub { print "warned: $_[0]" }; warn "careful\n"; 1 }, "\n";
{ my $tied = bless [], 'T'; package T; sub TIESCALAR { bless [0] } sub FETCH { $_[0][0]++ } package main; tie my $n, 'T'; print "$n$n$n\n" } exec 'perl', '-e', 'print "executed @ARGV\n"; exit 9', 'again';
S
perl /tmp/script.pl; echo "ended $?"; perl -MConfig -e 'print "$Config{ivsize} $Config{d_fork} $Config{usethreads}\n"'
perl -Mthreads -Mthreads::shared -MThread::Queue -e 'my $q = Thread::Queue->new; my $total :shared = 0; my @t = map { threads->create(sub { while (defined(my $n = $q->dequeue)) { lock $total; $total += $n } }) } 1 .. 4; $q->enqueue(1 .. 500); $q->end; $_->join for @t; print "threads $total\n"'
perl -MCPAN::Meta::YAML -MJSON::PP -MTime::Local -MText::Wrap -MMath::BigInt -e 'print JSON::PP->new->ascii->canonical->encode({ a => [1, undef, \1], b => "\x{263a}" }), " ", timegm(0, 0, 0, 1, 0, 100), " ", Math::BigInt->new(2)->bpow(200), "\n"; $Text::Wrap::columns = 20; print wrap("", "  ", "the quick brown fox jumps over the lazy dog"), "\n"' 2>&1
