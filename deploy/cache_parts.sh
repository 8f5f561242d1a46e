# The parts of deploy/setup that Debian 12 does not have, and that it puts into the cache folder. Sourced by it.
#
# Each PART has three functions: PART_name says what it is, PART_is_there whether it is in the cache, and make_PART makes
# it below the folder $1 and then moves it to its place in one rename, so that what is in its place is whole.

readonly LIBRDKAFKA_VERSIONS="$PINNED/librdkafka.txt"
readonly LIBRDKAFKA_PATCHES="$PINNED/librdkafka_patches"
readonly ARCHIVE_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# Makes the missing parts, one run at a time on this cache. Folders that an interrupted run left are removed first.
fill_cache() {
  local part
  mkdir -p "$CACHE" || fail "the cache folder $CACHE cannot be made" "set TALLYMILL_CACHE to a folder you may write"
  exec 9>"$CACHE/.lock"
  flock --nonblock 9 || { echo "deploy/setup: waiting for another run that fills $CACHE"; flock 9; }
  rm -rf "$CACHE"/partial.*
  find_missing_parts  # again: the run that was waited for has made some
  partial=$(mktemp -d "$CACHE/partial.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  for part in "${missing_parts[@]}"; do
    echo "deploy/setup: making $("${part}_name")"
    mkdir "$partial/$part"
    "make_$part" "$partial/$part"
  done
  rm -rf "$partial"
  trap - EXIT
  flock --unlock 9
}

# --- librdkafka: Debian 12 has 2.0.2, which knows neither KIP-848 nor SCRAM against Kafka 4 ---

accepted_versions() { sed -n 's/^\([0-9][0-9.]*\) .*/\1/p' "$LIBRDKAFKA_VERSIONS"; }

librdkafka_name() { echo "librdkafka $(accepted_versions | paste -sd/)"; }

# Prints where version $1 is installed. Its name has the checksum of our patches, so that none is forgotten;
# librdkafka.cmake finds it by the same rule.
librdkafka_folder() {
  echo "$CACHE/librdkafka-$1-$(cat "$LIBRDKAFKA_PATCHES"/*.patch | sha256sum | cut -c 1-8)"
}

librdkafka_is_there() {
  local version
  for version in $(accepted_versions); do
    [[ ! -f $(librdkafka_folder "$version")/lib/librdkafka.a ]] || return 0
  done
  return 1
}

# Prints which accepted version the archive $1 is; nothing if it is none.
version_of_archive() {
  local sum
  sum=$(sha256sum <"$1" | cut -d' ' -f1)
  sed -n "s/^\([0-9][0-9.]*\) $sum\$/\1/p" "$LIBRDKAFKA_VERSIONS"
}

make_librdkafka() {
  local version archive
  archive=$(librdkafka_archive "$1")
  version=$(version_of_archive "$archive")
  if [[ -z $version ]]; then
    fail "the SHA-256 of $archive is none of those in deploy/pinned/librdkafka.txt" \
      "fetch it again; if it is a new version that you trust, add its line there"
  fi
  build_librdkafka "$1" "$version" "$archive"
  [[ $archive == "$CACHE/librdkafka-$version.tar.gz" ]] || {
    cp "$archive" "$1/archive"
    mv "$1/archive" "$CACHE/librdkafka-$version.tar.gz"
  }
  mv -T "$1/root$(librdkafka_folder "$version")" "$(librdkafka_folder "$version")"
}

# Prints the path of librdkafka's source archive: the user's own, the one kept in the cache, else Debian's, fetched
# into $1.
librdkafka_archive() {
  local version
  if [[ -n ${TALLYMILL_LIBRDKAFKA_TARBALL:-} ]]; then
    [[ -r $TALLYMILL_LIBRDKAFKA_TARBALL ]] || fail "TALLYMILL_LIBRDKAFKA_TARBALL names a file that cannot be read" \
      "set it to the path of librdkafka's source archive, or unset it"
    realpath "$TALLYMILL_LIBRDKAFKA_TARBALL"
    return
  fi
  for version in $(accepted_versions); do
    if [[ -f $CACHE/librdkafka-$version.tar.gz ]]; then
      echo "$CACHE/librdkafka-$version.tar.gz"
      return
    fi
  done
  fetch_from_sid "$1"
}

# Prints the address from which this machine's own apt takes Debian 12.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' 'Codename: bookworm' \
    'Component: main' | head -n 1
}

