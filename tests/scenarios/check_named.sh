#!/bin/sh
# Every numbered rule, and every row of the verdict table, is named by a scenario's first line.
#
#   check_named.sh SCENARIOS_DIR
set -eu

folder=$1
missing=''

for rule in 1 2 3 4 5 6 7 8 9 10 11; do
    head -qn 1 "$folder"/[a-z]*.txt | grep -Eq "^# rule $rule(:|,)" || missing="$missing rule-$rule"
done
for verdict in done rejected fenced busy retry working unknown unsent; do
    head -qn 1 "$folder"/[a-z]*.txt | grep -Eq "^# rule [0-9]+, verdict $verdict:" ||
        missing="$missing verdict-$verdict"
done

unnamed=$(for file in "$folder"/[a-z]*.txt; do
    head -n 1 "$file" | grep -Eq '^# rule [0-9]+(, verdict [a-z]+)?: .*\.$' || echo "$file"
done)

[ -z "$missing" ] || echo "no scenario names:$missing"
[ -z "$unnamed" ] || echo "no rule in the first line of: $unnamed"
[ -z "$missing$unnamed" ]
