# What every trial inside an installed system begins with: one line a claim, and what was found when it does not hold.

failures=0

# ok CLAIM COMMAND…: holds if the command succeeds. What it prints is shown only if it fails.
ok() {
  claim=$1
  shift
  if out=$("$@" 2>&1); then
    echo "  ok    $claim"
  else
    echo "  FAILS $claim"
    echo "$out" | sed 's/^/          /' | tail -n 12
    failures=$((failures + 1))
  fi
}

# no CLAIM COMMAND…: holds if the command fails.
no() {
  claim=$1
  shift
  ok "$claim" fails "$@"
}

fails() { ! "$@"; }

# within SECONDS COMMAND…: until it succeeds.
within() {
  left=$1
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { "$@"; return; }
    sleep 1
  done
}

owned() { [ "$(stat -c '%U:%G %a' "$1")" = "$2" ] || { stat -c '%U:%G %a' "$1"; return 1; }; }
gone() { [ ! -e "$1" ] || { ls -la "$1"; return 1; }; }
