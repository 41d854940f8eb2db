package versioncmd

import (
	"bytes"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

func TestBuild(t *testing.T) {
	b := of(&debug.BuildInfo{
		GoVersion: "go1.26.0", Main: debug.Module{Version: "v1.2.3"}, Deps: []*debug.Module{{Path: pcscModule}, {Path: pkcs11Module}},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-11-28T12:00:00Z"}, {Key: "vcs.modified", Value: "true"}},
	})
	assert.Equal(t, "till v1.2.3 go1.26.0", b.String())
	var out bytes.Buffer
	b.System = "linux/amd64"
	require.NoError(t, b.print(cli.Streams{Out: &out}))
	assert.Equal(t, "version  v1.2.3\ncommit   abc, with changes\ndate     2026-11-28T12:00:00Z\nGo       go1.26.0\nsystem   linux/amd64\nPC/SC    built in\nPKCS#11  built in\n", out.String())

	plain := of(&debug.BuildInfo{GoVersion: "go1.26.0"})
	assert.Equal(t, "till (devel) go1.26.0", plain.String())
	assert.False(t, plain.PCSC || plain.PKCS11)
}
