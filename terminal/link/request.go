package link

import (
	"fmt"
	"strconv"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
)

// approvalCodeLength is the length of the approval code that is wanted (DE 27).
const approvalCodeLength = 6

// header returns what every message has, with a systems trace audit number that
// no other of the day has. local is the time of the transaction.
func (l *Link) header(tx *journal.Tx, local time.Time) (message.Header, error) {
	now := l.config.Clock.Now()
	stan, err := tx.NextSTAN(emv.DateOf(now.UTC()))
	if err != nil {
		return message.Header{}, err
	}
	p := l.config.Profile
	h := message.Header{
		Transmission:             message.TransmissionDateTimeOf(now),
		STAN:                     stan,
		Local:                    message.LocalDateTimeOf(local),
		RetrievalReferenceNumber: retrievalReferenceNumber(now, stan),
		Terminal:                 p.TerminalIdentification,
		CardAcceptor:             p.MerchantIdentifier,
	}
	if p.AcquirerIdentifier != 0 {
		h.AcquiringInstitution = strconv.FormatUint(p.AcquirerIdentifier, 10)
	}
	return h, nil
}

// retrievalReferenceNumber returns DE 37 as it is commonly made: the last digit of
// the year, the day of the year, the hour and the systems trace audit number.
func retrievalReferenceNumber(now time.Time, stan uint32) string {
	now = now.UTC()
	return fmt.Sprintf("%d%03d%02d%06d", now.Year()%10, now.YearDay(), now.Hour(), stan)
}

// request builds the authorisation request (1100).
func (l *Link) request(tx *journal.Tx, r *kernel.OnlineRequest) (*message.AuthorizationRequest, error) {
	m, err := l.blank(tx, r.Transaction.Time)
	if err != nil {
		return nil, err
	}
	m.PAN, m.Track2 = r.PAN, r.Track2
	m.SequenceNumber, m.HasSequenceNumber = r.SequenceNumber, r.HasSequenceNumber
	m.Expiry = account.Expiry{Year: r.Expiry.Year, Month: r.Expiry.Month}
	m.ProcessingCode, m.Amount = processingCode(r.Transaction.Type), r.Transaction.Amount
	m.POSDataCode = posDataCode(l.config.Profile, r)
	if len(r.ChipData) > 0 {
		m.ICCData = secret.New(r.ChipData)
	}
	return m, l.addPIN(tx, m, r.PIN)
}

// blank returns an authorisation request with what the terminal says in each.
func (l *Link) blank(tx *journal.Tx, local time.Time) (*message.AuthorizationRequest, error) {
	header, err := l.header(tx, local)
	if err != nil {
		return nil, err
	}
	p := l.config.Profile
	return &message.AuthorizationRequest{
		Header: header,
		Transaction: message.Transaction{
			AcquirerCountry: p.CountryCode,
			FunctionCode:    message.OriginalAuthorization,
			BusinessCode:    p.MerchantCategoryCode,
			NameAndLocation: p.MerchantNameAndLocation,
			Currency:        p.CurrencyCode,
		},
		ApprovalCodeLength: approvalCodeLength,
	}, nil
}

// processingCode returns DE 3 of a transaction type: the same two digits, and
// default accounts. ISO 8583.
func processingCode(transactionType byte) message.ProcessingCode {
	return message.ProcessingCode(transactionType>>4*10+transactionType&0x0F) * 10000
}

// reversal builds the reversal (1420) of a request. Track data, PIN and chip data
// are no part of it.
func (l *Link) reversal(tx *journal.Tx, r *message.AuthorizationRequest) (*message.Reversal, error) {
	header, err := l.header(tx, l.config.Clock.Now())
	if err != nil {
		return nil, err
	}
	header.Local = r.Local
	header.RetrievalReferenceNumber = r.RetrievalReferenceNumber
	m := &message.Reversal{Header: header, Transaction: r.Transaction, Original: message.Original(r)}
	m.FunctionCode = message.FullReversal
	m.ICCData = secret.Value{}
	return m, nil
}
