// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
)

// Store keeps what cards hold for everybody to read, from one insertion or one
// program to the next. What it gives back is not trusted: it may be damaged,
// old or another card's. Its methods may be called from several goroutines.
type Store interface {
	// Load returns all that is kept, the newest first.
	Load() [][]byte
	// Save keeps a blob under a name of 64 hexadecimal digits, in place of
	// what was kept there. An empty blob takes that away.
	Save(name string, blob []byte)
}

// record is a card as its certificates were read: what it takes to know it
// again. It holds no data file but the card's number, and nothing that needs a
// PIN; the certificates name the holder, as the card shows them to anybody.
type record struct {
	atr     []byte
	profile *profile
	serial  string
	app     int // candidate that holds the certificate, in a profile of several applications
	keys    []foundKey
}

// recordMagic begins a record; its last byte is the version of the format.
const recordMagic = "tscns-card\x01"

// Limits of a record that is believed.
const (
	maxRecord  = 64 << 10 // bytes
	maxRefs    = 48       // as many as a directory has places
	maxOffset  = 64
	maxPathLen = 8
)

// name is what a record is kept under: the card's number does not show in it.
func (r *record) name() string {
	key := []byte(r.serial)
	if r.serial == "" {
		key = r.keys[0].cert.Raw
	}
	sum := sha256.Sum256(append([]byte(recordMagic), key...))
	return hex.EncodeToString(sum[:])
}

