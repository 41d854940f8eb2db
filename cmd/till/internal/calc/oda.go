package calc

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
)

// ODA recovers and verifies the certificates and signed data of offline data
// authentication.
type ODA struct {
	Method       string        `json:"method" placeholder:"METHOD" help:"ISSUER or ICC, to verify certificates alone, or SDA, DDA, CDA."`
	CAPK         namedKey      `json:"capk" name:"capk" placeholder:"RID:INDEX:MODULUS:EXPONENT" help:"Certification authority public key."`
	OtherCAPKs   []namedKey    `json:"other_capks" name:"other-capk" sep:"none" placeholder:"RID:INDEX:MODULUS:EXPONENT" help:"A key that --explain tries where --capk does not recover the issuer certificate; may be repeated."`
	Tags         tagValues     `json:"tags" name:"tag" placeholder:"TAG=HEX" help:"Data object of the card: 90, 92, 9F32, 93, 9F46, 9F47, 9F48, 9F4B, 5A; repeat it for each. Without 5A no PAN is compared."`
	StaticData   Hex           `json:"static_data" placeholder:"HEX" help:"Records in the order of the AFL, then the AIP if 9F4A is 82. Without it the hash that covers it is not checked."`
	DynamicInput Hex           `json:"dynamic_input" placeholder:"HEX" help:"DDOL data for DDA, unpredictable number for CDA."`
	Date         Hex           `json:"date" placeholder:"YYMMDD" help:"Day of the transaction. Without it no expiration date is compared."`
	CDA          combinedInput `json:"cda" embed:""`
}

// combinedInput is what CDA needs beside the rest.
type combinedInput struct {
	CID          Hex `json:"cid" name:"cid" placeholder:"HEX" help:"CDA: cryptogram information data (9F27) of the response, 1 byte."`
	PDOLData     Hex `json:"pdol_data" name:"pdol-data" placeholder:"HEX" help:"CDA: data of GET PROCESSING OPTIONS, without tag 83 and its length."`
	CDOL1Data    Hex `json:"cdol1_data" name:"cdol1-data" placeholder:"HEX" help:"CDA: data of the first GENERATE AC."`
	CDOL2Data    Hex `json:"cdol2_data" name:"cdol2-data" placeholder:"HEX" help:"CDA: data of the second GENERATE AC, where that is the one."`
	ResponseTLVs Hex `json:"response_tlvs" name:"response-tlvs" placeholder:"HEX" help:"CDA: value of template 77 of the response. 9F4B may be in it."`
	HashData     Hex `json:"hash_data" name:"hash-data" placeholder:"HEX" help:"CDA: all that the transaction data hash covers, instead of its parts."`
}

// namedKey is a CA public key, in JSON an object, on the command line one word.
type namedKey struct{ CAPublicKeyInput }

// Decode reads RID:INDEX:MODULUS:EXPONENT.
func (k *namedKey) Decode(ctx *kong.DecodeContext) error {
	var word string
	if err := ctx.Scan.PopValueInto("key", &word); err != nil {
		return err
	}
	parts := strings.Split(word, ":")
	fields := []*Hex{&k.RID, &k.Index, &k.Modulus, &k.Exponent}
	if len(parts) != len(fields) {
		return cli.Complaint("want RID:INDEX:MODULUS:EXPONENT")
	}
	for i, f := range fields {
		if err := f.UnmarshalText([]byte(parts[i])); err != nil {
			return err
		}
	}
	return nil
}

