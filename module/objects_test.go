// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

func truth(a ck.AttributeType, v byte) Attribute { return Attribute{a, []byte{v}} }

func TestMatching(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
	id := sha1.Sum(f.card.key.N.Bytes())
	cert := f.card.identities[0].Keys[0].Certificate.Raw
	for name, c := range map[string]struct {
		tmpl []Attribute
		want int
	}{
		"profile as NSS asks":   {[]Attribute{truth(ck.CKA_TOKEN, 1), class(ck.CKO_PROFILE)}, 1},
		"certificate, NSS":      {[]Attribute{{ck.CKA_VALUE, cert}, class(ck.CKO_CERTIFICATE)}, 1},
		"key by ID, NSS":        {[]Attribute{{ck.CKA_ID, id[:]}, class(ck.CKO_PRIVATE_KEY)}, 1},
		"key, OpenSSH":          {[]Attribute{class(ck.CKO_PRIVATE_KEY), {ck.CKA_ID, id[:]}, truth(ck.CKA_SIGN, 1)}, 1},
		"public key, crypto11":  {[]Attribute{{ck.CKA_ID, id[:]}, {ck.CKA_LABEL, []byte("CNS autenticazione")}, {ck.CKA_KEY_TYPE, enc.ulong(0)}, class(ck.CKO_PUBLIC_KEY)}, 1},
		"same ID on all three":  {[]Attribute{{ck.CKA_ID, id[:]}}, 3},
		"session objects":       {[]Attribute{truth(ck.CKA_TOKEN, 0)}, 0},
		"label cut":             {[]Attribute{{ck.CKA_LABEL, []byte("CNS autenticazion")}}, 0},
		"boolean too long":      {[]Attribute{{ck.CKA_TOKEN, []byte{1, 0}}}, 0},
		"class too short":       {[]Attribute{{ck.CKA_CLASS, []byte{3}}}, 0},
		"unknown attribute":     {[]Attribute{{0x7fffffff, []byte("x")}}, 0},
		"absent attribute":      {[]Attribute{class(ck.CKO_CERTIFICATE), {ck.CKA_MODULUS, nil}}, 0},
		"secret attribute":      {[]Attribute{{ck.CKA_PRIME_1, nil}}, 0},
		"empty attribute":       {[]Attribute{{ck.CKA_URL, nil}}, 1},
		"built-in roots":        {[]Attribute{class(0xce534354)}, 0},
		"trust":                 {[]Attribute{truth(ck.CKA_TOKEN, 1), class(0xb)}, 0},
		"file by value":         {[]Attribute{class(ck.CKO_DATA), {ck.CKA_VALUE, f.card.files["EF_DatiPersonali"]}}, 1},
		"file by another value": {[]Attribute{class(ck.CKO_DATA), {ck.CKA_VALUE, []byte("no")}}, 0},
	} {
		require.Len(t, f.find(h, c.tmpl...), c.want, name)
	}
}

func TestFindWithoutCard(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	before, _ := f.card.count()
	reads := f.service.reads
	for range 100 {
		f.find(h, class(0xce534354))
	}
	require.Equal(t, reads, f.service.reads, "not even the service is asked")
	f.find(h, class(ck.CKO_CERTIFICATE))
	f.find(h, class(ck.CKO_DATA))
	f.find(h)
	after, _ := f.card.count()
	require.Equal(t, before, after)
}

