// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Card is a simulated card. Its methods may be called from any goroutine.
type Card struct {
	options   Options
	behaviour Behaviour
	atr       []byte
	mf        *file
	apps      []*file           // selectable by name
	objects   map[uint16][]byte // GET DATA, by P1 P2
	locked    bool              // over NFC: nothing answers before the applet is selected
	h         *cardH            // of family H

	mu    sync.Mutex
	state state
	stats Stats
	log   []Exchange
}

// state is what a reset clears.
type state struct {
	app      *file // the application selected by name, root of paths
	df, ef   *file
	verified map[*pin]bool
	se       int // restored security environment, 0 = none
	decipher byte
	sign     byte
	hasKey   [2]bool // decipher, sign
	chain    []byte
	chaining *command // header of a chain in progress
}

// Stats counts since the last call of Stats.
type Stats struct {
	Commands int // command APDUs
	Received int // bytes of them
	Sent     int // bytes of the answers
	Resets   int // warm resets
	PowerOns int
	Writes   int // commands that would change a file
	// TriesSpent counts the answers that cost a PIN or PUK a try.
	TriesSpent int
}

// Exchange is one line of the card's log: no data, hence no PIN.
type Exchange struct {
	Header [4]byte // CLA INS P1 P2
	Lc, Le int     // bytes; Le -1 without an Le field
	SW     uint16
}

func (e Exchange) String() string {
	return fmt.Sprintf("% X Lc=%d Le=%d -> %04X", e.Header[:], e.Lc, e.Le, e.SW)
}

// New makes a card.
func New(o Options) (*Card, error) {
	if o.Family == "" {
		o.Family = FamilyB2
	}
	if !slices.Contains(Families(), o.Family) {
		return nil, fmt.Errorf("simcard: no family %q", o.Family)
	}
	if o.PIN == "" {
		o.PIN = "12345678"
	}
	if o.PUK == "" {
		o.PUK = "87654321"
	}
	if !validPIN(o.PIN) || !validPIN(o.PUK) {
		return nil, errors.New("simcard: PIN and PUK have 5 to 8 digits")
	}
	if o.Signature != nil && (!validPIN(o.Signature.PIN) || !validPIN(o.Signature.PUK)) {
		return nil, errors.New("simcard: PIN and PUK of the signature key have 5 to 8 digits")
	}
	if !slices.Contains(CertificateForms(), o.CertificateForm) {
		return nil, fmt.Errorf("simcard: no form %q of a certificate", o.CertificateForm)
	}
	if len(o.Serial) != 16 && o.Family != FamilyForeign {
		return nil, errors.New("simcard: the serial number has 16 characters")
	}
	c := &Card{options: o, behaviour: o.behaviour(), atr: o.ATR, objects: map[uint16][]byte{}}
	if c.atr == nil {
		c.atr = ATR(o.Family)
	}
	if err := c.build(); err != nil {
		return nil, err
	}
	c.state = c.fresh()
	return c, nil
}

// fresh is the state after a reset.
func (c *Card) fresh() state {
	app := c.mf
	if c.h != nil {
		app = c.h.afterReset(c.mf)
	}
	return state{app: app, df: app, verified: map[*pin]bool{}}
}

// Family returns the family of the card.
func (c *Card) Family() Family { return c.options.Family }

// ATR returns the answer to reset.
func (c *Card) ATR() []byte { return slices.Clone(c.atr) }

// Power switches the card on or off; both clear its volatile state.
func (c *Card) Power(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = c.fresh()
	if on {
		c.stats.PowerOns++
	}
}

// Reset is a warm reset: it drops the PIN state and selects what is selected
// by default.
func (c *Card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = c.fresh()
	c.stats.Resets++
}

// Stats returns the counters and sets them to zero.
func (c *Card) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	c.stats = Stats{}
	return s
}

// Tries returns the tries left of the authentication PIN and its PUK.
func (c *Card) Tries() (pin, puk int) { return c.triesOf(pinUser) }

// SignatureTries returns those of the signature PIN, 0 and 0 without one.
func (c *Card) SignatureTries() (pin, puk int) { return c.triesOf(pinSignature) }

func (c *Card) triesOf(ref byte) (pin, puk int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.mf.findPIN(ref); p != nil {
		return p.tries, p.puk.tries
	}
	return 0, 0
}

// Log returns the headers and status words of all commands so far.
func (c *Card) Log() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.log)
}

// ClearLog empties the log.
func (c *Card) ClearLog() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = nil
}

// LogText returns the log, a line for each command.
func (c *Card) LogText() string {
	var text strings.Builder
	for _, e := range c.Log() {
		fmt.Fprintln(&text, e)
	}
	return text.String()
}

// maxLog bounds the log of a card that runs for long.
const maxLog = 10000

