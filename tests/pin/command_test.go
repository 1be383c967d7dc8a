// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// command is tscns at a terminal.
type command struct {
	*kit.Terminal
	t *testing.T
}

func (d *fixture) command(kept string, args ...string) *command {
	d.t.Helper()
	return d.program(kept, kit.Command(d.t, "tscns"), args...)
}

// program starts a program that runs tscns.
func (d *fixture) program(kept, name string, args ...string) *command {
	d.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(slices.Clone(d.env), "KEPT="+kept)
	return &command{kit.OnTerminal(d.t, cmd), d.t}
}

// memory counts the places of a text in what the process may write: in memory
// that is left out of core dumps and of forked processes, and in any other.
func (c *command) memory(text string) (kept, elsewhere int) {
	c.t.Helper()
	pid := c.Process.Pid
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", pid))
	require.NoError(c.t, err)
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		c.t.Skipf("SKIPPED: this system lets no other process look into memory: %v", err)
	}
	defer memory.Close()
	var from, to int64
	var rights string
	for line := range strings.Lines(string(maps)) {
		var a, b int64
		var may string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &a, &b, &may); n == 3 {
			from, to, rights = a, b, may
			continue
		}
		flags, found := strings.CutPrefix(line, "VmFlags:")
		if !found || !strings.HasPrefix(rights, "rw") {
			continue
		}
		region := make([]byte, to-from)
		n, _ := memory.ReadAt(region, from) // some of the kernel's cannot be read
		count := len(places(region[:n], text))
		if words := " " + strings.Join(strings.Fields(flags), " ") + " "; strings.Contains(words, " dd ") && strings.Contains(words, " wf ") {
			kept += count
		} else {
			elsewhere += count
		}
	}
	return kept, elsewhere
}

// requireOnlyKept wants secrets in memory that is kept apart, or nowhere.
func (c *command) requireOnlyKept(there bool, secrets ...string) {
	c.t.Helper()
	for _, s := range secrets {
		kept, elsewhere := c.memory(s)
		require.Zero(c.t, elsewhere, "%s lies in memory of any kind", s)
		require.Equal(c.t, there, kept > 0, "%s: %d places", s, kept)
	}
}

// What is typed at the command lies in locked memory alone while it is typed and
// while the card is asked, and nowhere from then on.
func TestTheCommandKeepsNoPIN(t *testing.T) {
	const verify, change, unblock, sign = insVerify, insChange, insReset, 0x2A
	for _, c := range []struct {
		args    []string
		prompts []string
		secrets func(pin, next string) []string
		held    byte // the command that carries them
		after   byte // one that comes later; 0 for none
	}{
		{[]string{"pin", "verify", "--keyboard"}, []string{"PIN (5 to 8 digits): "}, func(pin, _ string) []string { return []string{pin} }, verify, 0},
		{[]string{"pin", "change", "--keyboard"}, []string{"Present PIN (5 to 8 digits): ", "New PIN (5 to 8 digits): ", "New PIN, once more: "},
			func(pin, next string) []string { return []string{pin, next, next} }, change, 0},
		{[]string{"pin", "unblock"}, []string{"PUK (8 digits): ", "New PIN (5 to 8 digits): ", "New PIN, once more: "},
			func(_, next string) []string { return []string{puk, next, next} }, unblock, 0},
		{[]string{"doctor", "--login"}, []string{"PIN (5 to 8 digits): "}, func(pin, _ string) []string { return []string{pin} }, verify, sign},
		{[]string{"report", "--login"}, []string{"everywhere): "}, func(pin, _ string) []string { return []string{pin} }, verify, sign},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			pin, next, kept := randomPIN(t), randomPIN(t), randomPIN(t)
			d := newFixture(t, pin)
			x := d.command(kept, c.args...)
			reached, release := d.card.holdAt(c.held)
			defer release()
			secrets := c.secrets(pin, next)
			for i, prompt := range c.prompts {
				x.Answer(prompt, secrets[i]+"\n")
				if i > 0 {
					x.requireOnlyKept(true, secrets[0])
				}
			}
			<-reached
			x.requireOnlyKept(true, secrets...)
			_, elsewhere := x.memory(kept)
			require.NotZero(t, elsewhere, "what the process was given is found")
			if c.after != 0 {
				later, end := d.card.holdAt(c.after)
				defer end()
				release()
				<-later
				x.requireOnlyKept(false, secrets...)
			}
			for _, s := range secrets {
				require.NotContains(t, x.Shown(), s)
			}
		})
	}
}
