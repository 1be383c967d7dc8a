// SPDX-License-Identifier: Apache-2.0

package vpcd_test

import (
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/vpcd"
)

// driver plays vpcd: it listens, and writes length and body of a message apart,
// as version 3.3 does.
type driver struct {
	t    *testing.T
	conn net.Conn
}

func listen(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func accept(t *testing.T, l net.Listener) *driver {
	t.Helper()
	conn, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	t.Cleanup(func() { _ = conn.Close() })
	return &driver{t, conn}
}

func (d *driver) send(body ...byte) {
	d.t.Helper()
	_, err := d.conn.Write(binary.BigEndian.AppendUint16(nil, uint16(len(body))))
	require.NoError(d.t, err)
	_, err = d.conn.Write(body)
	require.NoError(d.t, err)
}

func (d *driver) receive() []byte {
	d.t.Helper()
	var size [2]byte
	_, err := io.ReadFull(d.conn, size[:])
	require.NoError(d.t, err)
	body := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err = io.ReadFull(d.conn, body)
	require.NoError(d.t, err)
	return body
}

func (d *driver) hungUp() {
	d.t.Helper()
	_, err := d.conn.Read(make([]byte, 1))
	require.ErrorIs(d.t, err, io.EOF)
}

// card counts what it is told.
type card struct {
	mu                sync.Mutex
	on, off, resets   int
	silent            bool
	working, mayReply chan struct{}
}

func (c *card) ATR() []byte { return []byte{0x3B, 0x80, 0x01, 0x81} }

func (c *card) Power(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on {
		c.on++
	} else {
		c.off++
	}
}

func (c *card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resets++
}

func (c *card) Transmit(command []byte) []byte {
	if c.working != nil {
		close(c.working)
		<-c.mayReply
	}
	if c.silent {
		return nil
	}
	return append([]byte{command[1]}, 0x90, 0x00)
}

func TestProtocol(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0")
	r := vpcd.New(l.Addr().String())
	defer r.Close()
	require.False(t, r.Connected())
	c := &card{}
	r.Insert(c)
	d := accept(t, l)
	d.send(4)
	require.Equal(t, c.ATR(), d.receive())
	require.True(t, r.Connected())
	d.send(1)
	d.send(2)
	d.send(0)
	begin := time.Now()
	const rounds = 100
	for range rounds {
		d.send(0x00, 0xB0, 0x00, 0x00, 0x10)
		require.Equal(t, []byte{0xB0, 0x90, 0x00}, d.receive())
	}
	each := time.Since(begin) / rounds
	t.Logf("%v a command over TCP", each)
	require.Less(t, each, 20*time.Millisecond, "a delayed acknowledgement costs 40 ms")
	c.mu.Lock()
	require.Equal(t, []int{1, 1, 1}, []int{c.on, c.off, c.resets})
	c.mu.Unlock()
	r.Remove()
	d.hungUp()
}

// TestAbsenceIsShown: between two cards the driver gets a connection that ends
// at the question for the ATR.
func TestAbsenceIsShown(t *testing.T) {
	l := listen(t, "unix", filepath.Join(t.TempDir(), "slot"))
	r := vpcd.New(l.Addr().String())
	defer r.Close()
	r.Insert(&card{})
	d := accept(t, l)
	r.Insert(&card{})
	d.hungUp()
	d = accept(t, l)
	d.send(4)
	d.hungUp()
	d = accept(t, l)
	d.send(4)
	require.NotEmpty(t, d.receive())
}

func TestWaitsForTheDriver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slot")
	r := vpcd.New(path)
	defer r.Close()
	r.Insert(&card{})
	l := listen(t, "unix", path)
	d := accept(t, l)
	require.NoError(t, d.conn.Close())
	d = accept(t, l) // the service restarted
	d.send(4)
	require.NotEmpty(t, d.receive())
}

func TestSilentCardHangsUp(t *testing.T) {
	l := listen(t, "unix", filepath.Join(t.TempDir(), "slot"))
	r := vpcd.New(l.Addr().String())
	defer r.Close()
	r.Insert(&card{silent: true})
	d := accept(t, l)
	d.send(0x00, 0xB0, 0x00, 0x00)
	d.hungUp()
}

func TestRemoveWhileTheCardWorks(t *testing.T) {
	l := listen(t, "unix", filepath.Join(t.TempDir(), "slot"))
	r := vpcd.New(l.Addr().String())
	c := &card{working: make(chan struct{}), mayReply: make(chan struct{})}
	r.Insert(c)
	d := accept(t, l)
	d.send(0x00, 0xB0, 0x00, 0x00)
	<-c.working
	r.Remove()
	d.hungUp()
	close(c.mayReply)
	r.Close()
}

// A gate holds the command that is meant, and lets others pass.
func TestGate(t *testing.T) {
	g := vpcd.NewGate(&card{})
	sign, read := []byte{0, 0x2A, 0x80, 0x86, 1}, []byte{0, 0xB0, 0, 0, 0}
	reached, release := g.Hold(vpcd.IsSignature)
	answers := make(chan []byte, 1)
	require.NotEmpty(t, g.Transmit(read))
	go func() { answers <- g.Transmit(sign) }()
	<-reached
	require.NotEmpty(t, g.Transmit(sign), "one is held")
	require.Empty(t, answers)
	release()
	release()
	require.NotEmpty(t, <-answers)
	require.NotEmpty(t, g.Transmit(sign))
	_, release = g.Hold(vpcd.IsSignature)
	release()
	require.NotEmpty(t, g.Transmit(sign), "nobody waits any more")
}
