// SPDX-License-Identifier: Apache-2.0

// Command report reads the event stream of `go test -json` and prints one line
// a package, the output of the tests that failed, the reason of those that
// were skipped, and the totals. It exits 1 when anything failed, also when
// what came was not a test event (a build error), and when no test ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of go test -json (cmd/test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

type totals struct{ passed, failed, skipped int }

type report struct {
	out      io.Writer
	all      totals
	packages map[string]*totals
	output   map[string][]string // what each test printed, until it ended
	skips    []string
	broken   []string // lines that are no events
}

func main() {
	os.Exit(run(os.Stdin, os.Stdout))
}

func run(in io.Reader, out io.Writer) int {
	r := &report{out: out, packages: map[string]*totals{}, output: map[string][]string{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if strings.TrimSpace(line) != "" {
			r.line(line)
		}
		if err != nil {
			break
		}
	}
	return r.finish()
}

func (r *report) line(line string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
		// The go command itself: a download notice, or a build that failed.
		fmt.Fprint(r.out, line)
		r.broken = append(r.broken, line)
		return
	}
	key := e.Package + "\x00" + e.Test
	t := r.packages[e.Package]
	if t == nil {
		t = &totals{}
		r.packages[e.Package] = t
	}
	switch e.Action {
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "build-fail":
		r.all.failed++
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e, t, key)
		} else {
			r.endTest(e, t, key)
		}
		delete(r.output, key)
	}
}

func (r *report) endTest(e event, t *totals, key string) {
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		fmt.Fprintf(r.out, "---- FAIL %s %s (%.1f s)\n%s", e.Package, e.Test, e.Elapsed, strings.Join(r.output[key], ""))
	case "skip":
		t.skipped++
		r.skips = append(r.skips, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(r.output[key])))
	}
}

// endPackage prints the package's line, and what it printed outside any test
// when it failed without one (a crash, a timeout).
func (r *report) endPackage(e event, t *totals, key string) {
	r.all.passed += t.passed
	r.all.failed += t.failed
	r.all.skipped += t.skipped
	if e.Action == "fail" && t.failed == 0 {
		r.all.failed++
		fmt.Fprintf(r.out, "---- FAIL %s\n%s", e.Package, strings.Join(r.output[key], ""))
	}
	if t.passed+t.failed+t.skipped > 0 || e.Action == "fail" {
		fmt.Fprintf(r.out, "%-4s %-40s %4d passed %3d failed %3d skipped %7.1f s\n",
			e.Action, e.Package, t.passed, t.failed, t.skipped, e.Elapsed)
	}
}

// reason finds the message of t.Skip in a test's output.
func reason(output []string) string {
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "===") || strings.HasPrefix(line, "---") {
			continue
		}
		return line
	}
	return "no reason given"
}

func (r *report) finish() int {
	for _, s := range r.skips {
		fmt.Fprintln(r.out, "SKIPPED:", s)
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.all.passed, r.all.failed, r.all.skipped)
	if r.all.failed > 0 || r.all.passed == 0 {
		return 1
	}
	for _, line := range r.broken {
		if strings.HasPrefix(line, "FAIL") || strings.Contains(line, "no required module") || strings.Contains(line, "build failed") {
			return 1
		}
	}
	return 0
}
