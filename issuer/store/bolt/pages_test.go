package bolt_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// large returns the path of a closed store with branches, pages that run over, and
// free pages.
func large(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path)
	_, err := s.Members().Create(ctx, member.Member{Name: "Ada", Login: member.Login{Name: "ada"}})
	require.NoError(t, err)
	for n := range 60 {
		ref := account.Ref{byte(n)}
		require.NoError(t, s.Create(ctx, ref, plainCard()))
		require.NoError(t, s.Update(ctx, ref, func(tx store.Tx) error {
			tx.Append(store.Entry{Kind: "made", Detail: fmt.Sprintf("%0200d", n)})
			tx.PutReply(store.TerminalReplies, store.Key{byte(n)}, make([]byte, store.ReplyMax))
			return nil
		}))
	}
	require.NoError(t, s.Close())
	return path
}

// TestCheckOfWrongPages changes bytes of the heads of pages and elements, where
// lengths and references are: whatever they say, the process lives, and the file is
// found wrong or all that was changed lies in free pages.
func TestCheckOfWrongPages(t *testing.T) {
	path := large(t)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	random, found := rand.New(rand.NewPCG(3, 6)), 0
	const rounds, page = 400, 4096
	for range rounds {
		content := bytes.Clone(whole)
		for range 1 + random.IntN(3) {
			at := random.IntN(len(content)/page)*page + random.IntN(96)
			if random.IntN(2) == 0 {
				content[at] ^= byte(1 + random.IntN(255))
			} else {
				binary.NativeEndian.PutUint32(content[at&^3:], random.Uint32())
			}
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		s, err := bolt.Inspect(path)
		if err == nil {
			err = s.Check(t.Context())
			require.NoError(t, s.Close())
		}
		if err != nil {
			found++
		}
	}
	require.Greater(t, found, rounds/5)
}
