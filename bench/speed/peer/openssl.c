/* The host's part of a transaction with OpenSSL: a card's key is derived from the
 * issuer's, the cryptogram over 40 bytes is verified, and the ARPC is made by method 1.
 * It is the work of BenchmarkARQCAndARPC/derivation/amex-style of emv/cryptogram.
 *
 * usage: openssl ITERATIONS IMK BLOCK DATA ARQC ARPC (hexadecimal digits)
 * It ends with 1 where the cryptograms are not these. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/des.h>
#include <openssl/opensslv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATA 40

static void hex(const char *digits, unsigned char *out, int n) {
	for (int i = 0; i < n; i++) {
		unsigned v = 0;
		if (sscanf(digits + 2 * i, "%2x", &v) != 1) exit(2);
		out[i] = (unsigned char)v;
	}
}

/* Two-key TDES of one block. */
static void tdes(const unsigned char *in, unsigned char *out, DES_key_schedule *left, DES_key_schedule *right) {
	DES_ecb3_encrypt((const_DES_cblock *)in, (DES_cblock *)out, left, right, left, DES_ENCRYPT);
}

static void authorize(DES_key_schedule imk[2], const unsigned char *block, const unsigned char *data, unsigned char *arqc, unsigned char *arpc) {
	unsigned char key[16], other[8];
	DES_key_schedule left, right;
	DES_cblock chain = {0};
	for (int i = 0; i < 8; i++) other[i] = ~block[i];
	tdes(block, key, &imk[0], &imk[1]);
	tdes(other, key + 8, &imk[0], &imk[1]);
	DES_set_odd_parity((DES_cblock *)key);
	DES_set_odd_parity((DES_cblock *)(key + 8));
	DES_set_key_unchecked((const_DES_cblock *)key, &left);
	DES_set_key_unchecked((const_DES_cblock *)(key + 8), &right);
	for (int i = 0; i < DATA; i += 8) {
		for (int j = 0; j < 8; j++) chain[j] ^= data[i + j];
		DES_ecb_encrypt(&chain, &chain, &left, DES_ENCRYPT);
	}
	DES_ecb_encrypt(&chain, &chain, &right, DES_DECRYPT);
	DES_ecb_encrypt(&chain, &chain, &left, DES_ENCRYPT);
	memcpy(arqc, chain, 8);
	chain[0] ^= '0';
	chain[1] ^= '0';
	tdes(chain, arpc, &left, &right);
}

int main(int argc, char **argv) {
	unsigned char raw[16], block[8], data[DATA], arqc[8], arpc[8], want[16];
	DES_key_schedule imk[2];
	struct timespec began, ended;
	if (argc != 7) return 2;
	long n = atol(argv[1]);
	hex(argv[2], raw, 16);
	hex(argv[3], block, 8);
	hex(argv[4], data, DATA);
	hex(argv[5], want, 8);
	hex(argv[6], want + 8, 8);
	DES_set_key_unchecked((const_DES_cblock *)raw, &imk[0]);
	DES_set_key_unchecked((const_DES_cblock *)(raw + 8), &imk[1]);
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (long i = 0; i < n; i++) {
		authorize(imk, block, data, arqc, arpc);
		if (memcmp(arqc, want, 8)) return 1; /* verified each time, as a host does */
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	if (memcmp(arpc, want + 8, 8)) return 1;
	double ns = (ended.tv_sec - began.tv_sec) * 1e9 + (ended.tv_nsec - began.tv_nsec);
	printf("BenchmarkOpenSSL \t%ld\t%.1f ns/op\n", n, ns / n);
	fprintf(stderr, "%s\n", OPENSSL_VERSION_TEXT);
	return 0;
}