func TestAttributes(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	yes, no := []byte{1}, []byte{0}
	k := f.card.key
	der := f.card.identities[0].Keys[0].Certificate.Raw
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	serial, err := asn1.Marshal(cert.SerialNumber)
	require.NoError(t, err)
	id := sha1.Sum(k.N.Bytes())
	hash := sha1.Sum(der)
	label := []byte("CNS autenticazione")
	all := attributes{ck.CKA_TOKEN: yes, ck.CKA_MODIFIABLE: no, ck.CKA_COPYABLE: no, ck.CKA_DESTROYABLE: no}
	pair := attributes{ck.CKA_KEY_TYPE: enc.ulong(0), ck.CKA_ID: id[:], ck.CKA_LABEL: label,
		ck.CKA_MODULUS: k.N.Bytes(), ck.CKA_PUBLIC_EXPONENT: {1, 0, 1}, ck.CKA_SUBJECT: cert.RawSubject,
		ck.CKA_PUBLIC_KEY_INFO: cert.RawSubjectPublicKeyInfo, ck.CKA_START_DATE: {}, ck.CKA_END_DATE: {},
		ck.CKA_DERIVE: no, ck.CKA_LOCAL: no, ck.CKA_KEY_GEN_MECHANISM: enc.ulong(ck.CK_UNAVAILABLE_INFORMATION)}
	want := map[ck.ObjectClass][]attributes{
		ck.CKO_CERTIFICATE: {all, {ck.CKA_PRIVATE: no, ck.CKA_LABEL: label, ck.CKA_CERTIFICATE_TYPE: enc.ulong(0),
			ck.CKA_VALUE: der, ck.CKA_SUBJECT: cert.RawSubject, ck.CKA_ISSUER: cert.RawIssuer,
			ck.CKA_SERIAL_NUMBER: serial, ck.CKA_ID: id[:], ck.CKA_TRUSTED: no,
			ck.CKA_CERTIFICATE_CATEGORY: enc.ulong(1), ck.CKA_CHECK_VALUE: hash[:3], ck.CKA_URL: {},
			ck.CKA_START_DATE: []byte("20250102"), ck.CKA_END_DATE: []byte("20310102"),
			ck.CKA_PUBLIC_KEY_INFO: cert.RawSubjectPublicKeyInfo}},
		ck.CKO_PUBLIC_KEY: {all, pair, {ck.CKA_PRIVATE: no, ck.CKA_MODULUS_BITS: enc.ulong(2048),
			ck.CKA_VERIFY: yes, ck.CKA_ENCRYPT: yes, ck.CKA_VERIFY_RECOVER: no, ck.CKA_WRAP: no, ck.CKA_TRUSTED: no}},
		ck.CKO_PRIVATE_KEY: {all, pair, {ck.CKA_PRIVATE: yes, ck.CKA_SIGN: yes, ck.CKA_DECRYPT: yes,
			ck.CKA_SIGN_RECOVER: no, ck.CKA_UNWRAP: no, ck.CKA_SENSITIVE: yes, ck.CKA_ALWAYS_SENSITIVE: yes,
			ck.CKA_EXTRACTABLE: no, ck.CKA_NEVER_EXTRACTABLE: yes, ck.CKA_ALWAYS_AUTHENTICATE: no,
			ck.CKA_WRAP_WITH_TRUSTED: no}},
		ck.CKO_PROFILE: {all, {ck.CKA_PRIVATE: no, ck.CKA_PROFILE_ID: enc.ulong(4)}},
	}
	for c, groups := range want {
		o := f.one(h, c)
		require.Equal(t, enc.ulong(uint(c)), f.get(h, o, ck.CKA_CLASS))
		for _, group := range groups {
			for a, v := range group {
				require.Equal(t, v, f.get(h, o, a), "class %d, attribute %#x", c, uint(a))
			}
		}
	}
	mechanisms := f.get(h, f.one(h, ck.CKO_PRIVATE_KEY), ck.CKA_ALLOWED_MECHANISMS)
	require.Len(t, mechanisms, 14*8)
}

