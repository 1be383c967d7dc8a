// SPDX-License-Identifier: Apache-2.0

package iso7816_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/iso7816"
)

func TestParseTLV(t *testing.T) {
	list, err := iso7816.ParseTLV(unhex("00 6F 03 800101 FF 7F49 8102 AABB 04 00"))
	require.NoError(t, err)
	require.Len(t, list, 3)
	assert.Equal(t, uint32(0x6F), list[0].Tag)
	assert.True(t, list[0].Constructed())
	assert.Equal(t, uint32(0x7F49), list[1].Tag)
	assert.True(t, list[1].Constructed())
	assert.Equal(t, []byte{0xAA, 0xBB}, list[1].Value)
	assert.False(t, list[2].Constructed())
	assert.Empty(t, list[2].Value)
}

func TestParseTLVBad(t *testing.T) {
	for _, bad := range []string{"6F", "6F05 01", "6F80 0000", "6F85 0000000001 00", "6F84FFFFFFFF", "1F", "1F8181 8100", "6F82 01"} {
		_, err := iso7816.ParseTLV(unhex(bad))
		assert.ErrorIs(t, err, iso7816.ErrProtocol, bad)
	}
	many := make([]byte, 0, 1024)
	for range 300 {
		many = append(many, 0x04, 0x00)
	}
	_, err := iso7816.ParseTLV(many)
	assert.ErrorIs(t, err, iso7816.ErrProtocol)
}

func TestParseFCI(t *testing.T) {
	// Recorded on a card: a transparent file of 0525 bytes, a directory.
	f, err := iso7816.ParseFCI(unhex("6F35800205258203010000830220028501018609001010FFFF10FFFFFFCB18" +
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"))
	require.NoError(t, err)
	assert.Equal(t, iso7816.FCI{Size: 0x525, HasSize: true, ID: 0x2002}, f)
	f, err = iso7816.ParseFCI(unhex("6F 10 8102007F 8203380000 83029002 850101"))
	require.NoError(t, err)
	assert.Equal(t, iso7816.FCI{IsDF: true, ID: 0x9002}, f)
	f, err = iso7816.ParseFCI(unhex("6F 0D 620B 80020525 8201 01 83022002"))
	require.NoError(t, err)
	assert.Equal(t, iso7816.FCI{Size: 0x525, HasSize: true, ID: 0x2002}, f, "parameters inside of the information")
	f, err = iso7816.ParseFCI(nil)
	require.NoError(t, err)
	assert.Equal(t, iso7816.FCI{}, f)
	_, err = iso7816.ParseFCI(unhex("6F 05 8002"))
	assert.ErrorIs(t, err, iso7816.ErrProtocol)
}

func TestParseATR(t *testing.T) {
	a, err := iso7816.ParseATR(unhex("3BFF1800008131FE45006B11050700012101434E531031804A"))
	require.NoError(t, err)
	assert.Equal(t, []int{1}, a.Protocols)
	assert.Len(t, a.Historical, 15)
	assert.True(t, a.HasTCK)
	assert.True(t, a.TCKValid)
	assert.False(t, a.Contactless)

	a, err = iso7816.ParseATR(unhex("3B80800101"))
	require.NoError(t, err)
	assert.True(t, a.Contactless)
	assert.Equal(t, []int{0, 1}, a.Protocols)
	assert.Empty(t, a.Historical)

	a, err = iso7816.ParseATR(unhex("3B0400040000"))
	require.NoError(t, err)
	assert.Equal(t, []int{0}, a.Protocols)
	assert.Len(t, a.Historical, 4)

	a, err = iso7816.ParseATR(unhex("3BFF1800008131FE45006B11050700012101434E531031804B"))
	require.NoError(t, err)
	assert.False(t, a.TCKValid)

	for _, bad := range []string{"", "3B", "3C00", "3BFF", "3BFF1800", "3B0500040000", "3B040004000000000000"} {
		_, err := iso7816.ParseATR(unhex(bad))
		assert.ErrorIs(t, err, iso7816.ErrProtocol, bad)
	}
	longest := unhex("3BFF 111111F1 111111F1 11111171 111111 202020202020202020202020202020 00")
	require.Len(t, longest, iso7816.MaxATR)
	a, err = iso7816.ParseATR(longest)
	require.NoError(t, err)
	assert.Len(t, a.Historical, 15)
	_, err = iso7816.ParseATR(append(longest, 0))
	assert.ErrorIs(t, err, iso7816.ErrProtocol)
}

// The classic answers to reset announce no extended length: the form of the CNS
// specification has no room for it.
func TestExtendedLength(t *testing.T) {
	for historical, want := range map[string]bool{
		"006B02091617011101434E53113180": false, // ST 2021
		"8073C8211065434E53107339":       false, // a token with card capabilities
		"8073802140":                     true,
		"8073802180":                     false, // command chaining alone
		"80728021":                       false, // two bytes: no third table
		"0173802140":                     false, // another category
		"8031E0738021":                   false, // cut
		"8031E073802140":                 true,
		"0073802140079000":               true, // status indicator behind
		"0073":                           false,
		"00079000":                       false,
		"80":                             false,
		"":                               false,
	} {
		h := unhex(historical)
		a, err := iso7816.ParseATR(append([]byte{0x3B, byte(len(h))}, h...))
		require.NoError(t, err, historical)
		assert.Equal(t, want, a.ExtendedLength(), historical)
	}
}
