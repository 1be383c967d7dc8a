// SPDX-License-Identifier: Apache-2.0

package module

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tscns/cardos"
	"tscns/module/ck"
)

// Config is what a Module needs from outside.
type Config struct {
	// Open connects to the smart card service. It is called at the first
	// need, not in C_Initialize, and again after it failed.
	Open func() (cardos.Transport, error)
	// ULongSize is the size of CK_ULONG in attribute values: 8 or 4 bytes.
	// 0 stands for 8.
	ULongSize int
	// NoPINPad leaves the PIN pads of readers unused: every PIN comes from the
	// host.
	NoPINPad bool
	// Cards is what cards are opened with: where their public certificates
	// are kept, and how they are read.
	Cards cardos.Options
	// Lately is how long an answer of the smart card service holds for
	// searches and C_GetSessionInfo, which hosts call in bursts. 0: not at all.
	// Everything else always asks.
	Lately time.Duration
	// Trace, if set, receives one line for each event worth knowing. The
	// texts hold no PIN and no personal data. It may be called from several
	// goroutines at once.
	Trace func(event string)
}

// card is what the module uses of *cardos.Card.
type card interface {
	Info() cardos.Info
	Identities() ([]cardos.Identity, error)
	CheckPIN(identity int, pin cardos.Secret) error
	CheckPUK(identity int, puk cardos.Secret) error
	Tries(identity int) (pin, puk cardos.Tries)
	PINRefused(identity int) (pin, puk bool)
	QueryTries(identity int) (pin, puk cardos.Tries, err error)
	VerifyPIN(identity int, pin cardos.Secret) error
	ChangePIN(identity int, old, new cardos.Secret) error
	UnblockPIN(identity int, puk, new cardos.Secret) error
	PINPad() cardos.Pad
	VerifyPINOnPad(identity int) error
	ChangePINOnPad(identity int) error
	Verified(identity int) bool
	privateOperations
	DataFiles() []cardos.DataFile
	ReadDataFile(f cardos.DataFile) ([]byte, error)
	Forget() error
	Close() error
	Abandon() error
}

// Module is a PKCS#11 library: the functions of API over the cards of a smart
// card service.
type Module struct {
	config   Config
	openCard func(t cardos.Transport, reader string) (card, error)

	// turn orders Initialize and Finalize.
	turn sync.Mutex
	// lib is the library between C_Initialize and C_Finalize, else nil.
	// Everything that must not outlive C_Finalize lives in it.
	lib atomic.Pointer[library]
	// lastHandle numbers sessions and objects. It goes on counting after
	// C_Finalize, so that no handle ever means two things.
	lastHandle atomic.Uint32
}

var _ API = (*Module)(nil)

// New returns a module that is not initialised. It does nothing else: no
// service is opened.
func New(c Config) *Module {
	if c.ULongSize == 0 {
		c.ULongSize = 8
	}
	return &Module{config: c, openCard: opener(c.Cards)}
}

// nextHandle returns a number never given before, and never 0
// (CK_INVALID_HANDLE).
func (m *Module) nextHandle() uint {
	for {
		if h := m.lastHandle.Add(1); h != 0 {
			return uint(h)
		}
	}
}

// trace reports an event. The arguments must hold nothing personal.
func (m *Module) trace(format string, args ...any) {
	if m.config.Trace != nil {
		m.config.Trace(fmt.Sprintf(format, args...))
	}
}

// library returns the initialised library or CKR_CRYPTOKI_NOT_INITIALIZED.
func (m *Module) library() (*library, error) {
	if l := m.lib.Load(); l != nil {
		return l, nil
	}
	return nil, ck.CKR_CRYPTOKI_NOT_INITIALIZED
}

// Initialize is C_Initialize (PKCS #11 3.1, section 5.4.1). Whatever the
// arguments say, the library locks with locks of its own and makes threads:
// browsers always set CKF_LIBRARY_CANT_CREATE_OS_THREADS and are served all
// the same.
func (m *Module) Initialize(args InitArgs) error {
	m.turn.Lock()
	defer m.turn.Unlock()
	if m.lib.Load() != nil {
		return ck.CKR_CRYPTOKI_ALREADY_INITIALIZED
	}
	m.lib.Store(newLibrary(m))
	m.trace("initialised, flags %#x", uint(args.Flags))
	return nil
}

// Finalize is C_Finalize (5.4.2). It does not wait for calls that are
// blocked on a card: the last of them to return frees the service.
func (m *Module) Finalize() error {
	m.turn.Lock()
	defer m.turn.Unlock()
	l := m.lib.Swap(nil)
	if l == nil {
		return ck.CKR_CRYPTOKI_NOT_INITIALIZED
	}
	m.trace("finalised")
	l.close()
	return nil
}

// LibraryVersion is the version that C_GetInfo tells: major and minor of the
// newest entry of CHANGELOG.md.
var LibraryVersion = Version{0, 1}

// GetInfo is C_GetInfo (5.4.3).
func (m *Module) GetInfo() (Info, error) {
	if _, err := m.library(); err != nil {
		return Info{}, err
	}
	return Info{
		CryptokiVersion:    Version{2, 40},
		ManufacturerID:     "tscns",
		LibraryDescription: "tscns: TS-CNS health card",
		LibraryVersion:     LibraryVersion,
	}, nil
}

// Unsupported answers for a function without a session that this token never
// has.
func (m *Module) Unsupported() error {
	if _, err := m.library(); err != nil {
		return err
	}
	return ck.CKR_FUNCTION_NOT_SUPPORTED
}

// UnsupportedIn answers for a function with a session that this token never
// has.
func (m *Module) UnsupportedIn(h ck.SessionHandle) error {
	if _, _, err := m.session(h); err != nil {
		return err
	}
	return ck.CKR_FUNCTION_NOT_SUPPORTED
}

// BadArguments answers for a call without a session whose pointers were
// refused.
func (m *Module) BadArguments() error {
	if _, err := m.library(); err != nil {
		return err
	}
	return ck.CKR_ARGUMENTS_BAD
}

// BadArgumentsIn answers for a call with a session whose pointers were
// refused, and ends the operations named.
func (m *Module) BadArgumentsIn(h ck.SessionHandle, end ...Operation) error {
	_, s, err := m.session(h)
	if err != nil {
		return err
	}
	for _, kind := range end {
		s.cancel(kind)
	}
	return ck.CKR_ARGUMENTS_BAD
}

// SeedRandom is C_SeedRandom (5.19.1): the token has no random generator
// that a host could use (no CKF_RNG), so there is none to seed. Hosts take
// CKR_RANDOM_SEED_NOT_SUPPORTED for one that works without seeds.
func (m *Module) SeedRandom(h ck.SessionHandle) error {
	if _, _, err := m.session(h); err != nil {
		return err
	}
	return ck.CKR_RANDOM_NO_RNG
}

// GenerateRandom is C_GenerateRandom (5.19.2).
func (m *Module) GenerateRandom(h ck.SessionHandle, _ uint) ([]byte, error) {
	if _, _, err := m.session(h); err != nil {
		return nil, err
	}
	return nil, ck.CKR_RANDOM_NO_RNG
}

// NotParallel is C_GetFunctionStatus and C_CancelFunction (5.20): they
// "simply return" the code, whatever the handle.
func (m *Module) NotParallel() error {
	if _, err := m.library(); err != nil {
		return err
	}
	return ck.CKR_FUNCTION_NOT_PARALLEL
}
