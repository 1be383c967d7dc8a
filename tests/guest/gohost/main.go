// SPDX-License-Identifier: Apache-2.0

// Command gohost is a host in Go that needs its own runtime to go on: it
// collects garbage while a goroutine runs in a loop without a call, which the
// runtime can only stop by a SIGURG that it sends to itself. The argument is
// the library. It prints "ok".
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/miekg/pkcs11"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

var sum atomic.Uint64 // keeps the loops from being left out

func run(library string) error {
	p := pkcs11.New(library)
	if p == nil {
		return fmt.Errorf("%s cannot be loaded", library)
	}
	if err := p.Initialize(); err != nil {
		return err
	}
	if _, err := p.GetSlotList(false); err != nil {
		return err
	}
	for range runtime.GOMAXPROCS(0) + 2 {
		go func() {
			n := uint64(1)
			for i := range uint64(1 << 62) { // for longer than anybody waits
				n = n*6364136223846793005 + i
			}
			sum.Store(n)
		}()
	}
	for range 20 {
		time.Sleep(time.Millisecond)
		runtime.GC()
		if _, err := p.GetSlotList(false); err != nil {
			return err
		}
	}
	return p.Finalize()
}