func TestUsagesFollowTheCertificate(t *testing.T) {
	for _, c := range []struct {
		usage         x509.KeyUsage
		sign, decrypt byte
	}{
		{0, 1, 1},
		{x509.KeyUsageDigitalSignature, 1, 0},
		{x509.KeyUsageContentCommitment, 1, 0},
		{x509.KeyUsageKeyEncipherment, 0, 1},
		{bothUsages, 1, 1},
	} {
		f := newFixtureWith(t, newFakeCard(t, 2048, cardos.Proven, c.usage))
		h := f.login(ro)
		private, public := f.one(h, ck.CKO_PRIVATE_KEY), f.one(h, ck.CKO_PUBLIC_KEY)
		require.Equal(t, []byte{c.sign}, f.get(h, private, ck.CKA_SIGN))
		require.Equal(t, []byte{c.sign}, f.get(h, public, ck.CKA_VERIFY))
		require.Equal(t, []byte{c.decrypt}, f.get(h, private, ck.CKA_DECRYPT))
		require.Equal(t, []byte{c.decrypt}, f.get(h, public, ck.CKA_ENCRYPT))
	}
}

func TestULongOfFourBytes(t *testing.T) {
	f := newFixture(t)
	require.NoError(t, f.Finalize())
	f.config.ULongSize = 4
	require.NoError(t, f.Initialize(InitArgs{}))
	h := f.open(ro)
	short := encoder{4}
	o := f.find(h, Attribute{ck.CKA_CLASS, short.ulong(uint(ck.CKO_PUBLIC_KEY))})
	require.Len(t, o, 1)
	require.Equal(t, short.ulong(2048), f.get(h, o[0], ck.CKA_MODULUS_BITS))
	require.Equal(t, []byte{0xff, 0xff, 0xff, 0xff}, f.get(h, o[0], ck.CKA_KEY_GEN_MECHANISM))
}

func TestDataFilesAreReadOnceAndLate(t *testing.T) {
	f := newFixture(t)
	reads := 0
	f.card.setHook(func(op string) error {
		if op == "read" {
			reads++
		}
		return nil
	})
	h := f.open(ro)
	list := f.find(h, class(ck.CKO_DATA))
	require.Len(t, list, 2)
	labels := map[string]ck.ObjectHandle{}
	for _, o := range list {
		labels[string(f.get(h, o, ck.CKA_LABEL))] = o
		require.Equal(t, "TS-CNS", string(f.get(h, o, ck.CKA_APPLICATION)))
		require.Empty(t, f.get(h, o, ck.CKA_OBJECT_ID))
	}
	require.Zero(t, reads)
	for range 3 {
		require.Equal(t, f.card.files["EF_DatiPersonali"], f.get(h, labels["EF_DatiPersonali"], ck.CKA_VALUE))
		require.Empty(t, f.get(h, labels["EF_IDCarta"], ck.CKA_VALUE), "not on this card")
	}
	require.Equal(t, 2, reads)
}

func TestDataFileErrors(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	o := f.find(h, class(ck.CKO_DATA))[0]
	q := []AttributeQuery{{Type: ck.CKA_VALUE, Buffer: SizeQuery}, {Type: ck.CKA_LABEL, Buffer: 99}}
	for failure, want := range map[error]ck.RV{
		cardos.ErrPINRequired: ck.CKR_ATTRIBUTE_SENSITIVE,
		cardos.ErrProtocol:    ck.CKR_DEVICE_ERROR,
	} {
		f.card.setHook(func(string) error { return failure })
		f.is(want, f.GetAttributeValue(h, o, q))
		require.Equal(t, ck.CK_UNAVAILABLE_INFORMATION, q[0].Len)
		require.NotEmpty(t, q[1].Value, "the others are filled")
	}
	f.card.setHook(nil)
	require.NoError(t, f.GetAttributeValue(h, o, q), "a failure is not remembered")
}

func TestIDsAreStable(t *testing.T) {
	f := newFixture(t)
	read := func() (list []string) {
		h := f.login(ro)
		for _, o := range f.find(h) {
			list = append(list, string(f.get(h, o, ck.CKA_UNIQUE_ID))+string(f.get(h, o, ck.CKA_LABEL)))
		}
		return list
	}
	first := read()
	sorted := slices.Compact(slices.Sorted(slices.Values(first)))
	require.Len(t, sorted, len(first), "each has its own")
	f.service.remove(f.reader)
	f.service.insert(f.reader, f.card)
	require.Equal(t, first, read())
}
