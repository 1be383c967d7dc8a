// SPDX-License-Identifier: Apache-2.0

package simcard_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
)

// pair is a command and the answer of the real card.
type pair struct {
	command  string
	data     []byte
	anything int // data bytes that are not recorded
	sw       string
}

var recorded = regexp.MustCompile(`^< (?:\[(\d+)\])?([0-9A-F]*)([0-9A-F]{4})$`)

func transcript(t *testing.T) []pair {
	t.Helper()
	text, err := os.ReadFile("testdata/layout-t.txt")
	require.NoError(t, err)
	var pairs []pair
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if command, ok := strings.CutPrefix(line, "> "); ok {
			pairs = append(pairs, pair{command: command})
			continue
		}
		m := recorded.FindStringSubmatch(line)
		require.NotNil(t, m, line)
		p := &pairs[len(pairs)-1]
		p.anything, _ = strconv.Atoi(m[1])
		p.data, p.sw = unhex(t, m[2]), m[3]
	}
	return pairs
}

// certificateOf makes a certificate of an exact size in bytes.
func certificateOf(t *testing.T, key *rsa.PrivateKey, size int) []byte {
	t.Helper()
	for padding := size / 2; ; {
		template := &x509.Certificate{SerialNumber: big.NewInt(0x010203), Subject: pkix.Name{CommonName: "PROVA"},
			NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(2e9, 0),
			ExtraExtensions: []pkix.Extension{{Id: []int{2, 25, 9}, Value: make([]byte, padding)}}}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		require.NoError(t, err)
		if len(der) == size {
			return der
		}
		padding += size - len(der)
	}
}

// TestReplayLayoutT sends the recorded commands to the simulated card of the
// same make. Status words, lengths and bytes are those of the real card, but
// for what hangs on its key.
func TestReplayLayoutT(t *testing.T) {
	pairs := transcript(t)
	require.Len(t, pairs, 65)
	key, err := pki.Key(2048, "replay")
	require.NoError(t, err)
	c := card(t, simcard.Options{Family: simcard.FamilyT, Serial: "2000000000000000",
		Authentication: simcard.Credential{Key: key, Certificate: certificateOf(t, key, 0x0525)}})
	require.Equal(t, "3BFF1800008131FE45006B11050700012101434E531031804A", strings.ToUpper(hex.EncodeToString(c.ATR())))

	// The real modulus: 256 bytes after the word 0100 in file 1104.
	var read, want []byte // of the current file
	modulus := modulusIn(t, pairs)
	own := key.N.FillBytes(make([]byte, 256))
	block := psoBlock(t, pairs)
	flush := func() {
		require.Equal(t, hex.EncodeToString(want), hex.EncodeToString(bytes.Replace(read, own, modulus, 1)))
		read, want = nil, nil
	}
	for _, p := range pairs {
		data, sw := send(t, c, p.command)
		require.Equal(t, p.sw, sw, p.command)
		require.Len(t, data, p.anything+len(p.data), p.command)
		switch {
		case p.anything > 0:
		case strings.HasPrefix(p.command, "00B0"):
			read, want = append(read, data...), append(want, p.data...)
		case strings.HasPrefix(p.command, "002A") && len(data) == 256:
			got := new(big.Int).Exp(new(big.Int).SetBytes(data), big.NewInt(int64(key.E)), key.N)
			require.Zero(t, got.Cmp(block), "the signature, raised to the exponent, is the block")
		default:
			flush()
			require.Equal(t, p.data, data, p.command)
		}
	}
	flush()
}

// modulusIn puts the recorded reads of file 1104 together.
func modulusIn(t *testing.T, pairs []pair) []byte {
	t.Helper()
	var file []byte
	here := false
	for _, p := range pairs {
		if strings.HasPrefix(p.command, "00A4") {
			here = strings.HasPrefix(p.command, "00A4080006140090011104")
		} else if here && strings.HasPrefix(p.command, "00B0") {
			file = append(file, p.data...)
		}
	}
	require.Len(t, file, 0x016D)
	start := len(file) - 5 - 256
	require.Equal(t, []byte{0x01, 0x00}, file[start-2:start])
	return file[start : start+256]
}

// psoBlock puts the two parts of the recorded PSO together; the recorded
// signature confirms it.
func psoBlock(t *testing.T, pairs []pair) *big.Int {
	t.Helper()
	var block []byte
	var signature *big.Int
	for _, p := range pairs {
		if strings.HasPrefix(p.command[1:], "02A8086") {
			apdu := unhex(t, p.command)
			block = append(block, apdu[5:5+int(apdu[4])]...)
			signature = new(big.Int).SetBytes(p.data)
		}
	}
	require.Len(t, block, 257)
	number := new(big.Int).SetBytes(block)
	n := new(big.Int).SetBytes(modulusIn(t, pairs))
	require.Zero(t, new(big.Int).Exp(signature, big.NewInt(65537), n).Cmp(number),
		"recorded signature of %d bytes", len(signature.Bytes()))
	return number
}
