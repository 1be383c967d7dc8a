// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"strings"
)

var (
	aidHolder = []byte{0xA0, 0x00, 0x00, 0x05, 0x30, 0x00, 0x0B, 0x10, 0x40, 0x01, 0x02, 0x1A}
	aidESIGN  = []byte{0xA0, 0x00, 0x00, 0x05, 0x30, 'E', 'S', 'I', 'G', 'N'}

	// FCI of the second and third application, in the manner of IAS-ECC (P):
	// after size and identifier the life cycle and the access conditions.
	iasFree  = []byte{0x8A, 0x01, 0x05, 0xA1, 0x08, 0x8C, 0x02, 0x01, 0x00, 0x9C, 0x02, 0x01, 0x00}
	iasESIGN = []byte{0x8A, 0x01, 0x05, 0xA1, 0x0C, 0x8C, 0x04, 0x07, 0x12, 0x12, 0x12, 0x9C, 0x04, 0x07, 0x12, 0x12, 0x12}
)

// cardH is what a card of family H has beyond its files.
type cardH struct {
	variant       VariantH
	holder, third *file
	pin           *pin
	hasKey        bool // MSE SET named the key
	ias           *ias // of the third application, where it is one
}

// afterReset returns the application that is selected then: that of the
// holder's data, or a master file that holds none of their files.
func (h *cardH) afterReset(mf *file) *file {
	h.hasKey = false
	if h.ias != nil {
		h.ias.forget()
	}
	if h.variant.NothingSelected {
		return mf
	}
	return h.holder
}

// buildH makes the three applications.
func (c *Card) buildH() error {
	v := DefaultVariantH()
	if c.behaviour.H != nil {
		v = *c.behaviour.H
	}
	if v.NoReference == 0 {
		v.NoReference = 0x6A88
	}
	if v.WrongForm == 0 {
		v.WrongForm = 0x6700
	}
	h := &cardH{variant: v, pin: newPIN(pinUser, c.options.PIN, c.behaviour.MaxPINTries, c.options.PINTriesUsed)}
	h.pin.inactive = c.options.NeverActivated
	h.pin.puk = newPIN(pinUserPUK, c.options.PUK, c.behaviour.MaxPUKTries, c.options.PUKTriesUsed)
	c.h = h
	c.mf.pins = []*pin{h.pin} // for Tries; VERIFY goes by the variant

	h.holder = &file{fid: fidMF, dir: true, ac: acNever, free: 0x702C, aid: aidHolder}
	h.holder.addDir(0x1100, acNever).addFile(0x1102, acFreeRead, c.holderData())

	h.third = &file{fid: fidMF, dir: true, ac: acNever, free: 0x702C, fciEnd: iasFree}
	number := or(c.options.NumberFile, append([]byte{0x5A, 0x08}, bcd(c.options.Serial)...))
	h.third.addFile(0xD003, acFreeRead, number).ias(0xE0)
	objects := h.third.addDir(0xDA01, acFreeRead)
	objects.fciEnd = iasFree
	if content := c.certificateFile(0); content != nil {
		objects.addFile(0xC001, acFreeRead, content).ias(0x08)
	}

	sign := &file{fid: fidMF, dir: true, ac: acNever, free: 0x702C, aid: aidESIGN, fciEnd: iasESIGN}
	c.apps = []*file{h.holder, sign}
	if aid := unhexName(v.Third); aid != nil {
		h.third.aid = aid
		c.apps = append(c.apps, h.third)
	}
	return c.buildIAS()
}

// buildIAS makes the objects and the directory of an IAS-ECC application.
func (c *Card) buildIAS() (err error) {
	h := c.h
	if h.variant.IAS == nil {
		return nil
	}
	if h.ias, err = newIAS(*h.variant.IAS, c.options, c.behaviour.MaxPINTries); err != nil {
		return err
	}
	for _, root := range []*file{h.holder, h.third} {
		root.addDirectory(h.ias.spec.Directory, c.apps, h.third.aid)
	}
	if h.ias.spec.PKCS15 {
		h.ias.addPKCS15(h.third, c.options)
	}
	h.third.setTemplate(h.ias.spec.Template)
	return nil
}

