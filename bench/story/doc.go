// Package story plays stories of cards, terminals, an issuer and its members: real
// parts, which speak to each other over real wires, in a folder of their own.
//
// A story is data: steps of lines, each a verb with arguments, such as
//
//	change-pin anna 0716    # Anna changes her PIN
//	enter 0483
//	insert anna 12.34       # the old PIN a last time
//	expect approved
//	expect script applied
//
// What stands behind # says for people what happens. Verbs lists the verbs and
// Expectations what can be expected. What a purchase came to must be expected by a
// line, and so must a refusal, or the step fails.
//
// With one seed a story comes out alike to the byte: keys are derived from it, and a
// World's clock stands still but for what its verbs take. Keys that the issuer seals
// its data under, passwords' salts and tokens are drawn in any case; nothing of them
// travels.
package story
