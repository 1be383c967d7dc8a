// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"io"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// certificateStates are what the forms of a certificate's file come to; a form
// that is not here holds a certificate that can be used.
var certificateStates = map[string]cardos.CertificateState{
	simcard.FormZeros:  cardos.CertificateNone,
	simcard.FormOnes:   cardos.CertificateNone,
	simcard.FormEmpty:  cardos.CertificateNone,
	simcard.FormAbsent: cardos.CertificateNone,
	simcard.FormNoise:  cardos.CertificateNotUnderstood,
	simcard.FormEC:     cardos.CertificateKeyUnsupported,
}

// notKnown are the families of which too little is known to say that a file
// which is not there is none.
var notKnown = map[simcard.Family]bool{simcard.FamilyF: true, simcard.FamilyH: true}

// Every form of a certificate's file, on every family: a certificate that is
// wrapped is used as a plain one, and known again as cheaply.
func TestCertificateForms(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		for _, form := range simcard.CertificateForms() {
			t.Run(form, func(t *testing.T) {
				service, sim := inserted(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.CertificateForm = form })
				want, other := certificateStates[form]
				if form == simcard.FormAbsent && notKnown[f] {
					want = cardos.CertificateNotFound
				}
				if !other {
					want = cardos.CertificatePresent
				}
				store := newShelf()
				for _, again := range []bool{false, true} {
					sim.ClearLog()
					c, err := profile.Open(service.Transport(), readerName, cardos.Options{Store: store})
					require.NoError(t, err)
					place, err := c.CertificatePlace(cardos.Authentication)
					require.NoError(t, err)
					assert.Equal(t, want, place.State)
					if want == cardos.CertificateKeyUnsupported {
						assert.Equal(t, "EC P-256", place.Key)
					}
					if want >= cardos.CertificateKeyUnsupported && again {
						assert.LessOrEqual(t, len(sim.Log()), warmBudget(f), sim.LogText())
					}
					if want == cardos.CertificatePresent {
						assert.Equal(t, setFor(t, f).Identity.Certificate, firstKey(t, c).Certificate.Raw)
						signVerified(t, c, sim)
					}
					c.Close()
				}
			})
		}
	})
}

// contentOf puts content into the certificate's file of a card and opens it.
func contentOf(t *testing.T, f simcard.Family, content []byte) *cardos.Card {
	t.Helper()
	_, _, c := simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.CertificateFile = content })
	return c
}

