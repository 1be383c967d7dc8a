// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What became of a mutant.
const (
	killed     = "killed"
	timedOut   = "timed out"
	lived      = "lived"
	notCovered = "not covered"
)

// programs are the test programs of a tree with every mutant in them.
type programs struct {
	tree, work string
	mutants    []mutant
	tests      []test
	quick      time.Duration // below it a test shares a process with others
}

// A test is one top-level test of a program.
type test struct {
	dir, program, name string
	took               time.Duration // without a mutant
	reaches            map[int]bool  // mutants by number
	noticed            *atomic.Int32 // how many mutants it has killed
}

// ownTest plants faults of its own in every command, to test the model; it takes
// as long as all others together.
const ownTest = "TestModelFindsPlantedFaults"

type pkg struct {
	Dir, ImportPath           string
	GoFiles                   []string
	TestGoFiles, XTestGoFiles []string
}

func list(tree string, patterns []string) ([]pkg, error) {
	cmd := exec.Command("go", append([]string{"list", "-json=Dir,ImportPath,GoFiles,TestGoFiles,XTestGoFiles"}, patterns...)...)
	cmd.Dir, cmd.Stderr = tree, os.Stderr
	out, err := cmd.Output()
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); err == nil; {
		var p pkg
		if err = dec.Decode(&p); err == nil {
			all = append(all, p)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return all, err
}

// build compiles the tests of the packages with the mutants in work.
func build(tree, work string, mutate, tests []string) (*programs, error) {
	b := &programs{tree: tree, work: work}
	changed, err := list(tree, mutate)
	if err != nil {
		return nil, err
	}
	tested, err := list(tree, tests)
	if err != nil {
		return nil, err
	}
	overlay, err := b.overlay(changed)
	if err != nil {
		return nil, err
	}
	if err := b.compile(overlay, tested); err != nil {
		return nil, err
	}
	log.Printf("%d mutants", len(b.mutants))
	return b, nil
}

// overlay writes the changed sources and returns the file that go build -overlay reads.
func (b *programs) overlay(changed []pkg) (string, error) {
	replace := map[string]string{}
	write := func(path string, src []byte) error {
		replace[path] = filepath.Join(b.work, fmt.Sprintf("%d.go", len(replace)))
		return os.WriteFile(replace[path], src, 0o600)
	}
	for _, p := range changed {
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			src, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			rel, err := filepath.Rel(b.tree, path)
			if err != nil {
				return "", err
			}
			src, found, err := instrument(rel, src, len(b.mutants)+1)
			if err != nil {
				return "", err
			}
			b.mutants = append(b.mutants, found...)
			if err := write(path, src); err != nil {
				return "", err
			}
		}
	}
	if err := write(filepath.Join(b.tree, "mutant", "mutant.go"), fmt.Appendf(nil, switchSource, len(b.mutants)+1)); err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(b.work, "overlay.json")
	return overlay, os.WriteFile(overlay, data, 0o600)
}

// compile builds the test programs and lists their tests.
func (b *programs) compile(overlay string, tested []pkg) error {
	for i, p := range tested {
		if len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 {
			continue
		}
		program := filepath.Join(b.work, fmt.Sprintf("%d.test", i))
		cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, p.ImportPath)
		cmd.Dir = b.tree
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		cmd = exec.Command(program, "-test.list", ".")
		cmd.Dir = p.Dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		for _, name := range strings.Fields(string(out)) {
			b.tests = append(b.tests, test{dir: p.Dir, program: program, name: name})
		}
	}
	return nil
}

// cover runs every test alone, to learn how long it takes and which mutants it
// reaches. A test that fails without a mutant is named and left out.
func (b *programs) cover(workers int) error {
	var wg sync.WaitGroup
	errs := make([]error, len(b.tests))
	slots := make(chan struct{}, workers)
	for i := range b.tests {
		slots <- struct{}{}
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = b.tests[i].reach(filepath.Join(b.work, fmt.Sprintf("%d.hits", i)))
			<-slots
		}()
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	b.tests = slices.DeleteFunc(b.tests, func(t test) bool { return t.noticed == nil })
	if len(b.tests) == 0 {
		return errors.New("no test passes")
	}
	slices.SortStableFunc(b.tests, func(a, b test) int { return cmp.Compare(a.took, b.took) })
	b.quick = 3 * b.tests[len(b.tests)/2].took
	log.Printf("%d tests", len(b.tests))
	return nil
}

