// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/kit"
)

// shared is the PC/SC service with the reader of all rigs of a process.
var shared struct {
	sync.Mutex
	service *pcscd.Service
}

// Reader describes the reader of every rig with one, and the service's pace;
// a package sets it before Main.
var Reader = pcscd.Options{Readers: 1}

// systemReader is the environment variable that has rigs use the system's own
// PC/SC service: the address of a virtual reader (vpcd) in it.
const systemReader = "TSCNS_SYSTEM_READER"

// systemService returns the system's PC/SC service, once.
func systemService() *pcscd.Service {
	shared.Lock()
	defer shared.Unlock()
	if shared.service == nil {
		shared.service = pcscd.System()
		ReaderName = "Virtual PCD 00 00" // as vsmartcard-vpcd installs it
	}
	return shared.service
}

// plug makes the PC/SC service of a rig ready and returns its address.
func (r *Rig) plug(reading Reading) string {
	r.t.Helper()
	if address := os.Getenv(systemReader); address != "" {
		service := systemService()
		r.Reader, r.readerName = vpcd.New(address), ReaderName
		require.NoError(r.t, service.WaitCard(ReaderName, false, patience))
		if reading == WithCard {
			r.Insert()
		}
		return service.Socket()
	}
	if reading == NoReader {
		return kit.SharedService(r.t, pcscd.Options{}).Socket()
	}
	service := kit.SharedService(r.t, Reader)
	shared.service = service
	r.Reader, r.readerName = vpcd.New(service.Slot(0, 0)), ReaderName
	if reading == SecondReader {
		r.Reader, r.readerName = vpcd.New(service.Slot(0, 1)), pcscd.ReaderName(0, 1)
	}
	require.NoError(r.t, service.WaitCard(r.readerName, false, patience), "the card of the test before")
	if reading == WithCard || reading == SecondReader {
		r.Insert()
	}
	return service.Socket()
}

// ReaderName is the PC/SC name of the reader of every rig but those with
// [SecondReader].
var ReaderName = pcscd.ReaderName(0, 0)

// Service returns the PC/SC service of a rig with a reader.
func (r *Rig) Service() *pcscd.Service { return shared.service }

// Insert puts the card into the reader and waits until the service sees it.
func (r *Rig) Insert() {
	r.t.Helper()
	r.InsertAs(r.Gate)
}

// InsertAs is Insert with something around the card, which slows it down, say.
func (r *Rig) InsertAs(card vpcd.Card) {
	r.t.Helper()
	r.Reader.Insert(card)
	require.NoError(r.t, shared.service.WaitCard(r.readerName, true, patience))
}

// Remove takes it out and waits until the service sees that.
func (r *Rig) Remove() {
	r.t.Helper()
	r.Reader.Remove()
	require.NoError(r.t, shared.service.WaitCard(r.readerName, false, patience))
}

// RemoveInSignature takes the card out while it works on the next signature,
// which it does not finish.
func (r *Rig) RemoveInSignature(start func()) {
	r.t.Helper()
	reached, release := r.Gate.Hold(vpcd.IsSignature)
	defer release()
	start()
	select {
	case <-reached:
	case <-time.After(patience):
		r.t.Fatal("no signature was asked of the card")
	}
	r.Remove()
}

func serviceLog() string {
	if shared.service == nil {
		return "not started\n"
	}
	log := shared.service.Log()
	const most = 8000 // bytes
	return log[max(0, len(log)-most):]
}

// OtherForm makes a card of family H that compares a PIN in another form than
// the first one that is tried, at the cost of a try.
func OtherForm(o *simcard.Options) {
	b, v := simcard.DefaultBehaviour(simcard.FamilyH), simcard.DefaultVariantH()
	v.PINApp, v.KeyApp, v.PINRef, v.WrongForm = simcard.AppThird, simcard.AppThird, 0x81, 0x63C0
	o.PIN, b.H, o.Behaviour = OtherFormPIN, &v, &b
}

// OtherFormPIN has fewer digits than fill a command.
const OtherFormPIN = "135790"

// TakeOtherForm is a person who goes on after a refusal, by tscns pin verify.
func (r *Rig) TakeOtherForm(env ...string) {
	r.t.Helper()
	verify := r.Tool("script", "bsdutils", "-qec", kit.Command(r.t, "tscns")+" pin verify", "/dev/null")
	verify.With(env...).In("OTHER\n"+r.PIN+"\n").OK().
		Has(r.t, "it may be our form, not your PIN", "Tries left: 2", "The card accepted the PIN.")
}