# apt with sid's sources alone and lists of its own: nothing that the machine's apt knows is changed. What is not signed
# by Debian's archive key is refused, whatever the machine's apt is set to. Lists of a mirror that lags behind are
# taken: their age proves nothing here, since the one file that is wanted is known by its SHA-256.
sid_apt() {  # sid_apt FOLDER PROGRAM ARGUMENT ...
  local folder=$1 program=$2
  shift 2
  "$program" -q -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::AllowInsecureRepositories=false -o APT::Get::AllowUnauthenticated=false \
    -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none "$@"
}

# Fetches the newest accepted source archive that Debian sid offers into $1, and prints its path.
fetch_from_sid() {
  local apt="$1/apt" mirror offered version chosen='' archive
  mirror=$(debian_mirror)
  if [[ -z $mirror ]]; then  # indextargets only knows what was updated once
    update_package_lists >&2
    mirror=$(debian_mirror)
  fi
  [[ -n $mirror ]] || fail "this machine's apt has no source for Debian 12's main component" \
    "add one to /etc/apt/sources.list, or set TALLYMILL_LIBRDKAFKA_TARBALL"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  echo "deb-src [signed-by=$ARCHIVE_KEYS] $mirror sid main" >"$apt/sources.list"
  sid_apt "$apt" apt-get update >&2 || fail "the list of Debian sid's sources could not be fetched or is not signed" \
    "look at apt's lines above, or set TALLYMILL_LIBRDKAFKA_TARBALL"
  offered=$(sid_apt "$apt" apt-cache showsrc --only-source librdkafka | sed -n 's/^Version: //p')
  for version in $(accepted_versions); do
    [[ -n $chosen ]] || chosen=$(grep -m 1 "^${version//./\\.}-" <<<"$offered" || true)
  done
  [[ -n $chosen ]] ||
    fail "Debian sid offers librdkafka ${offered//$'\n'/, }, and accepted are: $(accepted_versions | paste -sd' ')" \
      "set TALLYMILL_LIBRDKAFKA_TARBALL to an accepted version's archive, or test the new one and add its line
          to deploy/pinned/librdkafka.txt"
  (cd "$1" && sid_apt "$apt" apt-get source --download-only --tar-only "librdkafka=$chosen" >&2) ||
    fail "the source archive of librdkafka $chosen could not be fetched" \
      "look at apt's lines above, or set TALLYMILL_LIBRDKAFKA_TARBALL"
  archive=("$1"/librdkafka_*.orig.tar.gz)
  echo "${archive[0]}"
}

