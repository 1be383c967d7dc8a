// SPDX-License-Identifier: Apache-2.0

#ifndef TSCNS_CLOCK_H
#define TSCNS_CLOCK_H

// milliseconds returns the time of a monotonic clock.
unsigned long long milliseconds(void);

// sleep_milliseconds sleeps n milliseconds, signals notwithstanding.
void sleep_milliseconds(unsigned n);

#endif  // TSCNS_CLOCK_H
