package message_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

// FuzzUnpack reads any bytes in any dialect. What Unpack accepts packs again, to
// something that reads the same; what it refuses is of the class malformed.
func FuzzUnpack(f *testing.F) {
	for which, name := range message.Names() {
		d, err := message.Named(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, k := range kinds {
			f.Add(pack(f, d, forDialect(f, d, full(f, k))), byte(which))
		}
	}
	f.Add([]byte(request87), byte(3))
	f.Add([]byte(reversal87), byte(3))
	f.Add(vectors.Unhex(f, requestByHand), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		d, err := message.Named(message.Names()[int(which)%len(message.Names())])
		if err != nil {
			t.Fatal(err)
		}
		_, _ = d.Describe(b, explain.Masked)
		m, err := d.Unpack(b)
		if err != nil {
			requireRefusable(t, d, b, err)
			return
		}
		first, err := d.Pack(m)
		if err != nil {
			t.Fatalf("message does not pack: %v", err)
		}
		again, err := d.Unpack(first)
		if err != nil {
			t.Fatalf("packed message does not unpack: %v", err)
		}
		if second, err := d.Pack(again); err != nil || !bytes.Equal(first, second) {
			t.Fatal("message does not stay the same")
		}
		if len(first) > len(b)+scriptPart {
			t.Fatal("message grows")
		}
	})
}

// scriptPart is by how much a positional answer grows that leaves out its last part.
const scriptPart = 1

func requireRefusable(t *testing.T, d *message.Dialect, b []byte, cause error) {
	t.Helper()
	if !errors.Is(cause, emv.ErrMalformed) {
		t.Fatalf("error of another class: %v", cause)
	}
	refusal, err := d.Refuse(b, cause)
	if err != nil {
		return
	}
	m, err := d.Unpack(refusal)
	var at *message.ElementError
	if err != nil {
		// Dates are echoed as they came.
		if errors.As(err, &at) && (at.Element == 7 || at.Element == 12 || at.Element == 13 || at.Element == 37 || at.Element == 41 || at.Element == 42) {
			return
		}
		t.Fatalf("refusal does not unpack: %v", err)
	}
	if m.Kind().IsRequest() {
		t.Fatal("refusal is a request")
	}
}

// FuzzFrame reads any stream. Frames that are read and written again are the
// beginning of the stream.
func FuzzFrame(f *testing.F) {
	names := message.FramingNames()
	for which := range names {
		f.Add([]byte{0, 3, 1, 2, 3, 0, 0, 0, 1, 9}, byte(which))
		f.Add([]byte("00081234567890"), byte(which))
		f.Add([]byte{0xFF, 0xFF}, byte(which))
	}
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		framing, err := message.FramingNamed(names[int(which)%len(names)])
		if err != nil {
			t.Fatal(err)
		}
		var written bytes.Buffer
		for r := bytes.NewReader(b); ; {
			frame, err := framing.Read(r)
			if err != nil {
				break
			}
			if err := framing.Write(&written, frame); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(b, written.Bytes()) {
			t.Fatal("frames are not what stands in the stream")
		}
	})
}

// FuzzDE55 gives any bytes as chip data. What is BER-TLV goes through unchanged,
// what is not is refused at both ends.
func FuzzDE55(f *testing.F) {
	f.Add(vectors.Unhex(f, chipData))
	f.Add(vectors.Unhex(f, "910AB7D5309D4B3E6CDB303072179F180408041215860E04DA9F5809030691D72E6F027DC6"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, findErr := tlv.Find(b, 0)
		valid := len(b) > 0 && len(b) <= 255 && findErr == nil
		m := &message.AuthorizationResponse{Header: header(t, false, false), ICCData: secret.New(b)}
		packed, err := message.ISO93().Pack(m)
		if (err == nil) != valid {
			t.Fatalf("pack: %v, of valid data: %t", err, valid)
		}
		if err != nil {
			return
		}
		back, err := message.ISO93().Unpack(packed)
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := back.(*message.AuthorizationResponse); !ok || !r.ICCData.Equal(secret.New(b)) {
			t.Fatal("chip data do not come back")
		}
	})
}
