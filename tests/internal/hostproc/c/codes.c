// SPDX-License-Identifier: Apache-2.0
//
// Prints the return values of codes.h: a function a line, with its codes.

#include <stdio.h>

#include "../../../conformance/c/codes.h"

int main(void) {
  for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++) {
    printf("%s", listed[i].name);
    for (size_t n = 0; n < 16 && listed[i].code[n] != 0; n++) printf(" %lu", (unsigned long)listed[i].code[n]);
    printf("\n");
  }
  return 0;
}
