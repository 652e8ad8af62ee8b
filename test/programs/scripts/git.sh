# init, commits, clones over pipes, merge, rebase, gc, fsck. Dates are fixed, so that the names of objects are.
set -e
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org
export GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z' HOME=/tmp
git config --global init.defaultBranch main; git config --global protocol.ext.allow always
git init -q /tmp/one; cd /tmp/one
for i in $(seq 40); do
  echo "line $i" >> file; mkdir -p d$i; seq $i 200 > d$i/f; git add -A; git commit -qm "commit $i"
done
git log --format=%H -1; git log --oneline | wc -l
git clone -q --no-local /tmp/one /tmp/two; git -C /tmp/two rev-parse HEAD
git clone -q 'ext::git-upload-pack /tmp/one' /tmp/three; git -C /tmp/three fsck --full
cd /tmp/three; git checkout -q -b side HEAD~5; echo side > side; git add side; git commit -qm side; git rebase -q main; git log --format=%H -1
git push -q 'ext::git-receive-pack /tmp/one' side; git -C /tmp/one branch --list
cd /tmp/one; git merge -q side; git diff --stat HEAD~3 | tail -1; git blame file | tail -1; git grep -c 150 | wc -l
git gc -q; git count-objects -v | grep -E '^(count|in-pack|packs)'; git fsck --full --strict; git status --short | wc -l
git archive HEAD | tar -tf - | wc -l; git bundle create -q /tmp/b HEAD main; git bundle verify -q /tmp/b && echo bundle
