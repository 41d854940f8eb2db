// Package prompts holds what the phone line says: each announcement as a text, for
// providers that speak it, and as audio. make.sh makes the audio from the texts.
package prompts

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// Prompt names an announcement.
type Prompt string

// The announcements.
const (
	Welcome        Prompt = "welcome"
	AskCard        Prompt = "ask-card"
	AskCardCare    Prompt = "ask-card-care"
	AskCode        Prompt = "ask-code"
	NotIdentified  Prompt = "not-identified"
	MenuActivate   Prompt = "menu-activate"
	MenuCreate     Prompt = "menu-create"
	MenuUnlock     Prompt = "menu-unlock"
	MenuCare       Prompt = "menu-care"
	MenuEnd        Prompt = "menu-end"
	NotOffered     Prompt = "not-offered"
	Activated      Prompt = "activated"
	AskPIN         Prompt = "ask-pin"
	AskRepeat      Prompt = "ask-repeat"
	Mismatch       Prompt = "mismatch"
	WeakPIN        Prompt = "weak-pin"
	PINCreated     Prompt = "pin-created"
	PINCreatedNext Prompt = "pin-created-next"
	PINExists      Prompt = "pin-exists"
	NoPIN          Prompt = "no-pin"
	Unlocked       Prompt = "unlocked"
	NotUsable      Prompt = "not-usable"
	Broken         Prompt = "broken"
	TooOften       Prompt = "too-often"
	Hold           Prompt = "hold"
	CareClosed     Prompt = "care-closed"
	CareDone       Prompt = "care-done"
	Silence        Prompt = "silence"
	Goodbye        Prompt = "goodbye"
)

//go:embed *.txt *.wav
var files embed.FS

// Text returns the words of an announcement.
func (p Prompt) Text() (string, error) {
	text, err := fs.ReadFile(files, string(p)+".txt")
	if err != nil {
		return "", fmt.Errorf("read announcement: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// Audio returns an announcement as a WAV file: 8 kHz, 16 bits, one channel.
func (p Prompt) Audio() ([]byte, error) {
	audio, err := fs.ReadFile(files, string(p)+".wav")
	if err != nil {
		return nil, fmt.Errorf("read announcement: %w", err)
	}
	return audio, nil
}
