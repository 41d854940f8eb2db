package kernel

import "github.com/f510b0cf/till/emv"

// completeQuickChip takes leave of the card before the issuer is asked: the card
// is asked for an AAC as if the terminal were unable to go online, and its ARQC
// goes to the issuer when it may be out of the reader already. The AAC says
// nothing about the purchase, and the ARQC stays the cryptogram of the
// transaction. From public descriptions of quick chip processing: the Books do not
// have it.
func (t *transaction) completeQuickChip(arqc cryptogram) error {
	told := t.result.CryptogramTVR
	t.setARC(emv.ARCUnableToGoOnlineRefuse)
	if _, err := t.secondGenerateAC(emv.ACTypeAAC); err != nil {
		return err
	}
	t.clearARC()
	t.keepCryptogram(arqc)
	t.result.CryptogramTVR = told
	t.releaseCard()
	t.onlineProcessing()
	t.concludeWithoutCard()
	return nil
}
