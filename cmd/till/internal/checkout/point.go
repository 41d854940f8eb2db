package checkout

import (
	"errors"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/fault"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
)

// Point is a point of sale: reader, issuer and terminal, and who enters the PINs.
type Point struct {
	Reader   string `required:"" placeholder:"image:FILE" help:"Reader and card: image:FILE puts an emulated card into a slot, pcsc:NAME is a PC/SC reader, as \"till readers\" lists it, trace:FILE a recorded card, trace-exact:FILE one that takes no other commands than the recorded ones."`
	Host     string `default:"none" placeholder:"HOST:PORT" help:"Issuer host, as \"till issuer serve\" tells it; none is a terminal that is unable to go online. Default: none."`
	Terminal string `default:"demo" placeholder:"NAME|FILE" help:"Terminal profile: attended, cash-machine, demo, no-online-pin, no-pin-pad, offline, quick-chip, signature-only, unattended, or a file. Default: demo."`
	CAPK     string `name:"capk" placeholder:"FILE|DIR" help:"Trust the CA public keys of FILE, or of all .yaml files of DIR, in place of those of the terminal profile."`

	PINFile   string `name:"pin-file" xor:"pin" placeholder:"FILE" help:"Take PIN entries from FILE, one line for each time that a PIN is asked for; an empty line skips one. Default: PINs are typed."`
	PINFD     *int   `name:"pin-fd" xor:"pin" placeholder:"N" help:"Take PIN entries from file descriptor N, up to its end."`
	BypassPIN bool   `name:"bypass-pin" xor:"pin" help:"Skip the entry of a PIN each time that one is asked for."`

	Memory

	Tap    bool        `help:"Hold the card to the contactless side."`
	Faults []faultFlag `name:"fault" sep:"none" placeholder:"FAULT" help:"Have something go wrong between terminal and card, such as \"pull before GENERATE_AC 2\"; docs/faults.md. May be given several times."`
	reader.Consent
	CardKeys string `name:"card-keys" placeholder:"FILE" help:"Issuer master keys, as \"till card issue --issuer-keys-out\" writes them: a card that is not one of till's, but whose cryptograms they make, gets issuer scripts."`

	// Empty has an emulated card wait outside the reader until somebody inserts it.
	Empty bool `kong:"-"`
}

// Visit is a customer at a point of sale, with a card in its reader.
type Visit struct {
	Reader hardware.Reader // with the faults
	Person kernel.Cardholder
	Guard  guard.Policy
	Slot   *reader.Reader // to be closed

	faulty *fault.Injector
}

// Visit opens the reader for one customer.
func (c *Point) Visit(person kernel.Cardholder, streams cli.Streams) (*Visit, error) {
	faulty, err := c.injector()
	if err != nil {
		return nil, err
	}
	slot, err := c.openReader(streams)
	if err != nil {
		return nil, err
	}
	policy, err := c.policy(slot)
	if err != nil {
		return nil, errors.Join(err, slot.Close())
	}
	return &Visit{
		Reader: faulty.Reader(slot), Person: customer{person, slot, streams.Err}, Guard: policy, Slot: slot, faulty: faulty,
	}, nil
}
