package tlv_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/moov-io/bertlv"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/vectors"
)

func seedTLV(f *testing.F) {
	type in struct {
		Hex vectors.Bytes `json:"hex"`
	}
	for _, c := range vectors.Load[in, struct{}](f, "tlv") {
		f.Add([]byte(c.In.Hex))
	}
}

// FuzzParse holds the parser to its own promises and, where both accept the
// bytes, to the reading of moov-io/bertlv.
func FuzzParse(f *testing.F) {
	seedTLV(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		nodes, err := tlv.Parse(b)
		if err != nil {
			return
		}
		requireCovered(t, b, nodes)
		if bytes.ContainsRune(b, 0) {
			return // bertlv has no padding
		}
		if theirs, err := bertlv.Decode(b); err == nil {
			compare(t, nodes, theirs)
		}
	})
}

// requireCovered checks that the nodes in order, with zero bytes alone between
// them, are the whole input.
func requireCovered(t *testing.T, b []byte, nodes []tlv.Node) {
	t.Helper()
	for _, n := range nodes {
		b = bytes.TrimLeft(b, "\x00")
		if !bytes.HasPrefix(b, n.Raw) || !bytes.HasSuffix(n.Raw, n.Value) {
			t.Fatal("element is not what stands in the input")
		}
		b = b[len(n.Raw):]
		if n.Children != nil {
			requireCovered(t, n.Value, n.Children)
		}
	}
	if len(bytes.Trim(b, "\x00")) != 0 {
		t.Fatal("bytes of the input are in no element")
	}
}

func compare(t *testing.T, ours []tlv.Node, theirs []bertlv.TLV) {
	t.Helper()
	if len(ours) != len(theirs) {
		t.Fatalf("%d objects, bertlv reads %d", len(ours), len(theirs))
	}
	for i, n := range ours {
		if !strings.EqualFold(n.Tag.String(), theirs[i].Tag) {
			t.Fatalf("tag %s, bertlv reads %s", n.Tag, theirs[i].Tag)
		}
		if n.Tag.Constructed() {
			compare(t, n.Children, theirs[i].TLVs)
		} else if !bytes.Equal(n.Value, theirs[i].Value) {
			t.Fatalf("value of %s differs from bertlv's", n.Tag)
		}
	}
}

// FuzzDOL checks that a list reads back as it was written and that the filled
// data always has the length asked for.
func FuzzDOL(f *testing.F) {
	for _, s := range []string{"9F02069F03069F1A0295055F2A029A039C019F3704", "9F0206", "E0039C00", ""} {
		b, err := hex.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, []byte{1, 2, 3}, byte(2))
	}
	f.Fuzz(func(t *testing.T, b, value []byte, format byte) {
		dol, err := tlv.ParseDOL(b)
		if err != nil {
			return
		}
		var written []byte
		for _, e := range dol {
			written = append(e.Tag.Append(written), byte(e.Length))
		}
		if !bytes.Equal(written, b) {
			t.Fatal("list does not read back")
		}
		data := dol.Append(slices.Clone([]byte("head")), func(emv.Tag) ([]byte, emv.Format, bool) {
			return value, emv.Format(format%8 + 1), format%3 != 0
		})
		if len(data) != len("head")+dol.Len() {
			t.Fatalf("%d bytes of data, want %d", len(data)-len("head"), dol.Len())
		}
	})
}
