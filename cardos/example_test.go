// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"errors"
	"fmt"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// exampleReader is a service with a simulated card in its reader.
func exampleReader() cardos.Transport {
	set, err := simcard.NewSet(simcard.FamilyB2)
	if err != nil {
		panic(err)
	}
	sim, err := simcard.New(simcard.ForIdentity(simcard.FamilyB2, set.Identity))
	if err != nil {
		panic(err)
	}
	service := simreader.NewService(readerName)
	service.Insert(readerName, sim)
	return service.Transport()
}

// Open recognises the card in a reader by the profiles that it is given;
// profile.Open gives it all of them. A program uses pcsc.New for the transport.
func ExampleOpen() {
	card, err := profile.Open(exampleReader(), readerName, cardos.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer card.Close()
	identities, err := card.Identities()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, id := range identities {
		for _, key := range id.Keys {
			fmt.Println(card.Info().Family, key.Label, key.Bits)
		}
	}
	// Output: B2 CNS autenticazione 2048
}

// A PIN that the card refuses is a *PINError, with the tries left where the
// card reports them.
func ExampleCard_VerifyPIN() {
	card, err := profile.Open(exampleReader(), readerName, cardos.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer card.Close()
	err = card.VerifyPIN(0, cardos.Secret("00000"))
	var refusal *cardos.PINError
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Tries.Known, refusal.Tries.Left, errors.Is(err, cardos.ErrPINIncorrect))
	}
	// Output: true 2 true
}

// SignPKCS1v15 pads the message where the card does not.
func ExampleCard_SignPKCS1v15() {
	card, err := profile.Open(exampleReader(), readerName, cardos.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer card.Close()
	identities, _ := card.Identities()
	key := &identities[0].Keys[0]
	_, err = card.SignPKCS1v15(key, []byte("message"))
	fmt.Println(errors.Is(err, cardos.ErrPINRequired))
	if err := card.VerifyPIN(0, cardos.Secret("12345678")); err != nil {
		fmt.Println(err)
		return
	}
	signature, err := card.SignPKCS1v15(key, []byte("message"))
	fmt.Println(len(signature), err)
	// Output:
	// true
	// 256 <nil>
}
