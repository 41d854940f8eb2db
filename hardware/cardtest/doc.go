// Package cardtest makes emulated chip cards for tests, those of other projects
// too: a card from a profile in one call, in memory, the same card in every run,
// with what its issuer knows of it.
//
//	c := cardtest.New(t, cardtest.Options{Profile: "amex-pin"})
//	chip := c.Insert(t)
//	answer, err := chip.Transmit(ctx, command)
//
// The keys of such a card can be derived by anyone. It is for tests alone.
package cardtest
