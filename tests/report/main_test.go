// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lastLine returns the verdict.
func lastLine(out *bytes.Buffer) string {
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	return lines[len(lines)-1]
}

func TestReportCountsAndNames(t *testing.T) {
	in := `{"Action":"run","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:1: firefox is not installed\n"}
{"Action":"skip","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Test":"B"}
{"Action":"run","Package":"p","Test":"C"}
{"Action":"output","Package":"p","Test":"C","Output":"it broke\n"}
{"Action":"fail","Package":"p","Test":"C"}
{"Action":"fail","Package":"p"}
`
	table := filepath.Join(t.TempDir(), "table")
	require.NoError(t, os.WriteFile(table, []byte("108 of 108\n"), 0o600))
	var out bytes.Buffer
	assert.Equal(t, 1, run(strings.NewReader(in), &out, quiet, []string{table, "absent"}))
	assert.Equal(t, "1 passed, 1 failed, 1 skipped", lastLine(&out))
	assert.Contains(t, out.String(), "SKIPPED: p A: a_test.go:1: firefox is not installed")
	assert.Contains(t, out.String(), "it broke")
	assert.Contains(t, out.String(), "108 of 108")
}

func TestReportOfNothingFails(t *testing.T) {
	for name, in := range map[string]string{
		"nothing": "",
		"crash": `{"Action":"run","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Test":"B"}
{"Action":"output","Package":"q","Output":"panic: out of luck\n"}
{"Action":"fail","Package":"q"}
`,
		"build, as Go 1.23 has it": `{"Action":"run","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Test":"B"}
FAIL	q [build failed] out of luck
`,
		"build": `{"Action":"run","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Test":"B"}
{"ImportPath":"q","Action":"build-output","Output":"q.go:1: out of luck\n"}
{"ImportPath":"q","Action":"build-fail"}
{"Action":"start","Package":"q"}
{"Action":"output","Package":"q","Output":"FAIL\tq [build failed]\n"}
{"Action":"fail","Package":"q","Elapsed":0,"FailedBuild":"q"}
`,
	} {
		var out bytes.Buffer
		assert.Equal(t, 1, run(strings.NewReader(in), &out, quiet, nil), name)
		if in != "" {
			assert.Contains(t, out.String(), "out of luck", name)
			assert.Equal(t, "1 passed, 1 failed, 0 skipped", lastLine(&out), name)
		}
	}
}

func TestReportOfSuccess(t *testing.T) {
	in := `{"Action":"run","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Test":"B"}
{"Action":"pass","Package":"p"}
`
	var out bytes.Buffer
	assert.Zero(t, run(strings.NewReader(in), &out, quiet, nil))
	assert.Equal(t, "1 passed, 0 failed, 0 skipped", lastLine(&out))
}

// A test that takes long is named while it runs.
func TestReportOfSilence(t *testing.T) {
	in, events := io.Pipe()
	seen := make(chan string)
	go func() {
		_, _ = io.WriteString(events, `{"Action":"run","Package":"tscns/p","Test":"Slow"}`+"\n")
		seen <- "ran"
	}()
	printed, out := io.Pipe()
	code := make(chan int)
	go func() {
		code <- run(in, out, 10*time.Millisecond, nil)
		_ = out.Close()
	}()
	<-seen
	line := make([]byte, 80)
	n, err := printed.Read(line)
	for err == nil && !strings.Contains(string(line[:n]), "p Slow, 0 s") { // before the first event: compiling
		n, err = printed.Read(line)
	}
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, printed) }()
	_, _ = io.WriteString(events, `{"Action":"pass","Package":"tscns/p","Test":"Slow"}`+"\n")
	_ = events.Close()
	assert.Zero(t, <-code)
}
