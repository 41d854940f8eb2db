package kernel

import (
	"bytes"
	"errors"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
)

// onlineProcessing asks the issuer. What comes of it is in t.response, nil where
// no answer came. EMV Book 3, 10.9.
func (t *transaction) onlineProcessing() {
	t.cardholder.Show(t.ctx, MessagePleaseWait)
	response, err := t.authorize()
	if err != nil {
		var unable *UnableToGoOnlineError
		t.result.RequestSent = !errors.As(err, &unable) || unable.Sent
		t.result.Cause = err
		t.note(OnlineProcessing, "unable to go online, request sent: %t", t.result.RequestSent)
		return
	}
	t.result.RequestSent, t.response = true, response
	t.result.Balances = response.Balances
	t.setARC(response.ARC)
	t.approved = t.approves(response.ARC)
	t.note(OnlineProcessing, "ARC %s, which approves: %t", response.ARC, t.approved)
	if len(response.IssuerAuthenticationData) > 0 {
		t.data.set(tagIssuerAuthenticationData, response.IssuerAuthenticationData)
	}
	t.noticeOtherARC()
}

// errNoResponse is the error of a link that returns neither answer nor error.
var errNoResponse = errors.New("link returns no answer")

func (t *transaction) authorize() (*OnlineResponse, error) {
	if t.online == nil || t.profile.Type.OfflineOnly() {
		return nil, &UnableToGoOnlineError{Cause: ErrNoOnline}
	}
	response, err := t.online.Authorize(t.ctx, t.onlineRequest())
	if err == nil && response == nil {
		err = errNoResponse
	}
	return response, err
}

// onlineRequest collects what a message needs.
func (t *transaction) onlineRequest() *OnlineRequest {
	t.refresh()
	r := &OnlineRequest{
		PAN: t.pan, SequenceNumber: t.sequenceNumber, HasSequenceNumber: t.data.Has(tagSequenceNumber),
		Track2: t.track2, Expiry: t.expiration,
		Transaction: t.tx, CVMResults: t.cvmResults, PIN: t.pins.online,
		ChipData: t.data.AppendTLV(nil, ChipDataTags()...), Data: t.data,
	}
	if t.tx.Contactless {
		r.EntryMode = EntryChipContactless
	}
	return r
}

// approves reports whether a code of the issuer is one of those agreed upon as
// approvals.
func (t *transaction) approves(a emv.ARC) bool {
	return slices.Contains(t.kernel.approvalCodes, a)
}

// arpcMethod1Bytes is the length of issuer authentication data that ends with
// the code that the issuer signed: ARPC and ARC. EMV Book 2, 8.2.1.
const arpcMethod1Bytes = 8 + 2

// noticeOtherARC notes where the signed code is not the one in tag 8A. Somebody
// on the way may have changed the latter. It is not the terminal's to judge: the
// card goes by what the issuer signed.
func (t *transaction) noticeOtherARC() {
	data, arc := t.response.IssuerAuthenticationData, t.response.ARC.Bytes()
	if len(data) == arpcMethod1Bytes && !bytes.Equal(data[8:], arc[:]) {
		t.note(OnlineProcessing, "ARC at the end of the issuer authentication data is another one")
	}
}

// The lengths in bytes of issuer authentication data. EMV Book 3, 6.5.4.3.
const (
	issuerAuthenticationBytesMin = 8
	issuerAuthenticationBytesMax = 16
)

// issuerAuthentication sends EXTERNAL AUTHENTICATE, once, where the card supports
// it and the issuer sent data. Any answer but 9000 says that it failed, and the
// transaction goes on. A card that does not support the command may have the
// data in its CDOL2. EMV Book 3, 10.9.
func (t *transaction) issuerAuthentication() error {
	if t.response == nil || len(t.response.IssuerAuthenticationData) == 0 || !t.aip.Has(emv.AIPIssuerAuthenticationSupported) {
		return nil
	}
	data := t.response.IssuerAuthenticationData
	sw := apdu.SWWrongLength // what can not be sent is not asked for
	if n := len(data); n >= issuerAuthenticationBytesMin && n <= issuerAuthenticationBytesMax {
		r, err := t.exchange(apdu.ExternalAuthenticate(data))
		if err != nil {
			return err
		}
		sw = r.SW
		t.tsi.Set(emv.TSIIssuerAuthenticationPerformed)
	}
	if sw != apdu.SWSuccess {
		t.found(OnlineProcessing, emv.TVRIssuerAuthenticationFailed, "Book 3, 10.9", "EXTERNAL AUTHENTICATE: %s", sw)
		return nil
	}
	t.note(OnlineProcessing, "EXTERNAL AUTHENTICATE: %s", sw)
	return nil
}
