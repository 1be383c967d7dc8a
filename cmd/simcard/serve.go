// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
)

// patience bounds the wait for a service that should see the card at once.
const patience = 20 * time.Second

// serve puts a card into a reader until a signal or the word quit.
func (c *cli) serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	address := flags.String("connect", "127.0.0.1:35963", "")
	control := flags.String("control", "", "")
	words, err := parse(flags, args, false)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return usage("serve takes one directory")
	}
	card, err := load(words[0])
	if err != nil {
		return err
	}
	s := newServer(card, vpcd.New(*address))
	defer s.reader.Close()
	if err := s.listen(*control); err != nil {
		return err
	}
	defer s.close()
	s.reader.Insert(card)
	fmt.Fprintf(c.out, "%s\nin the reader at %s; end with Ctrl-C\n", simcard.Describe(card.Family()), *address)
	select {
	case <-c.ctx.Done():
	case <-s.quit:
	}
	return nil
}

// runCommand runs a program beside a private service with the card.
func (c *cli) runCommand(args []string) (code int, err error) {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	control := flags.String("control", "", "")
	words, err := parse(flags, args, true)
	if err != nil {
		return 0, err
	}
	if len(words) < 2 {
		return 0, usage("run takes a directory and a command")
	}
	card, err := load(words[0])
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "simcard")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	service, err := pcscd.Start(dir, 1)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, service.Stop()) }()
	s := newServer(card, vpcd.New(service.Slot(0, 0)))
	defer s.reader.Close()
	if err := s.listen(*control); err != nil {
		return 0, err
	}
	defer s.close()
	s.reader.Insert(card)
	if err := service.WaitCard(pcscd.ReaderName(0, 0), true, patience); err != nil {
		return 0, err
	}
	return c.program(words[1:], service.Env())
}

// program runs a command to its end. A signal to us is passed on, and after
// that the program has the time it wants.
func (c *cli) program(words, env []string) (int, error) {
	command := exec.CommandContext(c.ctx, words[0], words[1:]...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.Stdin, command.Stdout, command.Stderr = c.in, c.out, c.err
	command.Env = append(os.Environ(), env...)
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	case errors.As(err, &exit), errors.Is(err, context.Canceled):
		return exitFailed, nil // ended by a signal
	}
	return 0, err
}

// server is a card in a reader with its control socket.
type server struct {
	card     *simcard.Card
	reader   *vpcd.Reader
	listener net.Listener
	quit     chan struct{}
	once     sync.Once
}

func newServer(card *simcard.Card, reader *vpcd.Reader) *server {
	return &server{card: card, reader: reader, quit: make(chan struct{})}
}

// listen opens the control socket, for the owner alone.
func (s *server) listen(path string) error {
	if path == "" {
		return nil
	}
	old := syscall.Umask(0o077)
	listener, err := net.Listen("unix", path)
	syscall.Umask(old)
	if err != nil {
		return err
	}
	s.listener = listener
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return nil
}

func (s *server) close() {
	if s.listener != nil {
		_ = s.listener.Close()
	}
}

// talk answers words, one a line, each with lines that end in a line "ok" or
// in one that begins with "error".
func (s *server) talk(conn net.Conn) {
	defer conn.Close()
	words := bufio.NewScanner(conn)
	for words.Scan() {
		if _, err := io.WriteString(conn, s.obey(strings.TrimSpace(words.Text()))+"\n"); err != nil {
			return
		}
	}
}

func (s *server) obey(word string) string {
	switch word {
	case "insert":
		s.reader.Insert(s.card)
	case "remove":
		s.reader.Remove()
	case "reset":
		s.card.Reset()
	case "stats":
		stats := s.card.Stats()
		pin, puk := s.card.Tries()
		return fmt.Sprintf("commands %d\nreceived %d bytes\nsent %d bytes\nPIN tries %d\nPUK tries %d\nok",
			stats.Commands, stats.Received, stats.Sent, pin, puk)
	case "log":
		text := s.card.LogText()
		s.card.ClearLog()
		return text + "ok"
	case "quit":
		s.once.Do(func() { close(s.quit) })
	default:
		return "error: insert, remove, reset, stats, log or quit"
	}
	return "ok"
}

// control sends a word to the socket of a card that is served.
func (c *cli) control(args []string) error {
	if len(args) != 2 {
		return usage("control takes a socket and a word")
	}
	conn, err := net.Dial("unix", args[0])
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintln(conn, args[1]); err != nil {
		return err
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		line := lines.Text()
		if line == "ok" {
			return nil
		}
		if text, wrong := strings.CutPrefix(line, "error: "); wrong {
			return usage("%s", text)
		}
		fmt.Fprintln(c.out, line)
	}
	return errors.New("the card went away")
}