// Help is the text of the help page.
func (*ODA) Help() string {
	return `Recovers the issuer certificate with a certification authority public key, the
ICC certificate with the issuer's key, and what the card signed, and makes all
checks of EMV Book 2, 5 and 6, in their order. With --explain it shows each
recovered field and, where a hash differs, tries the usual mistakes: AIP left out
or added, record templates left in, PDOL data left out, another unpredictable
number, another CA key.

Examples:

  $ till calc oda --method ISSUER --capk A000000003:01:C696034213D7D8546984579D1D0F0EA519CFF8DEFFC429354CF3A871A6F7183F1228DA5C7470C055387100CB935A712C4E2864DF5D64BA93FE7E63E71F25B1E5F5298575EBE1C63AA617706917911DC2A75AC28B251C7EF40F2365912490B939BCA2124A30A28F54402C34AECA331AB67E1E79B285DD5771B5D9FF79EA630B75:03 --tag 90=3C5FEAD4DD7BCA44F93E90C44F76EDE54A3288ECDC78469FCB1225C03B2C04F2C2F412281A0822DF14649230989FB1494070DAF8C9534A7881960148616ACE581788120D3506ACE4CEE564FB27EE53341C22F0B45B31873D05DE545EFE33BCD29B2185D035A806AD08C6976F3505A19999930CA8A03EFA321C486061F7DCEC9F --tag 92=1EBCA30F00CE5962A8C6E130544B82891B236C65DE29317F364735DEE63F6598975835D5 --tag 9F32=03
  issuer modulus           B405DE3A900F57C7C8192A59FC4905D35941C97D8733527941BD507425BB84D9D2EBEB5DDE57BD16B5C75360F6242B5013DE327144C569603F112298EA485A189830BD63B6FD4E418E9FF88BEE7B853937047A7A793519922901AE831EBCA30F00CE5962A8C6E130544B82891B236C65DE29317F364735DEE63F6598975835D5
  issuer id                427655FF
  issuer cert expiry mmyy  1209
  issuer cert serial       0042B3
`
}

// odaOut is what was recovered, as far as the method goes.
type odaOut struct {
	IssuerModulus       Hex    `json:"issuer_modulus"`
	IssuerID            Hex    `json:"issuer_id"`
	IssuerExpiry        string `json:"issuer_cert_expiry_mmyy"`
	IssuerSerial        Hex    `json:"issuer_cert_serial"`
	DAC                 Hex    `json:"dac,omitempty"`
	ICCModulus          Hex    `json:"icc_modulus,omitempty"`
	ICCExpiry           string `json:"icc_cert_expiry_mmyy,omitempty"`
	ICCDynamicNumber    Hex    `json:"icc_dynamic_number,omitempty"`
	CID                 Hex    `json:"cid,omitempty"`
	AC                  Hex    `json:"ac,omitempty"`
	TransactionDataHash Hex    `json:"transaction_data_hash,omitempty"`
}

// tagSignedDynamicData is the data object that DDA and CDA verify.
const tagSignedDynamicData emv.Tag = 0x9F4B

// methods are the values of Method.
var methods = []string{"ISSUER", "SDA", "ICC", "DDA", "CDA"}

// Calculate recovers and verifies.
func (c *ODA) Calculate(Env) (any, error) {
	chain, err := c.chain()
	if err != nil {
		return nil, err
	}
	issuer, err := chain.Issuer()
	if err != nil {
		return nil, err
	}
	out := odaOut{
		IssuerModulus: issuer.Key.Modulus(),
		IssuerID:      issuer.Identifier[:],
		IssuerExpiry:  issuer.Expiry.String(),
		IssuerSerial:  issuer.SerialNumber[:],
	}
	switch c.Method {
	case "ISSUER":
		return out, nil
	case "SDA":
		static, err := chain.StaticData(issuer.Key, c.StaticData)
		out.DAC = static.DAC[:]
		return out, err
	}
	icc, err := chain.ICC(issuer.Key, c.StaticData)
	if err != nil {
		return nil, err
	}
	out.ICCModulus, out.ICCExpiry = icc.Key.Modulus(), icc.Expiry.String()
	err = c.verifyDynamicData(chain.Data, icc.Key, &out)
	return out, err
}

// verifyDynamicData verifies what the card signed for DDA or CDA.
func (c *ODA) verifyDynamicData(data oda.Data, icc oda.PublicKey, out *odaOut) (err error) {
	if c.Method == "ICC" {
		return nil
	}
	signature, ok := data(tagSignedDynamicData)
	if !ok {
		return &oda.MissingError{Tag: tagSignedDynamicData}
	}
	if c.Method == "DDA" {
		out.ICCDynamicNumber, err = oda.VerifyDDA(icc, signature, c.DynamicInput)
		return err
	}
	un, cid, hash, err := c.combinedTerms()
	if err != nil {
		return err
	}
	d, err := oda.VerifyCDA(icc, signature, un, cid, hash)
	out.ICCDynamicNumber, out.CID, out.AC = d.ICCDynamicNumber, Hex{byte(d.CID)}, d.AC[:]
	out.TransactionDataHash = d.TransactionDataHash[:]
	return err
}

