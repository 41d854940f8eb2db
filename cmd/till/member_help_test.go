package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// An issuer at rest, and one whose member Ben is logged in, for the examples of
// commands that need one: the latter ends with the shell.
const (
	atRest = `till issuer init --data bank --demo --seed 1 --key storage.key >/dev/null 2>&1
`
	backedUp = `till issuer backup --data bank --to bank.backup >/dev/null
`
	atAnIssuer = `export TILL_KEY=storage.key TILL_SESSION=ben.session
till issuer init --data bank --demo --seed 1 >/dev/null 2>&1
till issuer serve --data bank --http 127.0.0.1:0 --listen 127.0.0.1:0 >/dev/null 2>&1 & trap "kill -INT $!; wait" EXIT
till issuer status --data bank --wait 20s >/dev/null
`
	loggedIn = `till login --issuer bank --name ben --password-file bank-handout/ben.password >/dev/null
`
	activated = `till activate >/dev/null
`
	withHost = `ISSUER=$(till issuer --json status --data bank | sed 's/.*"host":"//; s/".*//')
`
	withAPIN = `till activate >/dev/null; echo 8361 | till pin create --pin-fd 0 >/dev/null
`
)

// before returns what a shell does before the examples of a command.
func before(command *kong.Node) string {
	switch strings.TrimPrefix(command.FullPath(), "till ") {
	case "issuer backup", "issuer check", "issuer prune", "issuer migrate-store", "issuer keys list", "issuer keys rotate", "issuer keys retire", "issuer keys terminal", "issuer keys rekey":
		return atRest
	case "issuer restore":
		return atRest + backedUp
	case "issuer card unblock":
		return atAnIssuer + loggedIn + activated + "till issuer card block 1006 --data bank >/dev/null\n"
	case "login":
		return atAnIssuer
	case "activate", "pin create", "pin unblock":
		return atAnIssuer + loggedIn
	case "order":
		return atAnIssuer + loggedIn + activated + withHost
	case "pin change", "pin status":
		return atAnIssuer + loggedIn + withAPIN
	}
	if strings.HasPrefix(command.FullPath(), "till issuer card ") {
		return atAnIssuer + loggedIn + activated
	}
	return ""
}
