// SPDX-License-Identifier: Apache-2.0

// Command report reads the event stream of `go test -json` (cmd/test2json) and
// prints one line for each package, the output of the tests that failed, the
// reason of each test that was skipped, the files named as arguments where they
// exist, and in the last line the totals. While no package ends it prints every
// ten seconds which tests are running.
//
// It exits 1 when anything failed, when a line is no event (a build that
// failed), and when no test ran.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"gotest.tools/gotestsum/testjson"
)

// quiet is how long nothing is printed before a sign of life.
const quiet = 10 * time.Second

func main() { os.Exit(run(os.Stdin, os.Stdout, quiet, os.Args[1:])) }

func run(in io.Reader, out io.Writer, quiet time.Duration, tables []string) int {
	p := &progress{out: out, last: time.Now(), running: map[string]time.Time{}}
	p.lines = testjson.NewEventFormatter(p, "pkgname-and-test-fails", testjson.FormatOptions{HideEmptyPackages: true, Icons: "text"})
	done := make(chan struct{})
	go p.signs(quiet, done)
	result, err := testjson.ScanTestOutput(testjson.ScanConfig{Stdout: in, Handler: p, IgnoreNonJSONOutputLines: true})
	close(done)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		fmt.Fprintln(out, "report:", err)
	}
	return summary(result, p.broken || err != nil, out, tables)
}

// progress is told every event.
type progress struct {
	out   io.Writer
	lines testjson.EventFormatter

	mu      sync.Mutex
	last    time.Time            // when something was printed
	running map[string]time.Time // the tests, by package and name, and since when
	passed  int
	broken  bool
}

// Write prints, and notes when.
func (p *progress) Write(b []byte) (int, error) {
	if len(b) > 0 {
		p.last = time.Now()
	}
	return p.out.Write(b)
}

// Event implements [testjson.EventHandler].
func (p *progress) Event(event testjson.TestEvent, result *testjson.Execution) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := strings.TrimPrefix(event.Package, "tscns/") + " " + event.Test
	switch {
	case event.Test == "" || strings.Contains(event.Test, "/"):
	case event.Action == testjson.ActionRun:
		p.running[name] = time.Now()
	case event.Action.IsTerminal():
		delete(p.running, name)
		p.passed++
	}
	if event.Action == testjson.ActionBuild {
		_, err := io.WriteString(p, event.Output)
		return err
	}
	if pkg := result.Package(event.Package); event.Action == testjson.ActionFail && event.PackageEvent() && pkg.TestMainFailed() {
		_, _ = io.WriteString(p, pkg.Output(0)) // what it printed outside any test
	}
	return p.lines.Format(event, result)
}

// Err implements [testjson.EventHandler] for lines that are no events: what the
// go command prints about downloads, and about a build that failed.
func (p *progress) Err(line string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, sign := range []string{"FAIL", "no required module", "build failed", "setup failed"} {
		p.broken = p.broken || strings.HasPrefix(line, sign) || strings.Contains(line, sign)
	}
	_, err := fmt.Fprintln(p, line)
	return err
}

// signs prints what is running whenever nothing else was printed for a while.
func (p *progress) signs(quiet time.Duration, done <-chan struct{}) {
	tick := time.NewTicker(quiet / 5)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case now := <-tick.C:
			p.mu.Lock()
			if now.Sub(p.last) >= quiet {
				fmt.Fprintf(p, "...   %s\n", p.sign(now))
			}
			p.mu.Unlock()
		}
	}
}

// sign names the test that has been running longest.
func (p *progress) sign(now time.Time) string {
	var oldest string
	for name, since := range p.running {
		if oldest == "" || since.Before(p.running[oldest]) {
			oldest = name
		}
	}
	if oldest == "" {
		return fmt.Sprintf("compiling; %d tests have ended", p.passed)
	}
	return fmt.Sprintf("%s, %d s; %d tests have ended", oldest, int(now.Sub(p.running[oldest]).Seconds()), p.passed)
}

// summary prints the skipped tests, the tables and the totals.
func summary(result *testjson.Execution, broken bool, out io.Writer, tables []string) int {
	for _, test := range result.Skipped() {
		fmt.Fprintf(out, "SKIPPED: %s %s: %s\n", testjson.RelativePackagePath(test.Package), test.Test, reason(result.OutputLines(test)))
	}
	for _, table := range tables {
		if text, err := os.ReadFile(table); err == nil {
			fmt.Fprintf(out, "%s", text)
		}
	}
	passed, failed, skipped := 0, len(result.Failed()), len(result.Skipped())
	for _, name := range result.Packages() {
		passed += len(result.Package(name).Passed)
	}
	if broken && failed == 0 {
		failed++
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 || passed == 0 {
		return 1
	}
	return 0
}

// reason finds the message of t.Skip in a test's output.
func reason(output []string) string {
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			return line
		}
	}
	return "no reason given"
}