func (t *test) reach(hits string) error {
	if t.name == ownTest {
		return nil
	}
	start := time.Now()
	if out, err := run(*t, t.name, "MUTANT_HITS="+hits, 10*time.Minute); err != nil {
		log.Printf("left out: %s fails without a mutant: %v\n%.2000s", t.name, err, out)
		return nil
	}
	t.took, t.reaches, t.noticed = time.Since(start), map[int]bool{}, &atomic.Int32{}
	data, err := os.ReadFile(hits)
	if err != nil && !errors.Is(err, os.ErrNotExist) { // absent where no mutant was reached
		return err
	}
	for _, n := range strings.Fields(string(data)) {
		id, err := strconv.Atoi(n)
		if err != nil {
			return err
		}
		t.reaches[id] = true
	}
	return nil
}

// try runs the tests that reach m, and returns what became of it and the test
// that noticed it. The quick tests of a program run in one process; before all
// others run those that reach little else and those that have noticed most.
func (b *programs) try(m mutant) (verdict, by string) {
	var likely, quick, slow []test
	for _, t := range b.tests {
		switch {
		case !t.reaches[m.id]:
		case t.took < b.quick:
			quick = append(quick, t)
		default:
			slow = append(slow, t)
		}
	}
	if len(quick)+len(slow) == 0 {
		return notCovered, ""
	}
	for _, order := range []func(a, b test) int{
		func(a, b test) int { return len(a.reaches) - len(b.reaches) },
		func(a, b test) int { return int(b.noticed.Load() - a.noticed.Load()) },
	} {
		slices.SortStableFunc(quick, order)
		n := min(4, len(quick))
		likely, quick = append(likely, quick[:n]...), quick[n:]
	}
	batches := append(byProgram(likely), byProgram(quick)...)
	for _, t := range slow {
		batches = append(batches, []test{t})
	}
	for _, batch := range batches {
		if verdict, by = b.batch(m, batch); verdict != lived {
			for _, t := range batch {
				if t.name == by {
					t.noticed.Add(1)
				}
			}
			return verdict, by
		}
	}
	return lived, ""
}

// byProgram splits tests by the program they are in, the shortest part first.
func byProgram(tests []test) (parts [][]test) {
	all := map[string][]test{}
	for _, t := range tests {
		all[t.program] = append(all[t.program], t)
	}
	for _, part := range all {
		parts = append(parts, part)
	}
	slices.SortFunc(parts, func(a, b []test) int { return cmp.Compare(total(a), total(b)) })
	return parts
}

func total(tests []test) (d time.Duration) {
	for _, t := range tests {
		d += t.took
	}
	return d
}

var failure = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// batch runs tests of one program with m. A failure counts if it comes again
// when the failed test runs alone: a busy machine fails tests too.
func (b *programs) batch(m mutant, tests []test) (verdict, by string) {
	var names []string
	for _, t := range tests {
		names = append(names, t.name)
	}
	limit := 10*time.Second + 10*total(tests)
	all, env := strings.Join(names, "|"), fmt.Sprintf("MUTANT=%d", m.id)
	for range 3 {
		out, err := run(tests[0], all, env, limit)
		switch {
		case err == nil:
			return lived, ""
		case late(out, err):
			return timedOut, all
		}
		failed := failure.FindSubmatch(out)
		if failed == nil {
			return killed, all // the process died
		}
		name := string(failed[1])
		if out, err = run(tests[0], name, env, limit); late(out, err) {
			return timedOut, name
		}
		if err != nil {
			return killed, name
		}
	}
	return lived, ""
}

func late(out []byte, err error) bool {
	return bytes.Contains(out, []byte("panic: test timed out")) || errors.Is(err, context.DeadlineExceeded)
}

// run runs the tests that name gives, joined by |, of t's program. A mutant may
// allocate without end: memory is bounded.
func run(t test, name, env string, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit+5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -v 8000000; exec "$@"`, "sh", t.program,
		"-test.short", "-test.failfast", "-test.timeout", limit.String(), "-test.run", "^("+name+")$")
	cmd.Dir, cmd.Env, cmd.WaitDelay = t.dir, append(os.Environ(), env), time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out, err
}
