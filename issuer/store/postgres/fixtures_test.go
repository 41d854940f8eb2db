package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/store"
)

func plainCard() store.Record {
	return store.Record{
		Holder: 1, Primary: 1, LastFour: "1006", Expiry: account.Expiry{Year: 2030, Month: 1},
		Chip: store.Chip{Cryptogram: "visa-cvn18", Script: "visa", Option: cryptogram.OptionA},
	}
}

// session is a connection beside the store.
func session(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c
}

// hold takes the store's lock until it is released.
func hold(t *testing.T, url string) (release func()) {
	t.Helper()
	c := session(t, url)
	tx, err := c.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT turn FROM till_lock FOR UPDATE")
	require.NoError(t, err)
	return func() { _ = tx.Rollback(t.Context()) }
}

// changeTries updates the card {1} of a store.
func changeTries(ctx context.Context, s store.Store) error {
	return s.Update(ctx, account.Ref{1}, func(tx store.Tx) error { tx.Card().Tries++; return nil })
}