// unhexName returns the application identifier of a ThirdApps entry, nil where
// it is none.
func unhexName(s string) []byte {
	out := make([]byte, len(s)/2)
	for i := range out {
		high, low := strings.IndexByte("0123456789ABCDEF", s[2*i]), strings.IndexByte("0123456789ABCDEF", s[2*i+1])
		if high < 0 || low < 0 {
			return nil
		}
		out[i] = byte(high<<4 | low)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// ias gives a file the FCI that the files of the third application have.
func (f *file) ias(sfi byte) {
	f.fciEnd, f.sfi = iasFree, sfi
}

// fciIAS is the file control information in that manner.
func (f *file) fciIAS() []byte {
	var body []byte
	tlv := func(tag byte, value ...byte) { body = append(append(body, tag, byte(len(value))), value...) }
	if f.dir {
		if f.aid != nil {
			tlv(0x84, f.aid...)
		}
		tlv(0x80, byte(f.free>>8), byte(f.free))
		tlv(0x82, 0x38)
	} else {
		tlv(0x80, byte(len(f.data)>>8), byte(len(f.data)))
		if f.record {
			tlv(0x82, 0x04)
		} else {
			tlv(0x82, 0x01)
		}
		tlv(0x88, f.sfi)
	}
	tlv(0x83, byte(f.fid>>8), byte(f.fid))
	body = append(body, f.fciEnd...)
	switch f.template {
	case Template62:
		return append([]byte{0x62, byte(len(body))}, body...)
	case TemplateBoth:
		body = append([]byte{0x62, byte(len(body))}, body...)
	}
	return append([]byte{0x6F, byte(len(body))}, body...)
}

// dispatchH answers what family H does otherwise; ok is false for the rest.
func (c *Card) dispatchH(cmd command) (r response, ok bool) {
	if cmd.ins == insSelect {
		return c.selectH(cmd)
	}
	if c.h.ias != nil && c.state.app == c.h.third {
		return c.dispatchIAS(cmd)
	}
	switch cmd.ins {
	case insVerify:
		return c.verifyH(cmd), true
	case insMSE:
		return c.manageH(cmd), true
	case insPSO, insInternalAuthenticate:
		return c.signH(cmd), true
	case insChange, insResetRetry:
		return status(c.h.variant.NoReference), true
	}
	return response{}, false
}

const insInternalAuthenticate = 0x88

// selectH selects the third application where it has no identifier, and drops
// the state of the application that is left.
func (c *Card) selectH(cmd command) (response, bool) {
	h := c.h
	third := len(cmd.data) == 0 && cmd.p1 == 0x04 && h.variant.Third == "" ||
		cmd.p1 == 0x00 && bytes.Equal(cmd.data, []byte{0x3F, 0x00}) && h.variant.Third == "mf" ||
		cmd.p1 == 0x00 && len(cmd.data) == 0 && (h.variant.Third == "mf" || h.variant.Third == AppMFEmpty)
	if cmd.p1 != 0x04 && !third {
		return response{}, false
	}
	before := c.state.app
	r := status(0x9000)
	if third {
		c.state.app, c.state.df, c.state.ef = h.third, h.third, nil
		if cmd.p2 != 0x0C {
			r = cmd.fit(h.third.fciIAS())
		}
	} else {
		r = c.selectName(cmd)
	}
	// A selection by name, of the same application too, starts it anew.
	if r.sw == 0x9000 && (c.state.app != before || cmd.p1 == 0x04) && !h.variant.KeepPIN {
		c.state.verified = map[*pin]bool{}
	}
	if r.sw == 0x9000 {
		c.state.se, h.hasKey = 0, false
		if h.ias != nil {
			h.ias.forget()
		}
	}
	return r, true
}

func (c *Card) inApp(name string) bool {
	switch name {
	case AppHolder:
		return c.state.app == c.h.holder
	case AppThird:
		return c.state.app == c.h.third
	}
	return false
}

// verifyH is VERIFY of the variant's PIN.
func (c *Card) verifyH(cmd command) response {
	v, p := c.h.variant, c.h.pin
	if !c.inApp(v.PINApp) || cmd.p1 != 0 || cmd.p2 != v.PINRef {
		return status(v.NoReference)
	}
	if len(cmd.data) == 0 {
		return status(c.triesAnswer(cmd, p, c.behaviour.DatalessVerify))
	}
	want := p.value[:]
	wrongForm := len(cmd.data) != pinBlock
	if v.PINUnfilled {
		want = bytes.TrimRight(want, "\xFF")
		wrongForm = bytes.IndexByte(cmd.data, 0xFF) >= 0 || len(cmd.data) < 5
	}
	switch {
	case wrongForm && v.WrongForm != 0x63C0:
		return status(v.WrongForm)
	case p.inactive:
		return status(c.behaviour.NotActivated)
	case p.tries == 0:
		return status(0x6983)
	case subtle.ConstantTimeCompare(cmd.data, want) != 1:
		return status(c.wrong(p))
	}
	p.tries = p.max
	c.state.verified[p] = true
	return status(0x9000)
}

// manageH is MANAGE SECURITY ENVIRONMENT in the variant's shape; others are
// answered by 6A86 (parameters) and 6A88 (key).
func (c *Card) manageH(cmd command) response {
	v := c.h.variant
	if cmd.p1 == 0xF3 {
		if !strings.HasPrefix(v.MSE, "F1") {
			return status(0x6A86)
		}
		c.state.se = int(cmd.p2)
		return status(0x9000)
	}
	shape := hexBytes(cmd.p1, cmd.p2)
	switch {
	case !c.inApp(v.KeyApp) || shape != v.MSE:
		return status(0x6A86)
	case strings.HasPrefix(v.MSE, "F1") && c.state.se != seCNS:
		return status(0x6985)
	case len(cmd.data) == 0 || cmd.data[len(cmd.data)-1] != v.KeyRef:
		return status(0x6A88)
	}
	c.h.hasKey = true
	return status(0x9000)
}

func hexBytes(b ...byte) string {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, 2*len(b))
	for _, x := range b {
		out = append(out, digits[x>>4], digits[x&0xF])
	}
	return string(out)
}

// signH is the command that signs, in the variant's shape.
func (c *Card) signH(cmd command) response {
	v, k := c.h.variant, &key{private: c.options.Authentication.Key}
	want := map[string]uint32{MSEClassicDecipher: 0x2A8086, MSEDecipher: 0x2A8086,
		MSEClassicSign: 0x2A9E9A, MSESign: 0x2A9E9A, MSEAuthenticate: 0x880000}[v.MSE]
	switch {
	case !c.h.hasKey:
		return status(0x6985)
	case binary.BigEndian.Uint32([]byte{0, cmd.ins, cmd.p1, cmd.p2}) != want:
		return status(0x6A86)
	case !c.state.verified[c.h.pin]:
		return status(0x6982)
	case k.private == nil:
		return status(0x6A88)
	case cmd.le == noLe:
		return status(0x6700)
	}
	data := cmd.data
	if v.Input == InputBare {
		data = append([]byte{0x00}, data...)
	}
	as := command{p1: 0x80, data: data}
	if v.Input == InputDigestInfo {
		as.p1 = 0x9E
	}
	block, sw := k.block(as)
	if sw != 0x9000 {
		return status(sw)
	}
	result := k.raw(block)
	if result == nil {
		return status(0x6A80)
	}
	return cmd.fit(result)
}
