# Debians of their own, which bash scripts of t/ make by debootstrap from the
# mirror that this machine uses.  It takes root; nothing but their folders is
# touched.  "trees" is the folder for them.

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}


debians() {
    local program

    if [ "$(id -u)" != 0 ]; then
        fail 'it takes root, as debootstrap does'
    fi

    for program in debootstrap unshare ip apt-get; do
        command -v $program > /dev/null ||
            fail "$program is missing: apt-get install debootstrap" \
                 'util-linux iproute2'
    done

    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' \
             'Label: Debian' 'Component: main' | head -n 1)
    [ -n "$mirror" ] || fail 'this machine uses no mirror of Debian'

    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -f "$keyring" ] || keyring=

    mkdir -p "$trees"
}


# a Debian as debootstrap leaves it, with git and make

bootstrap() {
    local suite=$1 root=$trees/$1 file

    [ ! -f "$root/complete" ] || return 0

    echo "Debian $suite:"
    rm -rf "$root"
    mkdir -p "$root"

    debootstrap --variant=minbase --include=ca-certificates,git,make \
        ${keyring:+--keyring=$keyring} "$suite" "$root" "$mirror" \
        > "$trees/$suite.debootstrap" 2>&1 || return

    # it reaches the mirror, and npm its registry, as this machine does

    cp /etc/resolv.conf "$root/etc/"
    apt-config dump |
        grep -E '^Acquire::(Check-Valid-Until|https?::)[^ ]* ' \
        > "$root/etc/apt/apt.conf.d/99tests"

    for file in /usr/local/share/ca-certificates/*.crt; do
        [ ! -f "$file" ] || cp "$file" "$root/usr/local/share/ca-certificates/"
    done

    inside "$suite" update-ca-certificates > /dev/null 2>&1 || return
    touch "$root/complete"
}


# inside SUITE [--alone] COMMAND: with mounts that end with it, and without the
# network if it is to be alone

inside() {
    local root=$trees/$1 alone=
    shift

    if [ "$1" = --alone ]; then
        alone=--net
        shift
    fi

    unshare --mount --pid --fork --kill-child $alone bash -c '
        root=$1

        mount -t proc proc "$root/proc"
        mount -t tmpfs -o mode=755 tmpfs "$root/dev"

        for name in null zero full random urandom tty; do
            touch "$root/dev/$name"
            mount --bind "/dev/$name" "$root/dev/$name"
        done

        mkdir "$root/dev/shm" "$root/dev/pts"
        mount -t tmpfs tmpfs "$root/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
        ln -s pts/ptmx "$root/dev/ptmx"
        ln -s /proc/self/fd "$root/dev/fd"

        [ -z "$2" ] || ip link set lo up

        exec env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
            NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            chroot "$root" bash -c "cd /root/ngx_faas_grip 2>/dev/null; $3"
    ' inside "$root" "$alone" "$*" < /dev/null
}


# this source, as it is now; what was built of it before may stay

copy_source() {
    local target=$trees/$1/root/ngx_faas_grip

    mkdir -p "$target"
    find "$target" -mindepth 1 -maxdepth 1 ! -name build ! -name t \
        ! -name bench -exec rm -rf {} +
    find "$target/t" -mindepth 1 ! -path '*/node_modules*' -type f -delete \
        2>/dev/null

    git ls-files -z --cached --others --exclude-standard |
        xargs -0 ls -d 2>/dev/null | tar cf - -T - | tar xf - -C "$target"
}
