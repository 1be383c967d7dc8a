// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

func main() {
	log.SetFlags(log.Ltime)
	dir := flag.String("dir", ".", "the tree to measure")
	mutate := flag.String("mutate", "./cardos/... ./module/...", "the packages to change")
	tests := flag.String("tests", "./cardos/... ./module/... ./tests/conformance", "the packages whose tests run, with -short")
	seed := flag.Uint64("seed", 1, "the order of the mutants")
	limit := flag.Duration("for", 24*time.Hour, "take no further mutant after this time")
	workers := flag.Int("workers", 2*runtime.NumCPU(), "programs run at a time: many tests wait")
	out := flag.String("o", "", "write a line for every mutant to this file")
	flag.Parse()
	tree, err := filepath.Abs(*dir)
	check(err)
	work, err := os.MkdirTemp("", "mutation")
	check(err)
	b, err := build(tree, work, strings.Fields(*mutate), strings.Fields(*tests))
	if err == nil {
		err = b.cover(*workers)
	}
	if err == nil {
		rand.New(rand.NewPCG(*seed, 0)).Shuffle(len(b.mutants), func(i, j int) { b.mutants[i], b.mutants[j] = b.mutants[j], b.mutants[i] })
		err = measure(b, *workers, time.Now().Add(*limit), *out)
	}
	check(os.RemoveAll(work))
	check(err)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// measure tries the mutants of b and prints the table.
func measure(b *programs, workers int, end time.Time, out string) error {
	table := os.Stderr
	if out != "" {
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		defer f.Close()
		table = f
	}
	var next int
	var mu sync.Mutex
	var wg sync.WaitGroup
	count := map[string]map[string]int{}
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				mu.Lock()
				if next == len(b.mutants) || time.Now().After(end) {
					mu.Unlock()
					return
				}
				m := b.mutants[next]
				next++
				mu.Unlock()
				verdict, by := b.try(m)
				mu.Lock()
				layer, _, _ := strings.Cut(m.file, "/")
				if count[layer] == nil {
					count[layer] = map[string]int{}
				}
				count[layer][verdict]++
				fmt.Fprintf(table, "%s\t%s:%d\t%s\t%s\t%s\n", verdict, m.file, m.line, m.kind, oneLine(m.original), by)
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	report(b.mutants, count)
	return nil
}

// report prints a line for each layer. The error is that of a sample without
// replacement, at 95 %; zero where every mutant was tried.
func report(all []mutant, count map[string]map[string]int) {
	for _, layer := range []string{"cardos", "module"} {
		c := count[layer]
		total, tried := 0, c[killed]+c[timedOut]+c[lived]+c[notCovered]
		for _, m := range all {
			if strings.HasPrefix(m.file, layer+"/") {
				total++
			}
		}
		if tried == 0 {
			continue
		}
		share := float64(c[killed]+c[timedOut]) / float64(tried)
		rest := 0.0
		if total > 1 {
			rest = float64(total-tried) / float64(total-1)
		}
		fmt.Printf("%-7s %4d of %4d mutants tried: %4d killed, %3d timed out, %3d lived, %3d not covered: %.1f %% noticed, +- %.1f\n",
			layer, tried, total, c[killed], c[timedOut], c[lived], c[notCovered], 100*share, 196*math.Sqrt(share*(1-share)/float64(tried)*rest))
	}
}
