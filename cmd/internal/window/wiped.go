// SPDX-License-Identifier: Apache-2.0

package window

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"time"
)

// wiped is the answer to a request with a PIN. The HTTP server reads a request
// through a buffer of ordinary memory that it keeps for the next connection: the
// connection is taken from it, and its buffer overwritten.
type wiped struct {
	header http.Header
	status int
	body   bytes.Buffer
	conn   net.Conn
}

// wipe takes over the connection of a request whose body has been read.
func wipe(w http.ResponseWriter) (*wiped, error) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	overwrite(buffered.Reader)
	return &wiped{header: w.Header(), status: http.StatusOK, conn: conn}, nil
}

// overwrite fills the whole buffer of a reader with zeros.
func overwrite(r *bufio.Reader) {
	r.Reset(zeros{})
	_, _ = r.Peek(r.Size())
}

type zeros struct{}

// Read implements [io.Reader].
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Header implements [http.ResponseWriter].
func (w *wiped) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *wiped) WriteHeader(status int) { w.status = status }

// Write implements [http.ResponseWriter].
func (w *wiped) Write(b []byte) (int, error) { return w.body.Write(b) }

// Close sends the answer and closes the connection.
func (w *wiped) Close() error {
	defer w.conn.Close()
	if err := w.conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	r := http.Response{StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Header: w.header, Close: true,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len())}
	return r.Write(w.conn)
}
