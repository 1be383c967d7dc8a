// SPDX-License-Identifier: Apache-2.0

//go:build simcard

package main

import (
	"fmt"
	"os"
	"slices"
	"sync"

	"tscns/cardos"
	"tscns/module"
	"tscns/tests/simcard"
	"tscns/tests/simreader"
)

// This build carries a simulated card inside a simulated reader: it needs
// neither pcscd nor hardware. It is never shipped as the real library.

// simcardVariable names the card: an identity directory as cmd/simcard writes
// it, or a family ("b2", which is also the default; see tests/simcard), of
// which a card with a fresh demo identity is made.
const simcardVariable = "TSCNS_SIMCARD"

const simcardReader = "tscns simulated reader 00 00"

func newLibrary() module.API {
	service := sync.OnceValues(simulatedService)
	return newModule(func() (cardos.Transport, error) {
		s, err := service()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", cardos.ErrNoService, err)
		}
		return s.Transport(), nil
	})
}

// simulatedService is a service with one reader and the card in it.
func simulatedService() (*simreader.Service, error) {
	options, err := simulatedCard(environment(simcardVariable))
	if err != nil {
		return nil, err
	}
	card, err := simcard.New(options)
	if err != nil {
		return nil, err
	}
	service := simreader.NewService(simcardReader)
	service.Insert(simcardReader, card)
	return service, nil
}

func simulatedCard(name string) (simcard.Options, error) {
	if name == "" {
		name = string(simcard.FamilyB2)
	}
	family := simcard.Family(name)
	if !slices.Contains(simcard.Families(), family) {
		if _, err := os.Stat(name); err != nil {
			return simcard.Options{}, fmt.Errorf("%s: neither a family nor an identity directory: %w", simcardVariable, err)
		}
		options, _, err := simcard.Load(name)
		return options, err
	}
	set, err := simcard.NewSet(family)
	if err != nil {
		return simcard.Options{}, err
	}
	return simcard.ForIdentity(family, set.Identity), nil
}
