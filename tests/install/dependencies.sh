#!/bin/sh
# The package script against a made-up package system: stubs of dpkg-query, apt-get, sudo and id
# stand first on the PATH, so nothing is installed. Asked: nothing missing means no call at all;
# what is missing is installed as root or by sudo; what cannot be installed is named in one line.
set -eu
stubs=$(mktemp -d)
trap 'rm -rf "$stubs"' EXIT
log=$stubs/log
install="$AEO_SOURCE_DIR/scripts/install-dependencies"

stub() { # name, then the body on standard input
    { echo '#!/bin/sh'; cat; } >"$stubs/$1"
    chmod +x "$stubs/$1"
}
stub dpkg-query <<'STUB'
for last; do :; done
case " $MISSING " in *" $last "*) exit 1 ;; esac
echo installed
STUB
stub apt-get <<'STUB'
echo "apt-get $*" >>"$LOG"
for bad in $BROKEN; do
    case " $* " in *" $bad "*) exit 100 ;; esac
done
STUB
stub sudo <<'STUB'
echo "sudo" >>"$LOG"
exec "$@"
STUB
stub id <<'STUB'
echo "$USER_ID"
STUB

try() { # expected status; output goes to $stubs/output, calls to $log
    : >"$log"
    status=0
    MISSING="$MISSING" BROKEN="$BROKEN" LOG="$log" USER_ID="$USER_ID" PATH="$stubs:$PATH" \
        "$install" "$GROUP" >"$stubs/output" 2>&1 || status=$?
    [ "$status" = "$1" ] || fail "status $status, expected $1"
}
fail() {
    echo "$what: $1"
    cat "$stubs/output" "$log"
    exit 1
}
logged() { grep -q "$1" "$log" || fail "no call like: $1"; }

what="nothing missing" GROUP=build MISSING="" BROKEN="" USER_ID=0
try 0
[ ! -s "$log" ] || fail "something was called"

what="root installs" MISSING="libogg-dev libopus-dev"
try 0
logged "^apt-get .*update"
logged "^apt-get .*install .*libopus-dev libogg-dev"
grep -q sudo "$log" && fail "root used sudo"

what="a user installs by sudo" USER_ID=1000
try 0
logged "^sudo"
logged "^apt-get .*install .*libogg-dev"

what="a needed package is broken" BROKEN="libogg-dev"
try 1
logged "^apt-get .*install --no-install-recommends libopus-dev$"
[ "$(grep -c 'could not install libogg-dev' "$stubs/output")" = 1 ] || fail "not named once"

what="a package for tests is broken" GROUP=test MISSING="python3-scipy" BROKEN="python3-scipy"
try 0
grep -q 'could not install python3-scipy' "$stubs/output" || fail "not named"
echo "5 cases passed"
