// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/profile"
	"tscns/tests/replay"
)

func recording(t *testing.T, name string) *replay.Recording {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "tests", "transcripts", name))
	require.NoError(t, err)
	defer f.Close()
	rec, err := replay.Parse(f)
	require.NoError(t, err)
	return rec
}

// certificateOf makes a certificate around a public key, exactly size bytes
// long. Its signature is nonsense: nothing in the card layer looks at it.
func certificateOf(t *testing.T, key *rsa.PublicKey, size int) []byte {
	t.Helper()
	algorithm := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}}
	name := pkix.Name{CommonName: "PROVA MARIA"}.ToRDNSequence()
	spki, err := asn1.Marshal(struct{ N, E *big.Int }{key.N, big.NewInt(int64(key.E))})
	require.NoError(t, err)
	type spkiType struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	type tbsType struct {
		Serial       *big.Int
		Algorithm    pkix.AlgorithmIdentifier
		Issuer       pkix.RDNSequence
		Validity     struct{ From, To time.Time }
		Subject      pkix.RDNSequence
		SPKI         spkiType
		Extension    []pkix.Extension `asn1:"explicit,tag:3"`
		Undocumented int              `asn1:"optional"`
	}
	tbs := tbsType{Serial: big.NewInt(7), Algorithm: algorithm, Issuer: name, Subject: name,
		SPKI: spkiType{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, Parameters: asn1.NullRawValue},
			asn1.BitString{Bytes: spki, BitLength: 8 * len(spki)}},
		Extension: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 13}}}}
	tbs.Validity.From, tbs.Validity.To = time.Unix(0, 0).UTC(), time.Unix(1<<31, 0).UTC()
	for padding := range size {
		tbs.Extension[0].Value = make([]byte, padding)
		b, err := asn1.Marshal(struct {
			TBS       tbsType
			Algorithm pkix.AlgorithmIdentifier
			Signature asn1.BitString
		}{tbs, algorithm, asn1.BitString{Bytes: make([]byte, 256), BitLength: 2048}})
		require.NoError(t, err)
		if len(b) == size {
			return b
		}
	}
	t.Fatalf("no certificate of %d bytes", size)
	return nil
}

// recordedKey returns the public key and the signed block that a recording of
// family T holds.
func recordedKey(t *testing.T, rec *replay.Recording) (key *rsa.PublicKey, block []byte) {
	t.Helper()
	var modulus []byte
	for i, e := range rec.Exchanges {
		switch {
		case bytes.HasPrefix(e.Command, []byte{0x00, 0xA4}) && bytes.Contains(e.Command, []byte{0x90, 0x01, 0x11, 0x04}):
			var attributes []byte
			for _, read := range rec.Exchanges[i+1 : i+5] {
				attributes = append(attributes, read.Answer[:len(read.Answer)-2]...)
			}
			modulus = attributes[len(attributes)-5-256 : len(attributes)-5]
		case e.Command[1] == 0x2A:
			data := e.Command[5 : 5+int(e.Command[4])]
			block = append(block, data...)
		}
	}
	require.Len(t, block, 257)
	return &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537}, block[1:]
}

