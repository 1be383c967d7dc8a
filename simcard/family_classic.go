// SPDX-License-Identifier: Apache-2.0

package simcard

// build makes the file system of the family.
func (c *Card) build() error {
	c.mf = &file{fid: fidMF, dir: true, ac: acNever, free: 0x0400, ses: []byte{seCNS}}
	switch c.options.Family {
	case FamilyForeign:
	case FamilyH:
		return c.buildH()
	case FamilyT, FamilyE:
		c.common(make([]byte, classicCertificateSize)) // there, and empty (P)
		c.buildObjects()
	case FamilyB11204:
		// Without EF_C_Carta (I): beside an empty one OpenSC, which has a driver
		// for this layout, shows no certificate at all.
		c.common(nil)
		c.buildInfoCamere()
	case FamilyB2NFC:
		c.common(c.certificateFile(classicCertificateSize))
		c.addKey(c.mf, keyAuthentication)
		c.buildNFC()
	default:
		c.common(c.certificateFile(classicCertificateSize))
		c.addKey(c.mf, keyAuthentication)
		c.buildSignature()
	}
	return nil
}

const (
	keyAuthentication = 0x01
	keySignature      = 0x10
	keyInfoCamere     = 0x21

	// classicCertificateSize is the size of EF_C_Carta, filled with zeros.
	classicCertificateSize = 2048
)

// common makes the files that every CNS has, and the PIN of the holder.
// certificate is EF_C_Carta; nil leaves the file out.
func (c *Card) common(certificate []byte) {
	o, b := c.options, c.behaviour
	user := newPIN(pinUser, o.PIN, b.MaxPINTries, o.PINTriesUsed)
	user.inactive = o.NeverActivated
	c.mf.addPINs(user, newPIN(pinUserPUK, o.PUK, b.MaxPUKTries, o.PUKTriesUsed))

	if !o.NoGDO {
		c.mf.addFile(0x2F02, acFreeRead, or(o.GDOFile, append([]byte{0x5A, 0x08}, bcd(o.Serial)...)))
	}
	c.mf.addFile(0x3F01, acFreeRead, nil).record = true
	c.mf.addFile(0x3F02, acFreeRead, make([]byte, 16))

	processor := c.mf.addDir(0x1000, acNever)
	processor.addFile(0x1002, acFreeRead, make([]byte, 64))
	// Some cards give no size for EF_IDCarta, and hold 16 bytes.
	processor.addFile(0x1003, acFreeRead, or(o.NumberFile, []byte(o.Serial)))

	holder := c.mf.addDir(0x1100, acNever)
	if certificate != nil {
		holder.addFile(0x1101, acFreeRead, certificate)
	}
	holder.addFile(0x1102, acFreeRead, c.holderData())

	services := c.mf.addDir(0x1200, acNever)
	services.addFile(0x1201, acFreeRead, make([]byte, 128))
	services.addFile(0x1202, acFreeRead, make([]byte, 16))
	services.addFile(0x1203, acFreeRead, make([]byte, 160))
}

// holderData is the content of EF_DatiPersonali.
func (c *Card) holderData() []byte {
	personal := make([]byte, max(400, len(c.options.Personal)))
	if !c.options.NoHolderData {
		copy(personal, c.options.Personal)
	}
	return personal
}

func (c *Card) addKey(dir *file, ref byte) {
	if c.options.Authentication.Key != nil {
		dir.keys = append(dir.keys, &key{ref: ref, private: c.options.Authentication.Key, pin: pinUser})
	}
}

// buildSignature makes DF 1400 with a signature key, its certificate and a PIN
// of its own (D; no card with it was seen by the public).
func (c *Card) buildSignature() {
	ds := c.mf.addDir(0x1400, acNever)
	s := c.options.Signature
	if s == nil {
		return
	}
	ds.addFile(0x9010, acFreeRead, append([]byte{}, s.Certificate...))
	container := ds.addDir(0x8110, acNever)
	b := c.behaviour
	container.addPINs(newPIN(pinSignature, s.PIN, b.MaxPINTries, 0), newPIN(pinSignaturePUK, s.PUK, b.MaxPUKTries, 0))
	container.keys = []*key{{ref: keySignature, private: s.Key, pin: pinSignature, signs: true}}
}

// buildInfoCamere makes the layout of the InfoCamere 1204 cards: certificate
// in 2FFF/8228 behind a tag, a length of two bytes and two more (D), key 21.
func (c *Card) buildInfoCamere() {
	dir := c.mf.addDir(0x2FFF, acNever)
	dir.addFile(0x0000, acFreeRead, make([]byte, 8)) // OpenSC selects it before the key (P)
	c.addKey(dir, keyInfoCamere)
	content := c.certificateFile(0)
	if content == nil {
		return
	}
	data := make([]byte, max(classicCertificateSize, 5+len(content)))
	if len(content) > 0 {
		data[0], data[1], data[2] = 0x01, byte(len(content)>>8), byte(len(content))
		copy(data[5:], content)
	}
	dir.addFile(0x8228, acFreeRead, data)
}

// buildNFC hides everything behind the applet that has to be selected first
// over NFC (P: the AID, and that it answers its name to GET DATA 0180).
func (c *Card) buildNFC() {
	c.locked = true
	applet := c.mf
	c.mf = &file{fid: fidMF, dir: true, ac: acNever}
	applet.aid = []byte{0xA0, 0x00, 0x00, 0x00, 0x95, 0x01, 0x00, 0x4D}
	c.mf.children = append(c.mf.children, applet)
	c.apps = append(c.apps, applet)
	c.objects[0x0180] = []byte("\x01\x80\x08JSign4  ")
}

// or returns content, or what stands for it if it is nil.
func or(content, otherwise []byte) []byte {
	if content != nil {
		return content
	}
	return otherwise
}

// bcd packs decimal digits, two a byte.
func bcd(digits string) []byte {
	packed := make([]byte, len(digits)/2)
	for i := range packed {
		packed[i] = (digits[2*i]&0x0F)<<4 | digits[2*i+1]&0x0F
	}
	return packed
}
