package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/f510b0cf/till/issuer/issuertest"
)

// certificates is the command "certificates FOLDER" of the transcripts: it makes an
// authority, certificates for host and terminal, and one of another authority.
func certificates(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: certificates FOLDER")
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o700))
	t := scriptT{ts: ts}
	authority, stranger := issuertest.NewAuthority(t), issuertest.NewAuthority(t)
	files := map[string][]byte{"ca.pem": authority.PEM(), "stranger-ca.pem": stranger.PEM()}
	for name, a := range map[string]*issuertest.Authority{"host": authority, "terminal": authority, "stranger": stranger} {
		files[name+".pem"], files[name+".key"] = a.Issue(t, name)
	}
	for name, content := range files {
		ts.Check(os.WriteFile(folder+"/"+name, content, 0o600))
	}
}

// scriptT fails a transcript.
type scriptT struct {
	testing.TB
	ts *testscript.TestScript
}

// Helper does nothing.
func (scriptT) Helper() {}

// Errorf ends the transcript.
func (t scriptT) Errorf(format string, args ...any) { t.ts.Fatalf("%s", fmt.Sprintf(format, args...)) }

// FailNow ends the transcript.
func (t scriptT) FailNow() { t.ts.Fatalf("failed") }
