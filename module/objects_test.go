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

func TestItem74_75_76_Find(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	all := f.find(h)
	require.Len(t, all, 6, "profile, certificate, two keys, two files")
	for _, chunk := range []uint{1, 2, 10, 1024} {
		require.NoError(t, f.FindObjectsInit(h, []Attribute{}))
		f.is(ck.CKR_OPERATION_ACTIVE, f.FindObjectsInit(h, nil))
		none, err := f.FindObjects(h, 0)
		require.NoError(t, err)
		require.Empty(t, none)
		var list []ck.ObjectHandle
		for {
			part, err := f.FindObjects(h, chunk)
			require.NoError(t, err)
			if len(part) == 0 {
				break
			}
			require.LessOrEqual(t, uint(len(part)), chunk)
			list = append(list, part...)
		}
		require.Equal(t, all, list)
		again, err := f.FindObjects(h, 5)
		require.NoError(t, err)
		require.Empty(t, again)
		require.NoError(t, f.FindObjectsFinal(h))
	}
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, f.FindObjectsFinal(h))
	_, err := f.FindObjects(h, 1)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)
}

func TestItem75_FindAndSignTogether(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
	f.find(h)
	_, err := f.Sign(h, []byte("x"), 256)
	require.NoError(t, err)
}

func TestItem77_78_Matching(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	private := []Attribute{truth(ck.CKA_PRIVATE, 1)}
	require.Empty(t, f.find(h, private...), "public session")
	require.Len(t, f.find(h), 5)
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
	require.Len(t, f.find(h, private...), 1)
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

func TestItem79_80_81_82_GetAttributeValue(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	unavailable := ck.CK_UNAVAILABLE_INFORMATION
	q := []AttributeQuery{
		{Type: 0x12345678, Buffer: 10},
		{Type: ck.CKA_MODULUS, Buffer: SizeQuery},
		{Type: ck.CKA_MODULUS, Buffer: 255},
		{Type: ck.CKA_MODULUS, Buffer: 256},
		{Type: ck.CKA_PRIVATE_EXPONENT, Buffer: 256},
		{Type: ck.CKA_PRIME_1, Buffer: SizeQuery},
		{Type: ck.CKA_START_DATE, Buffer: 0},
		{Type: ck.CKA_END_DATE, Buffer: SizeQuery},
		{Type: ck.CKA_CLASS, Buffer: 8},
	}
	f.is(ck.CKR_ATTRIBUTE_TYPE_INVALID, f.GetAttributeValue(h, key, q))
	lengths := []uint{unavailable, 256, unavailable, 256, unavailable, unavailable, 0, 0, 8}
	for i := range q {
		require.Equal(t, lengths[i], q[i].Len, "entry %d", i)
	}
	require.Nil(t, q[1].Value)
	require.Nil(t, q[2].Value)
	require.Equal(t, f.card.key.N.Bytes(), q[3].Value)
	require.Equal(t, enc.ulong(3), q[8].Value)
	for _, c := range []struct {
		q    AttributeQuery
		want ck.RV
	}{
		{AttributeQuery{Type: ck.CKA_MODULUS, Buffer: 1}, ck.CKR_BUFFER_TOO_SMALL},
		{AttributeQuery{Type: ck.CKA_COEFFICIENT, Buffer: SizeQuery}, ck.CKR_ATTRIBUTE_SENSITIVE},
		{AttributeQuery{Type: ck.CKA_VALUE, Buffer: SizeQuery}, ck.CKR_ATTRIBUTE_TYPE_INVALID},
		{AttributeQuery{Type: ck.CKA_MODULUS_BITS, Buffer: SizeQuery}, ck.CKR_ATTRIBUTE_TYPE_INVALID},
	} {
		f.is(c.want, f.GetAttributeValue(h, key, []AttributeQuery{c.q}))
	}
	require.NoError(t, f.GetAttributeValue(h, key, nil))
	f.is(ck.CKR_OBJECT_HANDLE_INVALID, f.GetAttributeValue(h, 0, q))
	f.is(ck.CKR_OBJECT_HANDLE_INVALID, f.GetAttributeValue(h, 99999, q))
}

func TestItem84_85_86_Attributes(t *testing.T) {
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

func TestItem87_ObjectSize(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	for _, o := range f.find(h) {
		size, err := f.GetObjectSize(h, o)
		require.NoError(t, err)
		require.NotZero(t, size)
	}
	_, err := f.GetObjectSize(h, 99999)
	f.is(ck.CKR_OBJECT_HANDLE_INVALID, err)
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

func TestItem88_89_NothingCanBeWritten(t *testing.T) {
	f := newFixture(t)
	for _, flags := range []ck.Flags{ro, rw} {
		h := f.open(flags)
		o := f.one(h, ck.CKO_CERTIFICATE)
		label := []Attribute{{ck.CKA_LABEL, []byte("x")}}
		f.is(ck.CKR_TOKEN_WRITE_PROTECTED, f.SetAttributeValue(h, o, label))
		f.is(ck.CKR_ARGUMENTS_BAD, f.SetAttributeValue(h, o, nil))
		f.is(ck.CKR_OBJECT_HANDLE_INVALID, f.SetAttributeValue(h, 9999, label))
		f.is(ck.CKR_OBJECT_HANDLE_INVALID, f.SetAttributeValue(h, 9999, nil))
		f.is(ck.CKR_TOKEN_WRITE_PROTECTED, f.DestroyObject(h, o))
		f.is(ck.CKR_OBJECT_HANDLE_INVALID, f.DestroyObject(h, 9999))
		_, err := f.CopyObject(h, o, nil)
		f.is(ck.CKR_TOKEN_WRITE_PROTECTED, err)
		_, err = f.CopyObject(h, o, []Attribute{truth(ck.CKA_TOKEN, 0)})
		f.is(ck.CKR_FUNCTION_NOT_SUPPORTED, err)
		_, err = f.CopyObject(h, 9999, nil)
		f.is(ck.CKR_OBJECT_HANDLE_INVALID, err)
		for _, c := range []struct {
			tmpl []Attribute
			want ck.RV
		}{
			{nil, ck.CKR_TEMPLATE_INCOMPLETE},
			{[]Attribute{{ck.CKA_CLASS, []byte{1}}}, ck.CKR_ATTRIBUTE_VALUE_INVALID},
			{[]Attribute{class(ck.CKO_DATA), truth(ck.CKA_TOKEN, 1)}, ck.CKR_TOKEN_WRITE_PROTECTED},
			{[]Attribute{class(ck.CKO_DATA)}, ck.CKR_FUNCTION_NOT_SUPPORTED},
		} {
			_, err := f.CreateObject(h, c.tmpl)
			f.is(c.want, err)
		}
	}
}
