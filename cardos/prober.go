// SPDX-License-Identifier: Apache-2.0

package cardos

// How many questions a card may answer no that has not shown yet that it is one
// of ours: where its answer to reset says CNS, and where it does not.
const (
	maxUnknownCNS = 3
	maxForeign    = 2
)

// Prober recognises a card inside one transaction: layouts ask their
// questions through it. It asks nothing twice, and stops asking a card that
// shows nothing of ours after a few refusals.
type Prober struct {
	ATR ATR
	// Number is the card's number, as soon as a layout has read it.
	Number Number
	// ReadAhead is a certificate that [Instance.Again] read in full and that
	// was not the one it looked for; nil for none.
	ReadAhead *ReadAhead

	tx        *Tx
	asked     map[string]bool // answers to the questions so far
	confirmed bool            // a file or application of a CNS was there
	refused   int             // questions answered no
}

// ReadAhead is a certificate that was read before its turn.
type ReadAhead struct {
	File    string // its path, as its layout names it
	Offset  int    // where in the file it starts
	Content *CertificateFile
}

// Tx returns the transaction.
func (p *Prober) Tx() *Tx { return p.tx }

// Confirm notes that the card is one of ours: it named a file or application of
// a CNS, or has its content. A bare 9000 shows nothing.
func (p *Prober) Confirm() { p.confirmed, p.tx.known = true, true }

// MayAsk reports whether the card may be asked one more question.
func (p *Prober) MayAsk() bool {
	limit := maxForeign
	if p.ATR.CNS {
		limit = maxUnknownCNS
	}
	return p.confirmed || p.refused < limit
}

// Ask runs a probe once and remembers its answer under a name; a refusal by
// the card is a no. Once the limit is reached every new question is answered
// no.
func (p *Prober) Ask(name string, probe func() (bool, error)) (bool, error) {
	if ok, done := p.asked[name]; done {
		return ok, nil
	}
	if !p.MayAsk() {
		return false, nil
	}
	ok, err := probe()
	if err != nil && !Refused(err) {
		return false, err
	}
	ok = ok && err == nil
	if !ok {
		p.refused++
	}
	p.asked[name] = ok
	return ok, nil
}

// Asked reports whether a question was asked.
func (p *Prober) Asked(name string) bool {
	_, asked := p.asked[name]
	return asked
}

// find returns the first profile that the answer to reset allows and whose
// layout the card has.
func (p *Prober) find(profiles []*Profile) (*Profile, Instance, error) {
	for _, profile := range profiles {
		if !profile.Match(p.ATR) {
			continue
		}
		instance, err := profile.Layout.Probe(p)
		if err != nil {
			return nil, nil, err
		}
		if instance != nil {
			return profile, instance, nil
		}
		if !p.MayAsk() {
			break
		}
	}
	return nil, nil, ErrNotRecognized
}