// Transmit answers one command APDU.
func (c *Card) Transmit(apdu []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	cmd, ok := decode(apdu)
	var r response
	switch {
	case c.behaviour.YesMan != "":
		r = c.yes(cmd)
	case !ok:
		r = status(0x6700)
	case c.options.Family == FamilyForeign:
		r = c.foreign(cmd)
	default:
		r = c.execute(cmd)
	}
	out := r.bytes()
	c.stats.Commands++
	c.stats.Received += len(apdu)
	c.stats.Sent += len(out)
	if len(c.log) == maxLog {
		c.log = slices.Clone(c.log[maxLog/2:])
	}
	c.log = append(c.log, Exchange{[4]byte{cmd.cla, cmd.ins, cmd.p1, cmd.p2}, len(cmd.data), cmd.le, r.sw})
	return out
}

// foreign answers as a card of another world: it knows SELECT and nothing of
// ours.
func (c *Card) foreign(cmd command) response {
	if cmd.ins == insSelect {
		return status(0x6A82)
	}
	return status(0x6D00)
}

// yes answers 9000 to whatever it is.
func (c *Card) yes(cmd command) response {
	if c.behaviour.YesMan == YesZeros && cmd.le > 0 {
		return answer(make([]byte, cmd.le))
	}
	return status(0x9000)
}

const (
	insVerify          = 0x20
	insMSE             = 0x22
	insChange          = 0x24
	insPSO             = 0x2A
	insResetRetry      = 0x2C
	insChallenge       = 0x84
	insSelect          = 0xA4
	insReadBinary      = 0xB0
	insReadRecord      = 0xB2
	insGetData         = 0xCA
	insGetDataObject   = 0xCB
	insUpdateBinary    = 0xD6
	insUpdateRecord    = 0xDC
	insAppendRecord    = 0xE2
	insEraseBinary     = 0x0E
	insPutData         = 0xDA
	insCreateFile      = 0xE0
	insDeleteFile      = 0xE4
	insGenerateKey     = 0x46
	classChaining      = 0x10
	classProprietary   = 0x80
	classInterindustry = 0x00
)

// execute checks class and lengths, collects chains and runs the command.
func (c *Card) execute(cmd command) response {
	if cmd.extended && !c.behaviour.Extended {
		return status(0x6700)
	}
	if c.locked && c.state.app == c.mf && cmd.ins != insSelect {
		return status(0x6985)
	}
	switch cmd.cla {
	case classInterindustry:
	case classChaining:
		return c.chain(cmd)
	case classProprietary:
		if cmd.ins != insGetData {
			return status(0x6E00)
		}
	default:
		return status(0x6E00)
	}
	if c.state.chaining != nil {
		if cmd.ins != c.state.chaining.ins || cmd.p1 != c.state.chaining.p1 || cmd.p2 != c.state.chaining.p2 {
			c.state.chain, c.state.chaining = nil, nil
			return status(0x6883)
		}
		cmd.data = append(c.state.chain, cmd.data...)
		c.state.chain, c.state.chaining = nil, nil
	}
	return c.dispatch(cmd)
}

// maxChain bounds the data collected by chaining, in bytes.
const maxChain = 2048

// chain takes a part of a command other than the last: only PSO is chained.
func (c *Card) chain(cmd command) response {
	switch c.behaviour.Chaining {
	case SW6E00:
		return status(0x6E00)
	case SW6884:
		return status(0x6884)
	}
	first := c.state.chaining
	if cmd.ins != insPSO && cmd.ins != insInternalAuthenticate || first != nil && (first.p1 != cmd.p1 || first.p2 != cmd.p2) ||
		len(c.state.chain)+len(cmd.data) > maxChain {
		c.state.chain, c.state.chaining = nil, nil
		return status(0x6884)
	}
	c.state.chain = append(c.state.chain, cmd.data...)
	header := cmd
	header.data = nil
	c.state.chaining = &header
	return status(0x9000)
}

func (c *Card) dispatch(cmd command) response {
	if c.h != nil {
		if r, ok := c.dispatchH(cmd); ok {
			return r
		}
	}
	switch cmd.ins {
	case insSelect:
		return c.selectFile(cmd)
	case insReadBinary:
		return c.readBinary(cmd)
	case insReadRecord:
		return c.readRecord(cmd)
	case insUpdateBinary:
		return c.updateBinary(cmd)
	case insVerify:
		return c.verify(cmd)
	case insChange:
		return c.change(cmd)
	case insResetRetry:
		return c.resetRetry(cmd)
	case insMSE:
		return c.manageSE(cmd)
	case insPSO:
		return c.perform(cmd)
	case insChallenge:
		return c.challenge(cmd)
	case insGetData:
		return c.getData(cmd)
	case insUpdateRecord, insAppendRecord, insEraseBinary, insPutData, insCreateFile, insDeleteFile, insGenerateKey:
		c.stats.Writes++
		return status(0x6982)
	}
	return status(0x6D00)
}
