// SPDX-License-Identifier: Apache-2.0

package crosshost

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// Printed is what the host printed, line by line.
type Printed []string

// All returns what stands behind a word, in each of its lines.
func (p Printed) All(word string) (values []string) {
	for _, line := range p {
		if first, rest, _ := strings.Cut(line, " "); first == word {
			values = append(values, rest)
		}
	}
	return values
}

// bytes decodes what stands behind a word in each of n lines.
func (p Printed) bytes(t testing.TB, word string, n int) (all [][]byte) {
	t.Helper()
	values := p.All(word)
	require.Len(t, values, n, "%s in\n%s", word, strings.Join(p, "\n"))
	for _, v := range values {
		b, err := hex.DecodeString(v)
		require.NoError(t, err, "%s %s", word, v)
		all = append(all, b)
	}
	return all
}

// sample is the text that the host signs.
var sample = []byte("The quick brown fox jumps over the lazy dog")

// expected are the lines that are the same for every card and system: the word
// and what stands behind it.
var expected = map[string]string{
	"functions": "2.40", "interface": "PKCS 11 3.0 1", "cryptoki": "2.40", "info-flags": "0",
	"manufacturer": "tscns", "description": "tscns: TS-CNS health card",
	"early": "190", "late": "190", // CKR_CRYPTOKI_NOT_INITIALIZED
	"reserved":    "7",         // CKR_ARGUMENTS_BAD
	"again":       "191",       // CKR_CRYPTOKI_ALREADY_INITIALIZED
	"bad-pointer": "5",         // CKR_GENERAL_ERROR
	"slots":       "1 1",       //
	"slot-flags":  "7",         // CKF_TOKEN_PRESENT, CKF_REMOVABLE_DEVICE, CKF_HW_SLOT
	"label":       "TS-CNS",    //
	"pss-bits":    "2048-2048", //
	"wrong-pin":   "a0",        // CKR_PIN_INCORRECT
	"session":     "1 1 4",     // CKS_RO_USER_FUNCTIONS, CKF_SERIAL_SESSION
	"small":       "150 256",   // CKR_BUFFER_TOO_SMALL
	"oaep-null":   "71",        // CKR_MECHANISM_PARAM_INVALID
	"threads":     "30",        //
	"sign-after":  "60",        // CKR_KEY_HANDLE_INVALID: a private object is gone with the login
	"key-after":   "0",
}

// succeed are the calls that return CKR_OK.
var succeed = strings.Fields(`initialize info slot-info token-info mechanism-list mechanism-info open find-all found find-end
	certificate-size certificate-read login digest-init digest sign-init then oaep-init logout finalize`)

// expectedTwice are the further lines where the card was taken out, and then
// the service stopped.
var expectedTwice = map[string]string{"gone": "0", "gone-slot": "1 6", "gone-session": "b3", // CKR_SESSION_HANDLE_INVALID
	"back": "0", "back-session": "0", "back-login": "0"}

// Check holds what the host printed against the card that it had.
func (p Printed) Check(t testing.TB, card Card, faults bool) {
	t.Helper()
	o := card.Options
	for word, want := range expected {
		assert.Equal(t, []string{want}, p.All(word), word)
	}
	for _, word := range succeed {
		assert.Equal(t, []string{"0"}, p.All(word), word)
	}
	for word, want := range expectedTwice {
		if faults {
			assert.Equal(t, []string{want, want}, p.All(word), word)
		}
	}
	p.checkToken(t, o)
	p.checkObjects(t)
	p.checkSignatures(t, o, faults)
	assert.Equal(t, []string{"1", "1", "1"}, p.All("resident"), "the library stays in the process")
	assert.Equal(t, []string{"0 1 0", "0 1 0", "0 1 0"}, p.All("reload"))
	assert.Equal(t, "done", p[len(p)-1])

	if t.Failed() {
		t.Logf("printed:\n%s\ncommands to the card:\n%s", strings.Join(p, "\n"), card.LogText())
	}
}

// CheckPINs requires that the card has seen the wrong PIN once and the right
// one as often as the host logged in.
func (c Card) CheckPINs(t testing.TB, faults bool) {
	t.Helper()
	verifies := []uint16{0x63C2, 0x9000}
	if faults {
		verifies = append(verifies, 0x9000, 0x9000)
	}
	assert.Equal(t, verifies, verified(c.Card))
	tries, _ := c.Tries()
	assert.Equal(t, 3, tries)
}

// verified returns how the card answered each VERIFY with a PIN in it.
func verified(card *simcard.Card) (answers []uint16) {
	for _, e := range card.Log() {
		if e.Header[1] == 0x20 && e.Lc > 0 {
			answers = append(answers, e.SW)
		}
	}
	return answers
}

func (p Printed) checkToken(t testing.TB, o simcard.Options) {
	t.Helper()
	assert.Equal(t, []string{o.Serial}, p.All("serial"))
	before, after := p.All("token-flags"), p.All("flags-then")
	require.Len(t, before, 1)
	require.Len(t, after, 1)
	// CKF_WRITE_PROTECTED, LOGIN_REQUIRED, USER_PIN_INITIALIZED, TOKEN_INITIALIZED; sizes of PINs; the
	// memory is not known, which is a CK_ULONG of all ones.
	assert.Equal(t, "40e pin 5-8 memory 1", before[0])
	assert.Equal(t, "1040e", after[0], "CKF_USER_PIN_COUNT_LOW as well")
}

func (p Printed) checkObjects(t testing.TB) {
	t.Helper()
	classes := map[string]int{}
	for _, line := range p.All("object") {
		f := strings.SplitN(line, " ", 4)
		require.Len(t, f, 4, line)
		assert.Equal(t, "12", f[0], "CKR_ATTRIBUTE_TYPE_INVALID for one of the three: %s", line)
		assert.Equal(t, "1", f[2], "that one is marked: %s", line)
		classes[f[1]]++
	}
	// Certificate, public key, profile; the private key shows after the login.
	for class, n := range map[string]int{"1": 1, "2": 1, "9": 1, "3": 0} {
		assert.Equal(t, n, classes[class], "objects of class %s", class)
	}
}

func (p Printed) checkSignatures(t testing.TB, o simcard.Options, faults bool) {
	t.Helper()
	require.Equal(t, o.Authentication.Certificate, p.bytes(t, "certificate", 1)[0])
	leaf, err := x509.ParseCertificate(o.Authentication.Certificate)
	require.NoError(t, err)
	public := leaf.PublicKey.(*rsa.PublicKey)
	digest := sha256.Sum256(sample)
	pkcs := append(p.bytes(t, "pkcs", 1), p.bytes(t, "sha-pkcs", 1)...)
	if faults {
		pkcs = append(pkcs, p.bytes(t, "back-signature", 2)...)
	}
	for i, signature := range pkcs {
		assert.NoError(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature), "signature %d", i)
	}
	for _, word := range []string{"pss", "sha-pss"} {
		assert.NoError(t, rsa.VerifyPSS(public, crypto.SHA256, digest[:], p.bytes(t, word, 1)[0],
			&rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}), word)
	}
	plain, err := rsa.DecryptOAEP(sha256.New(), nil, o.Authentication.Key, p.bytes(t, "oaep", 1)[0], []byte("label"))
	assert.NoError(t, err)
	assert.Equal(t, sample, plain)
}
