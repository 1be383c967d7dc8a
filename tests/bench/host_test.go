// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds every program.
const patience = 90 * time.Second

// values reads lines "name number ...".
func values(t *testing.T, text string) map[string]float64 {
	t.Helper()
	m := map[string]float64{}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) >= 2 {
			v, err := strconv.ParseFloat(fields[1], 64)
			require.NoError(t, err, line)
			m[fields[0]] = v
		}
	}
	return m
}

// measure runs the measuring program once.
func (s *fixture) measure(c contestant, env []string, mode string, more ...string) map[string]float64 {
	s.t.Helper()
	return values(s.t, s.Tool(s.host, "", append([]string{mode, c.module}, more...)...).With(env...).OK().Out)
}

// medians runs something several times and returns the median of each value.
func medians(times int, once func() map[string]float64) map[string]float64 {
	var list []map[string]float64
	for range times {
		list = append(list, once())
	}
	return mediansOf(list)
}

func mediansOf(list []map[string]float64) map[string]float64 {
	all := map[string][]float64{}
	for _, values := range list {
		for name, v := range values {
			all[name] = append(all[name], v)
		}
	}
	m := map[string]float64{}
	for name, list := range all {
		m[name] = median(list)
	}
	return m
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	if len(sorted) == 0 {
		return 0
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// phase is one part of an errand: what the card saw, and the time it took.
type phase struct {
	commands, bytes int
	wall            time.Duration
}

// model is the time that a real card would take.
func (p phase) model() time.Duration {
	return time.Duration(p.commands)*perCommand + time.Duration(p.bytes)*perByte
}

func (p phase) plus(q phase) phase {
	return phase{p.commands + q.commands, p.bytes + q.bytes, p.wall + q.wall}
}

// phases of an errand, in order.
var phases = []string{"list", "login", "first", "second"}

// errand is one run: certificate, login, two signatures, each checked.
type errand map[string]phase

// login is everything up to the first signature: what a web login takes.
func (e errand) login() phase { return e["list"].plus(e["login"]).plus(e["first"]) }

// errand runs one. The program waits after each part until it was counted.
func (s *fixture) errand(c contestant, env []string) errand {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := s.Tool(s.host, "", "errand", c.module, s.PIN).With(env...).Cmd(ctx)
	in, err := cmd.StdinPipe()
	require.NoError(s.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(s.t, err)
	var errs strings.Builder
	cmd.Stderr = &errs
	s.Card.Stats()
	require.NoError(s.t, cmd.Start())
	lines := bufio.NewScanner(out)
	e := errand{}
	for _, name := range phases {
		require.True(s.t, lines.Scan(), "%s, %s: %s", c.name, name, errs.String())
		fields := strings.Fields(lines.Text())
		require.Equal(s.t, name, fields[0])
		micros, err := strconv.ParseFloat(fields[1], 64)
		require.NoError(s.t, err)
		if len(fields) > 2 {
			s.checkSignature(fields[2])
		}
		n := s.Card.Stats()
		e[name] = phase{n.Commands, n.Received + n.Sent, time.Duration(micros * 1000)}
		_, err = io.WriteString(in, "go\n")
		require.NoError(s.t, err)
	}
	require.NoError(s.t, cmd.Wait(), errs.String())
	return e
}

func (s *fixture) checkSignature(text string) {
	s.t.Helper()
	signature, err := hex.DecodeString(text)
	require.NoError(s.t, err)
	sum := sha256.Sum256([]byte("messaggio"))
	require.NoError(s.t, rsa.VerifyPKCS1v15(s.PublicKey(), crypto.SHA256, sum[:], signature))
}

// errands repeats an errand, each time as another person, and returns the
// median times. What the card sees must be the same every time. With second
// set the errand of a person's second program is the one measured.
func (s *fixture) errands(c contestant, times int, second bool) errand {
	s.t.Helper()
	walls := map[string][]float64{}
	var e errand
	for i := range times {
		env := c.env(s.t)
		run := s.errand(c, env)
		if second {
			run = s.errand(c, env)
		}
		for name, p := range run {
			walls[name] = append(walls[name], float64(p.wall))
			if i > 0 && (p.commands != e[name].commands || p.bytes != e[name].bytes) {
				fmt.Fprintf(os.Stderr, "%s, %s: %v, not %v\n", c.name, name, p, e[name])
			}
		}
		e = run
	}
	for name, p := range e {
		p.wall = time.Duration(median(walls[name]))
		e[name] = p
	}
	return e
}
