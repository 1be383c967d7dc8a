// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
)

// hashed is what stands for the number of a card with a certificate.
func hashed(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return fmt.Sprintf("%X", sum[:8])
}

// A number that does not fit a token's serial number is not cut: the number of
// EF.GDO or the certificate stands for it, in a second program too.
func TestCardNumber(t *testing.T) {
	const gdo = "8039000000000123"
	hexBytes := func(s string) []byte {
		b, err := hex.DecodeString(s)
		require.NoError(t, err)
		return b
	}
	long := []byte("6090000012345678901234")
	for _, x := range []struct {
		what   string
		file   []byte
		gdo    []byte // nil for none
		number string // "" where the certificate stands for it
	}{
		{"as it should be", []byte("6090000012345678"), nil, "6090000012345678"},
		{"filled with zeros", append([]byte("6090000012345678"), make([]byte, 16)...), nil, "6090000012345678"},
		{"filled with blanks", []byte("60900000A2345678        "), nil, "60900000A2345678"},
		{"22 digits", long, hexBytes("5A08" + gdo), gdo},
		{"22 digits, no GDO", long, nil, ""},
		{"12 digits", []byte("609000001234"), hexBytes("5A08" + gdo + "0000"), gdo},
		{"15 digits", []byte("609000001234567"), nil, ""},
		{"empty", []byte{}, hexBytes("5A08" + gdo), gdo},
		{"zeros", make([]byte, 16), nil, ""},
		{"one digit", []byte("0000000000000000"), hexBytes("5A080000000000000000"), ""},
		{"packed", hexBytes("60900000123456786090000012345678"), nil, ""},
		{"longer GDO", long, hexBytes("5A0A" + gdo + "1234"), ""},
		{"GDO of letters", long, hexBytes("5A08" + "80390000000001FF"), ""},
		{"GDO of zeros", long, make([]byte, 10), ""},
	} {
		for _, f := range []simcard.Family{simcard.FamilyB2, simcard.FamilyB2NFC, simcard.FamilyE, simcard.FamilyF} {
			change := func(o *simcard.Options, _ *simcard.Behaviour) {
				o.NumberFile, o.GDOFile, o.NoGDO = x.file, x.gdo, x.gdo == nil
			}
			service, sim := inserted(t, f, change)
			want := x.number
			if want == "" {
				want = hashed(setFor(t, f).Identity.Certificate)
			}
			store := newShelf()
			for range 2 {
				sim.ClearLog()
				c, _ := opened(t, service, store)
				assert.Equal(t, x.number, c.Info().Number.Text, "%s, %s", f, x.what)
				assert.Equal(t, want, c.Info().Serial, "%s, %s", f, x.what)
				if c.Info().Number.Source != cardos.NumberFile {
					assert.Equal(t, x.file, numberFile(t, c), "%s, %s: the file is not what stands for it", f, x.what)
				}
				c.Close()
			}
			assert.Equal(t, 1, store.saves, "known again")
		}
	}
}

// numberFile reads EF_IDCarta, filled or not.
func numberFile(t *testing.T, c *cardos.Card) []byte {
	t.Helper()
	for _, file := range c.DataFiles() {
		if file.Number {
			b, err := c.ReadDataFile(file)
			require.NoError(t, err)
			return append([]byte{}, b...)
		}
	}
	return nil
}

// Two cards whose numbers begin alike are two, on family H too, and a card
// without number and certificate has a serial number all the same.
func TestCardsAreToldApart(t *testing.T) {
	for f, file := range map[simcard.Family]string{simcard.FamilyC: "609000001234567890", simcard.FamilyH: "\x5A\x0A\x60\x90\x00\x00\x12\x34\x56\x78\x90\x12"} {
		serials := map[string]bool{}
		for _, which := range []string{"one", "other"} {
			id := issue(t, f, which, false)
			_, _, c := simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) {
				*o = simcard.ForIdentity(f, id)
				o.NumberFile, o.NoGDO = []byte(file), true
			})
			firstKey(t, c)
			assert.Equal(t, hashed(id.Certificate), c.Info().Serial, f)
			serials[c.Info().Serial] = true
		}
		assert.Len(t, serials, 2, f)
	}
	_, _, c := simulated(t, simcard.FamilyC, func(o *simcard.Options, _ *simcard.Behaviour) {
		o.NumberFile, o.NoGDO, o.CertificateForm = []byte{}, true, simcard.FormNoise
	})
	_, err := c.Identities()
	require.NoError(t, err)
	assert.Len(t, c.Info().Serial, 16)
	assert.Empty(t, c.Info().Number.Text)
}
