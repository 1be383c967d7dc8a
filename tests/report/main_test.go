// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReportCountsAndNames(t *testing.T) {
	in := `{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:1: SKIPPED: firefox is not installed\n"}
{"Action":"skip","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"B"}
{"Action":"output","Package":"p","Test":"C","Output":"it broke\n"}
{"Action":"fail","Package":"p","Test":"C"}
{"Action":"fail","Package":"p"}
`
	var out bytes.Buffer
	assert.Equal(t, 1, run(strings.NewReader(in), &out))
	assert.Contains(t, out.String(), "1 passed, 1 failed, 1 skipped\n")
	assert.Contains(t, out.String(), "firefox is not installed")
	assert.Contains(t, out.String(), "it broke")
}

func TestReportOfNothingFails(t *testing.T) {
	assert.Equal(t, 1, run(strings.NewReader(""), &bytes.Buffer{}), "no test ran")
	crash := `{"Action":"pass","Package":"p","Test":"B"}
{"Action":"output","Package":"q","Output":"panic: out of luck\n"}
{"Action":"fail","Package":"q"}
`
	var out bytes.Buffer
	assert.Equal(t, 1, run(strings.NewReader(crash), &out), "a package may fail without a failed test")
	assert.Contains(t, out.String(), "out of luck")
	build := `{"Action":"pass","Package":"p","Test":"B"}
FAIL	q [build failed]
`
	assert.Equal(t, 1, run(strings.NewReader(build), &bytes.Buffer{}))
}

func TestReportOfSuccess(t *testing.T) {
	in := `{"Action":"pass","Package":"p","Test":"B"}
{"Action":"pass","Package":"p"}
`
	var out bytes.Buffer
	assert.Equal(t, 0, run(strings.NewReader(in), &out))
	assert.Contains(t, out.String(), "1 passed, 0 failed, 0 skipped\n")
}
