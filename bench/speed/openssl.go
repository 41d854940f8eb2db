package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

//go:embed peer/openssl.c
var openSSLSource []byte

// buildOpenSSL builds the peer in C, or says why it can not be.
func buildOpenSSL(ctx context.Context, folder string) (program, absent string) {
	compiler, err := exec.LookPath("gcc")
	if err != nil {
		return "", "gcc is missing"
	}
	source := filepath.Join(folder, "openssl.c")
	if err := os.WriteFile(source, openSSLSource, 0o600); err != nil {
		return "", err.Error()
	}
	program = filepath.Join(folder, openSSL)
	if err := exec.CommandContext(ctx, compiler, "-O2", "-o", program, source, "-lcrypto").Run(); err != nil {
		return "", "OpenSSL's header files are missing: install libssl-dev"
	}
	return program, ""
}

// readOpenSSL runs the peer. It checks that what it computes is what we do.
func (b *bench) readOpenSSL(ctx context.Context, r reading, unit string) (map[string]float64, error) {
	arguments, err := sampleCryptograms()
	if err != nil {
		return nil, err
	}
	var out, said bytes.Buffer
	command := exec.CommandContext(ctx, b.programs[openSSL], append([]string{strings.TrimSuffix(r.time, "x")}, arguments...)...)
	command.Stdout, command.Stderr = &out, &said
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("run OpenSSL: %w: its cryptograms may be others", err)
	}
	if _, err := fmt.Fprintf(b.raw, "pkg: %s%s\n", said.Bytes(), out.Bytes()); err != nil {
		return nil, err
	}
	return parse(out.Bytes(), unit), nil
}

// sampleCryptograms returns the issuer master key, the diversification block, the data
// and both cryptograms of a transaction, as hexadecimal digits.
func sampleCryptograms() ([]string, error) {
	const key, block = "0123456789ABCDEFFEDCBA9876543210", "7424500174100700"
	raw, err := hex.DecodeString(key)
	if err != nil {
		return nil, err
	}
	imk, err := secret.NewTDES(raw)
	if err != nil {
		return nil, err
	}
	pan, err := account.ParsePAN([]byte("374245001741007"))
	if err != nil {
		return nil, err
	}
	card := cryptogram.MasterKey(imk, pan, 0, cryptogram.OptionA)
	data := make([]byte, 40)
	for i := range data {
		data[i] = byte(i)
	}
	arqc := cryptogram.Compute(card, secret.Padding1, data)
	arpc := cryptogram.ARPC1(card, arqc, [2]byte{'0', '0'})
	return []string{key, block, hex.EncodeToString(data), hex.EncodeToString(arqc[:]), hex.EncodeToString(arpc[:])}, nil
}
