#!/bin/sh
# A cash register in a few lines: takes a payment at a terminal that `till terminal serve`
# runs, says what happens, and prints the receipt. Ends with 0 where it is approved.
#
#   pay.sh URL AMOUNT [KEY]
#
# KEY names the payment: who calls again with the same one charges nobody twice. Where the
# terminal has a token, TILL_TOKEN_FILE is its file. docs/register.md has the requests.
set -eu
url=$1 amount=$2 key=${3:-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')}
events=$(mktemp)
trap 'rm -f "$events"' EXIT

# ask is curl with the token, which does not stand among the arguments.
ask() {
  { [ -z "${TILL_TOKEN_FILE-}" ] || printf 'header = "Authorization: Bearer %s"\n' "$(head -n 1 "$TILL_TOKEN_FILE")"; } |
    curl -K - -sS "$@"
}

# Begin. Where no answer comes the same request goes out again, with the same key.
until payment=$(ask --max-time 10 -H "Idempotency-Key: $key" -H 'Content-Type: application/json' \
    -d "{\"amount\":\"$amount\"}" "$url/v1/payments"); do
  sleep 1
done
id=$(printf '%s\n' "$payment" | sed -n 's/^{"id":\([0-9]*\),.*/\1/p')
if [ -z "$id" ]; then # a problem: its title, and what to do next
  printf '%s\n' "$payment" >&2
  exit 2
fi

# Follow its events to the last one. Where the line breaks, go on behind the last that came.
until grep -q '^event: done' "$events"; do
  last=$(sed -n 's/^id: //p' "$events" | tail -n 1)
  ask -N -H "Last-Event-ID: $last" "$url/v1/payments/$id/events" | tee -a "$events" |
    sed -n 's/^data: .*"text":"\([^"]*\)".*/\1/p' || sleep 1
done

# The payment says what holds, and what the cashier does.
payment=$(ask --max-time 10 "$url/v1/payments/$id")
result=$(printf '%s\n' "$payment" | sed -n 's/.*"result":"\([a-z-]*\)".*/\1/p')
receipt=$(printf '%s\n' "$payment" | sed -n 's/.*"receipt":\([0-9]*\).*/\1/p')
[ -z "$receipt" ] || ask --max-time 10 -H 'Accept: text/plain' "$url/v1/receipts/$receipt"
echo "payment $id: $result"
[ "$result" = approved ]
