package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Flags of the phone that can not be followed are told before anything is served.
func TestPhoneFlags(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	data, key := filepath.Join(folder, "bank"), filepath.Join(folder, "key")
	_, stderr, code := till("", "issuer", "init", "--data", data, "--key", key)
	require.Equal(t, cli.ExitOK, code, stderr)
	password, long := file("password", "correct horse battery\n"), file("long", "0123456789012345678901234567890123456789012345678901234567890123456789")
	for says, flags := range map[string][]string{
		"--agent: of no use without --sip or --voice-secret-file":            {"--agent", "carla=" + password},
		"--agent: want NAME=FILE, the file with the password":                {"--sip", "127.0.0.1:0", "--agent", "carla"},
		"read password of agent carla: no such file":                         {"--sip", "127.0.0.1:0", "--agent", "carla=nowhere"},
		"agent carla: hash password: password has not 8 to 256 bytes":        {"--sip", "127.0.0.1:0", "--agent", "carla=" + file("short", "short")},
		`agent's name "Carla": want another of 1 to 40 small letters`:        {"--sip", "127.0.0.1:0", "--agent", "Carla=" + password},
		"--sip-user: of no use without --sip":                                {"--voice-secret-file", password, "--sip-user", "gateway=" + password},
		`the password of caller "gateway" has 5 bytes, want at least 16`:     {"--sip", "127.0.0.1:0", "--sip-user", "gateway=" + file("weak", "short")},
		"the shared secret has 5 bytes, want at least 16":                    {"--voice-secret-file", file("secret", "short")},
		"read secret of the voice provider: the line has more than 64 bytes": {"--voice-secret-file", long},
		"read secret of the voice provider: the first line has 0 bytes":      {"--voice-secret-file", file("empty", "")},
		"listen on 0.0.0.0:0: PINs and passwords would travel in clear":      {"--sip", "0.0.0.0:0"},
		"listen for calls: listen udp: address nowhere: missing port in ad":  {"--sip", "nowhere"},
	} {
		_, stderr, code := till("", append([]string{"issuer", "serve", "--data", data, "--key", key, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"}, flags...)...)
		assert.NotEqual(t, cli.ExitOK, code, says)
		assert.Contains(t, stderr, says)
		assert.NotContains(t, stderr, "correct horse")
	}
}
