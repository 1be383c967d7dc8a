// SPDX-License-Identifier: Apache-2.0

// Package console is the person at the other end of a command: what they read,
// in their language, and what they type.
package console

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"tscns/cardos/secmem"
	"tscns/cmd/internal/message"
)

// Console is the input and output of one run of a command.
type Console struct {
	Language message.Language
	In       *bufio.Reader
	Secret   func() (*secmem.Buffer, error) // reads a PIN unseen: [ReadSecret]
	// CanType reports whether there is a terminal to type a PIN at: [CanType].
	CanType  func() bool
	Out, Err io.Writer
	Colour   bool // Out shows colours
	Live     bool // Err is a terminal, on which progress is shown
}

// Standard returns the console of this process. Colours are for terminals, and
// not where NO_COLOR is set (https://no-color.org).
func Standard(getenv func(string) string) Console {
	isTerminal := func(f *os.File) bool { return getenv("TERM") != "dumb" && showsSequences(f) }
	return Console{
		Language: message.FromLocale(getenv),
		In:       bufio.NewReader(os.Stdin), Secret: ReadSecret, CanType: CanType,
		Out: printable{os.Stdout, charsetOf(getenv)}, Err: printable{os.Stderr, charsetOf(getenv)},
		Colour: isTerminal(os.Stdout) && getenv("NO_COLOR") == "",
		Live:   isTerminal(os.Stderr),
	}
}

// Text returns a message in the person's language.
func (c *Console) Text(m message.Message, args ...any) string { return c.Language.Text(m, args...) }

// Say prints a message to the output, as a line.
func (c *Console) Say(m message.Message, args ...any) { fmt.Fprintln(c.Out, c.Text(m, args...)) }

// ReadLine returns the next line of the input, without the blanks around it; ""
// where there is none.
func (c *Console) ReadLine() string {
	line, _ := c.In.ReadString('\n')
	return strings.TrimSpace(decode(line))
}

// Agrees reads an answer and reports whether it is a yes; no answer is a no.
func (c *Console) Agrees() bool {
	return slices.Contains([]string{"y", "yes", "s", "si", "sì", "j", "ja"}, strings.ToLower(c.ReadLine()))
}

// Progress shows what is being done while a terminal is watching; done takes
// it away again.
func (c *Console) Progress(m message.Message, args ...any) (done func()) {
	if !c.Live {
		return func() {}
	}
	terminal := Raw(c.Err)
	fmt.Fprint(terminal, "\r\x1b[K")
	fmt.Fprint(c.Err, c.Text(m, args...))
	return func() { fmt.Fprint(terminal, "\r\x1b[K") }
}

// Colour is a colour of a terminal (ECMA-48, SGR).
type Colour string

// The colours.
const (
	Green  Colour = "32"
	Yellow Colour = "33"
	Red    Colour = "31"
)

// Paint returns s in a colour, where the output shows colours.
func (c *Console) Paint(colour Colour, s string) string {
	if !c.Colour {
		return s
	}
	return "\x1b[" + string(colour) + "m" + s + "\x1b[0m"
}
