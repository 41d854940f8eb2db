package sip

import (
	"bytes"
	"time"

	"github.com/emiago/diago"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/channel/ivr/prompts"
)

// speech are announcements that are played.
type speech struct {
	control diago.AudioPlaybackControl
	over    chan struct{} // closed at the end
}

// say begins to play announcements.
func (s *Server) say(d *diago.DialogServerSession, all []prompts.Prompt) *speech {
	x := &speech{over: make(chan struct{})}
	playback, err := d.PlaybackCreate()
	if err != nil || len(all) == 0 {
		close(x.over)
		return x
	}
	x.control = diago.NewAudioPlaybackControl(playback)
	go func() {
		defer close(x.over)
		for _, p := range all {
			audio, err := p.Audio()
			if err == nil {
				_, err = x.control.Play(bytes.NewReader(audio), "audio/wav")
			}
			if err != nil {
				return // the caller hangs up, which listen notices
			}
		}
	}()
	return x
}

// stop ends the announcements and waits until nothing of them is on its way.
func (x *speech) stop() {
	select {
	case <-x.over:
	default:
		x.control.Stop()
		<-x.over
	}
}

// pause is a wait for a key. A new one has its own channel, so that a time-out that came
// together with a key is none.
type pause struct {
	timer clock.Timer
	over  chan struct{} // closed at the end; never, where there is none
}

// after returns a pause that ends after d; one that does not where d is 0.
func (s *Server) after(d time.Duration) pause {
	p := pause{noTimer{}, make(chan struct{})}
	if d > 0 {
		p.timer = s.config.Clock.AfterFunc(d, func() { close(p.over) })
	}
	return p
}

// noTimer is a timer that does not run.
type noTimer struct{}

// Stop reports that there is nothing to prevent.
func (noTimer) Stop() bool { return false }
