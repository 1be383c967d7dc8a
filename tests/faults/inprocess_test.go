// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"errors"
	"fmt"
	"os"
	"runtime"
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

// inProcess is a fixture with package module over readers in memory.
type inProcess struct {
	Memory
	family simcard.Family
	user   *User
	card   *Card
	issued int
	seen   int    // commands since Arm
	fault  string // armed last
}

func (s *inProcess) NewCard() (err error) {
	if s.card, err = IssueCard(s.family, s.issued); err == nil {
		s.issued++
		s.Insert(s.Reader, s.card)
	}
	return err
}

func (s *inProcess) Card() *Card { return s.card }
func (s *inProcess) User() *User { return s.user }

func (s *inProcess) Arm(at int, f Fault) {
	s.seen, s.fault = 0, f.Name
	s.SetFault(s.Reader, func(n int, _ []byte) simreader.Fault {
		if s.seen = n; n == at {
			return f.InProcess(&s.Memory)
		}
		return simreader.Fault{}
	})
}

func (s *inProcess) Disarm() int {
	s.SetFault(s.Reader, nil)
	return s.seen
}

func (s *inProcess) TakeOut() { s.Remove(s.Reader) }

func (s *inProcess) Restore() error {
	s.started.Wait()
	states, err := s.Transport().Readers()
	if errors.Is(err, cardos.ErrNoService) {
		s.StartService()
		states, err = s.Transport().Readers()
	}
	if s.fault == "mute" && s.user.session == 0 {
		time.Sleep(pause + shortly)
	}
	if err == nil && !states[0].Present {
		s.Insert(s.Reader, s.card)
	}
	return err
}

func (s *inProcess) Leaks() error {
	if n := s.Connections(s.Reader); n > handlesOf {
		return fmt.Errorf("%d connections to the card", n)
	}
	if s.InTransaction(s.Reader) {
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
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before, "goroutines")
}

// playAll plays every scene of a family.
func playAll(t *testing.T, family simcard.Family, allowed Allowed) {
	const reader = "Reader A"
	s := &inProcess{Memory: Memory{Service: simreader.NewService(reader), Reader: reader}, family: family}
	var err error
	s.user, err = NewUser(family)
	require.NoError(t, err)
	s.user.D = conformance.InProcess{Module: module.New(module.Config{
		Cards: profile.Options(cardos.Options{}),
		Open:  func() (cardos.Transport, error) { return s.Transport(), nil }})}
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
	require.Zero(t, s.Connections(s.Reader))
	t.Logf("%d faults", played)
}
