// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package pcsc

import "time"

func pause(d time.Duration) { time.Sleep(d) }
