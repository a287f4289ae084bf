#!/usr/bin/env bash
# Makes a Debian machine ready. Does only what is missing; safe to run again after an interruption.
#   eng/bootstrap.sh            installs the packages that building and running need
#   eng/bootstrap.sh pictures   unpacks (does not install) the packages that the sample scenes are made of
set -euo pipefail
checkout=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=eng/setup.sh
source "$checkout/eng/setup.sh"

# libssl3 and ca-certificates are for the SDK, which fetches packages over HTTPS.
needed=(cmake g++ make libturbojpeg0 libspng0 libssl3 ca-certificates)
if [ -z "${LIBTORCH:-}" ]; then needed+=(libtorch-dev libopenblas0-openmp); fi
pictures=(tuxpaint-stamps-default mate-backgrounds)

root=()
become_root() {
  [ "$(id -u)" -ne 0 ] || return 0
  command -v sudo >/dev/null ||
    fail "installing packages needs root, and there is no sudo." "As root, run: apt-get install --no-install-recommends ${missing[*]}"
  # Asks for the password now, before the progress lines.
  sudo -v || fail 'sudo gave no root.' "As root, run: apt-get install --no-install-recommends ${missing[*]}"
  root=(sudo)
}

apt() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }

# Only "installed" counts: an interrupted apt leaves packages that are unpacked and not configured.
find_missing() {
  local package
  missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
}

# megabytes APT_ARGUMENTS...: how much apt would fetch.
megabytes() {
  apt-get --print-uris -qq "$@" 2>/dev/null | awk '/^\x27/ { bytes += $3 } END { printf "%d", bytes / 1e6 + 1 }'
}

install_packages() {
  find_missing "${needed[@]}"
  if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || fail 'this set-up installs with apt (Debian, Ubuntu), and there is no apt-get.' \
      "Install what these packages hold by other means: ${missing[*]};" \
      'then build with: dotnet build src/Rca.Cli -c Release, and run artifacts/bin/Rca.Cli/release/Rca.Cli.'
    become_root
    step 'Reading the package lists' apt update ||
      fail "apt could not read its package lists; the full log is $log." 'Check the network and /etc/apt, then start again.'
    step "Installing ${missing[*]} and what they need (about $(megabytes --no-install-recommends install "${missing[@]}") MB to fetch)" \
      install_missing || fail "apt could not install: ${missing[*]}; the full log is $log." \
      'Mend what it names (often: no space, no network, another apt at work), then start again.'
    find_missing "${needed[@]}"
    [ ${#missing[@]} -eq 0 ] || fail "still not installed: ${missing[*]}; the full log is $log."
  fi
  # Whole or not at all.
  setup_key >"$artifacts/bootstrap.stamp.new"
  mv "$artifacts/bootstrap.stamp.new" "$artifacts/bootstrap.stamp"
}

install_missing() {
  # Finishes what an interrupted apt left behind.
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a &&
    apt install --yes --no-install-recommends "${missing[@]}"
}

fetch_pictures() {
  (cd "$1" && apt-get -q download "${pictures[@]}")
}

unpack_pictures() {
  local package
  for package in "$1"/*.deb; do dpkg-deb -x "$package" "$1/unpacked" || return; done
}

install_pictures() {
  local work
  if have_pictures; then return; fi
  mkdir -p "$RCA_CACHE"
  work=$(mktemp -d "$RCA_CACHE/pictures.XXXXXX")
  # shellcheck disable=SC2064  # the folder's name of now
  trap "rm -rf '$work'" EXIT
  missing=("${pictures[@]}")
  if ! apt-get -qq --print-uris download "${pictures[@]}" >/dev/null 2>&1; then
    become_root
    step 'Reading the package lists' apt update ||
      fail "apt could not read its package lists; the full log is $log." 'Check the network and /etc/apt, then start again.'
  fi
  step "Fetching photographs for the sample scenes ($(megabytes download "${pictures[@]}") MB: ${pictures[*]})" fetch_pictures "$work" ||
    fail "apt could not fetch ${pictures[*]}; the full log is $log." 'Check the network, then start again.'
  step "Unpacking them into $RCA_CACHE/pictures" unpack_pictures "$work" ||
    fail "the photographs could not be unpacked; the full log is $log." 'Check the space on that disk, then start again.'
  rm -rf "$RCA_CACHE/pictures"
  mv "$work/unpacked" "$RCA_CACHE/pictures"
}

lock
case ${1:-} in
  '') install_packages ;;
  pictures) install_pictures ;;
  *) fail "unknown argument: $1" 'Usage: eng/bootstrap.sh [pictures]' ;;
esac
