//go:build pcsc && (cgo || windows)

package pcsc

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ebfe/scard"

	"github.com/f510b0cf/till/emv/atr"
)

// Built says whether the program can use PC/SC readers.
const Built = true

// system is the library of the machine.
func system() library { return scardLibrary{} }

// scardLibrary is package scard, whose calls panic or block as its own comments do
// not tell: see those at the uses here.
type scardLibrary struct{}

func (scardLibrary) establish() (resources, error) {
	c, err := scard.EstablishContext()
	if err != nil {
		return nil, translate(err)
	}
	return scardResources{c}, nil
}

type scardResources struct{ context *scard.Context }

func (r scardResources) readers() ([]string, error) {
	names, err := r.context.ListReaders()
	if errors.Is(err, scard.ErrInsufficientBuffer) { // a reader was plugged in between its two calls
		names, err = r.context.ListReaders()
	}
	if errors.Is(err, scard.ErrNoReadersAvailable) {
		return nil, nil
	}
	return names, translate(err)
}

// watched has a mutex for each name of a reader. Package scard keeps one buffer for
// each name in the whole process, which a second call would free under the first.
var watched sync.Map

func (r scardResources) change(reader string, known state, timeout time.Duration) (state, error) {
	turn, _ := watched.LoadOrStore(reader, new(sync.Mutex))
	turn.(*sync.Mutex).Lock()
	defer turn.(*sync.Mutex).Unlock()
	states := []scard.ReaderState{{Reader: reader, CurrentState: scard.StateFlag(known.seen)}}
	if err := r.context.GetStatusChange(states, timeout); err != nil {
		return known, translate(err)
	}
	now := states[0].EventState // a counter of events is in its high half: compare bits alone
	s := state{
		seen:  uint32(now &^ scard.StateChanged),
		there: now&(scard.StateUnknown|scard.StateUnavailable) == 0,
		card:  now&scard.StatePresent != 0,
		mute:  now&scard.StateMute != 0,
		inUse: now&scard.StateExclusive != 0,
	}
	if s.card {
		s.atr = states[0].Atr // it stays when the card has gone
	}
	return s, nil
}

func (r scardResources) connect(reader string) (link, error) {
	c, err := r.context.Connect(reader, scard.ShareExclusive, scard.ProtocolAny)
	if err != nil {
		return nil, translate(err)
	}
	return scardLink{c}, nil
}

func (r scardResources) cancel() error  { return translate(r.context.Cancel()) }
func (r scardResources) release() error { return translate(r.context.Release()) }

type scardLink struct{ card *scard.Card }

func (l scardLink) protocol() atr.Protocol {
	if l.card.ActiveProtocol() == scard.ProtocolT1 {
		return atr.T1
	}
	return atr.T0
}

func (l scardLink) atr() ([]byte, error) {
	status, err := l.card.Status() // the attribute that should have it fails on virtual readers
	if err != nil {
		return nil, translate(err)
	}
	return status.Atr, nil
}

func (l scardLink) reset(cold bool) error {
	how := scard.ResetCard
	if cold {
		how = scard.UnpowerCard
	}
	return translate(l.card.Reconnect(scard.ShareExclusive, scard.ProtocolAny, how))
}

func (l scardLink) transmit(command []byte) ([]byte, error) {
	if p := l.card.ActiveProtocol(); p != scard.ProtocolT0 && p != scard.ProtocolT1 {
		return nil, ErrProtocol // package scard would panic
	}
	answer, err := l.card.Transmit(command)
	return answer, translate(err)
}

func (l scardLink) control(code uint32, in []byte) ([]byte, error) {
	out, err := l.card.Control(code, in)
	return out, translate(err)
}

func (l scardLink) disconnect() error { return translate(l.card.Disconnect(scard.UnpowerCard)) }

// translations are the errors of the library in terms of this package.
var translations = map[scard.Error]error{
	scard.ErrNoService: ErrNoDaemon, scard.ErrServiceStopped: ErrNoDaemon,
	scard.ErrInvalidHandle:     errStale,
	scard.ErrSecurityViolation: ErrNoAccess, scard.ErrNoAccess: ErrNoAccess,
	scard.ErrUnknownReader: ErrNoReader, scard.ErrReaderUnavailable: ErrNoReader, scard.ErrNoReadersAvailable: ErrNoReader,
	scard.ErrSharingViolation: ErrInUse,
	scard.ErrTimeout:          errTimeout, scard.ErrCancelled: errCancelled,
	scard.ErrUnresponsiveCard: ErrMute,
	scard.ErrProtoMismatch:    ErrProtocol,
	scard.ErrNotTransacted:    errRemoved, scard.ErrResetCard: errRemoved, scard.ErrRemovedCard: errRemoved,
	scard.ErrNoSmartcard: errRemoved, scard.ErrCommError: errRemoved, scard.ErrUnpoweredCard: errRemoved,
	scard.ErrUnsupportedFeature: errNoPad,
}

func translate(err error) error {
	var code scard.Error
	if !errors.As(err, &code) {
		return err
	}
	if known, ok := translations[code]; ok {
		return known
	}
	return fmt.Errorf("PC/SC: error %08X", uint32(code)) // the library's texts differ from machine to machine
}
