package hsm

// CheckPIN reports a sealed PIN that does not open for a card. Nobody learns the
// digits.
func (s *Software) CheckPIN(c Card, p SealedPIN) error {
	_, err := s.openPIN(c, p)
	return err
}
