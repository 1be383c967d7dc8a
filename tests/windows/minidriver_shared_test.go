// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/vpcd"
)

// sharedCard is one card for several processes, each with a service of its own
// (winscard/line.c): one transaction at a time, and each process is told of the
// resets by others.
type sharedCard struct {
	card   vpcd.Card
	turn   chan struct{} // holds a value while a process has a transaction
	mu     sync.Mutex    // guards the card and resets
	resets int
}

func newSharedCard(card vpcd.Card) *sharedCard {
	return &sharedCard{card: card, turn: make(chan struct{}, 1)}
}

// The controls of the line.
const (
	lineReset  = 2
	lineAskATR = 4
	lineBegin  = 0x10
	lineEnd    = 0x11
)

// serve plays the card to the service at an address until the connection ends.
func (s *sharedCard) serve(t *testing.T, address string) {
	t.Helper()
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		for {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				go func() { <-stop; _ = conn.Close() }()
				s.speak(conn)
				return
			}
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond): // until the service listens
			}
		}
	}()
}

func (s *sharedCard) speak(conn net.Conn) {
	seen, mine := 0, false
	defer func() {
		if mine {
			<-s.turn
		}
	}()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		var answer []byte
		switch {
		case len(body) != 1:
			s.mu.Lock()
			answer = s.card.Transmit(body)
			s.mu.Unlock()
		case body[0] == lineBegin:
			s.turn <- struct{}{}
			mine = true
			s.mu.Lock()
			answer = []byte{0}
			if s.resets != seen {
				answer[0] = 1
			}
			seen = s.resets
			s.mu.Unlock()
		case body[0] == lineEnd:
			if mine {
				mine = false
				<-s.turn
			}
		case body[0] == lineReset:
			s.mu.Lock()
			s.card.Reset()
			s.resets++
			seen = s.resets
			s.mu.Unlock()
		case body[0] == lineAskATR:
			answer = s.card.ATR()
			s.mu.Lock()
			seen = s.resets
			s.mu.Unlock()
		}
		if answer != nil {
			if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
				return
			}
		}
	}
}

// TestMinidriverProcesses: two programs use one card at once, both through the minidriver, or one through the module.
func TestMinidriverProcesses(t *testing.T) {
	d := newCSP(t)
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	card := newSharedCard(sim.Card)
	program := func() *caller {
		t.Helper()
		address := freeAddress(t)
		_, port, _ := net.SplitHostPort(address)
		own := *d.fixture
		own.env = with(d.env, "TSCNS_WINSCARD_PORT="+port, "TSCNS_WINSCARD_SHARED=1")
		card.serve(t, address)
		return (&cspFixture{fixture: &own}).start(t)
	}
	a, b := program(), program()

	const programs, rounds = 2, 5
	var both sync.WaitGroup
	answers := [2]answer{}
	for i, c := range []*caller{a, b} {
		both.Add(1)
		go func() {
			defer both.Done()
			answers[i] = c.exchange("threads 2 5")
		}()
	}
	both.Wait()
	for _, answer := range answers {
		require.Equal(t, []int{programs * rounds, 0}, []int{answer.number("signatures"), answer.number("failed")}, answer.line)
	}

	b.ok("module-load tscns-pkcs11.dll")
	require.Equal(t, 1, b.ok("module-open").number("certificates"))
	b.ok("module-login %s", digits(userPIN))
	a.take()
	a.ok("end 0 0")
	for range 3 {
		b.moduleSigns(sim.public())
		if a.ask("begin 0").code == resetCard {
			a.ok("reconnect 0 0")
			a.ok("begin 0")
		}
		require.Equal(t, uint32(success), a.login(userPIN).code)
		a.signsPKCS1(sim.public())
		a.ok("end 0 1")
		a.ok("reconnect 0 0")
	}
	b.ok("module-finalize")
	a.ok("delete 0")
	left, _ := sim.Tries()
	require.Equal(t, 3, left)
	a.wellBehaved()
}

// TestMinidriverRecords: where the form of the command is a guess, one refusal stops the next program too.
func TestMinidriverRecords(t *testing.T) {
	d := newCSP(t)
	sim := newTestCard(t, simcard.FamilyH, false, nil)
	d.reader.Insert(sim.Card)
	first := d.start(t)
	first.take()
	first.want(wrongPIN, "authenticate 0 1 0 %s", digits(notThePIN))
	first.leave()
	require.NoError(t, first.in.Close())
	require.False(t, first.out.Scan())
	require.NoError(t, first.cmd.Wait())

	d.reader.Remove()
	d.listen(t)
	d.reader.Insert(sim.Card)
	second := d.start(t)
	second.take()
	sent := sim.pinCommands()
	second.want(unsupported, "authenticate 0 1 0 %s", digits(userPIN))
	require.Equal(t, sent, sim.pinCommands(), "no PIN before somebody has decided, by tscns pin verify")
	left, _ := sim.Tries()
	require.Equal(t, 2, left)
	second.leave()
	second.wellBehaved()
}
