package oda

// Power is the bare private operation, for tests that sign what Sign does not.
func Power(k PrivateKey, block []byte) ([]byte, error) { return k.power(block) }

// Faulty returns k with a private exponent that is wrong modulo one prime, as a
// fault in the calculation would have it.
func Faulty(k PrivateKey) PrivateKey {
	held := *k.open()
	held.dp = lessOne(held.dp)
	k.open = func() *primes { return &held }
	return k
}

// SignBody signs a body, cut or padded to the length of the key, with a good
// hash over it and what follows.
func SignBody(k PrivateKey, body []byte, following ...[]byte) []byte {
	body = append([]byte{}, body[:min(len(body), k.Public().Size()-frameBytes)]...)
	body, err := padBody(body, k.Public())
	if err != nil {
		panic(err)
	}
	signature, err := signMessage(k, body, following...)
	if err != nil {
		panic(err)
	}
	return signature
}
