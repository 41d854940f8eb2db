package postgres

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// channelName is the channel on which commits are announced.
const channelName = "till_cards"

// announceMax is how many cards one announcement names: PostgreSQL takes less than 8000
// bytes.
const announceMax = 200

// announce adds statements that tell other processes which cards a commit changed.
func (d *database) announce(b *pgx.Batch, cards map[string]bool) {
	for some := range slices.Chunk(sorted(cards), announceMax) {
		words := []string{d.name, d.writerName()}
		for _, key := range some {
			words = append(words, hex.EncodeToString([]byte(key)))
		}
		b.Queue("SELECT pg_notify($1, $2)", channelName, strings.Join(words, " "))
	}
}
