// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"context"
	"math/rand"
)

type browserUser struct{}

func (b *browserUser) run(context.Context, *rand.Rand) {}
func (b *browserUser) end()                            {}
func (w *world) browsers() []*browserUser              { return nil }
