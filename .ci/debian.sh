#!/usr/bin/env bash
# What the tests over the real PC/SC stack need from Debian or Ubuntu, installed only where it is missing. Elsewhere,
# or without root, it says what is missing; those suites are then listed as not run. On CI a failure is fatal.
set -uo pipefail

missing=()
need() { # need PACKAGE FILE: the package, unless the file is there already
  [ -e "$2" ] || missing+=("$1")
}
need pcscd /usr/sbin/pcscd
need vsmartcard-vpcd /etc/reader.conf.d/vpcd
need libpcsclite-dev /usr/include/PCSC/winscard.h
need opensc /usr/bin/pkcs15-tool
need tshark /usr/bin/tshark
need softhsm2 /usr/bin/softhsm2-util
need g++ /usr/bin/g++
need make /usr/bin/make
need openssl /usr/bin/openssl
need chromium /usr/bin/chromium
need fonts-dejavu-core /usr/share/fonts/truetype/dejavu
ls -d /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
command -v python3 >/dev/null || missing+=(python3)
command -v ip >/dev/null || missing+=(iproute2)
[ ${#missing[@]} -eq 0 ] && exit 0

not_installed() {
  echo "Missing for the tests over real readers: ${missing[*]} ($1)."
  [ -z "${CI:-}" ] && exit 0
  exit 1
}

[ "$(uname -s)" = Linux ] || not_installed 'they need Linux'
[ -r /etc/os-release ] && . /etc/os-release
case " ${ID:-} ${ID_LIKE:-} " in
  *' debian '* | *' ubuntu '*) ;;
  *) not_installed 'this is neither Debian nor Ubuntu: install them by hand' ;;
esac
if [ "$(id -u)" -eq 0 ]; then
  as_root=(env)
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n env)
else
  not_installed "run: sudo apt-get install ${missing[*]}"
fi

echo "Installing ${missing[*]} ..."
# DEBIAN_FRONTEND: tshark asks who may capture; nobody has to.
apt() { "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }
if ! { apt update && apt install --no-install-recommends -y "${missing[@]}"; } >/tmp/simboot-apt.log 2>&1; then
  tail -n 5 /tmp/simboot-apt.log
  not_installed 'apt-get failed'
fi