func packed(t *testing.T, w func(io.Writer) io.WriteCloser, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := w(&out)
	_, err := z.Write(content)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
func zlibbed(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func stored(w io.Writer) io.WriteCloser {
	z, err := gzip.NewWriterLevel(w, flate.NoCompression)
	if err != nil {
		panic(err) // the level is one
	}
	return z
}

// What may be around a certificate beside the forms that have a name.
func TestWrappedCertificates(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyB11204, simcard.FamilyC, simcard.FamilyE, simcard.FamilyH} {
		der := setFor(t, f).Identity.Certificate
		n := len(der)
		tlv := func(tag byte, b []byte) []byte {
			return append(binary.BigEndian.AppendUint16([]byte{tag, 0x82}, uint16(len(b))), b...)
		}
		for what, content := range map[string][]byte{
			"length, little-endian":     append(binary.LittleEndian.AppendUint16(nil, uint16(n)), der...),
			"length of 4 bytes":         append(binary.BigEndian.AppendUint32(nil, uint32(n)), der...),
			"FF behind":                 append(bytes.Clone(der), bytes.Repeat([]byte{0xFF}, 700)...),
			"53 around 70":              tlv(0x53, tlv(0x70, der)),
			"70 around gzip":            tlv(0x70, packed(t, gzipped, der)),
			"gzip around 70":            packed(t, gzipped, tlv(0x70, der)),
			"length before gzip":        append(binary.BigEndian.AppendUint16(nil, uint16(n)), packed(t, gzipped, der)...),
			"4 bytes before zlib":       append(binary.LittleEndian.AppendUint32(nil, uint32(n)), packed(t, zlibbed, der)...),
			"gzip without compression":  packed(t, stored, der),
			"gzip, FF behind":           append(packed(t, gzipped, der), bytes.Repeat([]byte{0xFF}, 700)...),
			"OCTET STRING around zlib":  tlv(0x04, packed(t, zlibbed, der)),
			"SEQUENCE of a certificate": tlv(0x30, der),
		} {
			c := contentOf(t, f, content)
			if assert.Equal(t, der, rawOfFirst(t, c), "%s, %s", f, what) && f != simcard.FamilyE {
				require.NoError(t, c.VerifyPIN(0, goodPIN))
				signOnce(t, c, firstKey(t, c), what)
			}
		}
	}
}

// rawOfFirst returns the first certificate, nil without one.
func rawOfFirst(t *testing.T, c *cardos.Card) []byte {
	t.Helper()
	identities, err := c.Identities()
	require.NoError(t, err)
	if len(identities[0].Keys) == 0 {
		return nil
	}
	return identities[0].Keys[0].Certificate.Raw
}

// Contents that come near a certificate are not understood, whatever they cost
// to unpack.
func TestContentsNotUnderstood(t *testing.T) {
	f := simcard.FamilyB2
	der := setFor(t, f).Identity.Certificate
	gz := packed(t, gzipped, der)
	damaged := bytes.Clone(gz)
	damaged[len(damaged)-6] ^= 1 // of the checksum
	for what, content := range map[string][]byte{
		"bomb":                 packed(t, gzipped, make([]byte, 50<<20)),
		"bomb in a bomb":       packed(t, zlibbed, packed(t, gzipped, make([]byte, 50<<20))),
		"certificate and bomb": packed(t, gzipped, append(bytes.Clone(der), make([]byte, 50<<20)...)),
		"cut gzip":             gz[:len(gz)/2],
		"cut zlib":             packed(t, zlibbed, der)[:300],
		"wrong checksum":       damaged,
		"cut certificate":      der[:len(der)/2],
		"length beyond":        {0x30, 0x82, 0x7F, 0xFF, 1},
		"text":                 []byte("PEM, perhaps"),
		"too far in":           append(make([]byte, 20), append([]byte{1}, der...)...),
	} {
		c := contentOf(t, f, content)
		place, err := c.CertificatePlace(cardos.Authentication)
		require.NoError(t, err, what)
		assert.Equal(t, cardos.CertificatePlace{State: cardos.CertificateNotUnderstood}, place, what)
		assert.Nil(t, rawOfFirst(t, c), what)
	}
}

// A key of a kind that cannot be used is called by its name.
func TestUnsupportedKeys(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	t.Setenv("GODEBUG", "rsa1024min=0")
	for name, key := range map[string]crypto.Signer{"Ed25519": ed, "RSA 512": smallKey(t, 512), "RSA 1000": smallKey(t, 1000)} {
		template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "prova"},
			NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		require.NoError(t, err)
		for _, content := range [][]byte{der, packed(t, gzipped, der)} {
			place, err := contentOf(t, simcard.FamilyB2, content).CertificatePlace(cardos.Authentication)
			require.NoError(t, err)
			assert.Equal(t, cardos.CertificatePlace{State: cardos.CertificateKeyUnsupported, Key: name}, place)
		}
	}
}

func smallKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	return key
}

// A card of family H whose application with the certificate is not among those
// looked for is not one without a certificate.
func TestApplicationNotFound(t *testing.T) {
	_, _, c := simulated(t, simcard.FamilyH, func(_ *simcard.Options, b *simcard.Behaviour) {
		v := simcard.DefaultVariantH()
		v.Third, b.H = "unknown", &v
	})
	place, err := c.CertificatePlace(cardos.Authentication)
	require.NoError(t, err)
	assert.Equal(t, cardos.CertificateNotFound, place.State)
}

// A certificate is not taken for another card's that begins alike.
func TestBeginsOfAWrappedCertificate(t *testing.T) {
	f := simcard.FamilyB2
	one, other := setFor(t, f).Identity.Certificate, issue(t, f, "begins", false).Certificate
	for _, pack := range []func(io.Writer) io.WriteCloser{gzipped, zlibbed, stored} {
		a, err := certificate.Parse(one)
		require.NoError(t, err)
		b, err := certificate.Parse(other)
		require.NoError(t, err)
		head := packed(t, pack, one)[:256]
		assert.True(t, a.Begins(head, 0))
		assert.False(t, b.Begins(head, 0))
		assert.False(t, a.Begins(head[:20], 0), "too little is seen of it")
	}
}

