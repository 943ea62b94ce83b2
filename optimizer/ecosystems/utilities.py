"""Programs that read no package manager's data: what may stand after a cleanup without a second look.

A program that is not listed here may be anything, a script that installs packages too. The list is the utilities of
POSIX.1-2017 and GNU coreutils, findutils, diffutils, grep, sed, tar and gzip, util-linux and shadow, the common
fetchers, compilers and version control, and the helpers of the official PHP images. Interpreters and `make` are left
out on purpose: they run what a project says.
"""

from __future__ import annotations

from optimizer.ecosystems.verbs import words

HARMLESS = words(
    ": [ [[ true false test echo printf cd pushd popd pwd set unset export alias unalias umask trap wait read shift "
    "local declare readonly hash type command ulimit shopt exit return break continue getopts "
    "awk b2sum base32 base64 basename bunzip2 bzip2 cat chgrp chmod chown chpasswd cksum cmp comm cp cpio cut date dd "
    "df diff dirname du egrep env expand expr fgrep file find fold gawk getent grep groups gunzip gzip head hostname "
    "id install join jq ln locale-gen localedef localectl ls lsb_release lz4 mawk md5sum mkdir mkfifo mknod mktemp mv "
    "nl nproc numfmt od paste patch pathchk pr printenv ps readlink realpath rev rm rmdir sed seq sha1sum sha224sum "
    "sha256sum sha384sum sha512sum shasum shuf sleep sort split stat strings strip sum sync tac tail tar tee time "
    "touch tr truncate tty uname unexpand uniq unlink unxz unzip update-locale uptime vdir wc which whoami xxd xz yes "
    "zcat zip zstd ldconfig ldd setcap getcap setfacl chattr envsubst "
    "addgroup adduser delgroup deluser groupadd groupdel groupmod passwd useradd userdel usermod gpasswd "
    "curl wget axel aria2c git svn hg ssh-keygen ssh-keyscan gpg gpgconf apt-key openssl update-ca-certificates "
    "keytool dpkg dpkg-query dpkg-reconfigure debconf-set-selections update-alternatives update-rc.d dpkg-divert "
    "rpm apt-mark apt-config add-shell "
    "gcc g++ cc c++ clang clang++ ld ar ranlib cmake ninja meson autoconf automake aclocal autoreconf libtoolize "
    "rustup rustc javac jar fc-cache a2enmod a2dismod a2ensite a2dissite a2enconf "
    "update-java-alternatives mkfontscale mkfontdir mkhomedir_helper visudo chsh "
    "docker-php-ext-install docker-php-ext-enable docker-php-ext-configure docker-php-source pecl pear phpize "
    "php-config getconf dpkg-architecture scanelf easy_install virtualenv luarocks cpanm rsync sdkmanager"
)

INDIFFERENT = words(
    ": true false [ test set cd echo printf mkdir rmdir rm touch ln chmod chown chgrp cp mv install tar unzip gzip "
    "gunzip xz unxz cat grep sed cut head tail sort tr wc ls sha256sum sha512sum md5sum mktemp sleep "
    "addgroup adduser delgroup deluser groupadd groupdel groupmod passwd useradd userdel usermod "
    "curl wget gpg apt-key update-ca-certificates ldconfig locale-gen update-locale dpkg dpkg-reconfigure apt-mark rpm"
)
"""Programs that do the same whatever variables a Containerfile sets, but for those of their own manuals."""
