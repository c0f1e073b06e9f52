package trace

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// A Writer writes a trace as plain text. For a compressed one, give it a gzip.Writer. It is not
// safe for concurrent use.
type Writer struct {
	out  *bufio.Writer
	live Blocks
}

// NewWriter returns a Writer to w. It buffers: call Close at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{out: bufio.NewWriterSize(w, bufferSize)} }

// Live returns the blocks that are live after the calls written so far.
func (w *Writer) Live() *Blocks { return &w.live }

// Write appends a call. A call that a Reader would not accept is an error, and is not written.
func (w *Writer) Write(c Call) error {
	if !c.valid() {
		return fmt.Errorf("trace: no such call: %+v", c)
	}
	if err := w.live.Do(c); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	b := append(w.out.AvailableBuffer(), byte(c.Op), ' ')
	b = strconv.AppendInt(b, c.ID, 10)
	b = strconv.AppendInt(append(b, ' '), c.OSize, 10)
	if c.Op != Free {
		b = strconv.AppendInt(append(b, ' '), c.NSize, 10)
	}
	_, err := w.out.Write(append(b, '\n'))
	return err
}

// Close writes what is buffered, and returns an error if blocks are still live. It does not close
// the underlying writer.
func (w *Writer) Close() error {
	if err := w.out.Flush(); err != nil {
		return err
	}
	if n := w.live.Len(); n > 0 {
		return fmt.Errorf("trace: ends with %d blocks of %d bytes live", n, w.live.Bytes())
	}
	return nil
}