// What a certificate is called is decided by all that it says of its use.
func TestLabelByUsage(t *testing.T) {
	const ds, nr = x509.KeyUsageDigitalSignature, x509.KeyUsageContentCommitment
	type usages = []asn1.ObjectIdentifier
	auth, email, anything := certificate.ClientAuth, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}, certificate.AnyUsage
	policy, err := x509.OIDFromInts([]uint64{1, 3, 76, 16, 2, 1})
	require.NoError(t, err)
	key := setFor(t, simcard.FamilyB2).Identity.Key
	for _, x := range []struct {
		usage    x509.KeyUsage
		extended usages
		policies []x509.OID
		label    string
	}{
		{ds, usages{auth}, nil, "CNS autenticazione"},
		{ds | nr, usages{auth}, nil, "CNS autenticazione"},
		{ds | nr, usages{auth}, []x509.OID{policy}, "CNS autenticazione"},
		{ds | nr, usages{email, anything}, nil, "CNS autenticazione"},
		{ds | nr, usages{email, auth}, nil, "CNS autenticazione"},
		{ds | nr, nil, nil, "CNS autenticazione"},
		{nr, nil, []x509.OID{policy}, "CNS autenticazione"},
		{0, nil, nil, "CNS autenticazione"},
		{x509.KeyUsageKeyEncipherment, usages{auth}, nil, "CNS autenticazione"},
		{nr, nil, nil, "Firma digitale"},
		{nr, usages{email}, nil, "Firma digitale"},
		{nr, usages{anything}, nil, "Firma digitale"},
		{ds | nr, usages{email}, nil, "Firma digitale"},
		{ds | nr, usages{email, certificate.SmartcardLogon}, nil, "CNS autenticazione"},
		{nr, usages{certificate.PKINITClient}, nil, "CNS autenticazione"},
	} {
		template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "prova"}, Policies: x.policies,
			NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), KeyUsage: x.usage, UnknownExtKeyUsage: x.extended}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		require.NoError(t, err)
		k := firstKey(t, contentOf(t, simcard.FamilyB2, der))
		assert.Equal(t, x.label, k.Label, "%+v", x)
	}
}

// A Spanish card has the answer to reset and the files of family E, with
// certificates that are no DER: it is no TS-CNS, and no PIN goes there.
func TestTwinOfFamilyE(t *testing.T) {
	model, ok := simcard.ModelNamed("e-spanish")
	require.True(t, ok)
	_, sim, c := simulated(t, model.Family, func(o *simcard.Options, _ *simcard.Behaviour) { model.Apply(o) })
	_, err := c.Identities()
	assert.ErrorIs(t, err, cardos.ErrNotRecognized)
	assert.LessOrEqual(t, len(sim.Log()), 20)
}

// The same where the certificate lies in an IAS-ECC application.
func TestCertificateFormsOfModels(t *testing.T) {
	for _, name := range []string{"h-ias", "h-ias-dir", "h-ias-mf"} {
		m, ok := simcard.ModelNamed(name)
		require.True(t, ok, name)
		for _, form := range []string{simcard.FormPlain, simcard.FormZlibLength, simcard.FormTemplate, simcard.FormZeros, simcard.FormNoise, simcard.FormEC} {
			o := simcard.ForIdentity(m.Family, setFor(t, m.Family).Identity)
			m.Apply(&o)
			o.CertificateForm = form
			sim, err := simcard.New(o)
			require.NoError(t, err)
			service := simreader.NewService(readerName)
			service.Insert(readerName, sim)
			store := newShelf()
			want, other := certificateStates[form]
			if !other {
				want = cardos.CertificatePresent
			}
			for range 2 {
				sim.ClearLog()
				c, err := profile.Open(service.Transport(), readerName, cardos.Options{Store: store})
				require.NoError(t, err)
				place, err := c.CertificatePlace(cardos.Authentication)
				require.NoError(t, err)
				assert.Equal(t, want, place.State, "%s, %s", name, form)
				if want == cardos.CertificatePresent {
					assert.Equal(t, setFor(t, m.Family).Identity.Certificate, rawOfFirst(t, c), "%s, %s", name, form)
				}
				c.Close()
			}
			if want == cardos.CertificatePresent {
				assert.LessOrEqual(t, len(sim.Log()), warmBudget(m.Family), "%s, %s: %s", name, form, sim.LogText())
			}
		}
	}
}