func (r *record) encode() []byte {
	b := []byte(recordMagic)
	put := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	number := func(n int) { b = binary.AppendUvarint(b, uint64(n)) }
	put(string(r.atr))
	put(r.profile.name)
	put(r.serial)
	number(r.app)
	number(len(r.keys))
	for _, k := range r.keys {
		number(int(k.spec.purpose))
		put(string(k.spec.certificate))
		number(k.spec.offset)
		put(string(k.spec.dir))
		padded := 0
		if k.spec.padded {
			padded = 1
		}
		number(padded)
		number(len(k.slot.refs))
		for _, ref := range k.slot.refs {
			number(int(ref.ref))
			put(string(ref.attributes))
		}
		put(string(k.cert.Raw))
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

var errRecord = errors.New("not a record of a card")

// decodeRecord takes nothing for granted: the blob comes from outside.
func decodeRecord(b []byte) (*record, error) {
	if len(b) > maxRecord || len(b) < len(recordMagic)+sha256.Size || !bytes.HasPrefix(b, []byte(recordMagic)) {
		return nil, errRecord
	}
	body := b[:len(b)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(body):]) {
		return nil, errRecord
	}
	d := recordReader{rest: body[len(recordMagic):]}
	r := &record{atr: d.bytes(33)}
	r.profile = profileNamed(string(d.bytes(255)))
	r.serial = string(d.bytes(serialLength))
	r.app = d.number(255)
	for n := d.number(2 * maxListed); n > 0 && !d.bad; n-- {
		r.keys = append(r.keys, d.key())
	}
	if d.bad || len(d.rest) > 0 || r.profile == nil || len(r.keys) == 0 ||
		r.serial != "" && parseSerial([]byte(r.serial)) == "" ||
		r.profile.apps != nil && r.app >= len(r.profile.apps.candidates) {
		return nil, errRecord
	}
	for _, k := range r.keys {
		// A key without a reference is one that a ladder searches.
		if (len(k.slot.refs) == 0) != (r.profile.apps != nil) {
			return nil, errRecord
		}
	}
	return r, nil
}

func profileNamed(name string) *profile {
	for _, p := range profiles {
		if p.name == name {
			return p
		}
	}
	return nil
}

// recordReader reads the fields of a record. After the first mistake it gives
// nothing more.
type recordReader struct {
	rest []byte
	bad  bool
}

func (d *recordReader) number(most int) int {
	n, size := binary.Uvarint(d.rest)
	if d.bad || size <= 0 || n > uint64(most) {
		d.bad = true
		return 0
	}
	d.rest = d.rest[size:]
	return int(n)
}

func (d *recordReader) bytes(most int) []byte {
	n := d.number(most)
	if n > len(d.rest) {
		d.bad = true
	}
	if d.bad {
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return bytes.Clone(b)
}

func (d *recordReader) path() path {
	p := path(d.bytes(maxPathLen))
	d.bad = d.bad || len(p)%2 != 0
	return p
}

func (d *recordReader) key() foundKey {
	var k keySpec
	k.purpose = Purpose(d.number(int(DigitalSignature)))
	k.certificate = d.path()
	k.offset = d.number(maxOffset)
	k.dir = d.path()
	k.padded = d.number(1) == 1
	var refs []keyRef
	for n := d.number(maxRefs); n > 0 && !d.bad; n-- {
		refs = append(refs, keyRef{ref: byte(d.number(255)), attributes: d.path()})
	}
	cert, err := certificate.Parse(d.bytes(maxRecord))
	if d.bad || err != nil || !usableKey(cert) {
		d.bad = true
		return foundKey{}
	}
	return newFoundKey(cert, k, refs)
}

// recordsFor returns the records that may be of the card with this answer to
// reset, all of the place where the newest one has its first certificate.
func recordsFor(store Store, atr []byte, facts atrFacts) []*record {
	if store == nil {
		return nil
	}
	var list []*record
	for _, blob := range store.Load() {
		r, err := decodeRecord(blob)
		if err != nil || !bytes.Equal(r.atr, atr) || !r.profile.match(facts) {
			continue
		}
		if len(list) == 0 || list[0].profile == r.profile && list[0].app == r.app &&
			list[0].keys[0].spec.certificate == r.keys[0].spec.certificate {
			list = append(list, r)
		}
	}
	return list
}

// fromStore looks whether the card is one that was seen before: it reads the
// first 256 bytes of the certificate, with its serial number, issuer and
// dates. Nothing of that is lost where the card is another one: the
// certificate is then read to its end and kept for findKeys.
func (r *recogniser) fromStore(records []*record) (*record, error) {
	if len(records) == 0 {
		return nil, nil
	}
	first := records[0]
	if ok, err := r.reachApplication(first); !ok || err != nil {
		return nil, err
	}
	before := r.tx.ch.Count
	defer func() { r.free = r.tx.ch.Count - before }()
	file, err := r.startFile(first.profile, first.keys[0].spec)
	if err != nil || file == nil {
		return nil, err
	}
	r.confirm()
	for _, rec := range records {
		if !file.begins(rec.keys[0]) {
			continue
		}
		if ok, err := r.othersMatch(rec); err != nil || ok {
			return rec, err
		}
		return nil, nil
	}
	if first.profile.apps == nil {
		cert, err := file.finish(r.tx)
		if err != nil {
			return nil, err
		}
		r.ahead = &readAhead{file.spec.certificate, file.spec.offset, cert}
	}
	return nil, nil
}

// readAhead is a certificate that was read before its turn; nil where the
// file holds none.
type readAhead struct {
	file   path
	offset int
	cert   *certificate.Certificate
}

// reachApplication selects what the certificate lies in, asking what the
// search for the profile would ask first.
func (r *recogniser) reachApplication(rec *record) (bool, error) {
	p := rec.profile
	switch {
	case p.apps != nil:
		return r.reachCertificate(rec)
	case p.applet != nil:
		return r.ask("applet "+string(p.applet), func() (bool, error) { return r.tx.selectApplet(p.applet) })
	}
	return true, nil
}

// reachCertificate passes through the application with the holder's data and
// reads them, as findInApplications does: they are kept nowhere, and reading
// them later would leave the application of the PIN.
func (r *recogniser) reachCertificate(rec *record) (bool, error) {
	apps := rec.profile.apps
	if ok, err := r.holdsHolder(apps); !ok || err != nil {
		return false, err
	}
	b, err := r.tx.readSelectedFile(r.holderFCI, maxDataFile)
	if err == nil {
		r.holder = b
		err = r.tx.selectApplication(&apps.candidates[rec.app])
	}
	if err != nil {
		return false, unlessRefused(err)
	}
	r.tx.card.state.here, r.tx.root = inCertificate, true
	return true, nil
}

// startFile selects a certificate's file and reads its beginning. It returns
// nil where there is none.
func (r *recogniser) startFile(p *profile, k keySpec) (*certificateFile, error) {
	return startCertificate(r.tx, k, func() (iso7816.FCI, bool, error) {
		if p.apps != nil {
			return r.tx.selectBelow(k.certificate)
		}
		return r.tx.selectFile(k.certificate)
	})
}

// othersMatch compares the certificates of a card after its first.
func (r *recogniser) othersMatch(rec *record) (bool, error) {
	for _, k := range rec.keys[1:] {
		file, err := r.startFile(rec.profile, k.spec)
		if err != nil || file == nil || !file.begins(k) {
			return false, err
		}
	}
	return true, nil
}

// begins says whether the part of a file read so far begins the certificate
// of a key.
func (f *certificateFile) begins(k foundKey) bool {
	if f.spec.offset != k.spec.offset || f.length != len(k.cert.Raw) {
		return false
	}
	head := f.head[f.spec.offset:]
	head = head[:min(len(head), f.length)]
	return bytes.HasPrefix(k.cert.Raw, head)
}

// remember keeps the certificates for the next time.
func (c *Card) remember(found []foundKey) {
	if c.store == nil || len(found) == 0 {
		return
	}
	r := &record{atr: c.info.ATR, profile: c.profile, serial: c.info.Serial, keys: found}
	if c.found != nil {
		for i := range c.profile.apps.candidates {
			if c.found == &c.profile.apps.candidates[i] {
				r.app = i
			}
		}
	}
	c.kept = r.name()
	if blob := r.encode(); len(blob) <= maxRecord {
		c.store.Save(c.kept, blob)
	}
}

// distrust takes away what was kept of a card whose key does not fit it.
func (c *Card) distrust() {
	if c.store != nil && c.kept != "" {
		c.store.Save(c.kept, nil)
		c.kept = ""
	}
}
