// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"

	"github.com/stretchr/testify/require"
)

// ProviderTries has OpenSSL's pkcs11-provider spend tries of a card with two
// tokens ([TwoTokens]) whose PINs differ, and looks at what it knows of them: a
// URI that names no token, which offers the one PIN to both, may cost one try of
// the other's in three processes, and shows the count as low in a fourth; at the
// last try of a PIN the provider stops by itself, before any command about a PIN.
func (r *Rig) ProviderTries(config string, env ...string) {
	r.t.Helper()
	data, out, trace := r.File("data.txt", []byte("di prova\n")), r.File("data.sig", nil), r.File("trace", nil)
	env = append(env, "OPENSSL_CONF="+config, "PKCS11_PROVIDER_DEBUG=file:"+trace)
	// openssl returns what a new process prints, and the messages of its provider.
	openssl := func(args ...string) (Result, string) {
		require.NoError(r.t, os.Truncate(trace, 0))
		result := r.Tool("openssl", "openssl", args...).With(env...).Run()
		return result, string(r.Read(trace))
	}
	sign := func(token, pin string) (Result, string) {
		return openssl("dgst", "-sha256", "-sign", "pkcs11:"+token+"type=private;pin-value="+pin, "-out", out, data)
	}
	flags := func() string { // of each token
		_, messages := openssl("storeutl", "-noout", r.URI("cert"))
		require.Contains(r.t, messages, "CKF_USER_PIN_INITIALIZED")
		return messages
	}
	const countLow, finalTry = "CKF_USER_PIN_COUNT_LOW", "CKF_USER_PIN_FINAL_TRY"
	require.NotContains(r.t, flags(), countLow)
	for range 3 {
		sign("", r.PIN)
	}
	require.Contains(r.t, flags(), countLow)
	tries, _ := r.Card.SignatureTries()
	require.GreaterOrEqual(r.t, tries, 2, "tries of the signature PIN")
	require.Equal(r.t, 3, r.PINTries())

	token := "token=" + r.Token + ";"
	for _, wrong := range []string{"00000000", "11111111"} {
		require.NotContains(r.t, flags(), finalTry)
		result, _ := sign(token, wrong)
		require.NotZero(r.t, result.Code)
	}
	require.Contains(r.t, flags(), finalTry)
	before := r.PINCommands()
	result, messages := sign(token, r.PIN)
	require.NotZero(r.t, result.Code)
	require.Contains(r.t, messages, "Only one auth attempt left on token")
	require.Equal(r.t, before, r.PINCommands(), "commands about a PIN at its last try")
	require.Equal(r.t, 1, r.PINTries())
	r.WrongPINs(2 + 3 - tries)
}
