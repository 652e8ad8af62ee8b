# dpkg and apt-get: a package made here, installed, removed; then one more from a repository in a folder.
set -e
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=1000000000
dpkg --version | head -1; dpkg -l bash | tail -1; apt-get --version | head -1; dpkg --audit
make() {
    mkdir -p "/tmp/$1/DEBIAN" "/tmp/$1/usr/share/$1"
    printf '%s\n' "Package: $1" 'Version: 1.0' 'Architecture: all' 'Maintainer: Nobody <nobody@example.org>' "$2" 'Description: a package made here' |
        sed '/^$/d' > "/tmp/$1/DEBIAN/control"
    printf '#!/bin/sh\necho "%s: $0 $1" | sed "s:/.*/::"\n' "$1" > "/tmp/$1/DEBIAN/postinst"
    chmod 755 "/tmp/$1/DEBIAN/postinst"; echo "hello from $1" > "/tmp/$1/usr/share/$1/text"
    dpkg-deb --root-owner-group -b "/tmp/$1" "$3" > /dev/null
}
make one '' /tmp/one.deb
dpkg -I /tmp/one.deb | tail -5; dpkg-deb -c /tmp/one.deb | awk '{ print $1, $2, $6 }'
dpkg -i /tmp/one.deb; dpkg -L one; cat /usr/share/one/text; dpkg -s one | head -2; dpkg -S /usr/share/one/text
mkdir /tmp/repository; make two 'Depends: one (>= 1.0)' /tmp/repository/two.deb; cd /tmp/repository
{ cat /tmp/two/DEBIAN/control; printf 'Filename: ./two.deb\nSize: %s\nSHA256: %s\n\n' "$(stat -c %s two.deb)" "$(sha256sum two.deb | cut -d' ' -f1)"; } > Packages
echo 'deb [trusted=yes] file:/tmp/repository ./' > /tmp/sources.list
apt="-o Dir::Etc::SourceList=/tmp/sources.list -o Dir::Etc::SourceParts=/none -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 -q"
apt-get $apt update 2>&1 | grep -c file:
apt-cache $apt policy two; apt-cache $apt depends two
apt-get $apt -y install two 2>&1 | grep -v -e '^Reading' -e '^Need to get'
cat /usr/share/two/text
dpkg -r one 2>&1 || echo refused
apt-get $apt -y purge one 2>&1 | grep -e '^Removing' -e '^Remv'
ls /usr/share/one /usr/share/two 2>&1 || true
