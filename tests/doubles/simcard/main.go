// SPDX-License-Identifier: Apache-2.0

// Command simcard is a library with a simulated card in a simulated reader
// inside: it needs neither pcscd nor hardware. ./build.sh sim builds it. It is
// never shipped.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"

	"tscns/cardos"
	"tscns/module"
	"tscns/pkcs11export"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// simcardVariable names the card: an identity directory as cmd/simcard writes
// it, or a family ("b2", which is also the default; see simcard), of
// which a card with a fresh demo identity is made.
const simcardVariable = "TSCNS_SIMCARD"

// hostileVariable is the seed of a card that spoils its answers; another one
// for each C_Initialize.
const hostileVariable = "TSCNS_SIMCARD_HOSTILE"

const simcardReader = "tscns simulated reader 00 00"

func init() { pkcs11export.Serve(newModule) }

func main() {}

func newModule() module.API {
	service := sync.OnceValues(simulatedService)
	return pkcs11export.NewModule(func() (cardos.Transport, error) {
		s, err := service()
		if seed := pkcs11export.Environment(hostileVariable); seed != "" {
			s, err = hostileService(seed)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", cardos.ErrNoService, err)
		}
		return s.Transport(), nil
	}, "") // cards made up for one program are of no use to the next
}

// simulatedService is a service with one reader and the card in it.
func simulatedService() (*simreader.Service, error) {
	card, err := newCard()
	if err != nil {
		return nil, err
	}
	return serviceWith(card), nil
}

func hostileService(text string) (*simreader.Service, error) {
	seed, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", hostileVariable, err)
	}
	card, err := newCard()
	if err != nil {
		return nil, err
	}
	return serviceWith(simcard.NewHostile(card, seed)), nil
}

func newCard() (*simcard.Card, error) {
	options, err := simulatedCard(pkcs11export.Environment(simcardVariable))
	if err != nil {
		return nil, err
	}
	return simcard.New(options)
}

func serviceWith(card simreader.Card) *simreader.Service {
	service := simreader.NewService(simcardReader)
	service.Insert(simcardReader, card)
	return service
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
