#!/bin/sh
# Installs the real servers that the integration tests use, where apt can be used; else says which
# tests will be skipped. Does nothing when everything is there.
set -eu

missing=""
need() { # command, Debian package
    command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"
}
need chromium chromium
need nginx nginx-light
need promtool prometheus
need prometheus-alertmanager prometheus-alertmanager
need openssl openssl
need hey hey
# Debian keeps the server out of the path.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed, and no apt here:$missing. The tests that need them will be skipped." >&2
    exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "Not installed, and no rights to install:$missing. The tests that need them will be skipped." >&2
        exit 0
    fi
    as_root="sudo -n"
fi
# A policy that refuses to start services: the tests start their own, on loopback, with a bounded life.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod +x "$policy"
    made_policy=yes
fi
export DEBIAN_FRONTEND=noninteractive
{ $as_root apt-get update -q && $as_root apt-get install -q -y --no-install-recommends $missing; } >&2 ||
    echo "apt could not install:$missing. The tests that need them will be skipped." >&2
[ -z "$made_policy" ] || $as_root rm -f "$policy"
