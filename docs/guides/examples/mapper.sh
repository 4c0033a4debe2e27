#!/usr/bin/env bash
# Counts the products of each category and sums up their prices: one mapper for each split of the table, several at a
# time, and one reducer. Prints lines of category, products and total.
#
#   mapper.sh [OPTION…]    options of `weir splits` and `weir scan`: --application, --credential-file, --url, …
#
#   WEIR                   the command, when it is not `weir`
#   SPLITS, MAPPERS        how many ranges (16), and how many at a time (4)
#   SESSION                a session that the application holds, where it needs one
set -euo pipefail

export WEIR=${WEIR:-weir}
export work
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The rows of a split as {"category":"lamps","price":"19.90"}.
read_split() {
  "$WEIR" scan --table market.products --columns category,price --split "$1" \
    ${SESSION:+--session "$SESSION"} "${@:2}" 2> "$work/$1.talk"
}

# Sums in cents: whole numbers are exact in awk. Products without a category are left out, those without a price count.
sum_up() {
  awk -F '"' '
    function cents(text,    part) { split(text, part, "."); return part[1] * 100 + substr(part[2] "00", 1, 2) }
    $3 == ":" { products[$4] += 1; total[$4] += cents($8) }
    END { for (name in products) printf "%s\t%.0f\t%.0f\n", name, products[name], total[name] }
  '
}

# A mapper gets its split, then the options. What it found gets its name only when all of it is there.
map() {
  # A scan that fails halfway must not look like a small one.
  set -o pipefail
  if read_split "$@" | sum_up > "$work/$1.part"; then
    mv "$work/$1.part" "$work/$1.found"
  else
    cat "$work/$1.talk" >&2
    return 1
  fi
}
export -f read_split sum_up map

"$WEIR" splits --table market.products --target "${SPLITS:-16}" --json "$@" |
  awk -F '"' '{ for (i = 2; i < NF; i += 2) {
    if ($i == "start") start = $(i + 2)
    if ($i == "end") print start "," $(i + 2)
  } }' > "$work/splits"

# xargs goes on with the other splits where one fails, and fails at the end.
if ! xargs -P "${MAPPERS:-4}" -I SPLIT bash -c 'map "$@"' map SPLIT "$@" < "$work/splits"; then
  echo 'mapper.sh: not every split could be read, and so there is no result' >&2
  exit 1
fi

cat "$work"/*.found |
  awk -F '\t' '
    { products[$1] += $2; total[$1] += $3 }
    END { for (name in products) printf "%-10s %6.0f %12.2f\n", name, products[name], total[name] / 100 }
  ' | LC_ALL=C sort
