# Sourced by rca, test and eng/bootstrap.sh, with $checkout set.
# All messages go to stderr: stdout belongs to the program that is started.
# shellcheck shell=bash

# shellcheck disable=SC2154  # the sourcing script sets checkout
artifacts=$checkout/artifacts
log=$artifacts/setup.log
export RCA_CACHE=${RCA_CACHE:-$checkout/.cache}
case $RCA_CACHE in /*) ;; *) RCA_CACHE=$PWD/$RCA_CACHE ;; esac
get_dotnet='Install it from https://dotnet.microsoft.com/download/dotnet/10.0, then start again.'
# Nothing here needs ICU, which a small installation lacks.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

say() { printf '%s\n' "$*" >&2; }

# fail WHAT [WHAT_TO_DO...]
fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 3
}

# step WHAT COMMAND...: says what it does and how long it took; where it fails, the end of the log.
step() {
  local what=$1 started=$SECONDS first
  shift
  printf '%s … ' "$what" >&2
  first=$(($(wc -l <"$log") + 1))
  if "$@" >>"$log" 2>&1 </dev/null 9>&-; then
    say "done in $((SECONDS - started)) s"
  else
    say failed
    tail -n "+$first" "$log" | tail -n 15 | sed 's/^/  | /' >&2
    return 1
  fi
}

find_dotnet() {
  dotnet=$(command -v dotnet || true)
  if [ -z "$dotnet" ] && [ -x "${HOME:-}/.dotnet/dotnet" ]; then dotnet=$HOME/.dotnet/dotnet; fi
  [ -n "$dotnet" ] || fail 'the .NET 10 SDK is missing: no dotnet on the PATH or in ~/.dotnet.' "$get_dotnet"
}

check_sdk() {
  local sdks
  sdks=$("$dotnet" --list-sdks 2>&1) || true
  grep -q '^10\.' <<<"$sdks" || fail "the .NET 10 SDK is missing: $dotnet offers ${sdks:-no SDK}." "$get_dotnet"
}

# One set-up at a time: a second start waits for the first. Held until the script ends or becomes the program.
lock() {
  { mkdir -p "$artifacts" && : >>"$log"; } 2>/dev/null ||
    fail "$artifacts cannot be written." 'Make this checkout yours (chown), or clone it where you can write.'
  exec 9>"$artifacts/setup.lock"
  flock -n 9 || { say 'Waiting for another set-up of this checkout …'; flock 9; }
}

unlock() { exec 9>&-; }

# What the set-up depends on besides the sources.
setup_key() { printf '%s LIBTORCH=%s' "$(cksum <"$checkout/eng/bootstrap.sh")" "${LIBTORCH:-}"; }

bootstrapped() {
  [ -f "$artifacts/bootstrap.stamp" ] && [ "$(<"$artifacts/bootstrap.stamp")" = "$(setup_key)" ]
}

ensure_bootstrapped() {
  bootstrapped || "$checkout/eng/bootstrap.sh"
}

have_pictures() {
  local share=$RCA_CACHE/pictures/usr/share
  [ -d "$share/tuxpaint/stamps" ] && [ -d "$share/backgrounds/mate/nature" ]
}

# build WHAT PROJECT_OR_SOLUTION: what was left out is said in the build's own words.
build() {
  local first
  check_sdk
  first=$(($(wc -l <"$log") + 1))
  # Build servers would outlive the command and hold memory that training needs.
  step "Building $1" "$dotnet" build "$checkout/$2" -c Release -v quiet --disable-build-servers ||
    fail "$2 did not build; the full log is $log." 'Mend what it names, then start again.'
  tail -n "+$first" "$log" | sed -n '/warning RCA[0-9]*: /{ s/.*warning RCA[0-9]*: //; s/ \[[^]]*\]$//; p; }' | sort -u >&2
}