// combinedTerms returns what the signed data of CDA is held against.
func (c *ODA) combinedTerms() (un emv.UnpredictableNumber, cid emv.CID, hash oda.Hash, err error) {
	if err := c.DynamicInput.Fixed("dynamic_input", un[:]); err != nil {
		return un, 0, hash, err
	}
	var cidByte [1]byte
	if err := c.CDA.CID.Fixed("cid", cidByte[:]); err != nil {
		return un, 0, hash, err
	}
	data, err := c.CDA.transactionData()
	if err != nil {
		return un, 0, hash, err
	}
	hash, err = data.Hash()
	return un, emv.CID(cidByte[0]), hash, err
}

// transactionData returns the parts that the transaction data hash covers, or
// all of them as one where they are given so.
func (in combinedInput) transactionData() (oda.TransactionData, error) {
	d := oda.TransactionData{PDOL: in.PDOLData, CDOL1: in.CDOL1Data, CDOL2: in.CDOL2Data, Response: in.ResponseTLVs}
	if in.HashData == nil {
		return d, nil
	}
	whole := oda.TransactionData{CDOL1: in.HashData}
	if len(slices.Concat(d.PDOL, d.CDOL1, d.CDOL2, d.Response)) == 0 {
		return whole, nil
	}
	joined, err := d.Hash()
	if err != nil {
		return d, err
	}
	if given, _ := whole.Hash(); given != joined {
		return d, aboutf("hash_data", "is not its parts joined: give one or the other")
	}
	return d, nil
}

// checkMembers refuses what the method does not use, and asks for what it does.
func (c *ODA) checkMembers() error {
	members := []string{"method", "capk", "other_capks", "tags", "date"}
	if c.Method != "ISSUER" {
		members = append(members, "static_data")
	}
	if c.Method == "DDA" || c.Method == "CDA" {
		members = append(members, "dynamic_input")
	}
	if c.Method == "CDA" {
		members = append(members, "cda")
	}
	if err := onlyTakes(c, "method "+c.Method, members...); err != nil {
		return err
	}
	if c.Method == "DDA" {
		return c.DynamicInput.Required("dynamic_input")
	}
	return nil
}

// chain returns the way from the CA key to the card, with the checks left out
// for which the input holds nothing.
func (c *ODA) chain() (oda.Chain, error) {
	if !slices.Contains(methods, c.Method) {
		return oda.Chain{}, aboutf("method", "want one of %s", strings.Join(methods, ", "))
	}
	if err := c.checkMembers(); err != nil {
		return oda.Chain{}, err
	}
	ca, err := c.CAPK.key()
	if err != nil {
		return oda.Chain{}, about("capk", err)
	}
	objects, err := c.objects()
	if err != nil {
		return oda.Chain{}, err
	}
	terms, err := c.terms(objects)
	if err != nil {
		return oda.Chain{}, err
	}
	return oda.Chain{CA: ca.Key, Terms: terms, Data: func(tag emv.Tag) ([]byte, bool) {
		value, ok := objects[tag]
		return value, ok
	}}, nil
}

// objects returns the data objects by tag.
func (c *ODA) objects() (map[emv.Tag][]byte, error) {
	objects := make(map[emv.Tag][]byte, len(c.Tags))
	for name, value := range c.Tags {
		tag, err := emv.ParseTag(name)
		if err != nil {
			return nil, about("tags", usage(err))
		}
		objects[tag] = bytes.Clone(value)
	}
	return objects, nil
}

// terms returns what certificates are held against.
func (c *ODA) terms(objects map[emv.Tag][]byte) (t oda.Terms, err error) {
	if c.StaticData == nil {
		t.Skip |= oda.CheckStaticData
	}
	if c.Date == nil {
		t.Skip |= oda.CheckExpiry
	} else if t.Date, err = emv.ParseDate(c.Date); err != nil {
		return t, about("date", usage(err))
	}
	pan, ok := objects[0x5A]
	if !ok {
		t.Skip |= oda.CheckAccount
		return t, nil
	}
	if t.PAN, err = account.DecodePAN(pan); err != nil {
		return t, fmt.Errorf("tag 5A: %w", err)
	}
	return t, nil
}
