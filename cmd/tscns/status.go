// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"io"
	"time"

	"tscns/cardos"
	"tscns/cardos/certificate"
)

// status is what tscns status knows; its JSON form is the --json output.
type status struct {
	Service bool           `json:"service"` // the smart card service answers
	Readers []readerStatus `json:"readers"`
}

type readerStatus struct {
	Name  string      `json:"name"`
	State string      `json:"state"` // empty, mute, in-use, foreign, error, card
	Error string      `json:"error,omitempty"`
	Card  *cardStatus `json:"card,omitempty"`
}

type cardStatus struct {
	Profile      string       `json:"profile"`
	Family       string       `json:"family"`
	Contactless  bool         `json:"contactless"`
	Grade        string       `json:"grade"`
	Number       string       `json:"number,omitempty"`
	Holder       string       `json:"holder,omitempty"`
	Certificates []certStatus `json:"certificates"`
	PINTries     *int         `json:"pinTries"` // null: not known
	PUKTries     *int         `json:"pukTries"`

	grade cardos.Grade
}

type certStatus struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	CNSPolicy bool      `json:"cnsPolicy"`
	KeyBits   int       `json:"keyBits"`
}

// collect asks every reader, without a PIN. Names and numbers are masked
// unless show is set.
func collect(open func() (cardos.Transport, error), show bool) *status {
	st := &status{Readers: []readerStatus{}}
	transport, err := open()
	if err != nil {
		return st
	}
	defer transport.Close()
	readers, err := transport.Readers()
	if err != nil {
		return st
	}
	st.Service = true
	for _, r := range readers {
		rs := readerStatus{Name: r.Name}
		switch {
		case !r.Present:
			rs.State = "empty"
		case r.Mute:
			rs.State = "mute"
		default:
			rs.readCard(transport, show)
		}
		st.Readers = append(st.Readers, rs)
	}
	return st
}

func (rs *readerStatus) readCard(transport cardos.Transport, show bool) {
	card, err := cardos.Open(transport, rs.Name)
	if err != nil {
		rs.State, rs.Error = stateOf(err)
		return
	}
	defer card.Close()
	identities, err := card.Identities()
	if err != nil {
		rs.State, rs.Error = stateOf(err)
		return
	}
	rs.State = "card"
	info := card.Info()
	cs := &cardStatus{
		Profile: info.Profile, Family: info.Family, Contactless: info.Contactless,
		Grade: english.text(gradeText(info.Grade)), grade: info.Grade,
		Number:       mask(info.Serial, show),
		Holder:       holderName(card, show),
		Certificates: []certStatus{},
	}
	for i, id := range identities {
		for _, k := range id.Keys {
			cs.Certificates = append(cs.Certificates, describe(k, show))
		}
		if id.Purpose == cardos.Authentication {
			cs.PINTries, cs.PUKTries = triesLeft(card, i)
		}
	}
	rs.Card = cs
}

// triesLeft asks the card only where that is proven to cost no try.
func triesLeft(card *cardos.Card, identity int) (pin, puk *int) {
	p, u, err := card.QueryTries(identity)
	if err != nil {
		return nil, nil
	}
	return known(p), known(u)
}

func known(t cardos.Tries) *int {
	if !t.Known {
		return nil
	}
	return &t.Left
}

func stateOf(err error) (state, detail string) {
	switch {
	case errors.Is(err, cardos.ErrNoCard), errors.Is(err, cardos.ErrCardRemoved):
		return "empty", ""
	case errors.Is(err, cardos.ErrCardMute):
		return "mute", ""
	case errors.Is(err, cardos.ErrInUse):
		return "in-use", ""
	case errors.Is(err, cardos.ErrNotRecognized):
		return "foreign", ""
	}
	return "error", err.Error()
}

// holderName reads surname and name from the card's public holder data.
func holderName(card *cardos.Card, show bool) string {
	for _, f := range card.DataFiles() {
		if !f.Holder {
			continue
		}
		data, err := card.ReadDataFile(f)
		if err != nil {
			continue
		}
		if h, err := cardos.ParseHolder(data); err == nil && h.Surname+h.Name != "" {
			return mask(h.Surname, show) + " " + mask(h.Name, show)
		}
	}
	return ""
}

func describe(k cardos.Key, show bool) certStatus {
	c, err := certificate.Parse(k.Certificate)
	if err != nil {
		return certStatus{}
	}
	return certStatus{
		Subject:   mask(commonName(c.Subject), show),
		Issuer:    commonName(c.Issuer),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		CNSPolicy: c.IsCNS(),
		KeyBits:   k.Bits,
	}
}

// good: a card with a certificate that is valid now is in a reader.
func (st *status) good() bool {
	now := time.Now()
	for _, r := range st.Readers {
		if r.Card == nil {
			continue
		}
		for _, c := range r.Card.Certificates {
			if now.After(c.NotBefore) && now.Before(c.NotAfter) {
				return true
			}
		}
	}
	return false
}

func (st *status) writeJSON(out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(st)
}