# Builds the archive $3 of version $2 with our patches below $1, and leaves it installed in $1/root.
build_librdkafka() {
  local patch
  mkdir "$1/source"
  tar -xzf "$3" -C "$1/source" --strip-components 1
  for patch in "$LIBRDKAFKA_PATCHES"/*.patch; do
    patch --quiet --strip 1 --directory "$1/source" <"$patch" >&2 || fail "$patch does not fit librdkafka $2" \
      "it is for the version before: see whether it is still needed, and make it anew"
  done
  {
    cmake -S "$1/source" -B "$1/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
      -DRDKAFKA_BUILD_STATIC=ON -DRDKAFKA_BUILD_EXAMPLES=OFF -DRDKAFKA_BUILD_TESTS=OFF \
      -DCMAKE_INSTALL_PREFIX="$(librdkafka_folder "$2")" &&
      DESTDIR="$1/root" ninja -C "$1/build" install
  } >"$1/log" 2>&1 || {
    tail -n 30 "$1/log" >&2
    fail "librdkafka $2 could not be built" "look at the lines above, mend that and run deploy/setup again"
  }
}

# --- what Maven fetches: Kafka with Connect, and Debezium ---

pinned_version() { sed -n "s/.*<$1\.version>\(.*\)<\/$1\.version>.*/\1/p" "$PINNED/$1.xml"; }

# Copies what deploy/pinned/$1.xml names, and what that depends on, into the folder $2. A file whose
# checksum is not the repository's is refused.
copy_jars() {
  mvn --quiet --batch-mode --strict-checksums --file "$PINNED/$1.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$2" >"$partial/maven.log" 2>&1 || {
    tail -n 30 "$partial/maven.log" >&2
    fail "Maven could not fetch what deploy/pinned/$1.xml names" \
      "look at its lines above: network, proxy or Maven's settings.xml"
  }
}

kafka_name() { echo "Kafka and Connect $(pinned_version kafka)"; }
kafka_is_there() { [[ -d $CACHE/kafka-$(pinned_version kafka) ]]; }
make_kafka() {
  copy_jars kafka "$1/kafka/lib"
  mv -T "$1/kafka" "$CACHE/kafka-$(pinned_version kafka)"
}

debezium_name() { echo "Debezium's PostgreSQL connector $(pinned_version debezium)"; }
debezium_is_there() { [[ -d $CACHE/debezium-$(pinned_version debezium) ]]; }
make_debezium() {
  copy_jars debezium "$1/debezium/plugins/debezium-connector-postgres"
  mv -T "$1/debezium" "$CACHE/debezium-$(pinned_version debezium)"
}

# --- Python packages: the client that tests read Kafka with, and checkers of files ---

# Whether $CACHE/$1 is made of deploy/pinned/$1.txt. Its folder is named after no version, so a copy of that file says so.
pip_folder_is_there() { cmp -s "$PINNED/$1.txt" "$CACHE/$1/pinned.txt"; }

make_pip_folder() {  # make_pip_folder NAME FOLDER
  /usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
    --only-binary :all: --require-hashes --requirement "$PINNED/$1.txt" --target "$2/$1" >&2 ||
    fail "pip could not fetch what deploy/pinned/$1.txt names" "look at its lines above: network, proxy or pip.conf"
  cp "$PINNED/$1.txt" "$2/$1/pinned.txt"
  rm -rf "${CACHE:?}/$1"
  mv -T "$2/$1" "$CACHE/$1"
}

python_name() { echo "Python package $(sed -n 's/^\([a-z].*\)==\([^ ]*\).*/\1 \2/p' "$PINNED/python.txt")"; }
python_is_there() { pip_folder_is_there python; }
make_python() { make_pip_folder python "$1"; }

checkers_name() { echo "checkers of the Compose file and the Dockerfile"; }
checkers_is_there() { pip_folder_is_there checkers; }
make_checkers() { make_pip_folder checkers "$1"; }

# --- Grafana's types and the TypeScript compiler, which check the dashboards ---

grafana_types_name() { echo "Grafana's types with TypeScript"; }
grafana_types_is_there() { cmp -s "$PINNED/grafana_types/package-lock.json" "$CACHE/grafana_types/package-lock.json"; }
make_grafana_types() {
  mkdir "$1/types"
  cp "$PINNED"/grafana_types/*.json "$1/types"
  # Scripts of packages are not run; what is fetched is held against the checksums of package-lock.json.
  npm ci --prefix "$1/types" --ignore-scripts --no-audit --no-fund --silent >&2 ||
    fail "npm could not fetch what deploy/pinned/grafana_types names" "look at its lines above: network, proxy or .npmrc"
  rm -rf "$CACHE/grafana_types"
  mv -T "$1/types" "$CACHE/grafana_types"
}
