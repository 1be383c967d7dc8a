// SPDX-License-Identifier: Apache-2.0
//
// The whole host: compiled at once, which takes a fifth of the time.

#include "line.c"
#include "memory.c"
#include "card.c"
#include "context.c"
#include "calls.c"
#include "sign.c"
#include "cache.c"
#include "flow.c"
#include "storm.c"
#include "module.c"
#include "host.c"
