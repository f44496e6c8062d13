#!/usr/bin/env bash
# Clones every repository and downloads every Debian package that the declarations name: fetch.sh CLONES PACKAGES
# What is there already is left alone, so a stopped run goes on. Debian packages need Debian 12 (bookworm) and apt-get.
set -euo pipefail
sources=$(cd "$(dirname "$0")" && pwd)/sources
clones=${1:?folder for clones} packages=${2:?folder for packages}
mkdir -p "$clones" "$packages"
# One line for each: "git OWNER/NAME COMMIT" or "deb PACKAGE VERSION". Tables may lie in repositories of their own.
list() {
  node -e '
    const { readdirSync, readFileSync } = require("node:fs");
    for (const file of readdirSync(process.argv[1])) {
      const { from, tables = {} } = JSON.parse(readFileSync(`${process.argv[1]}/${file}`, "utf8"));
      for (const place of [from, ...Object.values(tables).map((table) => table.from)].filter(Boolean))
        console.log(place.repository ? `git ${place.repository} ${place.commit}` : `deb ${place.package} ${place.version}`);
    }' "$sources" | sort -u
}
failed=0
while read -r kind name version; do
  case $kind in
    git)
      clone=$clones/$name
      [ -e "$clone" ] || git clone --no-checkout "https://github.com/$name" "$clone" || { failed=1; continue; }
      git -C "$clone" cat-file -e "$version" 2>/dev/null || git -C "$clone" fetch origin "$version" || failed=1
      ;;
    deb)
      ls "$packages/${name}_${version//:/%3a}"_*.deb >/dev/null 2>&1 ||
        (cd "$packages" && apt-get download "$name=$version") || failed=1
      ;;
  esac
done < <(list)
exit $failed
