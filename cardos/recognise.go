// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"strings"

	"tscns/cardos/iso7816"
)

// atrFacts is what an answer to reset tells of a card.
type atrFacts struct {
	historical []byte
	cns        bool // "CNS" somewhere in the historical bytes
	// The pre-issuing data of the 15-byte shape ("CNS" at its usual place),
	// zero in any other.
	ic, mask    byte
	os          uint16
	version     byte // CNS version, a nibble each side of the point
	contactless bool
	typeB       bool // application data and protocol info seen on TS-CNS cards over NFC
	idemiaNFC   bool
	valid       bool // it is an answer to reset at all
	memoryCard  bool // a contactless card without commands of its own (PC/SC part 3, 3.1.3.2.3.1)
}

// typeBMarks are the application data and protocol information of ISO 14443-3
// type B answers seen on TS-CNS cards. Other cards may share them.
var typeBMarks = [][]byte{
	{0x00, 0x00, 0x00, 0x00, 0x33, 0x81, 0x91},
	{0x00, 0x00, 0x00, 0x00, 0xF7, 0x81, 0xC1},
	{0x30, 0xAB, 0xAB, 0x01, 0x77, 0x81, 0xB7},
}

// idemiaNFCMark begins the historical bytes of IDEMIA's contactless cards
// (OpenSC, commit 1708c065f).
var idemiaNFCMark = []byte{0x00, 0x31, 0xC1, 0x64}

// memoryCardMark begins the historical bytes that PC/SC makes up for memory
// cards: presence indicator 4F and the identifier of the PC/SC workgroup.
var memoryCardMark = []byte{0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06}

func readATR(raw []byte) atrFacts {
	atr, err := iso7816.ParseATR(raw)
	if err != nil {
		return atrFacts{}
	}
	h := atr.Historical
	f := atrFacts{valid: true, historical: h, contactless: atr.Contactless, cns: bytes.Contains(h, []byte("CNS")),
		memoryCard: bytes.HasPrefix(h, memoryCardMark)}
	if len(h) == 15 && string(h[9:12]) == "CNS" {
		f.ic, f.mask, f.os, f.version = h[2], h[3], uint16(h[4])<<8|uint16(h[5]), h[12]
	}
	if f.contactless {
		body := h
		// 50 and the card's own identifier of 4 bytes come first in one shape.
		if len(h) == 12 && h[0] == 0x50 {
			body = h[5:]
		}
		for _, mark := range typeBMarks {
			f.typeB = f.typeB || bytes.HasPrefix(body, mark)
		}
		f.idemiaNFC = len(h) == 11 && bytes.HasPrefix(h, idemiaNFCMark)
	}
	return f
}

// How many commands a card may cost that turns out to be another's: where its
// ATR says CNS, and where it does not.
const (
	maxUnknownCNS = 3
	maxForeign    = 2
)

// recogniser finds the profile of a card inside one transaction. It asks
// nothing twice.
type recogniser struct {
	tx     *tx
	facts  atrFacts
	serial string
	asked  map[string]bool // answers to the probes so far
	known  bool            // a file of the CNS has answered
	found  *application    // see Card.found

	// Of the attempt to know the card again (fromStore).
	free      int // commands that do not count as asking
	ahead     *readAhead
	holderFCI iso7816.FCI
	holder    []byte
}

// find returns the first profile that the ATR allows and the probes confirm.
func (r *recogniser) find() (*profile, error) {
	for _, p := range profiles {
		if !p.match(r.facts) {
			continue
		}
		ok, err := r.probe(p)
		if err != nil {
			return nil, err
		}
		if ok {
			return p, nil
		}
		if !r.mayAsk() {
			break
		}
	}
	return nil, ErrNotRecognized
}

// confirm notes that the card is one of ours: a file of a CNS has answered.
func (r *recogniser) confirm() { r.known, r.tx.ours = true, true }

func (r *recogniser) mayAsk() bool {
	limit := maxForeign
	if r.facts.cns {
		limit = maxUnknownCNS
	}
	return r.known || r.tx.ch.Count-r.free < limit
}

func (r *recogniser) probe(p *profile) (bool, error) {
	if p.apps != nil {
		return r.probeApplications(p.apps)
	}
	if p.applet != nil {
		ok, err := r.ask("applet "+string(p.applet), func() (bool, error) {
			return r.tx.selectApplet(p.applet)
		})
		if !ok || err != nil {
			return false, err
		}
		if p.confirm != "" {
			ok, err = r.ask("confirm", func() (bool, error) {
				data, err := r.tx.getData(p.confirmTag)
				return strings.Contains(string(data), p.confirm), err
			})
			if !ok || err != nil {
				return false, err
			}
		}
		r.confirm()
	}
	if ok, err := r.ask("files "+string(p.applet), r.readSerial); !ok || err != nil {
		return false, err
	}
	if p.directory != mustHaveDirectory {
		return true, nil
	}
	return r.ask("directory", func() (bool, error) {
		_, ok, err := r.tx.selectFile(pathPrivateDirectory)
		return ok, err
	})
}

// ask runs a probe once and remembers its answer; a refusal by the card is a
// no. Once the limit is reached every new question is answered no.
func (r *recogniser) ask(name string, probe func() (bool, error)) (bool, error) {
	if ok, done := r.asked[name]; done {
		return ok, nil
	}
	if !r.mayAsk() {
		return false, nil
	}
	ok, err := probe()
	if err != nil && !refused(err) {
		return false, err
	}
	ok = ok && err == nil
	r.asked[name] = ok
	return ok, nil
}

// readSerial looks for the files that every CNS has: the card's number, or
// else the holder's certificate file.
func (r *recogniser) readSerial() (bool, error) {
	_, ok, err := r.tx.selectFile(pathIDCarta)
	if err != nil && !refused(err) {
		return false, err
	}
	if !ok {
		// The second question is for cards that say CNS: of another the
		// commands are better spent on another application.
		if !r.facts.cns || !r.mayAsk() {
			return false, nil
		}
		_, ok, err = r.tx.selectFile(pathCCarta)
		if ok {
			r.confirm()
		}
		return ok, err
	}
	r.confirm()
	b, err := r.tx.readBinary(0, serialLength)
	if err != nil && !refused(err) {
		return false, err
	}
	r.serial = parseSerial(b)
	return true, nil
}

// serialLength is the size of EF_IDCarta's content, in characters.
const serialLength = 16

// parseSerial returns the card's number, or nothing where the file does not
// hold 16 digits or capital letters.
func parseSerial(b []byte) string {
	if len(b) < serialLength {
		return ""
	}
	b = b[:serialLength]
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return ""
		}
	}
	return string(b)
}
