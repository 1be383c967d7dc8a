// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
)

// demoPIN is the PIN of simulated cards.
const demoPIN = "12345678"

// tokenLabel is the library's name for the card's authentication PIN.
const tokenLabel = "TS-CNS"

// cardInReader starts a private smart card service with a virtual reader and
// puts a simulated card in it; where the service is not installed the card
// inside the library takes its place.
func (d *demo) cardInReader() (*place, error) {
	dir := filepath.Join(d.dir, "pcscd")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	d.say("Starting a smart card service (pcscd) of our own with a virtual reader, which nobody else can reach ...",
		"Avvio un servizio per smart card (pcscd) tutto nostro con un lettore virtuale, che nessun altro raggiunge ...")
	service, err := pcscd.Start(dir, 1)
	if errors.Is(err, pcscd.ErrMissing) {
		d.say("  not to be had: %v", "  non disponibile: %v", err)
		return d.cardInside()
	}
	if err != nil {
		return nil, err
	}
	module, err := library(d.module)
	if err != nil {
		return nil, errors.Join(err, service.Stop())
	}
	card, err := simcard.New(d.card())
	if err != nil {
		return nil, errors.Join(err, service.Stop())
	}
	reader := vpcd.New(service.Slot(0, 0))
	closeAll := func() error {
		reader.Close()
		return service.Stop()
	}
	reader.Insert(card)
	if err := service.WaitCard(pcscd.ReaderName(0, 0), true, patience); err != nil {
		return nil, errors.Join(err, closeAll())
	}
	d.say("  reader \"%s\" with a simulated card: %s", "  lettore \"%s\" con una tessera simulata: %s",
		pcscd.ReaderName(0, 0), strings.Join(strings.Fields(simcard.Describe(simcard.FamilyB2))[2:], " "))
	return &place{module: module, env: service.Env(), token: tokenLabel, pin: []byte(demoPIN),
		count: card.Stats, close: closeAll}, nil
}

// card describes the simulated card: a TS-CNS of 2021.
func (d *demo) card() simcard.Options {
	o := simcard.ForIdentity(simcard.FamilyB2, d.set.Identity)
	o.PIN = demoPIN
	return o
}

// cardInside uses the library that carries a simulated card and no PC/SC.
func (d *demo) cardInside() (*place, error) {
	module, err := library(d.simModule)
	if err != nil {
		return nil, err
	}
	if err := simcard.Save(d.identityDir(), d.card(), d.set); err != nil {
		return nil, err
	}
	d.say("Using the library with the simulated card inside: no smart card service, no reader",
		"Uso la libreria con la tessera simulata dentro: senza servizio, senza lettore")
	return &place{module: module, env: []string{"TSCNS_SIMCARD=" + d.identityDir()}, token: tokenLabel, pin: []byte(demoPIN)}, nil
}

// library returns the absolute path of a library that exists.
func library(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w (./build.sh)", err)
	}
	return path, nil
}
