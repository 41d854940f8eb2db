// Package channel is what a logged-in member asks the issuer for: activate a
// card, create, change and unblock its PIN, and see how that stands. The doors
// (web, app, phone) authenticate the member and then call it; the rules are here,
// in issuer/member and in issuer/pinlife.
//
// A verb is done when it has returned: state and journal were committed together.
// What is refused changes nothing and stands in the journal too.
package channel
