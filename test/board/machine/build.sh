#!/bin/bash
# Makes the virtual board from Debian's packages: $1/{vmlinuz,initrd,root.ext4}, and $1/tools with the QEMU that runs it.
# Needs root and mmdebstrap; compiler, QEMU and file system tools come from Debian trixie and stay in their own folder.
# About two and a half minutes the first time; what is there already and still fits is kept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$1
suite=trixie
started=$SECONDS
say() { echo "board: $* ($((SECONDS - started)) s)"; }
mkdir -p "$cache"
cd "$cache"
cache=$PWD
# The host's certificates and apt settings are of no use in there.
unset NODE_EXTRA_CA_CERTS APT_CONFIG

tools_packages=linux-headers-amd64,make,xz-utils,cpio,kmod,binutils,e2fsprogs,qemu-system-x86,qemu-utils,seabios
root_packages=systemd,systemd-sysv,udev,kmod,dbus,passwd,adduser,util-linux,busybox-static,libatomic1,gpiod,alsa-utils,v4l-utils,ffmpeg,strace,iproute2,curl
modules="virtio_blk virtio_net ext4 9p 9pnet_virtio virtio_rng vivid snd-aloop configfs autofs4"

command -v mmdebstrap >/dev/null || {
  say "installing mmdebstrap"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap debian-archive-keyring >/dev/null
}

# Packages come from where this machine's own apt gets them.
mirrors=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u)
debian=${DEBIAN_MIRROR:-$(grep -m1 '/debian/$' <<<"$mirrors" || echo http://deb.debian.org/debian/)}
security=${DEBIAN_SECURITY_MIRROR:-$(grep -m1 '/debian-security/$' <<<"$mirrors" || echo http://security.debian.org/debian-security/)}
key=/usr/share/keyrings/debian-archive-keyring.gpg
# mmdebstrap reads the format out of the name.
cat >$suite.list <<LIST
deb [signed-by=$key] $debian $suite main
deb [signed-by=$key] $debian $suite-updates main
deb [signed-by=$key] $security $suite-security main
LIST
debootstrap() { # packages folder
  rm -rf "$2"
  mmdebstrap --quiet --mode=root --variant=apt --include="$1" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' $suite "$2" $suite.list
}
digest() { cat "$@" | sha256sum | cut -c1-16; }
fits() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

tools_key=$(digest "$here"/kmod/* <<<"" ; echo "$tools_packages")
if ! fits tools/.key "$tools_key"; then
  debootstrap "$tools_packages" tools
  kernel=$(ls tools/lib/modules)
  version=$(chroot tools dpkg-query -W -f '${Version}' "linux-image-$kernel")
  source=linux-source-${kernel%%.*}.$(cut -d. -f2 <<<"$kernel")
  say "tools unpacked, fetching $source"
  chroot tools sh -c "cd /root && apt-get -qq update && apt-get -qq -o APT::Sandbox::User=root download $source=$version"
  mkdir tools/root/kmod
  # 150 MB of sources go by; two files are kept.
  dpkg-deb --fsys-tarfile tools/root/linux-source-*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | xz -dc -T0 |
    tar -x -C tools/root/kmod --wildcards --no-wildcards-match-slash --transform 's|.*/||' \
      'linux-source-*/drivers/gpio/gpio-sim.c' 'linux-source-*/kernel/irq/irq_sim.c'
  rm tools/root/linux-source-*.deb
  cp "$here"/kmod/* tools/root/kmod/
  chroot tools make -s -C "/usr/src/linux-headers-$kernel" M=/root/kmod modules
  chroot tools sh -c 'strip --strip-debug /root/kmod/*.ko'
  echo "$tools_key" >tools/.key
  say "modules built for $kernel"
fi
kernel=$(ls tools/lib/modules)

root_key=$(digest "$here"/guest/* "$here/build.sh"; echo "$kernel")
if ! fits root.key "$root_key"; then
  rm -f root.key root.ext4
  debootstrap "$root_packages" root
  say "disk unpacked"

  needs() { chroot tools modprobe -S "$kernel" --show-depends "$1" | awk '$1 == "insmod" { print $2 }'; }
  library=root/lib/modules/$kernel
  mkdir -p "$library/extra"
  for module in $modules; do
    for file in $(needs "$module"); do
      mkdir -p "root${file%/*}"
      cp "tools$file" "root$file"
    done
  done
  cp tools/root/kmod/*.ko "$library/extra/"
  cp "tools/lib/modules/$kernel"/modules.{builtin,builtin.modinfo,order} "$library/"
  chroot root depmod "$kernel"

  cp "$here"/guest/{board,control} root/usr/local/sbin/
  cp "$here"/guest/*.service root/etc/systemd/system/
  cp "$here"/guest/60-board.rules root/etc/udev/rules.d/
  chmod 755 root/usr/local/sbin/{board,control}
  echo doorstep-board >root/etc/hostname
  echo '/dev/vda / ext4 rw,relatime 0 1' >root/etc/fstab
  : >root/etc/machine-id
  # Nothing the first boot could want to update.
  touch root/etc/.updated root/var/.updated
  chroot root groupadd --system gpio
  chroot root systemctl -q enable board control
  chroot root systemctl -q mask getty@tty1 serial-getty@ apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer e2scrub_reap fstrim.timer systemd-firstboot ldconfig modprobe@drm modprobe@efi_pstore dev-hugepages.mount

  # libgpiod 1, where this machine has it: the other dialect is tried on the same lines.
  if command -v gpiofind >/dev/null; then
    mkdir -p root/opt/libgpiod1
    cp /usr/bin/gpio{detect,find,get,info,mon,set} root/opt/libgpiod1/
    cp "$(ldconfig -p | awk '/libgpiod\.so\.2 .*x86-64/ { print $NF; exit }')" root/usr/lib/x86_64-linux-gnu/
  fi

  rm -rf tools/root/initrd
  mkdir -p tools/root/initrd/{bin,dev,proc,disk,modules}
  cp root/usr/bin/busybox tools/root/initrd/bin/
  number=10
  for file in $( (needs virtio_blk; needs ext4) | grep -v crc32c-intel | awk '!seen[$0]++'); do
    xz -dc "tools$file" >"tools/root/initrd/modules/$number-$(basename "$file" .xz)"
    number=$((number + 1))
  done
  cp "$here"/guest/init tools/root/initrd/init
  chmod 755 tools/root/initrd/init
  chroot tools sh -c 'cd /root/initrd && find . | cpio -o -H newc --quiet -R 0:0' >initrd
  cp "tools/boot/vmlinuz-$kernel" vmlinuz

  truncate -s 2G root.ext4
  mkdir -p tools/mnt/cache
  # Filled without a loop device. The mount is this command's own: nothing is left of it, whatever happens.
  unshare -m sh -c "mount --make-rprivate / && mount --bind '$cache' tools/mnt/cache && exec chroot tools \
    mke2fs -q -t ext4 -F -E lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0 -d /mnt/cache/root /mnt/cache/root.ext4"
  rm -rf root
  echo "$root_key" >root.key
  say "disk made"
fi
say "ready, kernel $kernel"
