package kernel_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata/vectors"
)

// script is a template with an identifier and commands, all in digits.
func script(tag string, commands ...string) []byte {
	body := object(0x9F18, "0A0B0C0D")
	for _, c := range commands {
		body += object(0x86, c)
	}
	t, err := emv.ParseTag(tag)
	if err != nil {
		panic(err)
	}
	return unhexed(object(t, body))
}

// quickCard is a fake card without bookkeeping, for benchmarks.
type quickCard map[string][]byte

// instantCard keeps the last answer of each queue by its shortest command header.
func instantCard(t testing.TB, answers map[string][]string) quickCard {
	q := quickCard{}
	for prefix, queue := range answers {
		q[string(unhexed(prefix))] = vectors.Unhex(t, queue[len(queue)-1])
	}
	return q
}

func (q quickCard) Transmit(_ context.Context, command []byte) ([]byte, error) {
	for n := len(command); n > 1; n-- {
		if answer, ok := q[string(command[:n])]; ok {
			return answer, nil
		}
	}
	return []byte{0x6D, 0x00}, nil
}

// silentCardholder is asked nothing.
type silentCardholder struct{}

func (silentCardholder) SelectApplication(context.Context, []kernel.Candidate) (int, error) {
	return 0, nil
}

func (silentCardholder) PIN(context.Context, kernel.PINPrompt) (kernel.PINEntry, error) {
	return kernel.PadFailed(), nil
}

func (silentCardholder) Show(context.Context, kernel.Message) {}

// profileSelection is a set-up of random selection.
func profileSelection(target, maximum uint8, threshold uint64) profile.RandomSelection {
	return profile.RandomSelection{TargetPercentage: target, MaximumTargetPercentage: maximum, Threshold: threshold}
}

// digits returns bytes as upper-case hexadecimal digits.
func digits(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

func containsWord(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

func sha1Of(hexadecimal string) []byte {
	sum := sha1.Sum(unhexed(hexadecimal))
	return sum[:]
}
