// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
	"tscns/tests/simreader"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// inProcess is a stage with package module over readers in memory.
type inProcess struct {
	service *simreader.Service
	family  simcard.Family
	user    *User
	card    *Card
	dealt   int
	count   func() int // commands since Arm
	started sync.WaitGroup
	fault   string // armed last
}

const memory = "Reader A"

func (s *inProcess) NewCard() (err error) {
	if s.card, err = Deal(s.family, s.dealt); err == nil {
		s.dealt++
		s.service.Insert(memory, s.card)
	}
	return err
}

func (s *inProcess) Card() *Card { return s.card }
func (s *inProcess) User() *User { return s.user }

func (s *inProcess) Arm(at int, f Fault) {
	seen := 0
	s.fault = f.Name
	s.service.SetFault(memory, func(n int, _ []byte) simreader.Fault {
		seen = n
		if n == at {
			return f.InProcess(s.service, memory, &s.started)
		}
		return simreader.Fault{}
	})
	s.count = func() int { return seen }
}

func (s *inProcess) Disarm() int {
	n := s.count()
	s.service.SetFault(memory, nil)
	return n
}

func (s *inProcess) TakeOut() { s.service.Remove(memory) }

func (s *inProcess) Restore() error {
	s.started.Wait()
	states, err := s.service.Transport().Readers()
	if errors.Is(err, cardos.ErrNoService) {
		s.service.StartService()
		states, err = s.service.Transport().Readers()
	}
	if s.fault == "mute" && s.user.session == 0 {
		time.Sleep(pause + shortly)
	}
	if err == nil && !states[0].Present {
		s.service.Insert(memory, s.card)
	}
	return err
}

func (s *inProcess) Leaks() error {
	if n := s.service.Connections(memory); n > handlesOf {
		return fmt.Errorf("%d connections to the card", n)
	}
	if s.service.InTransaction(memory) {
		return errors.New("a transaction is open")
	}
	return nil
}

// The whole matrix in process, on package module: every fault at every
// command, also those that a real service cannot be made to show. No goroutine
// is left.
func TestFaultsInProcess(t *testing.T) {
	built := hostproc.Build(t)
	before := runtime.NumGoroutine()
	t.Run("families", func(t *testing.T) {
		for _, family := range simcard.Families() {
			if family != simcard.FamilyForeign {
				t.Run(string(family), func(t *testing.T) {
					t.Parallel()
					playAll(t, family, built.Allowed)
				})
			}
		}
	})
	after := runtime.NumGoroutine()
	for end := time.Now().Add(5 * time.Second); after > before && time.Now().Before(end); after = runtime.NumGoroutine() {
		time.Sleep(time.Millisecond)
	}
	require.LessOrEqual(t, after, before, "goroutines")
	t.Logf("goroutines %d -> %d", before, after)
}

// playAll plays every scene of a family.
func playAll(t *testing.T, family simcard.Family, allowed Allowed) {
	s := &inProcess{service: simreader.NewService(memory), family: family}
	var err error
	s.user, err = NewUser(family)
	require.NoError(t, err)
	s.user.D = conformance.InProcess{Module: module.New(module.Config{
		Cards: profile.Options(cardos.Options{}),
		Open:  func() (cardos.Transport, error) { return s.service.Transport(), nil }})}
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(s.user.D))
	played := 0
	for _, flow := range FlowsOf(family) {
		n, err := flow.Commands(s)
		require.NoError(t, err)
		for _, fault := range Faults {
			if fault.InProcess == nil {
				continue // the deadlines are those of package pcsc
			}
			for at := 1; at <= n; at++ {
				o := Scene{Flow: flow, Fault: fault, At: at}.Play(s, allowed, 5*time.Second)
				if o.Err != nil {
					t.Error(o.Err)
				}
				played++
			}
		}
	}
	require.Equal(t, ck.CKR_OK, hostproc.Finalize(s.user.D))
	require.Zero(t, s.service.Connections(memory))
	t.Logf("%d faults", played)
}