// The recorded card goes through recognition, listing, counters, login and a
// signature; what it signs verifies with the modulus in its own file.
func TestReplayTokenME(t *testing.T) {
	rec := recording(t, "oberthur-cosmo-v7-tokenme.apdu")
	card := replay.New(rec)
	key, block := recordedKey(t, rec)
	certificate := certificateOf(t, key, 0x525)
	card.Fill("00A4080006140090012002", 0, certificate)

	c, err := profile.Open(card, replay.Reader, cardos.Options{})
	require.NoError(t, err)
	info := c.Info()
	assert.Equal(t, "T", info.Family)
	assert.Equal(t, cardos.Proven, info.Grade)
	assert.Equal(t, "2000000000000000", info.Serial)
	assert.Equal(t, "Oberthur/IDEMIA", info.Maker)

	identities, err := c.Identities()
	require.NoError(t, err)
	require.Len(t, identities, 1)
	require.Len(t, identities[0].Keys, 1)
	k := identities[0].Keys[0]
	assert.Equal(t, certificate, k.Certificate.Raw)
	assert.Equal(t, 2048, k.Bits)

	pin, puk, err := c.QueryTries(0)
	require.NoError(t, err)
	assert.Equal(t, cardos.Tries{Known: true, Left: 3}, pin)
	assert.Equal(t, cardos.Tries{Known: true, Left: 8}, puk)

	_, err = c.RawRSA(&k, block)
	assert.ErrorIs(t, err, cardos.ErrPINRequired)
	require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345678")))
	assert.True(t, c.Verified(0))
	signature, err := c.RawRSA(&k, block)
	require.NoError(t, err)
	hash, err := hex.DecodeString("A67F58C63826176D74484D257231289513E79E03882157B926D594D10D7736A9")
	require.NoError(t, err)
	assert.NoError(t, rsa.VerifyPKCS1v15(key, crypto.SHA256, hash, signature))

	before := len(card.Sent())
	again, err := c.RawRSA(&k, block)
	require.NoError(t, err)
	assert.Equal(t, signature, again)
	assert.Equal(t, 2, len(card.Sent())-before, "the two chained parts and nothing else")
	assert.Empty(t, card.Unknown(), "every command is covered by the recording")
	require.NoError(t, c.Close())
	_, err = c.Identities()
	assert.ErrorIs(t, err, cardos.ErrClosed)
}

// The key reference comes from the private directory, the modulus in the
// attribute file tells which key it is.
func TestReplayAttributeFile(t *testing.T) {
	rec := recording(t, "oberthur-cosmo-v7-tokenme.apdu")
	card := replay.New(rec)
	c, err := card.Connect(replay.Reader)
	require.NoError(t, err)
	require.NoError(t, c.Begin())
	answer, err := c.Transmit([]byte{0x00, 0xA4, 0x08, 0x00, 0x06, 0x14, 0x00, 0x90, 0x02, 0x31, 0x0E, 0x00})
	require.NoError(t, err)
	fci, err := iso7816.ParseFCI(answer[:len(answer)-2])
	require.NoError(t, err)
	assert.Equal(t, 0x16A, fci.Size)
}

// Each of the short fragments parses, and our reading of its status words is
// the recorded one.
func TestReplayFragments(t *testing.T) {
	for name, want := range map[string][]iso7816.Status{
		"st2021-chaining-rejected.apdu":  {iso7816.ClaNotSupported},
		"idemia2021-holder-read.apdu":    {iso7816.OK, iso7816.OK, iso7816.OK, iso7816.OK},
		"idemia2021-unknown-applet.apdu": {iso7816.FileNotFound},
		"idemia2021-classic-file.apdu":   {iso7816.IncorrectP1P2, iso7816.FileNotFound, iso7816.OK},
	} {
		var got []iso7816.Status
		for _, e := range recording(t, name).Exchanges {
			got = append(got, iso7816.Status(e.Status))
		}
		assert.Equal(t, want, got, name)
	}
}

// ST 2021 refuses command chaining: the driver must never send it there. A
// card that knows the recorded refusal only is asked for a signature.
func TestST2021NeverChained(t *testing.T) {
	service, sim, c := simulated(t, "b2", nil)
	rec := recording(t, "st2021-chaining-rejected.apdu")
	refusals := 0
	service.SetFault(readerName, replayed(rec, &refusals))
	signVerified(t, c, sim)
	assert.Zero(t, refusals)
}

// Nothing but ErrNotRecognized for a card that answers like none of ours.
func TestReplayForeign(t *testing.T) {
	rec := recording(t, "idemia2021-unknown-applet.apdu")
	rec.ATR = []byte{0x3B, 0x04, 0x00, 0x04, 0x00, 0x00}
	card := replay.New(rec)
	_, err := profile.Open(card, replay.Reader, cardos.Options{})
	assert.ErrorIs(t, err, cardos.ErrNotRecognized)
	assert.Empty(t, card.Sent(), "its answer to reset is asked alone")
}
